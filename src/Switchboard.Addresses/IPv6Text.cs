using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Switchboard.Addresses;

/// <summary>The ways to write an address. The framework's own text puts dots into more than the well-known prefixes and is not always RFC 5952.</summary>
public static class IPv6Text
{
    /// <summary>RFC 5952: lower case, no leading zeros, the longest run of zero groups (the first of equals, and never a single one) as <c>::</c>; dots only for IPv4-mapped addresses (its section 5). IPv4 as four octets.</summary>
    public static string Short(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return address.ToString();
        }
        string zone = address.ScopeId == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"%{address.ScopeId}");
        return (address.IsIPv4MappedToIPv6 ? Mixed(address) : Compressed(Groups(address))) + zone;
    }

    /// <summary>A network; with dots only where some of the dotted part belongs to its prefix (<c>::ffff:0:0/96</c>, as the registry writes it).</summary>
    public static string Short(IPNetwork network)
    {
        bool groups = network.Family() == AddressFamily.InterNetworkV6 && network.PrefixLength <= 96;
        return string.Create(CultureInfo.InvariantCulture, $"{(groups ? Compressed(Groups(network.BaseAddress)) : Short(network.BaseAddress))}/{network.PrefixLength}");
    }

    /// <summary>All eight groups with all four digits.</summary>
    public static string Full(IPAddress address) => string.Join(':', Groups(address).Select(group => group.ToString("x4", CultureInfo.InvariantCulture)));

    /// <summary>The last 32 bits with dots (RFC 4291 section 2.2, form 3).</summary>
    public static string Mixed(IPAddress address)
    {
        ushort[] groups = Groups(address);
        string head = Compressed(groups[..6]);
        return head + (head.EndsWith("::", StringComparison.Ordinal) ? "" : ":") + Tail(address);
    }

    /// <summary>An IPv4 address inside <c>::ffff:0:0/96</c> (RFC 4291 section 2.5.5.2).</summary>
    public static string Mapped(IPAddress address) => Mixed(address.MapToIPv6());

    /// <summary>The name whose PTR record says what an address is called (RFC 1035 section 3.5, RFC 3596 section 2.5).</summary>
    public static string ReverseName(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        Array.Reverse(bytes);
        return bytes.Length == 4
            ? string.Join('.', bytes) + ".in-addr.arpa"
            : string.Join('.', bytes.SelectMany(b => new[] { b & 15, b >> 4 }).Select(n => n.ToString("x", CultureInfo.InvariantCulture))) + ".ip6.arpa";
    }

    private static IPAddress Tail(IPAddress address) => new(address.GetAddressBytes().AsSpan(12));

    private static ushort[] Groups(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        return [.. Enumerable.Range(0, bytes.Length / 2).Select(i => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2 * i)))];
    }

    private static string Compressed(ushort[] groups)
    {
        (int at, int length) = LongestZeros(groups);
        return length < 2 ? Joined(groups) : Joined(groups[..at]) + "::" + Joined(groups[(at + length)..]);
    }

    private static string Joined(ushort[] groups) => string.Join(':', groups.Select(group => group.ToString("x", CultureInfo.InvariantCulture)));

    private static (int At, int Length) LongestZeros(ushort[] groups)
    {
        (int At, int Length) best = (0, 0);
        for (int at = 0; at < groups.Length; at++)
        {
            int length = groups.Skip(at).TakeWhile(group => group == 0).Count();
            best = length > best.Length ? (at, length) : best;
        }
        return best;
    }
}
