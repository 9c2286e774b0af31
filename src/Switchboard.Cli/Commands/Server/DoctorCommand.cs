using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Server;

/// <summary><c>doctor</c>: looks at everything a server needs and says what to do where something is missing.</summary>
internal static class DoctorCommand
{
    public static Command Build() => new("doctor", ("Check that a server can run well here", "检查本机能否正常运行服务器"))
    {
        Flags = [ServerSettings.Data, ServerSettings.Config],
        Run = RunAsync,
    };

    private static async Task<int> RunAsync(Invocation call)
    {
        var values = ServerSettings.Resolve(call);
        var options = ServerSettings.ToOptions(values, "en");
        bool failed = false;
        foreach (Finding finding in await Checkup.RunAsync(options))
        {
            failed |= finding.Verdict == Verdict.Fail;
            Tell(call.Printer, finding);
        }
        return failed ? ExitCode.Failed : ExitCode.Done;
    }

    private static void Tell(Printer printer, Finding finding)
    {
        string result = finding.Verdict switch { Verdict.Ok => "ok", Verdict.Warn => "warn", _ => "fail" };
        if (printer.IsJson)
        {
            printer.Json(new() { Check = finding.Check, Result = result, Message = printer.In(finding.Says), Hint = finding.ToDo?.In(printer.Language) }, CliJson.Default.CheckLine);
            return;
        }
        Style style = finding.Verdict switch { Verdict.Ok => Style.Good, Verdict.Warn => Style.Warning, _ => Style.Bad };
        printer.Line($"{printer.Styled(style, result.PadRight(4))}  {finding.Check,-12}  {printer.Safe(printer.In(finding.Says))}");
        if (finding.ToDo is { } todo)
        {
            printer.Line(new string(' ', 20) + printer.Styled(Style.Faint, "→ " + printer.In(todo)));
        }
    }
}
