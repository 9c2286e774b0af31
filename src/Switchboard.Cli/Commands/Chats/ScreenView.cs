using System.Runtime.InteropServices;
using System.Text;
using Switchboard.Cli.Output;
using Switchboard.Cli.Terminal;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Chats;

/// <summary>
/// A chat on a terminal: messages scroll by, and the last row is the person's. It stays on the ordinary screen, so that the terminal's own
/// scrolling, searching and copying work on what was said.
/// </summary>
internal sealed class ScreenView : IChatView
{
    private readonly Lock _lock = new();
    private readonly Stream _screen = StandardStream.Open(1);
    private readonly InterruptibleInput _input = new();
    private readonly KeyReader _keys;
    private readonly List<string> _history = [];
    private readonly Func<string, Completion> _complete;
    private readonly RawMode _raw;
    private readonly PosixSignalRegistration? _resized;
    private LineEditor _editor;
    private string _prompt = "> ";

    /// <param name="complete">Names that go on from what stands before the cursor.</param>
    public ScreenView(Func<string, Completion> complete)
    {
        _complete = complete;
        _keys = new KeyReader(_input.ReadAsync);
        _editor = new LineEditor(_history);
        _raw = RawMode.Enter();
        _resized = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Draw(""));
        Draw("");
    }

    public int Width => Tty.Width - 1;

    public void Show(IEnumerable<string> lines) => Draw(string.Concat(lines.Select(line => line + "\r\n")));

    public void Remark(string line) => Show([line]);

    public void SetRoom(string room)
    {
        _prompt = Printable.Escape(room) + "> ";
        Draw("");
    }

    public void Ring() => Draw("\a");

    public async Task<string?> ReadAsync(CancellationToken stop)
    {
        while (true)
        {
            if (await _keys.NextAsync(stop) is not { } key)
            {
                return null;
            }
            if (key.Kind is KeyKind.PageUp)
            {
                return IChatView.PageUp;
            }
            Edit edit = _editor.Press(key);
            switch (edit)
            {
                case Edit.Accepted: return Accept();
                case Edit.EndOfInput: return null;
                case Edit.Cancelled when _editor.Text.Length == 0: return null;
                case Edit.Cancelled: _editor = new LineEditor(_history); break;
                case Edit.WantsCompletion: Apply(_complete(_editor.BeforeCursor)); break;
                default: break;
            }
            Draw("");
        }
    }

    public void Dispose()
    {
        _resized?.Dispose();
        lock (_lock)
        {
            _screen.Write("\r\e[K"u8);
        }
        _raw.Dispose();
        _input.Dispose();
        _screen.Dispose();
    }

    private string Accept()
    {
        string text = _editor.Text;
        if (text.Trim().Length > 0 && (_history.Count == 0 || _history[^1] != text))
        {
            _history.Add(text);
        }
        _editor = new LineEditor(_history);
        Draw("");
        return text;
    }

    private void Apply(Completion completion)
    {
        if (completion.Insertion.Length > completion.Replaced.Length || completion.Names.Count == 1)
        {
            _editor.Replace(completion.Replaced.Length, completion.Insertion);
        }
        else if (completion.Names.Count > 1)
        {
            Show(completion.Columns(Tty.Width));
        }
    }

    // The last row is cleared, what is new takes its place and moves up, and the row is drawn again below: in one write, so that nothing flickers.
    private void Draw(string above)
    {
        lock (_lock)
        {
            _screen.Write(Encoding.UTF8.GetBytes($"\r\e[K{above}{_editor.Render(_prompt, Tty.Width)}"));
        }
    }
}
