using System.Net;
using System.Net.Sockets;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Lab;
using Switchboard.Lab.Checks;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Labs;

/// <summary><c>lab check</c>: judges a program that a learner wrote, over the wire.</summary>
internal static class CheckCommand
{
    private static readonly string[] s_kinds = [.. Judge.Kinds.Select(kind => kind.Name)];

    public static Command Build() => new("check", ("Judge a program of your own against the rules of a classic exercise", "按经典练习的规则评判你自己写的程序"))
    {
        Arguments =
        [
            new("KIND", ("The exercise: " + string.Join(", ", s_kinds), "练习：" + string.Join("、", s_kinds))) { Choices = s_kinds },
            new("HOST:PORT", ("Where your program listens", "你的程序监听的地址")),
        ],
        Details = (
            "Each rule is tried with connections of its own; what is broken is told with the bytes. The rules of each exercise and an answer to each in Python stand in docs/lab.md. Exit code 1 when a rule is broken, 5 when nobody answers.",
            "每条规则使用单独的连接；不符之处会连同字节一起说明。各练习的规则和 Python 参考答案见 docs/lab.zh-CN.md。有规则不符时退出码为 1，无人应答时为 5。"),
        Examples = [new("switchboard lab check echo 127.0.0.1:9000", ("Your echo server", "你的回显服务器"))],
        Run = RunAsync,
    };

    private static async Task<int> RunAsync(Invocation call)
    {
        CheckKind kind = Judge.Kinds.FirstOrDefault(one => one.Name == call.Words[0]) ?? throw ParseText.BadValue(
            "KIND", call.Words[0], Nearest.Of(call.Words[0], s_kinds) is { } near ? ($"Did you mean '{near}'?", $"是不是想用 {near}？") : ("It is one of: " + string.Join(", ", s_kinds), "可用的有：" + string.Join("、", s_kinds)));
        IPEndPoint program = await ResolveAsync(call.Words[1], call.Stop);
        Heading(call.Printer, kind, program);
        int held = 0;
        try
        {
            await foreach (RuleResult result in Judge.TryAsync(kind, program).WithCancellation(call.Stop))
            {
                call.Stop.ThrowIfCancellationRequested();
                Tell(call.Printer, kind, result);
                held += result.Holds ? 1 : 0;
            }
        }
        catch (NobodyThereException nobody)
        {
            throw new FailedException("no_connection", ExitCode.TryLater, ($"Nobody answers at {program}: {nobody.Message}.", $"{program} 无人应答：{nobody.Message}。"), ("Start your program first, or check address and port.", "请先启动你的程序，或检查地址和端口。"));
        }
        return Summed(call.Printer, kind, held);
    }

    private static async Task<IPEndPoint> ResolveAsync(string text, CancellationToken stop)
    {
        Words shape = ("It is HOST:PORT, such as 127.0.0.1:9000 or [::1]:9000.", "格式为 主机:端口，如 127.0.0.1:9000 或 [::1]:9000。");
        if (text.LastIndexOf(':') <= text.LastIndexOf(']') || IPAddress.TryParse(text, out _))
        {
            throw ParseText.BadValue("HOST:PORT", text, shape);
        }
        try
        {
            var address = ServerAddress.Parse(text);
            return address.UnixPath is null
                ? new IPEndPoint((await Dns.GetHostAddressesAsync(address.Host, stop)).OrderBy(one => one.AddressFamily == AddressFamily.InterNetworkV6).First(), address.Port)
                : throw ParseText.BadValue("HOST:PORT", text, shape);
        }
        catch (RefusedException)
        {
            throw ParseText.BadValue("HOST:PORT", text, shape);
        }
        catch (SocketException unknown)
        {
            throw new FailedException("no_connection", ExitCode.TryLater, ($"{text}: {unknown.Message}.", $"{text}：{unknown.Message}。"));
        }
    }

    private static void Heading(Printer printer, CheckKind kind, IPEndPoint program)
    {
        if (!printer.IsJson)
        {
            printer.Line(printer.Styled(Style.Heading, $"{kind.Name}: {printer.In(kind.Title)} ({program})"));
        }
    }

    private static void Tell(Printer printer, CheckKind kind, RuleResult result)
    {
        if (printer.IsJson)
        {
            printer.Json(Line(printer, kind, result), CliJson.Default.RuleLine);
            return;
        }
        (Style style, string mark) = result.Holds ? (Style.Good, "✓") : (Style.Bad, "✗");
        printer.Line($"  {printer.Styled(style, mark)} {result.Rule.Id}  {printer.In(result.Rule.Title)}");
        if (result.Broken is { } broken)
        {
            Row(printer, LabText.Sent, broken.Sent.Length == 0 ? "-" : ByteText.Of(broken.Sent));
            Row(printer, LabText.Wanted, printer.In(broken.Expected));
            Row(printer, LabText.Got, printer.In(broken.Got));
        }
    }

    private static void Row(Printer printer, Words name, string text) => printer.Line($"        {printer.Styled(Style.Faint, Terminal.TextWidth.Pad(printer.In(name), 9))} {printer.Safe(text)}");

    private static RuleLine Line(Printer printer, CheckKind kind, RuleResult result) => new()
    {
        Kind = kind.Name,
        Rule = result.Rule.Id,
        Title = printer.In(result.Rule.Title),
        Result = result.Holds ? "pass" : "fail",
        Sent = result.Broken is { Sent.Length: > 0 } broken ? ByteText.Of(broken.Sent) : null,
        Expected = result.Broken is { } wanted ? printer.In(wanted.Expected) : null,
        Got = result.Broken is { } got ? printer.In(got.Got) : null,
    };

    private static int Summed(Printer printer, CheckKind kind, int held)
    {
        bool all = held == kind.Rules.Length;
        if (!printer.IsJson)
        {
            printer.Line(printer.Styled(all ? Style.Good : Style.Bad, printer.In(LabText.Held(held, kind.Rules.Length))));
        }
        return all ? ExitCode.Done : ExitCode.Failed;
    }
}
