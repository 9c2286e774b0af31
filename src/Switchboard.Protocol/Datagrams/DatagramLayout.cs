using System.Buffers.Binary;

namespace Switchboard.Protocol;

/// <summary>
/// How a datagram looks on the wire: one byte of kind, the session's id, the low half of the packet number, then what is sealed and its tag.
/// The first thirteen bytes are not secret, but the seal covers them.
/// </summary>
internal static class DatagramLayout
{
    public const int SessionBytes = 8;
    public const int HeadBytes = 1 + SessionBytes + sizeof(uint);
    public const int TagBytes = 16;
    public const int ResetTokenBytes = 16;
    public const int ResetBytes = 1 + SessionBytes + ResetTokenBytes;

    /// <summary>0100 in the upper half, so that no datagram of ours is taken for DNS, DTLS or QUIC by a tool that looks at first bytes.</summary>
    private const byte Sealed = 0x40;
    private const byte FromServer = 0x04;
    private const byte EpochMask = 0x03;
    private const byte Reset = 0x50;

    public static void WriteHead(Span<byte> datagram, bool fromServer, int epoch, ulong session, long number)
    {
        datagram[0] = (byte)(Sealed | (fromServer ? FromServer : 0) | (epoch & EpochMask));
        BinaryPrimitives.WriteUInt64BigEndian(datagram[1..], session);
        BinaryPrimitives.WriteUInt32BigEndian(datagram[(1 + SessionBytes)..], (uint)number);
    }

    /// <summary>Whether it can be a sealed datagram that went in this direction.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> datagram, bool fromServer) =>
        datagram.Length > HeadBytes + TagBytes && (datagram[0] & ~EpochMask) == (Sealed | (fromServer ? FromServer : 0));

    public static ulong SessionOf(ReadOnlySpan<byte> datagram) => BinaryPrimitives.ReadUInt64BigEndian(datagram[1..]);

    public static int EpochBitsOf(ReadOnlySpan<byte> datagram) => datagram[0] & EpochMask;

    /// <summary>The whole packet number nearest to the one expected (RFC 9000, appendix A.3, for 32 bits).</summary>
    public static long NumberOf(ReadOnlySpan<byte> datagram, long expected)
    {
        const long Window = 1L << 32;
        long low = BinaryPrimitives.ReadUInt32BigEndian(datagram[(1 + SessionBytes)..]);
        long number = (expected & ~(Window - 1)) | low;
        return number <= expected - (Window / 2) ? number + Window
            : number > expected + (Window / 2) && number >= Window ? number - Window
            : number;
    }

    public static void WriteReset(Span<byte> datagram, ulong session, ReadOnlySpan<byte> token)
    {
        datagram[0] = Reset;
        BinaryPrimitives.WriteUInt64BigEndian(datagram[1..], session);
        token.CopyTo(datagram[(1 + SessionBytes)..]);
    }

    public static bool IsReset(ReadOnlySpan<byte> datagram) => datagram.Length == ResetBytes && datagram[0] == Reset;

    public static ReadOnlySpan<byte> ResetTokenOf(ReadOnlySpan<byte> datagram) => datagram[(1 + SessionBytes)..];
}
