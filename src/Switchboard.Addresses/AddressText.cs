using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Switchboard.Addresses;

/// <summary>An address with the length of its network's prefix, as an interface has it.</summary>
public sealed record InterfaceAddress(IPAddress Address, int Prefix)
{
    public IPNetwork Network => Address.NetworkOf(Prefix);
}

/// <summary>Reads addresses, networks, masks and ranges as people write them, and takes nothing that two programs could read differently: IPv4 as four decimal octets (RFC 6943 section 3.1.1), IPv6 as RFC 4291 section 2.2. Whatever is refused throws <see cref="AddressFormatException"/> with its place.</summary>
public static class AddressText
{
    /// <param name="text">Without brackets, port or prefix.</param>
    /// <param name="zone">Whether a zone may follow, as in <c>fe80::1%eth0</c>.</param>
    public static IPAddress ReadAddress(string text, bool zone = false)
    {
        int percent = text.IndexOf('%', StringComparison.Ordinal);
        if (percent < 0)
        {
            return ReadAddress(text, 0, text.Length);
        }
        IPAddress address = ReadAddress(text, 0, percent);
        if (!zone || address.AddressFamily == AddressFamily.InterNetwork)
        {
            throw new AddressFormatException(AddressFault.ZoneNotWanted, text, percent, text.Length - percent, text[..percent]);
        }
        return percent + 1 == text.Length ? throw new AddressFormatException(AddressFault.ZoneEmpty, text, percent, 1)
            : IPAddress.TryParse(text, out IPAddress? scoped) ? scoped
            : throw new AddressFormatException(AddressFault.UnexpectedCharacter, text, percent + 1, text.Length - percent - 1);
    }

    /// <summary><c>A/P</c> or, in IPv4, <c>A/M</c>; bits behind the prefix may be set.</summary>
    public static InterfaceAddress ReadInterface(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            _ = ReadAddress(text);
            throw new AddressFormatException(AddressFault.PrefixMissing, text, text.Length, 0);
        }
        IPAddress address = ReadAddress(text, 0, slash);
        return new(address, ReadMask(text, slash + 1, address.AddressFamily));
    }

    /// <summary><c>A/P</c> with no bit set behind the prefix; without a prefix, the one address.</summary>
    public static IPNetwork ReadNetwork(string text)
    {
        if (!text.Contains('/', StringComparison.Ordinal))
        {
            IPAddress single = ReadAddress(text);
            return new(single, single.AddressFamily.Width());
        }
        InterfaceAddress given = ReadInterface(text);
        return given.Network.BaseAddress.Equals(given.Address) ? given.Network
            : throw new AddressFormatException(AddressFault.HostBitsSet, text, 0, text.IndexOf('/', StringComparison.Ordinal), IPv6Text.Short(given.Network));
    }

    /// <summary>A network, an address, or <c>FIRST-LAST</c>.</summary>
    public static AddressRange ReadRange(string text)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0)
        {
            return ReadNetwork(text).Range();
        }
        (IPAddress first, IPAddress last) = (ReadAddress(text, 0, dash), ReadAddress(text, dash + 1, text.Length));
        AddressFault? fault = first.AddressFamily != last.AddressFamily ? AddressFault.FamiliesDiffer
            : first.ToNumber() > last.ToNumber() ? AddressFault.RangeReversed : null;
        return fault is { } wrong ? throw new AddressFormatException(wrong, text, dash + 1, text.Length - dash - 1)
            : new(first.AddressFamily, first.ToNumber(), last.ToNumber());
    }

    /// <summary>A mask on its own: <c>255.255.255.0</c>, <c>24</c> or <c>/24</c>; in IPv6 also <c>ffff:ffff::</c>. Gives the prefix length.</summary>
    public static int ReadMask(string text, AddressFamily family) => ReadMask(text, text.StartsWith('/') ? 1 : 0, family);

    private static int ReadMask(string text, int start, AddressFamily family)
    {
        bool written = text.AsSpan(start).ContainsAny('.', ':');
        return written ? ReadWrittenMask(text, start, family) : ReadPrefix(text, start, family.Width());
    }

    private static int ReadPrefix(string text, int start, int width)
    {
        int length = text.Length - start;
        if (length == 0)
        {
            throw new AddressFormatException(AddressFault.PrefixEmpty, text, start, 0);
        }
        RequireDigits(text, start, text.Length);
        if (length > 1 && text[start] == '0')
        {
            throw new AddressFormatException(AddressFault.PrefixLeadingZero, text, start, length);
        }
        return length <= 3 && int.Parse(text.AsSpan(start), NumberStyles.None, CultureInfo.InvariantCulture) is var prefix && prefix <= width ? prefix
            : throw new AddressFormatException(AddressFault.PrefixTooLong, text, start, length);
    }

    private static int ReadWrittenMask(string text, int start, AddressFamily family)
    {
        IPAddress mask = ReadAddress(text, start, text.Length);
        if (mask.AddressFamily != family)
        {
            throw new AddressFormatException(AddressFault.MaskOfOtherFamily, text, start, text.Length - start);
        }
        int width = family.Width();
        UInt128 bits = mask.ToNumber();
        if (AddressNumber.PrefixOf(bits, width) is { } prefix)
        {
            return prefix;
        }
        return AddressNumber.PrefixOf(~bits & AddressNumber.AllOnes(width), width) is { } inverted
            ? throw new AddressFormatException(AddressFault.MaskInverted, text, start, text.Length - start, IPv6Text.Short(AddressNumber.Mask(inverted, width).ToAddress(family)))
            : throw HoleIn(text, start, mask);
    }

    // The hole is in the part where a one follows a zero, be it the first bit of the next part.
    private static AddressFormatException HoleIn(string text, int start, IPAddress mask)
    {
        int width = mask.AddressFamily.Width();
        UInt128 afterOnes = mask.ToNumber() & ~AddressNumber.Mask(LeadingOnes(mask.ToNumber(), width), width);
        int bit = width - 128 + (int)UInt128.LeadingZeroCount(afterOnes);
        if (width == 128)
        {
            return new(AddressFault.MaskWithHoles, text, start, text.Length - start);
        }
        int at = start;
        for (int octet = 0; octet < bit / 8; octet++)
        {
            at = text.IndexOf('.', at) + 1;
        }
        int end = text.IndexOf('.', at);
        return new(AddressFault.MaskWithHoles, text, at, (end < 0 ? text.Length : end) - at);
    }

    private static int LeadingOnes(UInt128 mask, int width) => (int)UInt128.LeadingZeroCount(~(mask << (128 - width)));

    private static IPAddress ReadAddress(string text, int start, int end)
    {
        if (start == end)
        {
            throw new AddressFormatException(AddressFault.Empty, text, start, 0);
        }
        return text.IndexOf(':', start, end - start) < 0
            ? ((UInt128)ReadDotted(text, start, end)).ToAddress(AddressFamily.InterNetwork)
            : new GroupReader(text, start, end).Read().ToAddress(AddressFamily.InterNetworkV6);
    }

    internal static uint ReadDotted(string text, int start, int end)
    {
        uint value = 0;
        int at = start;
        for (int octet = 1; octet <= 4; octet++)
        {
            int dot = text.IndexOf('.', at, end - at);
            int stop = dot < 0 ? end : dot;
            value = (value << 8) | ReadOctet(text, at, stop);
            if (octet < 4 && dot < 0)
            {
                throw new AddressFormatException(AddressFault.TooFewOctets, text, end, 0);
            }
            if (octet == 4 && dot >= 0)
            {
                throw new AddressFormatException(AddressFault.TooManyOctets, text, dot, end - dot);
            }
            at = stop + 1;
        }
        return value;
    }

    private static uint ReadOctet(string text, int start, int end)
    {
        int length = end - start;
        if (length == 0)
        {
            throw new AddressFormatException(AddressFault.OctetMissing, text, start, 0);
        }
        RequireDigits(text, start, end);
        if (length > 1 && text[start] == '0')
        {
            throw new AddressFormatException(AddressFault.OctetLeadingZero, text, start, length);
        }
        return length <= 3 && uint.Parse(text.AsSpan(start, length), NumberStyles.None, CultureInfo.InvariantCulture) is var octet && octet <= 255 ? octet
            : throw new AddressFormatException(AddressFault.OctetTooLarge, text, start, length);
    }

    internal static void RequireDigits(string text, int start, int end)
    {
        for (int at = start; at < end; at++)
        {
            if (!char.IsAsciiDigit(text[at]))
            {
                throw new AddressFormatException(AddressFault.UnexpectedCharacter, text, at, 1);
            }
        }
    }
}
