using System.Globalization;
using System.Net;
using System.Numerics;

namespace Switchboard.Addresses;

/// <summary>Numbers, ports, sizes and bytes as they are typed. Whatever is refused throws <see cref="AddressFormatException"/> with its place.</summary>
public static class NumberText
{
    /// <summary>Decimal, <c>0x…</c> or <c>0b…</c>, up to 64 bits. A leading zero alone would be octal to C and decimal to others.</summary>
    public static ulong ReadNumber(string text)
    {
        bool prefixed = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) || text.StartsWith("0b", StringComparison.OrdinalIgnoreCase);
        uint radix = !prefixed ? 10u : char.ToLowerInvariant(text[1]) == 'x' ? 16u : 2u;
        int start = prefixed ? 2 : 0;
        RequireSome(text, start);
        if (!prefixed)
        {
            RequireNoLeadingZero(text, start);
        }
        UInt128 value = 0;
        for (int at = start; at < text.Length; at++)
        {
            value = (value * radix) + Digit(text, at, radix);
            if (value > ulong.MaxValue)
            {
                throw new AddressFormatException(AddressFault.NumberTooLarge, text, start, text.Length - start, "18446744073709551615");
            }
        }
        return (ulong)value;
    }

    /// <summary>0 to 65535.</summary>
    public static int ReadPort(string text)
    {
        RequireSome(text, 0);
        AddressText.RequireDigits(text, 0, text.Length);
        RequireNoLeadingZero(text, 0);
        return text.Length <= 5 && int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) is var port && port <= ushort.MaxValue ? port
            : throw new AddressFormatException(AddressFault.NumberTooLarge, text, 0, text.Length, "65535");
    }

    /// <summary>The size of a network within another: hosts, or <c>/P</c>.</summary>
    public static SizeWanted ReadSize(string text, IPNetwork whole)
    {
        if (text.StartsWith('/'))
        {
            return new(null, AddressText.ReadMask(text, whole.Family()));
        }
        RequireSome(text, 0);
        AddressText.RequireDigits(text, 0, text.Length);
        RequireNoLeadingZero(text, 0);
        // 2^128 has 39 digits; a longer number is not worth multiplying out.
        BigInteger hosts = text.Length <= 39 ? BigInteger.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : BigInteger.Pow(10, 39);
        return hosts.IsZero ? throw new AddressFormatException(AddressFault.SizeZero, text, 0, text.Length)
            : NetworkArithmetic.PrefixFor(hosts, whole.Family()) is { } prefix ? new(hosts, prefix)
            : throw new AddressFormatException(AddressFault.NumberTooLarge, text, 0, text.Length, whole.Hosts().Count.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The bytes of an address: 8 or 32 hexadecimal digits, with spaces, colons, dashes, <c>0x</c> or <c>\x</c> between bytes.</summary>
    public static IPAddress ReadPacked(string text)
    {
        List<byte> bytes = [];
        for (int at = 0; at < text.Length;)
        {
            if (text[at] is ' ' or ':' or '-')
            {
                at++;
                continue;
            }
            at += IsMark(text, at) ? 2 : 0;
            bytes.Add(ReadByte(text, at));
            at += 2;
        }
        return bytes.Count is 4 or 16 ? new([.. bytes]) : throw new AddressFormatException(AddressFault.HexLength, text, 0, text.Length, bytes.Count.ToString(CultureInfo.InvariantCulture));
    }

    private static bool IsMark(string text, int at) =>
        at + 1 < text.Length && (text[at], text[at + 1]) is ('0' or '\\', 'x' or 'X');

    private static byte ReadByte(string text, int at)
    {
        if (at >= text.Length)
        {
            throw new AddressFormatException(AddressFault.HexOdd, text, text.Length, 0);
        }
        uint high = Digit(text, at, 16);
        return at + 1 < text.Length && text[at + 1] is not (' ' or ':' or '-')
            ? (byte)((high << 4) | Digit(text, at + 1, 16))
            : throw new AddressFormatException(AddressFault.HexOdd, text, at, 1);
    }

    private static uint Digit(string text, int at, uint radix)
    {
        int digit = char.IsAsciiHexDigit(text[at]) ? Convert.ToInt32(text[at].ToString(), 16) : -1;
        return digit >= 0 && digit < radix ? (uint)digit : throw new AddressFormatException(AddressFault.UnexpectedCharacter, text, at, 1);
    }

    private static void RequireSome(string text, int start)
    {
        if (text.Length == start)
        {
            throw new AddressFormatException(AddressFault.Empty, text, start, 0);
        }
    }

    private static void RequireNoLeadingZero(string text, int start)
    {
        if (text.Length - start > 1 && text[start] == '0')
        {
            throw new AddressFormatException(AddressFault.NumberLeadingZero, text, start, 1);
        }
    }
}
