using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Lab.Checks;

/// <summary>One connection to the program that is judged.</summary>
internal sealed class Caller
{
    /// <summary>No answer of an exercise is longer; a length that says so is a broken rule, and no memory is taken for it.</summary>
    private const int LongestBlock = 16 << 20;

    /// <summary>No line of an exercise is longer.</summary>
    private const int LongestLine = 64 << 10;

    private static readonly Words s_end = ("the end of the connection", "连接结束");

    private readonly Socket _socket;
    private byte[] _sent = [];

    public Caller(Socket socket)
    {
        _socket = socket;
        _socket.ReceiveTimeout = _socket.SendTimeout = (int)Visit.Patience.TotalMilliseconds;
    }

    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public void Send(byte[] bytes)
    {
        _sent = bytes;
        Push(bytes);
    }

    /// <summary>In pieces of their own: without Nagle each send is at least one segment, and what joins them is the path.</summary>
    public void SendInPieces(byte[] bytes, int size)
    {
        _sent = bytes;
        foreach (byte[] piece in bytes.Chunk(size))
        {
            Push(piece);
        }
    }

    /// <summary>More than both kernels hold: sent while the answer is read.</summary>
    public Task SendMeanwhile(byte[] bytes)
    {
        _sent = bytes;
        return Task.Factory.StartNew(() => Push(bytes), TaskCreationOptions.LongRunning);
    }

    public void Finish() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Leaves as a program does that was killed with unread bytes: by RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new(true, 0);
        _socket.Dispose();
    }

    public void Expect(byte[] expected)
    {
        byte[] got = Take(expected.Length, ByteText.Of(expected));
        if (!got.AsSpan().SequenceEqual(expected))
        {
            throw Broken(ByteText.Of(expected), Difference(expected, got));
        }
    }

    /// <summary>The other side closes, and sends nothing more before that.</summary>
    public void ExpectEnd()
    {
        if (TakeOrEnd() is { } one)
        {
            throw Broken(s_end, ByteText.Of(new[] { one }.AsSpan()));
        }
    }

    /// <summary>The next byte; null at the end, a reset included.</summary>
    public byte? TakeOrEnd()
    {
        byte[] one = new byte[1];
        int count = _socket.Receive(one, 0, 1, SocketFlags.None, out SocketError error);
        return IsLate(error) ? throw Broken(s_end, Nothing(0)) : count == 0 ? null : one[0];
    }

    public byte[] Take(int count, string? what = null)
    {
        byte[] bytes = new byte[count];
        for (int got = 0; got < count;)
        {
            int more = _socket.Receive(bytes, got, count - got, SocketFlags.None, out SocketError error);
            if (error != SocketError.Success || more == 0)
            {
                throw Broken(what ?? string.Create(CultureInfo.InvariantCulture, $"{count:N0} bytes"), Missing(error, bytes.AsSpan(0, got)));
            }
            got += more;
        }
        return bytes;
    }

    /// <summary>Four bytes of length, and so many bytes.</summary>
    public byte[] TakeBlock()
    {
        byte[] prefix = Take(4, "4 bytes of length");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (length > LongestBlock)
        {
            throw Broken(("a length of at most 16 MiB", "不超过 16 MiB 的长度"), ByteText.Hex(prefix));
        }
        return length == 0 ? [] : Take((int)length);
    }

    public void ExpectBlock(byte[] expected)
    {
        byte[] got = TakeBlock();
        if (!got.AsSpan().SequenceEqual(expected))
        {
            throw Broken(ByteText.Of(expected), Difference(expected, got));
        }
    }

    /// <summary>The next line that is not a notice (<c>* …</c>).</summary>
    public string TakeLine(bool notice, string expected)
    {
        while (true)
        {
            List<byte> line = [];
            while (line.Count == 0 || line[^1] != '\n')
            {
                line.Add(line.Count < LongestLine ? Take(1, expected)[0] : throw Broken(expected, ByteText.Of(line.ToArray())));
            }
            string text = Encoding.UTF8.GetString([.. line]).TrimEnd('\n', '\r');
            if (notice || !text.StartsWith("* ", StringComparison.Ordinal))
            {
                return text;
            }
        }
    }

    public void ExpectLine(string expected)
    {
        string got = TakeLine(notice: false, $"\"{expected}\\n\"");
        if (got != expected)
        {
            throw Broken($"\"{expected}\\n\"", ByteText.Of(got + "\n"));
        }
    }

    public BrokenRuleException Broken(string expected, string got) => Broken((expected, expected), (got, got));

    public BrokenRuleException Broken(string expected, Words got) => Broken((expected, expected), got);

    public BrokenRuleException Broken(Words expected, string got) => Broken(expected, (got, got));

    public BrokenRuleException Broken(Words expected, Words got) => new(_sent, expected, got);

    // A program that has closed is told about where its answer is missing.
    private void Push(byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            int more = _socket.Send(bytes, sent, bytes.Length - sent, SocketFlags.None, out SocketError error);
            if (error != SocketError.Success)
            {
                return;
            }
            sent += more;
        }
    }

    private static bool IsLate(SocketError error) => error is SocketError.TimedOut or SocketError.WouldBlock;

    private static Words Missing(SocketError error, ReadOnlySpan<byte> before)
    {
        string got = before.IsEmpty ? "" : $"{ByteText.Of(before)}, ";
        Words end = IsLate(error) ? Nothing(before.Length)
            : error == SocketError.Success ? s_end
            : ("a broken connection", "连接中断");
        return (got + end.En, got + end.Zh);
    }

    private static Words Nothing(int before) => before == 0
        ? ($"nothing for {Visit.Patience.TotalSeconds} s", $"{Visit.Patience.TotalSeconds} 秒内没有任何数据")
        : ($"nothing more for {Visit.Patience.TotalSeconds} s", $"{Visit.Patience.TotalSeconds} 秒内没有更多数据");

    private static Words Difference(byte[] expected, byte[] got)
    {
        int at = expected.AsSpan().CommonPrefixLength(got);
        string shown = ByteText.Of(got);
        return at == got.Length || got.Length != expected.Length ? (shown, shown) : ($"{shown}, wrong from byte {at}: {ByteText.Hex(got.AsSpan(at))}", $"{shown}，从第 {at} 字节起不对：{ByteText.Hex(got.AsSpan(at))}");
    }
}
