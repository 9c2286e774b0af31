using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Switchboard.Addresses;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary><c>net mask</c> and <c>net same</c>: an address under a mask, and two of them.</summary>
internal static class MaskCommands
{
    private static readonly Argument s_b = new("B", ("The other address", "另一个地址"));

    public static Command BuildMask() => new("mask", ("What a mask makes of an address", "地址在掩码下的网络"))
    {
        Arguments =
        [
            new("A/P", ("An address with its prefix, or an address with a mask behind it", "带前缀的地址，或地址后接掩码")),
            new("M", ("The mask (255.255.255.0 or /24) where A has no prefix", "地址不带前缀时的掩码（255.255.255.0 或 /24）")) { Optional = true },
            s_b with { Name = "B", Optional = true, Help = ("Is this address in the same network?", "这个地址是否在同一网络中？") },
        ],
        Examples =
        [
            new("switchboard net mask 192.168.1.77/26", ("With the prefix", "带前缀")),
            new("switchboard net mask 192.168.1.77 255.255.255.192 192.168.1.99", ("With the mask, and whether another is inside", "带掩码，并判断另一地址是否在内")),
        ],
        Run = call => Task.FromResult(Mask(call)),
    };

    public static Command BuildSame() => new("same", ("Are two hosts in one network?", "两台主机是否在同一网络？"))
    {
        Arguments =
        [
            new("A", ("An address; with its prefix where each has its own", "地址；各用各的掩码时带上前缀")),
            s_b,
            new("MASK", ("The mask of both: 255.255.255.0 or /24", "两者共用的掩码：255.255.255.0 或 /24")) { Optional = true },
        ],
        Details = (
            "With MASK, both are under it. Without, each has a prefix of its own; when the two hosts disagree, one sends directly and the other to its gateway.",
            "给出 MASK 时两者共用；否则各带前缀。两台主机的判断不一致时，一方直接发送，另一方却发给网关。"),
        Examples =
        [
            new("switchboard net same 10.0.0.5 10.0.1.9 255.255.254.0", ("Under one mask", "共用掩码")),
            new("switchboard net same 10.0.0.5/24 10.0.1.9/16", ("Each under its own", "各用各的掩码")),
        ],
        Run = call => Task.FromResult(Same(call)),
    };

    private static int Mask(Invocation call)
    {
        bool joined = call.Words[0].Contains('/', StringComparison.Ordinal);
        if (joined && call.Words.Count > 2)
        {
            throw ParseText.WordTooMany(call.Path, call.Words[2]);
        }
        InterfaceAddress given = joined ? AddressText.ReadInterface(call.Words[0]) : Under(call.Words[0], call.Word(1));
        IPAddress? other = call.Word(joined ? 1 : 2) is { } text ? SameFamily(AddressText.ReadAddress(text), given.Address, text) : null;
        if (call.Printer.IsJson)
        {
            call.Printer.Json(MaskLine.Of(given, other), NetJson.Default.MaskLine);
            return ExitCode.Done;
        }
        PrintMask(call.Printer, given);
        if (other is not null)
        {
            PrintOther(call.Printer, given, other);
        }
        return ExitCode.Done;
    }

    private static InterfaceAddress Under(string text, string? mask)
    {
        IPAddress address = AddressText.ReadAddress(text);
        return mask is null ? AddressText.ReadInterface(text) : new(address, AddressText.ReadMask(mask, address.AddressFamily));
    }

    private static void PrintMask(Printer printer, InterfaceAddress given)
    {
        IPNetwork network = given.Network;
        BitSheet bits = BitSheet.And(printer, given.Address, given.Prefix);
        if (network.HasBroadcast())
        {
            bits.Row(' ', ("broadcast", "广播"), network.Last());
        }
        bits.Print();
        printer.Line();
        var facts = new FactSheet(printer);
        facts.Row(("network", "网络"), IPv6Text.Short(network));
        facts.Row(("mask", "掩码"), string.Create(CultureInfo.InvariantCulture, $"{IPv6Text.Short(network.Mask())} = /{given.Prefix}"));
        facts.Row(("wildcard", "反掩码"), IPv6Text.Short(network.Wildcard()));
        facts.Row(("hosts", "主机"), HostText.Of(network));
        facts.Row(("kind", "类别"), KindText.Line(SpecialRegistry.BlocksOf(given.Address)[0]));
        facts.Print();
    }

    private static void PrintOther(Printer printer, InterfaceAddress given, IPAddress other)
    {
        printer.Line();
        BitSheet.And(printer, other, given.Prefix).Print();
        printer.Line();
        PrintVerdict(printer, given.Network.Has(other), given.Network, other);
    }

    private static void PrintVerdict(Printer printer, bool inside, IPNetwork network, IPAddress other)
    {
        string text = IPv6Text.Short(other), within = IPv6Text.Short(network);
        Words words = inside ? ($"yes: {text} is in {within}", $"是：{text} 在 {within} 中") : ($"no: {text} is not in {within}", $"否：{text} 不在 {within} 中");
        printer.Line(printer.Styled(inside ? Style.Good : Style.Bad, printer.In(words)));
    }

    private static int Same(Invocation call)
    {
        (InterfaceAddress a, InterfaceAddress b, bool own) = ReadPair(call);
        SameLine line = SameLine.Of(a, b, own);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(line, NetJson.Default.SameLine);
            return ExitCode.Done;
        }
        PrintPair(call.Printer, a, b, a.Prefix, own ? a.Address : null);
        if (own)
        {
            PrintPair(call.Printer, b, a, b.Prefix, b.Address);
        }
        SayWhetherSame(call.Printer, line, a, b);
        return ExitCode.Done;
    }

    private static (InterfaceAddress A, InterfaceAddress B, bool Own) ReadPair(Invocation call)
    {
        if (call.Word(2) is { } mask)
        {
            IPAddress first = AddressText.ReadAddress(call.Words[0]);
            IPAddress second = SameFamily(AddressText.ReadAddress(call.Words[1]), first, call.Words[1]);
            int prefix = AddressText.ReadMask(mask, first.AddressFamily);
            return (new(first, prefix), new(second, prefix), false);
        }
        InterfaceAddress a = AddressText.ReadInterface(call.Words[0]), b = AddressText.ReadInterface(call.Words[1]);
        _ = SameFamily(b.Address, a.Address, call.Words[1]);
        return (a, b, true);
    }

    private static void PrintPair(Printer printer, InterfaceAddress from, InterfaceAddress to, int prefix, IPAddress? seenBy)
    {
        if (seenBy is not null)
        {
            string who = IPv6Text.Short(seenBy);
            printer.Line(printer.Styled(Style.Heading, printer.In(($"as {who} sees it, under its /{prefix}", $"{who} 按自己的 /{prefix} 来看"))));
        }
        BitSheet.And(printer, from.Address, prefix).Print();
        printer.Line();
        BitSheet.And(printer, to.Address, prefix).Print();
        printer.Line();
    }

    private static void SayWhetherSame(Printer printer, SameLine line, InterfaceAddress a, InterfaceAddress b)
    {
        if (!line.Agree)
        {
            (IPAddress direct, IPAddress routed) = line.Views[0].Same ? (a.Address, b.Address) : (b.Address, a.Address);
            (string near, string far) = (IPv6Text.Short(direct), IPv6Text.Short(routed));
            printer.Line(printer.Styled(Style.Bad, printer.In((
                $"they disagree: {near} takes {far} for a neighbour and sends directly; {far} takes {near} for a stranger and sends to its gateway",
                $"判断不一致：{near} 认为 {far} 在同一网络，直接发送；{far} 认为 {near} 在别的网络，发给网关"))));
            return;
        }
        Words words = line.Same ? ("yes: one network, they reach each other directly", "是：同一网络，可直接通信") : ("no: different networks, a router stands between them", "否：不同网络，须经路由器转发");
        printer.Line(printer.Styled(line.Same ? Style.Good : Style.Bad, printer.In(words)));
    }

    private static IPAddress SameFamily(IPAddress address, IPAddress other, string text) => address.AddressFamily == other.AddressFamily ? address
        : throw new AddressFormatException(AddressFault.FamiliesDiffer, text, 0, text.Length);
}

/// <summary>How many hosts a network has room for, with the sum.</summary>
internal static class HostText
{
    public static Words Of(IPNetwork network)
    {
        AddressRange hosts = network.Hosts();
        string first = IPv6Text.Short(hosts.FirstAddress), last = IPv6Text.Short(hosts.LastAddress);
        string count = hosts.Count.ToString(CultureInfo.InvariantCulture), bits = (network.Family().Width() - network.PrefixLength).ToString(CultureInfo.InvariantCulture);
        return network.HasBroadcast() ? ($"{first} to {last}: {count} = 2^{bits} - 2 (network and broadcast are no hosts)", $"{first} 到 {last}：{count} = 2^{bits} - 2（网络地址和广播地址不算主机）")
            : network.HasRouterAnycast() ? ($"{first} to {last}: {count} = 2^{bits} - 1 (the first means any router, RFC 4291)", $"{first} 到 {last}：{count} = 2^{bits} - 1（第一个是路由器任播地址，RFC 4291）")
            : hosts.Count.IsOne ? ($"{first}: the one address", $"{first}：只有一个地址")
            : ($"{first} and {last}: both ends of a point-to-point link ({Document(network)})", $"{first} 和 {last}：点对点链路的两端（{Document(network)}）");
    }

    private static string Document(IPNetwork network) => network.Family() == AddressFamily.InterNetwork ? "RFC 3021" : "RFC 6164";
}
