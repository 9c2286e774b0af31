using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Switchboard.Addresses;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary><c>net ping</c>: is somebody there, and how far away?</summary>
internal static class PingCommand
{
    // Sequence numbers of ICMP have 16 bits; a longer run is a job for a monitor.
    private const int MostProbes = 65_535;
    private const int DefaultPort = 80;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2), s_interval = TimeSpan.FromSeconds(1);

    private static readonly Flag s_count = new("count", ("How many probes (default: 4)", "发送次数（默认 4）")) { Short = 'c', Value = "N" };
    private static readonly Flag s_tcp = new("tcp", ("By TCP connection, even where ICMP is allowed", "即使允许 ICMP 也用 TCP 连接"));
    private static readonly Flag s_port = new("port", ("The port of the TCP connection (default: 80); also means --tcp", "TCP 连接的端口（默认 80）；同时表示 --tcp")) { Value = "PORT" };
    private static readonly Flag s_every = new("interval", ("Time from one probe to the next (default: 1s)", "两次之间的间隔（默认 1s）")) { Value = "T" };

    public static Command Build() => new("ping", ("Is a host there, and how far away?", "主机是否可达，往返多久？"))
    {
        Arguments = [new("HOST", ("A name or an address; a link-local one with its zone (fe80::1%eth0)", "名称或地址；链路本地地址要带区域（fe80::1%eth0）"))],
        Flags = [s_count, s_tcp, s_port, s_every],
        Details = (
            "By ICMP echo, without privilege where the system allows it (net.ipv4.ping_group_range), otherwise by TCP connection; which of them is said. A refused connection is an answer: somebody refused it. No answer at all ends with exit code 5.",
            "系统允许时用无特权 ICMP（net.ipv4.ping_group_range），否则用 TCP 连接，并说明用的是哪种。连接被拒也算应答：说明对方在。完全没有应答时退出码为 5。"),
        Examples =
        [
            new("switchboard net ping 127.0.0.1", ("Four probes", "四次")),
            new("switchboard net ping example.org --port 443 --count 10", ("Ten connections", "十次连接")),
        ],
        Run = RunAsync,
    };

    private static async Task<int> RunAsync(Invocation call)
    {
        int count = call.Value(s_count) is { } text ? CountOf(text) : 4;
        TimeSpan interval = call.Value(s_every) is { } span ? IntervalOf(span) : s_interval;
        int port = call.Value(s_port) is { } typed ? PortOf(typed) : DefaultPort;
        IPAddress address = await AddressOfAsync(call.Words[0], call.Stop);
        using Probe probe = Probe.Open(address, port, call.Has(s_tcp) || call.Has(s_port));
        Announce(call, address, port, probe);
        await probe.WarmUpAsync(s_patience, call.Stop);
        List<ProbeResult> results = await AskAsync(call, address, probe, count, interval);
        Summarize(call.Printer, LineOf(address, port, probe, results));
        return results.Exists(result => result.Answered) ? ExitCode.Done : ExitCode.TryLater;
    }

    private static void Announce(Invocation call, IPAddress address, int port, Probe probe)
    {
        string text = IPv6Text.Short(address);
        if (probe.IsIcmp)
        {
            call.Printer.Note(($"{text} by ICMP echo", $"{text}，用 ICMP 回显"));
            return;
        }
        bool chosen = call.Has(s_tcp) || call.Has(s_port);
        call.Printer.Note(chosen ? ($"{text} by TCP connection to port {port}", $"{text}，用 TCP 连接端口 {port}")
            : ($"{text} by TCP connection to port {port}: this system does not let us send ICMP (net.ipv4.ping_group_range)", $"{text}，用 TCP 连接端口 {port}：系统不允许发送 ICMP（net.ipv4.ping_group_range）"));
    }

    // Ctrl-C ends the probes, not the summary.
    private static async Task<List<ProbeResult>> AskAsync(Invocation call, IPAddress address, Probe probe, int count, TimeSpan interval)
    {
        List<ProbeResult> results = [];
        try
        {
            for (int number = 1; number <= count; number++)
            {
                long begun = Stopwatch.GetTimestamp();
                ProbeResult result = await probe.AskAsync((ushort)number, s_patience, call.Stop);
                results.Add(result);
                Show(call.Printer, address, probe, number, result);
                TimeSpan rest = interval - Stopwatch.GetElapsedTime(begun);
                if (number < count && rest > TimeSpan.Zero)
                {
                    await Task.Delay(rest, call.Stop);
                }
            }
        }
        catch (OperationCanceledException) when (results.Count > 0)
        {
            return results;
        }
        return results;
    }

    private static void Show(Printer printer, IPAddress address, Probe probe, int number, ProbeResult result)
    {
        if (printer.IsJson)
        {
            printer.Json(new() { Number = number, Address = IPv6Text.Short(address), Method = probe.Method, Result = result.Result, TimeMs = result.TimeMs }, NetJson.Default.ProbeLine);
            return;
        }
        Words said = result.Result switch
        {
            "reply" => ("reply", "应答"),
            "accepted" => ("connected", "已连接"),
            "refused" => ("refused, so it is there", "被拒绝，说明主机在"),
            "late" => ("no answer within 2 s", "2 秒内没有应答"),
            _ => ("unreachable", "不可达"),
        };
        string time = result.TimeMs is { } ms ? string.Create(CultureInfo.InvariantCulture, $"{ms,9:0.000} ms  ") : "        -     ";
        printer.Line(string.Create(CultureInfo.InvariantCulture, $"{number,4}  {time}") + printer.Styled(result.Answered ? Style.Good : Style.Bad, printer.In(said)));
    }

    private static PingLine LineOf(IPAddress address, int port, Probe probe, List<ProbeResult> results)
    {
        double[] times = [.. results.Select(result => result.TimeMs).OfType<double>()];
        return new()
        {
            Address = IPv6Text.Short(address),
            Method = probe.Method,
            Port = probe.IsIcmp ? null : port,
            Sent = results.Count,
            Received = times.Length,
            LossPercent = results.Count == 0 ? 0 : Math.Round(100.0 * (results.Count - times.Length) / results.Count, 1),
            MinMs = times.Length == 0 ? null : times.Min(),
            AverageMs = times.Length == 0 ? null : Math.Round(times.Average(), 3),
            MaxMs = times.Length == 0 ? null : times.Max(),
        };
    }

    private static void Summarize(Printer printer, PingLine line)
    {
        if (printer.IsJson)
        {
            printer.Json(line, NetJson.Default.PingLine);
            return;
        }
        string loss = string.Create(CultureInfo.InvariantCulture, $"{line.LossPercent:0.#}%");
        string times = line.MinMs is null ? "" : string.Create(CultureInfo.InvariantCulture, $"min/avg/max {line.MinMs:0.000}/{line.AverageMs:0.000}/{line.MaxMs:0.000} ms");
        printer.Line();
        printer.Line(($"{line.Sent} sent, {line.Received} answered, {loss} lost{Behind("; ", times)}", $"发送 {line.Sent}，应答 {line.Received}，丢失 {loss}{Behind("；", times)}"));
    }

    private static string Behind(string mark, string text) => text.Length == 0 ? "" : mark + text;

    // A name may have many addresses: the first is taken, as connecting programs do, and said.
    private static async Task<IPAddress> AddressOfAsync(string text, CancellationToken stop)
    {
        if (HostName.LooksLikeAddress(text))
        {
            return AddressText.ReadAddress(text, zone: true);
        }
        (string name, _) = HostName.Read(text);
        try
        {
            return (await Dns.GetHostAddressesAsync(name, stop))[0];
        }
        catch (SocketException none)
        {
            throw ResolverText.NoAddress(name, ResolverText.Code(none.SocketErrorCode));
        }
    }

    private static int CountOf(string text) =>
        NumberText.ReadNumber(text) is var count && count is > 0 and <= MostProbes ? (int)count
        : throw ParseText.BadValue(s_count.Dashed, text, ($"It is a number from 1 to {MostProbes}.", $"应为 1 到 {MostProbes} 的数字。"));

    private static int PortOf(string text) =>
        NumberText.ReadPort(text) is var port && port > 0 ? port : throw new UsageException(("A port is a number from 1 to 65535.", "端口应为 1 到 65535 的数字。"));

    // Faster than this would be a flood, which ping too leaves to root.
    private static TimeSpan IntervalOf(string text) => Amounts.ParseSpan(text) is { } span && span >= TimeSpan.FromMilliseconds(10) && span <= TimeSpan.FromHours(1) ? span
        : throw ParseText.BadValue(s_every.Dashed, text, ("It is a time from 0.01s to 1h, such as 0.5s or 2s.", "应为 0.01s 到 1h 的时间，如 0.5s 或 2s。"));
}
