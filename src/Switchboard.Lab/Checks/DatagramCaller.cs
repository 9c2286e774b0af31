using System.Net.Sockets;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Lab.Checks;

/// <summary>One person behind a datagram socket.</summary>
internal sealed class DatagramCaller
{
    private readonly Socket _socket;
    private byte[] _sent = [];

    public DatagramCaller(Socket socket)
    {
        _socket = socket;
        _socket.ReceiveTimeout = (int)Visit.Patience.TotalMilliseconds;
    }

    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public void Send(byte[] datagram)
    {
        _sent = datagram;
        _socket.Send(datagram, SocketFlags.None, out _);
    }

    public void Expect(string text) => Expect(Encoding.UTF8.GetBytes(text));

    public void Expect(byte[] expected)
    {
        byte[] got = Take(ByteText.Of(expected));
        if (!got.AsSpan().SequenceEqual(expected))
        {
            string shown = ByteText.Of(got);
            throw Broken(ByteText.Of(expected), (shown, shown));
        }
    }

    /// <summary>The next datagram that is not a notice (<c>* …</c>).</summary>
    public void ExpectSaid(string expected)
    {
        byte[] got;
        while ((got = Take($"\"{expected}\"")).AsSpan().StartsWith("* "u8))
        {
            // Who came and went is not judged.
        }
        if (Encoding.UTF8.GetString(got) != expected)
        {
            string shown = ByteText.Of(got);
            throw Broken($"\"{expected}\"", (shown, shown));
        }
    }

    /// <summary>What lies there are notices at most; whoever calls knows that anything else would have come by now.</summary>
    public void ExpectNothingSaid()
    {
        while (_socket.Poll(0, SelectMode.SelectRead))
        {
            byte[] got = Take("");
            if (!got.AsSpan().StartsWith("* "u8))
            {
                string shown = ByteText.Of(got);
                throw Broken("\"* …\"", (shown, shown));
            }
        }
    }

    public void ExpectNotice()
    {
        byte[] got = Take("\"* …\"");
        if (!got.AsSpan().StartsWith("* "u8))
        {
            string shown = ByteText.Of(got);
            throw Broken("\"* …\"", (shown, shown));
        }
    }

    public byte[] Take(string expected)
    {
        byte[] buffer = new byte[65_536];
        int count = _socket.Receive(buffer, SocketFlags.None, out SocketError error);
        return error switch
        {
            SocketError.Success => buffer[..count],
            SocketError.ConnectionRefused => throw new NobodyThereException("ICMP port unreachable"),
            _ => throw Broken(expected, ($"nothing for {Visit.Patience.TotalSeconds} s", $"{Visit.Patience.TotalSeconds} 秒内没有任何数据")),
        };
    }

    public BrokenRuleException Broken(string expected, Words got) => new(_sent, (expected, expected), got);
}
