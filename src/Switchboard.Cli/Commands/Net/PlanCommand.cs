using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Switchboard.Addresses;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary><c>net plan</c>: a network cut into networks of given sizes.</summary>
internal static class PlanCommand
{
    // As many lines as a person would still read; a plan is made by hand.
    private const int MostSizes = 1024;

    private static readonly Words[] s_columns = [("SIZE", "大小"), ("SUM", "推算"), ("NETWORK", "子网"), ("MASK", "掩码"), ("HOSTS", "主机")];

    public static Command Build() => new("plan", ("Networks of given sizes out of one", "按大小划分子网（VLSM）"))
    {
        Arguments =
        [
            new("NET", ("The network to cut up", "要划分的网络")),
            new("SIZE", ("How many hosts, or a prefix such as /27", "主机数，或前缀如 /27")) { Many = true },
        ],
        Details = (
            "Largest first: then every network begins where the last one ends. In IPv4 two addresses of each are no hosts (network and broadcast), in IPv6 one (any router). What does not fit ends with exit code 6.",
            "从大到小依次分配，每个子网紧接上一个。IPv4 每个子网有两个地址不算主机（网络和广播），IPv6 有一个（路由器任播）。放不下时退出码为 6。"),
        Examples =
        [
            new("switchboard net plan 192.168.1.0/24 100 50 20 2", ("For 100, 50, 20 and 2 hosts", "分别容纳 100、50、20、2 台主机")),
            new("switchboard net plan 2001:db8::/48 /56 /64 /64", ("By prefix", "按前缀")),
        ],
        Run = call => Task.FromResult(Run(call)),
    };

    private static int Run(Invocation call)
    {
        IPNetwork whole = AddressText.ReadNetwork(call.Words[0]);
        string[] texts = [.. call.Words.Skip(1)];
        RequireSizes(call, texts);
        SizeWanted[] sizes = [.. texts.Select(text => NumberText.ReadSize(text, whole))];
        SubnetPlan plan = SubnetPlan.Make(whole, sizes) ?? throw DoesNotFit(whole, sizes);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(LineOf(plan), NetJson.Default.PlanLine);
            return ExitCode.Done;
        }
        Print(call.Printer, plan, texts);
        return ExitCode.Done;
    }

    private static void RequireSizes(Invocation call, string[] texts)
    {
        if (texts.Length == 0)
        {
            throw ParseText.WordMissing(call.Path, call.Command.Arguments[1]);
        }
        if (texts.Length > MostSizes)
        {
            throw new UsageException(($"A plan has {MostSizes} networks at most, not {texts.Length}.", $"一次最多划分 {MostSizes} 个子网，而不是 {texts.Length} 个。"));
        }
    }

    private static FailedException DoesNotFit(IPNetwork whole, SizeWanted[] sizes)
    {
        BigInteger needed = SubnetPlan.Needed(whole, sizes), has = whole.Range().Count;
        int bits = (int)(needed - 1).GetBitLength();
        int wide = whole.Family().Width() - bits;
        return new("no_room", ExitCode.NoRoom,
            ($"They need {needed} addresses; {IPv6Text.Short(whole)} has {has}.", $"共需 {needed} 个地址；{IPv6Text.Short(whole)} 只有 {has} 个。"),
            wide < 0 ? null : ($"A /{wide} would hold them.", $"/{wide} 的网络可以容纳。"));
    }

    private static void Print(Printer printer, SubnetPlan plan, string[] texts)
    {
        var table = new TextTable(printer, s_columns);
        foreach (PlannedNetwork part in plan.Placed)
        {
            AddressRange hosts = part.Network.Hosts();
            table.Row(texts[part.Order], Sum(part), IPv6Text.Short(part.Network), MaskOf(part.Network), Ends(hosts));
        }
        table.Print();
        printer.Line();
        SayLeft(printer, plan.Left);
    }

    // Nobody writes an IPv6 mask out.
    private static string MaskOf(IPNetwork network) => network.Family() == AddressFamily.InterNetwork
        ? IPv6Text.Short(network.Mask())
        : string.Create(CultureInfo.InvariantCulture, $"/{network.PrefixLength}");

    // Hosts and what stands beside them, and the power of two that has room for both.
    private static string Sum(PlannedNetwork part)
    {
        int bits = part.Network.Family().Width() - part.Network.PrefixLength;
        string size = string.Create(CultureInfo.InvariantCulture, $"2^{bits}");
        int beside = part.Network.Family() == AddressFamily.InterNetwork ? 2 : 1;
        return part.Wanted.Hosts is { } wanted ? string.Create(CultureInfo.InvariantCulture, $"{wanted}+{beside} <= {size}") : size;
    }

    private static string Ends(AddressRange hosts) => hosts.Count.IsOne
        ? IPv6Text.Short(hosts.FirstAddress)
        : string.Create(CultureInfo.InvariantCulture, $"{IPv6Text.Short(hosts.FirstAddress)} - {IPv6Text.Short(hosts.LastAddress)} ({hosts.Count})");

    private static void SayLeft(Printer printer, AddressSet left)
    {
        if (left.IsEmpty)
        {
            printer.Line(("Nothing is left.", "没有剩余。"));
            return;
        }
        // Largest first leaves one piece, at the end.
        string ends = $"{IPv6Text.Short(left.Ranges[0].FirstAddress)} - {IPv6Text.Short(left.Ranges[^1].LastAddress)}";
        printer.Line(($"Left: {ends} ({left.Count} addresses)", $"剩余：{ends}（{left.Count} 个地址）"));
        foreach (IPNetwork network in left.ToNetworks())
        {
            printer.Line("  " + IPv6Text.Short(network));
        }
    }

    private static PlanLine LineOf(SubnetPlan plan) => new()
    {
        Network = IPv6Text.Short(plan.Whole),
        Placed = [.. plan.Placed.Select(PartOf)],
        Left = [.. plan.Left.ToNetworks().Select(IPv6Text.Short)],
        LeftAddresses = plan.Left.Count,
    };

    private static PlanPart PartOf(PlannedNetwork part) => new()
    {
        Order = part.Order + 1,
        Wanted = part.Wanted.Hosts,
        Network = IPv6Text.Short(part.Network),
        Mask = IPv6Text.Short(part.Network.Mask()),
        Broadcast = part.Network.HasBroadcast() ? IPv6Text.Short(part.Network.Last()) : null,
        FirstHost = IPv6Text.Short(part.Network.Hosts().FirstAddress),
        LastHost = IPv6Text.Short(part.Network.Hosts().LastAddress),
        Hosts = part.Network.Hosts().Count,
    };
}
