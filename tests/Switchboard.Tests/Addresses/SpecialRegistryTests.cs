using System.Net;
using System.Net.Sockets;
using Switchboard.Addresses;

namespace Switchboard.Tests.Addresses;

/// <summary>The registries as IANA publishes them, written down a second time, asked about every boundary: the first address of each block, the last, the one before and the one after.</summary>
public sealed class SpecialRegistryTests
{
    // Block, name, documents; source, destination, forwardable, globally reachable, reserved by protocol (T, F, or - for "N/A" and for nothing).
    private const string Registry = """
        0.0.0.0/8|"This network"|791|TFFFT
        0.0.0.0/32|"This host on this network"|1122|TFFFT
        10.0.0.0/8|Private-Use|1918|TTTFF
        100.64.0.0/10|Shared Address Space|6598|TTTFF
        127.0.0.0/8|Loopback|1122|FFFFT
        169.254.0.0/16|Link Local|3927|TTFFT
        172.16.0.0/12|Private-Use|1918|TTTFF
        192.0.0.0/24|IETF Protocol Assignments|6890|FFFFF
        192.0.0.0/29|IPv4 Service Continuity Prefix|7335|TTTFF
        192.0.0.8/32|IPv4 dummy address|7600|TFFFF
        192.0.0.9/32|Port Control Protocol Anycast|7723|TTTTF
        192.0.0.10/32|Traversal Using Relays around NAT Anycast|8155|TTTTF
        192.0.0.170/32|NAT64/DNS64 Discovery|8880 7050|FFFFT
        192.0.0.171/32|NAT64/DNS64 Discovery|8880 7050|FFFFT
        192.0.2.0/24|Documentation (TEST-NET-1)|5737|FFFFF
        192.31.196.0/24|AS112-v4|7535|TTTTF
        192.52.193.0/24|AMT|7450|TTTTF
        192.88.99.0/24|Deprecated (6to4 Relay Anycast)|7526|-----
        192.88.99.2/32|6a44-relay anycast address|6751|TTTFF
        192.168.0.0/16|Private-Use|1918|TTTFF
        192.175.48.0/24|Direct Delegation AS112 Service|7534|TTTTF
        198.18.0.0/15|Benchmarking|2544|TTTFF
        198.51.100.0/24|Documentation (TEST-NET-2)|5737|FFFFF
        203.0.113.0/24|Documentation (TEST-NET-3)|5737|FFFFF
        240.0.0.0/4|Reserved|1112|FFFFT
        255.255.255.255/32|Limited Broadcast|8190 919|FTFFT
        ::1/128|Loopback Address|4291|FFFFT
        ::/128|Unspecified Address|4291|TFFFT
        ::ffff:0:0/96|IPv4-mapped Address|4291|FFFFT
        64:ff9b::/96|IPv4-IPv6 Translat.|6052|TTTTF
        64:ff9b:1::/48|IPv4-IPv6 Translat.|8215|TTTFF
        100::/64|Discard-Only Address Block|6666|TTTFF
        100:0:0:1::/64|Dummy IPv6 Prefix|9780|TFFFF
        2001::/23|IETF Protocol Assignments|2928|FFFFF
        2001::/32|TEREDO|4380 8190|TTT-F
        2001:1::1/128|Port Control Protocol Anycast|7723|TTTTF
        2001:1::2/128|Traversal Using Relays around NAT Anycast|8155|TTTTF
        2001:1::3/128|DNS-SD Service Registration Protocol Anycast|9665|TTTTF
        2001:2::/48|Benchmarking|5180 1752|TTTFF
        2001:3::/32|AMT|7450|TTTTF
        2001:4:112::/48|AS112-v6|7535|TTTTF
        2001:10::/28|Deprecated (previously ORCHID)|4843|-----
        2001:20::/28|ORCHIDv2|7343|TTTTF
        2001:30::/28|Drone Remote ID Protocol Entity Tags (DETs) Prefix|9374|TTTTF
        2001:db8::/32|Documentation|3849|FFFFF
        2002::/16|6to4|3056|TTT-F
        2620:4f:8000::/48|Direct Delegation AS112 Service|7534|TTTTF
        3fff::/20|Documentation|9637|FFFFF
        5f00::/16|Segment Routing (SRv6) SIDs|9602|TTTFF
        fc00::/7|Unique-Local|4193 8190|TTTFF
        fe80::/10|Link-Local Unicast|4291|TTFFT
        """;

    private static readonly (IPNetwork Network, string Name, string[] Documents, string Flags)[] s_rows = [.. Registry.Split('\n')
        .Select(line => line.Split('|')).Select(cells => (IPNetwork.Parse(cells[0]), cells[1], cells[2].Split(' '), cells[3]))];

    public static TheoryData<string> Blocks => [.. s_rows.Select(row => row.Network.ToString())];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void A_block_is_told_at_its_ends_and_not_beyond_them(string block)
    {
        foreach (IPAddress address in Boundaries(IPNetwork.Parse(block)))
        {
            string[] expected = [.. s_rows.Where(row => SameFirstBits(row.Network, address)).OrderByDescending(row => row.Network.PrefixLength).Select(row => $"{row.Name} {row.Flags}")];
            string[] told = [.. SpecialRegistry.BlocksOf(address).Where(one => SpecialRegistry.Of(address.AddressFamily).Contains(one)).Select(one => $"{one.Name} {Flags(one)}")];
            Assert.Equal(expected, told);
        }
    }

    [Fact]
    public void The_table_has_these_rows_with_their_documents_and_no_other()
    {
        SpecialBlock[] all = [.. SpecialRegistry.Of(AddressFamily.InterNetwork), .. SpecialRegistry.Of(AddressFamily.InterNetworkV6)];
        Assert.Equal(s_rows.Select(row => row.Network.ToString()).Order(), all.Select(block => block.Network.ToString()).Order());
        foreach (var row in s_rows)
        {
            string documents = all.Single(block => block.Network.Equals(row.Network)).Documents;
            Assert.All(row.Documents, number => Assert.Matches($@"\bRFC( Errata)? {number}\b", documents));
        }
    }

    [Theory]
    [InlineData("10.1.2.3", AddressKind.Private)]
    [InlineData("100.127.255.255", AddressKind.Shared)]
    [InlineData("127.0.0.53", AddressKind.Loopback)]
    [InlineData("224.0.0.251", AddressKind.Multicast)]
    [InlineData("239.255.255.255", AddressKind.Multicast)]
    [InlineData("255.255.255.255", AddressKind.Broadcast)]
    [InlineData("255.255.255.254", AddressKind.Reserved)]
    [InlineData("0.0.0.0", AddressKind.Unspecified)]
    [InlineData("8.8.8.8", AddressKind.Global)]
    [InlineData("2606:4700::1", AddressKind.Global)]
    [InlineData("fd12::1", AddressKind.UniqueLocal)]
    [InlineData("fe80::1", AddressKind.LinkLocal)]
    [InlineData("fec0::1", AddressKind.SiteLocal)]
    [InlineData("ff02::1", AddressKind.Multicast)]
    [InlineData("::ffff:8.8.8.8", AddressKind.Mapped)]
    [InlineData("::8.8.8.8", AddressKind.Reserved)]
    [InlineData("4000::1", AddressKind.Reserved)]
    [InlineData("fe00::1", AddressKind.Reserved)]
    public void The_kind_is_that_of_the_narrowest_block(string address, AddressKind kind) =>
        Assert.Equal(kind, SpecialRegistry.BlocksOf(IPAddress.Parse(address))[0].Kind);

    [Theory]
    [InlineData("::ffff:192.0.2.1", Embedding.Mapped, "192.0.2.1")]
    [InlineData("64:ff9b::192.0.2.33", Embedding.Nat64, "192.0.2.33")]
    [InlineData("2002:c000:204::1", Embedding.SixToFour, "192.0.2.4")]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2", Embedding.Teredo, "192.0.2.45")] // RFC 4380 section 4 turns the client's bits round
    [InlineData("::192.0.2.1", Embedding.Compatible, "192.0.2.1")]
    public void An_IPv4_address_is_found_inside(string address, Embedding how, string inside) =>
        Assert.Equal(new(how, IPAddress.Parse(inside)), EmbeddedAddress.In(IPAddress.Parse(address)));

    [Theory]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("2001:db8::1")]
    [InlineData("192.0.2.1")]
    public void Nothing_is_found_where_nothing_is(string address) => Assert.Null(EmbeddedAddress.In(IPAddress.Parse(address)));

    // Bit by bit, as a reader of the registry would do it.
    private static bool SameFirstBits(IPNetwork network, IPAddress address)
    {
        byte[] one = network.BaseAddress.GetAddressBytes(), other = address.GetAddressBytes();
        return one.Length == other.Length && Enumerable.Range(0, network.PrefixLength).All(bit => ((one[bit / 8] ^ other[bit / 8]) >> (7 - (bit % 8)) & 1) == 0);
    }

    private static IEnumerable<IPAddress> Boundaries(IPNetwork network)
    {
        AddressRange range = network.Range();
        yield return range.FirstAddress;
        yield return range.LastAddress;
        if (range.First > 0)
        {
            yield return (range.First - 1).ToAddress(range.Family);
        }
        if (range.Last < AddressNumber.AllOnes(range.Family.Width()))
        {
            yield return (range.Last + 1).ToAddress(range.Family);
        }
    }

    private static string Flags(SpecialBlock block) =>
        string.Concat(new[] { block.Source, block.Destination, block.Forwardable, block.GloballyReachable, block.ReservedByProtocol }.Select(flag => flag switch { true => 'T', false => 'F', null => '-' }));
}
