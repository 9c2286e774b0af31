using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace Switchboard.Addresses;

/// <summary>What <see cref="IPNetwork"/> lacks: its ends, its mask, and which of its addresses a host may have.</summary>
public static class NetworkArithmetic
{
    public static AddressFamily Family(this IPNetwork network) => network.BaseAddress.AddressFamily;

    /// <summary>The network an address is in under a prefix.</summary>
    public static IPNetwork NetworkOf(this IPAddress address, int prefix)
    {
        UInt128 first = address.ToNumber() & AddressNumber.Mask(prefix, address.AddressFamily.Width());
        return new(first.ToAddress(address.AddressFamily), prefix);
    }

    public static IPAddress Mask(this IPNetwork network) =>
        AddressNumber.Mask(network.PrefixLength, network.Family().Width()).ToAddress(network.Family());

    /// <summary>The mask turned round, as access lists write it.</summary>
    public static IPAddress Wildcard(this IPNetwork network) => network.HostBits().ToAddress(network.Family());

    public static AddressRange Range(this IPNetwork network)
    {
        UInt128 first = network.BaseAddress.ToNumber();
        return new(network.Family(), first, first | network.HostBits());
    }

    /// <summary>Whether an address is in the network. Not <see cref="IPNetwork.Contains"/>: of .NET 10 that takes IPv4-mapped addresses for IPv4 ones also within IPv6, so <c>::ffff:0:0/96</c> has none of its own and <c>::/96</c> has some of them.</summary>
    public static bool Has(this IPNetwork network, IPAddress address) => network.Range().Contains(address);

    /// <summary>The last address; in IPv4 the directed broadcast where there is one.</summary>
    public static IPAddress Last(this IPNetwork network) => network.Range().Last.ToAddress(network.Family());

    /// <summary>Whether first and last are set apart as network and broadcast: IPv4, but not /31 (RFC 3021) and /32.</summary>
    public static bool HasBroadcast(this IPNetwork network) => network.Family() == AddressFamily.InterNetwork && network.PrefixLength < 31;

    /// <summary>Whether the first address means "any router here" (RFC 4291 section 2.6.1): IPv6, but not /127 (RFC 6164) and /128.</summary>
    public static bool HasRouterAnycast(this IPNetwork network) => network.Family() == AddressFamily.InterNetworkV6 && network.PrefixLength < 127;

    /// <summary>The addresses hosts may have.</summary>
    public static AddressRange Hosts(this IPNetwork network)
    {
        AddressRange all = network.Range();
        return network.HasBroadcast() ? all with { First = all.First + 1, Last = all.Last - 1 }
            : network.HasRouterAnycast() ? all with { First = all.First + 1 }
            : all;
    }

    /// <summary>The shortest network with room for so many hosts; null when even /0 is too small.</summary>
    public static int? PrefixFor(BigInteger hosts, AddressFamily family)
    {
        // Network and broadcast, or the routers' anycast address, stand beside the hosts.
        BigInteger addresses = hosts + (family == AddressFamily.InterNetwork ? 2 : 1);
        int bits = (int)(addresses - 1).GetBitLength();
        return bits <= family.Width() ? family.Width() - bits : null;
    }

    private static UInt128 HostBits(this IPNetwork network) => AddressNumber.AllOnesBelow(network.Family().Width() - network.PrefixLength);
}
