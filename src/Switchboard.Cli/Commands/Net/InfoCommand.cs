using System.Globalization;
using System.Net;
using Switchboard.Addresses;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary><c>net info</c>: this machine's own addresses.</summary>
internal static class InfoCommand
{
    private static readonly Argument s_interface = new("INTERFACE", ("Only this interface, such as eth0", "只看这个网卡，如 eth0")) { Optional = true };

    public static Command Build() => new("info", ("This machine's interfaces, gateways, DNS servers and neighbours", "本机的网卡、网关、DNS 与邻居表"))
    {
        Arguments = [s_interface],
        Details = (
            "How an address came is said where that can be read: a lease of a DHCP client, or the kernel's flags of an IPv6 address. The neighbour table is ARP's, and for IPv6 the neighbour discovery's.",
            "地址的来历只在读得到时给出：DHCP 客户端的租约，或内核记录的 IPv6 地址标志。邻居表来自 ARP，IPv6 则来自邻居发现。"),
        Examples = [new("switchboard net info eth0", ("One interface", "一个网卡"))],
        Run = call => Task.FromResult(Run(call)),
    };

    private static int Run(Invocation call)
    {
        IReadOnlyList<InterfaceLine> all = InterfaceTable.Read();
        InterfaceLine[] shown = [.. all.Where(one => call.Word(0) is not { } name || one.Interface == name)];
        if (shown.Length == 0)
        {
            string? nearest = Nearest.Of(call.Word(0) ?? "", all.Select(one => one.Interface));
            throw new FailedException("not_found", ExitCode.NotFound, ($"There is no interface '{call.Word(0)}'.", $"没有网卡 '{call.Word(0)}'。"), nearest is null ? null : ($"Did you mean '{nearest}'?", $"是不是想看 '{nearest}'？"));
        }
        foreach (InterfaceLine one in shown)
        {
            if (call.Printer.IsJson)
            {
                call.Printer.Json(one, NetJson.Default.InterfaceLine);
                continue;
            }
            Print(call.Printer, one, first: one == shown[0]);
        }
        if (!call.Printer.IsJson)
        {
            PrintDns(call.Printer, shown);
        }
        return ExitCode.Done;
    }

    private static void Print(Printer printer, InterfaceLine one, bool first)
    {
        if (!first)
        {
            printer.Line();
        }
        Words state = one.State switch { "up" => ("up", "已启用"), "down" => ("down", "已停用"), _ => ("unknown", "未知") };
        printer.Line(printer.Styled(Style.Heading, one.Interface) + "  " + printer.Styled(one.State == "up" ? Style.Good : Style.Faint, printer.In(state)));
        var facts = new FactSheet(printer);
        if (one.Mac is { } mac)
        {
            facts.Row(("hardware address", "硬件地址"), mac);
        }
        if (one.Mtu is { } mtu)
        {
            facts.Row(("MTU", "MTU"), ($"{mtu} bytes", $"{mtu} 字节"));
        }
        foreach (InterfaceAddressLine address in one.Addresses)
        {
            facts.Row(("address", "地址"), Described(address));
        }
        AddEach(facts, ("gateway", "网关"), one.Gateways);
        AddEach(facts, ("neighbour", "邻居"), one.Neighbours.Select(neighbour => $"{neighbour.Address}  {neighbour.Mac ?? "-"}  {printer.In(StateOf(neighbour.State))}"));
        facts.Print();
    }

    private static Words StateOf(string? state) => state switch
    {
        "reachable" => ("reachable", "可达"),
        "stale" => ("stale", "待确认"),
        "delay" or "probe" => ("being asked", "正在确认"),
        "failed" or "incomplete" => ("not found", "未找到"),
        "permanent" => ("permanent", "永久"),
        "complete" => ("known", "已知"),
        _ => ("-", "-"),
    };

    // Most systems have one list for all interfaces, so it is said once.
    private static void PrintDns(Printer printer, InterfaceLine[] shown)
    {
        string[] servers = [.. shown.SelectMany(one => one.Dns).Distinct()];
        printer.Line();
        Words none = ("no DNS server is set", "未设置 DNS 服务器");
        printer.Line(servers.Length == 0 ? printer.In(none) : printer.In(("DNS servers: ", "DNS 服务器：")) + string.Join(", ", servers));
    }

    private static void AddEach(FactSheet facts, Words label, IEnumerable<string> values)
    {
        foreach (string value in values)
        {
            facts.Row(label, value);
        }
    }

    private static Words Described(InterfaceAddressLine address)
    {
        Words kind = KindText.Of(SpecialRegistry.BlocksOf(IPAddress.Parse(address.Address))[0].Kind);
        Words came = address.Origin switch
        {
            "dhcp" => Lease(address),
            "kernel" => (", made by the kernel", "，内核生成"),
            "temporary" => (", temporary (RFC 8981)", "，临时地址（RFC 8981）"),
            "autoconfigured" => (", autoconfigured (RFC 4862)", "，自动配置（RFC 4862）"),
            "dynamic" => (", given for a time (no lease of it to read here)", "，限时分配（读不到租约）"),
            "manual" => (", set for good", "，固定设置"),
            _ => ("", ""),
        };
        string text = string.Create(CultureInfo.InvariantCulture, $"{address.Address}/{address.Prefix}");
        return ($"{text} in {address.Network}, {kind.En}{came.En}", $"{text}，网络 {address.Network}，{kind.Zh}{came.Zh}");
    }

    private static Words Lease(InterfaceAddressLine address)
    {
        string by = address.DhcpServer ?? "?", until = address.DhcpLifetime ?? "?";
        return ($", by DHCP from {by} (lease: {until})", $"，由 DHCP 服务器 {by} 分配（租期：{until}）");
    }
}
