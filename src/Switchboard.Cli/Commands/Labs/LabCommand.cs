using System.Globalization;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Lab;
using Switchboard.Lab.Pages;

namespace Switchboard.Cli.Commands.Labs;

/// <summary><c>lab</c>: the laboratory. Each experiment is a subcommand, so that a mistyped one names the nearest.</summary>
internal static class LabCommand
{
    private const int MostBytes = 1024;
    private static readonly Flag s_explain = new("explain", ("Also tell the background", "同时说明背景知识"));
    private static readonly Flag s_html = new("html", ("Also draw it as a page that can be stepped through ('-' prints the page only)", "同时画成可以逐步播放的网页（- 表示只输出网页）")) { Value = "FILE", Completes = Completes.LocalPath };

    public static Command Build() => new("lab", ("Try on real sockets what books say about TCP and UDP, and check your own program", "用真实套接字验证书上关于 TCP 和 UDP 的说法，并检查你自己写的程序"))
    {
        Subcommands = [BuildList(), BuildLayers(), CheckCommand.Build(), .. Laboratory.All.Select(BuildExperiment)],
        Default = "list",
        Details = (
            "An experiment runs both ends on loopback, shows what each call returned, and fails (exit code 1) when reality is not as expected.",
            "每个实验在本机回环上运行两端，显示每次调用的返回值；如果实际与预期不符，则以退出码 1 失败。"),
        Examples =
        [
            new("switchboard lab coalescing --explain", ("Many small sends, one receive, and why", "多次小发送、一次接收，以及原因")),
            new("switchboard lab nagle --html nagle.html", ("The same as a page to step through", "画成可以逐步播放的网页")),
        ],
    };

    private static Command BuildList() => new("list", ("List the experiments", "列出全部实验"))
    {
        Run = call =>
        {
            List(call.Printer);
            return Task.FromResult(ExitCode.Done);
        },
    };

    private static Command BuildLayers() => new("layers", ("OSI 7, TCP/IP 5 and 4 layers side by side", "OSI 七层与 TCP/IP 五层、四层对照"))
    {
        Run = call =>
        {
            ShowLayers(call.Printer);
            return Task.FromResult(ExitCode.Done);
        },
    };

    private static void ShowLayers(Printer printer)
    {
        var table = new TextTable(printer, [("OSI", "OSI"), ("TCP/IP 5", "TCP/IP 五层"), ("TCP/IP 4", "TCP/IP 四层"), ("UNIT", "单位"), ("PROTOCOLS", "协议"), ("DEVICES", "设备")]);
        foreach (Layer one in Layers.All)
        {
            if (printer.IsJson)
            {
                printer.Json(Line(one, printer), CliJson.Default.LayerLine);
                continue;
            }
            table.Row($"{one.Osi} {printer.In(one.OsiName)}", printer.In(one.Five), printer.In(one.Four), printer.In(one.Unit), one.Protocols, printer.In(one.Devices));
        }
        table.Print();
    }

    private static Command BuildExperiment(Experiment experiment) => new(experiment.Name, experiment.Title)
    {
        IsOneOfMany = true,
        Flags = [s_explain, s_html],
        Run = call => RunAsync(experiment, call),
    };

    private static void List(Printer printer)
    {
        if (printer.IsJson)
        {
            foreach (Experiment one in Laboratory.All)
            {
                printer.Json(Line(one, printer), CliJson.Default.ExperimentLine);
            }
            return;
        }
        int names = Laboratory.All.Max(one => one.Name.Length);
        foreach (ExperimentGroup group in Laboratory.Groups)
        {
            printer.Line(printer.Styled(Style.Heading, printer.In(group.Title)));
            foreach (Experiment one in group.Experiments)
            {
                string line = $"  {printer.Styled(Style.Name, one.Name.PadRight(names))}  {printer.In(one.Title)}";
                printer.Line(line);
            }
        }
    }

    private static async Task<int> RunAsync(Experiment experiment, Invocation call)
    {
        Printer printer = call.Printer;
        Outcome outcome = await experiment.RunAsync(call.Stop);
        if (call.Value(s_html) is { } file)
        {
            string page = HtmlPage.Render(outcome, printer.Language);
            if (file == "-")
            {
                printer.Line(page);
                return CodeOf(outcome);
            }
            await File.WriteAllTextAsync(file, page, call.Stop);
        }
        if (printer.IsJson)
        {
            printer.Json(Line(outcome, printer), CliJson.Default.ExperimentLine);
        }
        else
        {
            new LabReport(printer, outcome).Print(call.Has(s_explain));
        }
        return CodeOf(outcome);
    }

    private static int CodeOf(Outcome outcome) => outcome.IsAsExpected ? ExitCode.Done : ExitCode.Failed;

    private static ExperimentLine Line(Experiment one, Printer printer) => new()
    {
        Name = one.Name,
        Title = printer.In(one.Title),
        Group = Laboratory.Groups.First(group => group.Experiments.Contains(one)).Id,
    };

    private static LayerLine Line(Layer one, Printer printer) => new()
    {
        Osi = one.Osi,
        OsiName = printer.In(one.OsiName),
        Tcpip5 = printer.In(one.Five),
        Tcpip4 = printer.In(one.Four),
        Unit = printer.In(one.Unit),
        Protocols = one.Protocols,
        Devices = printer.In(one.Devices),
    };

    private static ExperimentLine Line(Outcome outcome, Printer printer) => Line(outcome.Experiment, printer) with
    {
        Verdict = outcome.IsAsExpected ? "as_expected" : "not_as_expected",
        Expects = printer.In(outcome.Experiment.Expects),
        Background = printer.In(outcome.Experiment.Background),
        Claims = [.. outcome.Trace.Claims.Select(claim => new ClaimLine { Expected = printer.In(claim.Expected), Seen = claim.Seen, Holds = claim.Holds })],
        Events = [.. outcome.Trace.Events.Select(one => Line(one, outcome, printer))],
    };

    private static EventLine Line(TraceEvent one, Outcome outcome, Printer printer) => new()
    {
        AtUs = one.At,
        Lane = one.Lane.Id,
        Part = outcome.Trace.Parts.Count > one.Part ? printer.In(outcome.Trace.Parts[one.Part]) : null,
        Call = one.Call,
        Returned = one.Returned,
        Bytes = one.Bytes is { } bytes ? Convert.ToHexStringLower(bytes.AsSpan(0, Math.Min(bytes.Length, MostBytes))) : null,
        Why = one.Why is { } why ? printer.In(why) : null,
    };
}
