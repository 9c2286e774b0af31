using System.Net;
using System.Net.Sockets;
using static Switchboard.Addresses.AddressKind;

namespace Switchboard.Addresses;

/// <summary>The IANA special-purpose registries of both families, and what the multicast and address-space registries say about the rest.</summary>
public static class SpecialRegistry
{
    // Of each row: source, destination, forwardable, globally reachable, reserved by protocol. T, F, or - where the registry has "N/A" or nothing.
    private static readonly SpecialBlock[] s_ipv4 =
    [
        Row(ThisNetwork, "0.0.0.0/8", "\"This network\"", "“本网络”", "RFC 791 section 3.2", "TFFFT"),
        Row(Unspecified, "0.0.0.0/32", "\"This host on this network\"", "“本网络上的本机”", "RFC 1122 section 3.2.1.3", "TFFFT"),
        Row(Private, "10.0.0.0/8", "Private-Use", "私有地址", "RFC 1918", "TTTFF"),
        Row(Shared, "100.64.0.0/10", "Shared Address Space", "共享地址空间（运营商级 NAT）", "RFC 6598", "TTTFF"),
        Row(Loopback, "127.0.0.0/8", "Loopback", "环回地址", "RFC 1122 section 3.2.1.3", "FFFFT"),
        Row(LinkLocal, "169.254.0.0/16", "Link Local", "链路本地地址", "RFC 3927", "TTFFT"),
        Row(Private, "172.16.0.0/12", "Private-Use", "私有地址", "RFC 1918", "TTTFF"),
        Row(Protocol, "192.0.0.0/24", "IETF Protocol Assignments", "IETF 协议分配", "RFC 6890 section 2.1", "FFFFF"),
        Row(Translation, "192.0.0.0/29", "IPv4 Service Continuity Prefix", "IPv4 业务延续前缀", "RFC 7335", "TTTFF"),
        Row(Protocol, "192.0.0.8/32", "IPv4 dummy address", "IPv4 占位地址", "RFC 7600", "TFFFF"),
        Row(Anycast, "192.0.0.9/32", "Port Control Protocol Anycast", "端口控制协议任播", "RFC 7723", "TTTTF"),
        Row(Anycast, "192.0.0.10/32", "Traversal Using Relays around NAT Anycast", "TURN 任播", "RFC 8155", "TTTTF"),
        Row(Translation, "192.0.0.170/32", "NAT64/DNS64 Discovery", "NAT64/DNS64 发现", "RFC 8880, RFC 7050 section 2.2", "FFFFT"),
        Row(Translation, "192.0.0.171/32", "NAT64/DNS64 Discovery", "NAT64/DNS64 发现", "RFC 8880, RFC 7050 section 2.2", "FFFFT"),
        Row(Documentation, "192.0.2.0/24", "Documentation (TEST-NET-1)", "文档示例（TEST-NET-1）", "RFC 5737", "FFFFF"),
        Row(Anycast, "192.31.196.0/24", "AS112-v4", "AS112-v4", "RFC 7535", "TTTTF"),
        Row(Tunnel, "192.52.193.0/24", "AMT", "自动组播隧道（AMT）", "RFC 7450", "TTTTF"),
        Row(Deprecated, "192.88.99.0/24", "Deprecated (6to4 Relay Anycast)", "已废弃（6to4 中继任播）", "RFC 7526", "-----"),
        Row(Anycast, "192.88.99.2/32", "6a44-relay anycast address", "6a44 中继任播地址", "RFC 6751", "TTTFF"),
        Row(Private, "192.168.0.0/16", "Private-Use", "私有地址", "RFC 1918", "TTTFF"),
        Row(Anycast, "192.175.48.0/24", "Direct Delegation AS112 Service", "AS112 直接委派服务", "RFC 7534", "TTTTF"),
        Row(Benchmarking, "198.18.0.0/15", "Benchmarking", "基准测试", "RFC 2544", "TTTFF"),
        Row(Documentation, "198.51.100.0/24", "Documentation (TEST-NET-2)", "文档示例（TEST-NET-2）", "RFC 5737", "FFFFF"),
        Row(Documentation, "203.0.113.0/24", "Documentation (TEST-NET-3)", "文档示例（TEST-NET-3）", "RFC 5737", "FFFFF"),
        Row(Reserved, "240.0.0.0/4", "Reserved", "保留", "RFC 1112 section 4", "FFFFT"),
        Row(Broadcast, "255.255.255.255/32", "Limited Broadcast", "受限广播", "RFC 8190, RFC 919 section 7", "FTFFT"),
    ];

    private static readonly SpecialBlock[] s_ipv6 =
    [
        Row(Loopback, "::1/128", "Loopback Address", "环回地址", "RFC 4291", "FFFFT"),
        Row(Unspecified, "::/128", "Unspecified Address", "未指定地址", "RFC 4291", "TFFFT"),
        Row(Mapped, "::ffff:0:0/96", "IPv4-mapped Address", "IPv4 映射地址", "RFC 4291", "FFFFT"),
        Row(Translation, "64:ff9b::/96", "IPv4-IPv6 Translat.", "IPv4/IPv6 转换", "RFC 6052", "TTTTF"),
        Row(Translation, "64:ff9b:1::/48", "IPv4-IPv6 Translat.", "IPv4/IPv6 转换（本地使用）", "RFC 8215", "TTTFF"),
        Row(Discard, "100::/64", "Discard-Only Address Block", "仅丢弃地址块", "RFC 6666", "TTTFF"),
        Row(Protocol, "100:0:0:1::/64", "Dummy IPv6 Prefix", "IPv6 占位前缀", "RFC 9780", "TFFFF"),
        Row(Protocol, "2001::/23", "IETF Protocol Assignments", "IETF 协议分配", "RFC 2928", "FFFFF"),
        Row(Tunnel, "2001::/32", "TEREDO", "Teredo 隧道", "RFC 4380, RFC 8190", "TTT-F"),
        Row(Anycast, "2001:1::1/128", "Port Control Protocol Anycast", "端口控制协议任播", "RFC 7723", "TTTTF"),
        Row(Anycast, "2001:1::2/128", "Traversal Using Relays around NAT Anycast", "TURN 任播", "RFC 8155", "TTTTF"),
        Row(Anycast, "2001:1::3/128", "DNS-SD Service Registration Protocol Anycast", "DNS-SD 服务注册协议任播", "RFC 9665", "TTTTF"),
        Row(Benchmarking, "2001:2::/48", "Benchmarking", "基准测试", "RFC 5180, RFC Errata 1752", "TTTFF"),
        Row(Tunnel, "2001:3::/32", "AMT", "自动组播隧道（AMT）", "RFC 7450", "TTTTF"),
        Row(Anycast, "2001:4:112::/48", "AS112-v6", "AS112-v6", "RFC 7535", "TTTTF"),
        Row(Deprecated, "2001:10::/28", "Deprecated (previously ORCHID)", "已废弃（原 ORCHID）", "RFC 4843", "-----"),
        Row(Identifier, "2001:20::/28", "ORCHIDv2", "ORCHIDv2（加密散列标识）", "RFC 7343", "TTTTF"),
        Row(Identifier, "2001:30::/28", "Drone Remote ID Protocol Entity Tags (DETs) Prefix", "无人机远程识别标签（DET）前缀", "RFC 9374", "TTTTF"),
        Row(Documentation, "2001:db8::/32", "Documentation", "文档示例", "RFC 3849", "FFFFF"),
        Row(Tunnel, "2002::/16", "6to4", "6to4 隧道", "RFC 3056", "TTT-F"),
        Row(Anycast, "2620:4f:8000::/48", "Direct Delegation AS112 Service", "AS112 直接委派服务", "RFC 7534", "TTTTF"),
        Row(Documentation, "3fff::/20", "Documentation", "文档示例", "RFC 9637", "FFFFF"),
        Row(Segment, "5f00::/16", "Segment Routing (SRv6) SIDs", "段路由（SRv6）标识", "RFC 9602", "TTTFF"),
        Row(UniqueLocal, "fc00::/7", "Unique-Local", "唯一本地地址", "RFC 4193, RFC 8190", "TTTFF"),
        Row(LinkLocal, "fe80::/10", "Link-Local Unicast", "链路本地单播", "RFC 4291", "TTFFT"),
    ];

    // Not in the special-purpose registries, but no less told apart: the multicast registries, and IPv6's address space.
    private static readonly SpecialBlock[] s_others =
    [
        Row(Multicast, "224.0.0.0/4", "Multicast", "多播", "RFC 1112 section 4, RFC 5771", "-----"),
        Row(Multicast, "224.0.0.0/24", "Local Network Control Block", "本地网络控制块（不转发）", "RFC 5771 section 4", "-----"),
        Row(Multicast, "224.0.1.0/24", "Internetwork Control Block", "互联网络控制块", "RFC 5771 section 5", "-----"),
        Row(Multicast, "232.0.0.0/8", "Source-Specific Multicast Block", "指定源多播块", "RFC 4607, RFC 5771 section 8", "-----"),
        Row(Multicast, "233.0.0.0/8", "GLOP Block", "GLOP 块", "RFC 3180, RFC 5771 section 9", "-----"),
        Row(Multicast, "239.0.0.0/8", "Administratively Scoped Block", "管理范围块", "RFC 2365, RFC 5771 section 10", "-----"),
        Row(Multicast, "ff00::/8", "Multicast", "多播", "RFC 4291 section 2.7", "-----"),
        Row(Multicast, "ff01::/16", "Interface-Local scope", "接口本地范围", "RFC 4291 section 2.7", "-----"),
        Row(Multicast, "ff02::/16", "Link-Local scope", "链路本地范围", "RFC 4291 section 2.7", "-----"),
        Row(Multicast, "ff03::/16", "Realm-Local scope", "域本地范围", "RFC 7346", "-----"),
        Row(Multicast, "ff04::/16", "Admin-Local scope", "管理本地范围", "RFC 4291 section 2.7", "-----"),
        Row(Multicast, "ff05::/16", "Site-Local scope", "站点本地范围", "RFC 4291 section 2.7", "-----"),
        Row(Multicast, "ff08::/16", "Organization-Local scope", "组织本地范围", "RFC 4291 section 2.7", "-----"),
        Row(Multicast, "ff0e::/16", "Global scope", "全球范围", "RFC 4291 section 2.7", "-----"),
        Row(SiteLocal, "fec0::/10", "Deprecated (Site-Local Unicast)", "已废弃（站点本地单播）", "RFC 3879", "-----"),
        Row(Global, "2000::/3", "Global Unicast", "全球单播", "RFC 4291, RFC 3587", "-----"),
    ];

    // Whatever no row has: public in IPv4; in IPv6 what RFC 4291 section 2.4 leaves for later.
    private static readonly SpecialBlock s_publicIPv4 = Row(Global, "0.0.0.0/0", "Global Unicast", "公网单播地址", "RFC 791", "-----");
    private static readonly SpecialBlock s_reservedIPv6 = Row(Reserved, "::/0", "Reserved by IETF", "IETF 保留", "RFC 4291 section 2.4", "-----");

    /// <summary>The rows of the special-purpose registry of a family.</summary>
    public static IReadOnlyList<SpecialBlock> Of(AddressFamily family) => family == AddressFamily.InterNetwork ? s_ipv4 : s_ipv6;

    /// <summary>Every block an address is in, the narrowest first; never empty.</summary>
    public static IReadOnlyList<SpecialBlock> BlocksOf(IPAddress address)
    {
        SpecialBlock[] found = [.. Of(address.AddressFamily).Concat(s_others).Where(block => block.Network.Has(address)).OrderByDescending(block => block.Network.PrefixLength)];
        return found.Length > 0 ? found : [address.AddressFamily == AddressFamily.InterNetwork ? s_publicIPv4 : s_reservedIPv6];
    }

    private static SpecialBlock Row(AddressKind kind, string network, string name, string chinese, string documents, string says) =>
        new(kind, AddressText.ReadNetwork(network), name, chinese, documents)
        {
            Source = Said(says[0]),
            Destination = Said(says[1]),
            Forwardable = Said(says[2]),
            GloballyReachable = Said(says[3]),
            ReservedByProtocol = Said(says[4]),
        };

    private static bool? Said(char flag) => flag switch { 'T' => true, 'F' => false, _ => null };
}
