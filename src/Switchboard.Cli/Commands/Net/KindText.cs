using Switchboard.Addresses;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary>The kinds of addresses and ports in words, and the codes of both in JSON.</summary>
internal static class KindText
{
    public static Words Line(SpecialBlock block)
    {
        Words kind = Of(block.Kind);
        return ($"{kind.En}: {block.Name} {IPv6Text.Short(block.Network)}, {block.Documents}", $"{kind.Zh}：{block.ChineseName} {IPv6Text.Short(block.Network)}，{block.Documents}");
    }

    public static Words Of(AddressKind kind) => kind switch
    {
        AddressKind.Global => ("global", "公网"),
        AddressKind.Private => ("private", "私有"),
        AddressKind.Loopback => ("loopback", "环回"),
        AddressKind.LinkLocal => ("link-local", "链路本地"),
        AddressKind.Shared => ("shared", "共享"),
        AddressKind.Documentation => ("documentation", "文档示例"),
        AddressKind.Multicast => ("multicast", "多播"),
        AddressKind.Broadcast => ("broadcast", "广播"),
        AddressKind.UniqueLocal => ("unique local", "唯一本地"),
        AddressKind.SiteLocal => ("site-local", "站点本地"),
        AddressKind.Mapped => ("IPv4-mapped", "IPv4 映射"),
        AddressKind.Unspecified => ("unspecified", "未指定"),
        AddressKind.ThisNetwork => ("this network", "本网络"),
        AddressKind.Translation => ("translation", "地址转换"),
        AddressKind.Tunnel => ("tunnel", "隧道"),
        AddressKind.Benchmarking => ("benchmarking", "基准测试"),
        AddressKind.Anycast => ("anycast", "任播"),
        AddressKind.Discard => ("discard-only", "仅丢弃"),
        AddressKind.Identifier => ("identifier", "标识符"),
        AddressKind.Segment => ("segment routing", "段路由"),
        AddressKind.Protocol => ("protocol assignment", "协议分配"),
        AddressKind.Deprecated => ("deprecated", "已废弃"),
        _ => ("reserved", "保留"),
    };

    /// <summary>Codes never change with the language.</summary>
    public static string Code(AddressKind kind) => Of(kind).En.ToLowerInvariant().Replace(' ', '_').Replace('-', '_');

    public static Words Of(PortClass kind) => kind switch
    {
        PortClass.System => ("a well-known (system) port, 0 to 1023", "知名（系统）端口，0 到 1023"),
        PortClass.User => ("a registered (user) port, 1024 to 49151", "注册（用户）端口，1024 到 49151"),
        _ => ("a dynamic (private) port, 49152 to 65535", "动态（私有）端口，49152 到 65535"),
    };

    public static string Code(PortClass kind) => kind switch { PortClass.System => "system", PortClass.User => "user", _ => "dynamic" };

    public static Words Of(Embedding how) => how switch
    {
        Embedding.Mapped => ("IPv4-mapped (RFC 4291)", "IPv4 映射（RFC 4291）"),
        Embedding.Compatible => ("IPv4-compatible, deprecated (RFC 4291)", "IPv4 兼容，已废弃（RFC 4291）"),
        Embedding.Nat64 => ("NAT64 (RFC 6052)", "NAT64（RFC 6052）"),
        Embedding.SixToFour => ("6to4 (RFC 3056)", "6to4（RFC 3056）"),
        _ => ("Teredo client (RFC 4380)", "Teredo 客户端（RFC 4380）"),
    };

    public static string Code(Embedding how) => how switch
    {
        Embedding.Mapped => "mapped",
        Embedding.Compatible => "compatible",
        Embedding.Nat64 => "nat64",
        Embedding.SixToFour => "6to4",
        _ => "teredo",
    };
}
