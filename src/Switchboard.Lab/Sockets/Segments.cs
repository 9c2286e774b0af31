using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Switchboard.Lab.Sockets;

/// <summary>Segments of TCP as they arrive at one loopback address, by a raw socket; only where that is permitted.</summary>
internal sealed class Segments : IDisposable
{
    private const int Fin = 1, Syn = 2, Reset = 4, Push = 8, Acknowledge = 16;
    private readonly Socket _raw;
    private readonly byte[] _packet = new byte[65_536];

    private Segments(Socket raw) => _raw = raw;

    /// <summary>Null without CAP_NET_RAW.</summary>
    public static Segments? TryOpen(IPAddress address)
    {
        Socket? raw = null;
        try
        {
            raw = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Tcp) { Blocking = false, ReceiveBufferSize = 4 << 20 };
            raw.Bind(new IPEndPoint(address, 0));
            return new(raw);
        }
        catch (SocketException)
        {
            raw?.Dispose();
            return null;
        }
    }

    /// <summary>The next IP packet that has come, or null.</summary>
    public ReadOnlySpan<byte> Next() => _raw.Available > 0 && _raw.Receive(_packet, SocketFlags.None, out var error) is var length && error == SocketError.Success ? _packet.AsSpan(0, length) : default;

    public void Dispose() => _raw.Dispose();

    /// <summary>The segment inside an IP packet: its header, and the bytes it carries.</summary>
    public static (byte[] Header, byte[] Payload) Split(ReadOnlySpan<byte> packet)
    {
        ReadOnlySpan<byte> segment = packet[((packet[0] & 15) * 4)..];
        int header = (segment[12] >> 4) * 4;
        return (segment[..header].ToArray(), segment[header..].ToArray());
    }

    public static bool IsBareAcknowledgement(byte[] header, byte[] payload) => payload.Length == 0 && (header[13] & (Fin | Syn | Reset)) == 0;

    public static string Describe(byte[] header, byte[] payload)
    {
        (int Bit, string Name)[] flags = [(Syn, "SYN"), (Fin, "FIN"), (Reset, "RST"), (Push, "PSH"), (Acknowledge, "ACK")];
        string set = string.Join(' ', flags.Where(flag => (header[13] & flag.Bit) != 0).Select(flag => flag.Name));
        string carried = payload.Length > 0 ? $" {ByteText.Of(payload)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadUInt16BigEndian(header)} → {BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2))}  {set}{carried}");
    }
}
