using System.Globalization;
using System.Net;
using Switchboard.Addresses;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary><c>net kind</c>: what an address or a port is for.</summary>
internal static class KindCommand
{
    private static readonly Words[] s_columns = [("BLOCK", "地址块"), ("NAME", "名称"), ("DEFINED IN", "出处")];
    private static readonly Words[] s_listeners = [("PROTOCOL", "协议"), ("ADDRESS", "地址"), ("PID", "进程号"), ("PROGRAM", "程序")];

    public static Command Build() => new("kind", ("What an address or a port is for", "地址或端口的类别"))
    {
        Arguments = [new("IP|PORT", ("An address, or a port from 0 to 65535", "地址，或 0 到 65535 的端口"))],
        Details = (
            "Addresses by the IANA special-purpose registries, each with its RFC. Of a port: its range, its name in this system's table, and who listens there now on this machine; whose socket it is can only be seen for one's own programs, or by root.",
            "地址按 IANA 专用地址登记表判断，附 RFC 编号。端口给出所属范围、系统表中的名称，以及本机当前的监听者；只能看到自己的程序，root 可看到全部。"),
        Examples =
        [
            new("switchboard net kind 100.64.3.4", ("A carrier's shared address", "运营商共享地址")),
            new("switchboard net kind 22", ("A port", "端口")),
        ],
        Run = call => Task.FromResult(call.Words[0].All(char.IsAsciiDigit) && call.Words[0].Length > 0 ? Port(call) : Address(call)),
    };

    private static int Address(Invocation call)
    {
        IPAddress address = AddressText.ReadAddress(call.Words[0]);
        IReadOnlyList<SpecialBlock> blocks = SpecialRegistry.BlocksOf(address);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(LineOf(address, blocks), NetJson.Default.KindLine);
            return ExitCode.Done;
        }
        PrintBlocks(call.Printer, address, blocks);
        PrintFacts(call.Printer, address, blocks[0]);
        call.Printer.Line();
        BitSheet.And(call.Printer, address, blocks[0].Network.PrefixLength).Print();
        return ExitCode.Done;
    }

    private static void PrintBlocks(Printer printer, IPAddress address, IReadOnlyList<SpecialBlock> blocks)
    {
        string text = IPv6Text.Short(address);
        Words kind = KindText.Of(blocks[0].Kind);
        printer.Line(($"{text}: {printer.Styled(Style.Good, kind.En)}", $"{text}：{printer.Styled(Style.Good, kind.Zh)}"));
        printer.Line();
        var table = new TextTable(printer, s_columns);
        foreach (SpecialBlock block in blocks)
        {
            table.Row(IPv6Text.Short(block.Network), printer.In((block.Name, block.ChineseName)), block.Documents);
        }
        table.Print();
    }

    private static void PrintFacts(Printer printer, IPAddress address, SpecialBlock block)
    {
        (Words Label, Words Value)[] rows = [.. Flags(block), .. Inside(address)];
        if (rows.Length == 0)
        {
            return;
        }
        var facts = new FactSheet(printer);
        foreach ((Words label, Words value) in rows)
        {
            facts.Row(label, value);
        }
        printer.Line();
        facts.Print();
    }

    private static IEnumerable<(Words, Words)> Flags(SpecialBlock block)
    {
        (Words Label, bool? Said)[] flags =
        [
            (("as a source", "可作源地址"), block.Source),
            (("as a destination", "可作目的地址"), block.Destination),
            (("routers pass it on", "路由器可转发"), block.Forwardable),
            (("globally reachable", "全球可达"), block.GloballyReachable),
            (("reserved by protocol", "协议保留"), block.ReservedByProtocol),
        ];
        return flags.Where(flag => flag.Said is not null).Select(flag => (flag.Label, (Words)(flag.Said == true ? ("yes", "是") : ("no", "否"))));
    }

    private static IEnumerable<(Words, Words)> Inside(IPAddress address)
    {
        if (EmbeddedAddress.In(address) is { } inside)
        {
            Words kind = KindText.Line(SpecialRegistry.BlocksOf(inside.Address)[0]);
            yield return (KindText.Of(inside.How), ($"{inside.Address}, {kind.En}", $"{inside.Address}，{kind.Zh}"));
        }
        if (InterfaceIdentifier.MacOf(address) is { } mac)
        {
            string text = InterfaceIdentifier.Text(mac);
            yield return (("hardware address inside (EUI-64)", "内含硬件地址（EUI-64）"), (text, text));
        }
    }

    private static KindLine LineOf(IPAddress address, IReadOnlyList<SpecialBlock> blocks)
    {
        EmbeddedAddress? inside = EmbeddedAddress.In(address);
        return new()
        {
            Address = IPv6Text.Short(address),
            Kind = KindText.Code(blocks[0].Kind),
            Blocks = [.. blocks.Select(BlockOf)],
            Embedding = inside is null ? null : KindText.Code(inside.How),
            Embedded = inside?.Address.ToString(),
            Mac = InterfaceIdentifier.MacOf(address) is { } mac ? InterfaceIdentifier.Text(mac) : null,
        };
    }

    private static BlockLine BlockOf(SpecialBlock block) => new()
    {
        Network = IPv6Text.Short(block.Network),
        Name = block.Name,
        Rfc = block.Documents,
        Source = block.Source,
        Destination = block.Destination,
        Forwardable = block.Forwardable,
        GloballyReachable = block.GloballyReachable,
        ReservedByProtocol = block.ReservedByProtocol,
    };

    private static int Port(Invocation call)
    {
        int port = NumberText.ReadPort(call.Words[0]);
        Service[] services = [.. SystemServices.Read()?.At(port) ?? []];
        IReadOnlyList<PortOwner> owners = ListeningPorts.At(port);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(LineOf(port, services, owners), NetJson.Default.PortLine);
            return ExitCode.Done;
        }
        PrintPort(call.Printer, port, services);
        PrintOwners(call.Printer, owners);
        return ExitCode.Done;
    }

    private static PortLine LineOf(int port, Service[] services, IReadOnlyList<PortOwner> owners) => new()
    {
        Port = port,
        Class = KindText.Code(PortClasses.Of(port)),
        Services = [.. services.Select(ServiceCommand.LineOf)],
        Listeners = [.. owners.Select(owner => new ListenerLine { Protocol = owner.Protocol, Address = IPv6Text.Short(owner.Address), Pid = owner.Pid, Program = owner.Program })],
    };

    private static void PrintPort(Printer printer, int port, Service[] services)
    {
        Words kind = KindText.Of(PortClasses.Of(port));
        printer.Line(($"{port} is {kind.En} (RFC 6335)", $"{port} 是{kind.Zh}（RFC 6335）"));
        string names = string.Join(", ", services.Select(service => $"{service.Name}/{service.Protocol}"));
        printer.Line(names.Length > 0 ? ($"in this system's table: {names}", $"系统表中的名称：{names}") : ("no name in this system's table", "系统表中没有名称"));
    }

    private static void PrintOwners(Printer printer, IReadOnlyList<PortOwner> owners)
    {
        if (owners.Count == 0)
        {
            printer.Line(("nobody listens there now on this machine", "本机当前无人监听"));
            return;
        }
        printer.Line();
        var table = new TextTable(printer, s_listeners);
        foreach (PortOwner owner in owners)
        {
            table.Row(owner.Protocol, IPv6Text.Short(owner.Address), owner.Pid?.ToString(CultureInfo.InvariantCulture) ?? "-", owner.Program ?? printer.In(("not ours to see", "无权查看")));
        }
        table.Print();
    }
}
