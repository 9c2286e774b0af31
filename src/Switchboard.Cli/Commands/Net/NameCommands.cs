using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Switchboard.Addresses;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary><c>net host</c> and <c>net addr</c>: names to addresses and back, as this system resolves them.</summary>
internal static class NameCommands
{
    private static readonly Words[] s_columns = [("FAMILY", "协议"), ("ADDRESS", "地址"), ("KIND", "类别")];

    public static Command BuildHost() => new("host", ("The addresses of a name", "由名称查地址"))
    {
        Arguments = [new("NAME", ("A host's name", "主机名"))],
        Details = (
            "All answers of both families, asked for side by side, with the time each took. It asks as every program of this system does: the hosts file, then DNS.",
            "同时查询两种协议的全部结果并给出耗时。查询方式与本机其他程序相同：先 hosts 文件，再 DNS。"),
        Examples = [new("switchboard net host localhost", ("Both families", "两种协议"))],
        Run = HostAsync,
    };

    public static Command BuildAddr() => new("addr", ("The names of an address", "由地址查名称"))
    {
        Arguments = [new("IP", ("An address", "地址"))],
        Details = (
            "Asks for the name of an address and then whether that name leads back to it: whoever owns an address can call it anything.",
            "查询地址的名称，再核对该名称是否指回此地址：地址的所有者可以随意命名。"),
        Examples = [new("switchboard net addr 127.0.0.1", ("And back again", "并反向核对"))],
        Run = AddrAsync,
    };

    private static async Task<int> HostAsync(Invocation call)
    {
        (string name, string? typed) = HostName.Read(call.Words[0]);
        await WarmUpAsync(call.Stop);
        long begun = Stopwatch.GetTimestamp();
        AnswerLine[] answers = await Task.WhenAll(AskAsync(name, AddressFamily.InterNetwork, call.Stop), AskAsync(name, AddressFamily.InterNetworkV6, call.Stop));
        HostLine line = new() { Name = typed ?? name, Asked = typed is null ? null : name, Answers = answers, TimeMs = Since(begun) };
        if (call.Printer.IsJson)
        {
            call.Printer.Json(line, NetJson.Default.HostLine);
        }
        else
        {
            Print(call.Printer, line);
        }
        return answers.Any(answer => answer.Addresses.Length > 0) ? ExitCode.Done : throw ResolverText.NoAddress(name, answers[0].Error ?? "no_data");
    }

    private static async Task<AnswerLine> AskAsync(string name, AddressFamily family, CancellationToken stop)
    {
        long begun = Stopwatch.GetTimestamp();
        string code = family == AddressFamily.InterNetwork ? "ipv4" : "ipv6";
        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(name, family, stop);
            return new() { Family = code, Addresses = [.. found.Select(IPv6Text.Short).Distinct()], TimeMs = Since(begun) };
        }
        catch (SocketException none)
        {
            return new() { Family = code, Addresses = [], TimeMs = Since(begun), Error = ResolverText.Code(none.SocketErrorCode) };
        }
    }

    private static void Print(Printer printer, HostLine line)
    {
        if (line.Asked is not null)
        {
            string typed = printer.Safe(line.Name);
            printer.Line(($"{typed} is asked for as {line.Asked} (RFC 3492)", $"{typed} 实际查询的是 {line.Asked}（RFC 3492）"));
        }
        var table = new TextTable(printer, s_columns);
        foreach (AnswerLine answer in line.Answers)
        {
            foreach (string address in answer.Addresses)
            {
                table.Row(answer.Family, address, printer.In(KindText.Line(SpecialRegistry.BlocksOf(IPAddress.Parse(address))[0])));
            }
        }
        table.Print();
        string times = string.Join(", ", line.Answers.Select(answer => string.Create(CultureInfo.InvariantCulture, $"{answer.Family} {answer.TimeMs:0.0} ms ({answer.Addresses.Length})")));
        printer.Note(($"answered in: {times}", $"耗时：{times}"));
    }

    private static async Task<int> AddrAsync(Invocation call)
    {
        IPAddress address = AddressText.ReadAddress(call.Words[0]);
        await WarmUpAsync(call.Stop);
        AddrLine line = await LookUpAsync(address, call.Stop);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(line, NetJson.Default.AddrLine);
        }
        else
        {
            Print(call.Printer, line);
        }
        return line.Names.Length > 0 ? ExitCode.Done : throw new FailedException("not_found", ExitCode.NotFound, ($"{line.Address} has no name here.", $"{line.Address} 没有查到名称。"));
    }

    private static async Task<AddrLine> LookUpAsync(IPAddress address, CancellationToken stop)
    {
        long begun = Stopwatch.GetTimestamp();
        string[] names = await NamesOfAsync(address, stop);
        string[] forward = names.Length == 0 ? [] : [.. (await AskAsync(names[0], address.AddressFamily, stop)).Addresses];
        return new()
        {
            Address = IPv6Text.Short(address),
            ReverseName = IPv6Text.ReverseName(address),
            Names = names,
            Forward = forward,
            Confirmed = forward.Contains(IPv6Text.Short(address)),
            TimeMs = Since(begun),
        };
    }

    // The first lookup of a process loads the resolver; the time told is that of the second.
    private static async Task WarmUpAsync(CancellationToken stop) => await AskAsync("localhost", AddressFamily.InterNetwork, stop);

    private static async Task<string[]> NamesOfAsync(IPAddress address, CancellationToken stop)
    {
        try
        {
            IPHostEntry entry = await Dns.GetHostEntryAsync(address.ToString(), stop);
            // Where there is no name, the framework gives the address back as one.
            return [.. entry.Aliases.Prepend(entry.HostName).Where(name => !IPAddress.TryParse(name, out _)).Distinct()];
        }
        catch (SocketException)
        {
            return [];
        }
    }

    private static void Print(Printer printer, AddrLine line)
    {
        var facts = new FactSheet(printer);
        facts.Row(("asked for", "查询"), line.ReverseName);
        foreach (string name in line.Names)
        {
            facts.Row(("name", "名称"), name);
        }
        if (line.Names.Length > 0)
        {
            string forward = line.Forward.Length == 0 ? "-" : string.Join(", ", line.Forward);
            facts.Row(("and back", "反向核对"), line.Confirmed ? ($"{forward}: yes, the name leads here", $"{forward}：一致，名称指回此地址") : ($"{forward}: no, the name leads elsewhere", $"{forward}：不一致，名称指向别处"));
        }
        facts.Row(("time", "耗时"), string.Create(CultureInfo.InvariantCulture, $"{line.TimeMs:0.0} ms"));
        facts.Print();
    }

    internal static double Since(long begun) => Math.Round(Stopwatch.GetElapsedTime(begun).TotalMilliseconds, 3);
}
