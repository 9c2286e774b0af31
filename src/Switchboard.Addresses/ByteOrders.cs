using System.Buffers.Binary;

namespace Switchboard.Addresses;

/// <summary>One number of a fixed width, as its bytes follow each other in memory and on the wire.</summary>
/// <param name="Bits">16, 32 or 64.</param>
/// <param name="Big">Most significant byte first: network order (RFC 1700).</param>
/// <param name="Little">Least significant byte first: x86, and ARM as it is used.</param>
public sealed record ByteOrders(int Bits, byte[] Big, byte[] Little)
{
    public static readonly int[] Widths = [16, 32, 64];

    /// <summary>What the other side has when it reads the bytes in the wrong order.</summary>
    public ulong Swapped => Little.Aggregate(0UL, (value, b) => (value << 8) | b);

    /// <summary>Null when the number needs more bits.</summary>
    public static ByteOrders? Of(ulong number, int bits)
    {
        if (bits < 64 && number >> bits != 0)
        {
            return null;
        }
        byte[] all = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(all, number);
        byte[] big = all[^(bits / 8)..];
        return new(bits, big, [.. big.Reverse()]);
    }
}
