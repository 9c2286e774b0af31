using System.Runtime.InteropServices;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands;

/// <summary><c>version</c>, <c>completion</c>, <c>help</c>.</summary>
internal static class ToolCommands
{
    private const int ProtocolVersion = 1;

    public static Command BuildVersion() => new("version", ("Show the version", "显示版本"))
    {
        Run = call =>
        {
            ShowVersion(call.Printer);
            return Task.FromResult(ExitCode.Done);
        },
    };

    public static Command BuildCompletion() => new("completion", ("Print completion for a shell", "输出 shell 补全脚本"))
    {
        Arguments = [new("bash|zsh|fish|pwsh", ("The shell", "哪种 shell"))],
        Details = (
            "Load it once per shell, or put it where the shell looks for such files.",
            "每次启动 shell 时加载，或放到 shell 自动读取的目录里。"),
        Examples =
        [
            new("source <(switchboard completion bash)", ("In bash, for this session", "bash：在当前会话中生效")),
            new("switchboard completion zsh > ~/.zfunc/_switchboard", ("In zsh, with ~/.zfunc in fpath", "zsh：fpath 中有 ~/.zfunc 时")),
            new("switchboard completion fish > ~/.config/fish/completions/switchboard.fish", ("In fish, for good", "fish：永久生效")),
            new("switchboard completion pwsh | Out-String | Invoke-Expression", ("In PowerShell, for this session", "PowerShell：在当前会话中生效")),
        ],
        Run = Complete,
    };

    public static Command BuildHelp() => new("help", ("Explain the program, or one command", "显示总览，或某个命令的说明"))
    {
        Arguments = [new("COMMAND", ("Which one, such as 'put' or 'account add'", "哪个命令，如 put 或 account add")) { Optional = true, Many = true }],
        Run = Help,
    };

    /// <summary>No command at all: <c>--help</c> and <c>--version</c> are asked for, anything else is wrong usage.</summary>
    public static int WithoutCommand(Printer printer, string[] args)
    {
        new HelpPage(printer).Overview(Program.Table);
        return args.Contains("--help") || args.Contains("-h") ? ExitCode.Done : ExitCode.Usage;
    }

    public static void ShowVersion(Printer printer)
    {
        string version = typeof(ToolCommands).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
        if (!printer.IsJson)
        {
            printer.Line($"switchboard {version}");
            return;
        }
        var line = new VersionLine
        {
            Version = version,
            Protocol = ProtocolVersion,
            Runtime = RuntimeInformation.FrameworkDescription,
            System = RuntimeInformation.RuntimeIdentifier,
        };
        printer.Json(line, CliJson.Default.VersionLine);
    }

    private static Task<int> Complete(Invocation call)
    {
        string shell = call.Words[0];
        string[] shells = ["bash", "zsh", "fish", "pwsh"];
        if (!shells.Contains(shell))
        {
            string? nearest = Nearest.Of(shell, shells);
            Words hint = nearest is null ? ("it is one of: bash, zsh, fish, pwsh", "可用的有：bash、zsh、fish、pwsh") : ($"did you mean '{nearest}'?", $"是不是想用 {nearest}？");
            throw new UsageException(($"there is no completion for '{shell}'", $"没有 '{shell}' 的补全脚本"), hint);
        }
        call.Printer.Line(CompletionScript.For(shell, [.. Program.Table.Select(e => e.Build())], call.Printer.Language).TrimEnd('\n'));
        return Task.FromResult(ExitCode.Done);
    }

    private static Task<int> Help(Invocation call)
    {
        var page = new HelpPage(call.Printer);
        if (call.Words.Count == 0)
        {
            page.Overview(Program.Table);
            return Task.FromResult(ExitCode.Done);
        }
        // The parser finds the command, its subcommand, and the nearest name of a mistyped one.
        var asked = new Parser(Program.Table, call.Printer, () => CancellationToken.None).Parse([.. call.Words, GlobalFlags.Help.Dashed])!;
        page.Of(asked.Command, asked.Path);
        return Task.FromResult(ExitCode.Done);
    }
}
