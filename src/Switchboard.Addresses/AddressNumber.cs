using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Switchboard.Addresses;

/// <summary>Addresses as numbers: both families in a <see cref="UInt128"/>, IPv4 in its lowest 32 bits.</summary>
public static class AddressNumber
{
    /// <summary>Bits of an address: 32 or 128.</summary>
    public static int Width(this AddressFamily family) => family == AddressFamily.InterNetwork ? 32 : 128;

    /// <summary>The number whose big-endian bytes the address is; a zone is not part of it.</summary>
    public static UInt128 ToNumber(this IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bool written = address.TryWriteBytes(bytes, out int length);
        return written && length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    public static IPAddress ToAddress(this UInt128 number, AddressFamily family)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new IPAddress(family == AddressFamily.InterNetwork ? bytes[12..] : bytes);
    }

    /// <summary>All ones, as wide as the family.</summary>
    public static UInt128 AllOnes(int width) => width == 128 ? UInt128.MaxValue : (UInt128.One << width) - 1;

    /// <summary>The mask of a prefix: that many ones, then zeros. A shift by 128 would be one by 0, so the empty prefix is its own case.</summary>
    public static UInt128 Mask(int prefix, int width) => prefix == 0 ? 0 : AllOnes(width) & ~AllOnesBelow(width - prefix);

    /// <summary>The prefix length of a mask, or null when a one follows a zero.</summary>
    public static int? PrefixOf(UInt128 mask, int width)
    {
        int prefix = mask == 0 ? 0 : width - (int)UInt128.TrailingZeroCount(mask);
        return Mask(prefix, width) == mask ? prefix : null;
    }

    internal static UInt128 AllOnesBelow(int bits) => bits == 0 ? 0 : AllOnes(bits);
}
