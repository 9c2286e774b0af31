using System.Text;
using Switchboard.Cli.Output;
using Switchboard.Cli.Terminal;

namespace Switchboard.Cli.Commands.Chats;

/// <summary>A chat in a pipe: messages as lines on stdout, lines of stdin as messages.</summary>
internal sealed class PlainView(Printer printer) : IChatView
{
    private const int LongestLine = 64 << 10;

    private readonly Stream _input = StandardStream.Open(0);
    private readonly byte[] _buffer = new byte[4096];
    private readonly List<byte> _pending = [];
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
        while (true)
        {
            int end = _pending.IndexOf((byte)'\n');
            if (end >= 0 || _pending.Count > LongestLine || (_ended && _pending.Count > 0))
            {
                return Take(end < 0 ? _pending.Count : end + 1);
            }
            if (_ended)
            {
                return null;
            }
            int got = await Task.Run(() => _input.Read(_buffer, 0, _buffer.Length), CancellationToken.None).WaitAsync(stop);
            _ended = got == 0;
            _pending.AddRange(_buffer.AsSpan(0, got));
        }
    }

    public void Dispose() => _input.Dispose();

    private string Take(int count)
    {
        string line = Encoding.UTF8.GetString([.. _pending.Take(count)]).TrimEnd('\n', '\r');
        _pending.RemoveRange(0, count);
        return line;
    }
}
