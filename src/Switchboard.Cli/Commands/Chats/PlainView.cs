using System.Text;
using Switchboard.Cli.Commands.Jobs;
using Switchboard.Cli.Output;
using Switchboard.Cli.Terminal;

namespace Switchboard.Cli.Commands.Chats;

/// <summary>A chat in a pipe: messages as lines on stdout, lines of stdin as messages.</summary>
internal sealed class PlainView(Printer printer) : IChatView
{
    private readonly Stream _input = StandardStream.Open(0);
    private readonly byte[] _buffer = new byte[4096];
    private readonly LineCutter _cutter = new();
    private readonly Queue<string> _lines = new();
    private bool _ended;

    // Lines are not broken for a screen that is not there.
    public int Width => int.MaxValue / 4;

    public void Show(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            printer.Line(line);
        }
        printer.Flush();
    }

    // Not among what was said: a script reads that.
    public void Remark(string line)
    {
        if (!printer.Options.Quiet && !printer.IsJson)
        {
            printer.Complain(line);
        }
    }

    public void SetRoom(string room) { }

    public void Ring() { }

    public async Task<string?> ReadAsync(CancellationToken stop)
    {
        while (_lines.Count == 0 && !_ended)
        {
            int got = await Task.Run(() => _input.Read(_buffer, 0, _buffer.Length), CancellationToken.None).WaitAsync(stop);
            _ended = got == 0;
            _cutter.Add(_buffer.AsSpan(0, got), Take);
            if (_ended)
            {
                _cutter.End(Take);
            }
        }
        return _lines.TryDequeue(out string? line) ? line : null;
    }

    public void Dispose() => _input.Dispose();

    private void Take(ReadOnlyMemory<byte> line) => _lines.Enqueue(Encoding.UTF8.GetString(line.Span).TrimEnd('\r'));
}
