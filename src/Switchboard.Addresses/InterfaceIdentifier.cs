using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Switchboard.Addresses;

/// <summary>Hardware addresses and the IPv6 interface identifiers made of them: modified EUI-64 (RFC 4291 appendix A).</summary>
public static class InterfaceIdentifier
{
    private const string Hex = "0123456789abcdef";

    /// <summary><c>02:fc:00:00:00:01</c>, <c>02-FC-00-00-00-01</c>, <c>02fc.0000.0001</c> or twelve digits; anything between or missing is refused.</summary>
    /// <exception cref="AddressFormatException">Another shape, or a character that is no digit.</exception>
    public static PhysicalAddress ReadMac(string text)
    {
        char separator = text.FirstOrDefault(c => c is ':' or '-' or '.');
        int group = separator switch { '.' => 4, '\0' => 12, _ => 2 };
        List<byte> digits = [];
        for (int at = 0; at < text.Length; at++)
        {
            bool between = separator != '\0' && at % (group + 1) == group;
            int digit = Hex.IndexOf(char.ToLowerInvariant(text[at]), StringComparison.Ordinal);
            if (between ? text[at] != separator : digit < 0)
            {
                throw new AddressFormatException(AddressFault.UnexpectedCharacter, text, at, 1);
            }
            if (!between)
            {
                digits.Add((byte)digit);
            }
        }
        return digits.Count == 12 && char.IsAsciiHexDigit(text[^1])
            ? new([.. digits.Chunk(2).Select(pair => (byte)((pair[0] << 4) | pair[1]))])
            : throw new AddressFormatException(AddressFault.MacShape, text, 0, text.Length);
    }

    /// <summary>Pairs with colons, lower case.</summary>
    public static string Text(PhysicalAddress mac) =>
        string.Join(':', mac.GetAddressBytes().Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));

    /// <summary>ff:fe in the middle, and the universal/local bit turned round.</summary>
    public static ulong ModifiedEui64(PhysicalAddress mac)
    {
        ulong bits = mac.GetAddressBytes().Aggregate(0UL, (value, b) => (value << 8) | b);
        return (((bits & 0xffffff_000000) << 16) | 0xfffe_000000 | (bits & 0xffffff)) ^ 0x02_00_00_00_00_00_00_00;
    }

    /// <summary>The address an interface of that hardware address makes for itself in a /64 (RFC 4862).</summary>
    public static IPAddress AddressIn(IPNetwork network, PhysicalAddress mac) =>
        (network.BaseAddress.ToNumber() | ModifiedEui64(mac)).ToAddress(AddressFamily.InterNetworkV6);

    /// <summary>The hardware address an interface identifier was made of, where ff:fe stands in its middle; it may stand there by chance.</summary>
    public static PhysicalAddress? MacOf(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        return bytes.Length == 16 && bytes[11] == 0xff && bytes[12] == 0xfe
            ? new([(byte)(bytes[8] ^ 2), bytes[9], bytes[10], bytes[13], bytes[14], bytes[15]])
            : null;
    }
}
