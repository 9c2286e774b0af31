using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary><c>attach</c>.</summary>
internal static class AttachCommand
{
    private static readonly Flag s_fromStart = new("from-start", ("Show its output from the beginning (default: the last screen or two)", "从头显示输出（默认只显示最后一两屏）"));

    public static Command Build() => new("attach", ("Follow a job that runs or ran", "查看正在运行或已结束的任务"))
    {
        Arguments = [JobCommands.Job],
        Flags = [s_fromStart, RunCommand.Encoding],
        Connects = true,
        FailsWith = ExitCode.OwnFailure,
        Details = (
            "What you type goes to the program. Ctrl-C leaves it running, and so does ~. at the start of a line; where the job has a terminal, Ctrl-C is the program's. The exit code is the program's, as with run.",
            "你输入的内容会发给程序。按 Ctrl-C 或在行首输入 ~. 都只是离开，程序继续运行；任务带终端时 Ctrl-C 属于程序。退出码即程序的退出码，与 run 相同。"),
        Examples =
        [
            new("switchboard attach k3v9t2mq", ("Look at a job again", "再次查看一个任务")),
            new("switchboard attach k3v9t2mq --from-start > log", ("All that it wrote", "取得它的全部输出")),
        ],
        Run = RunAsync,
    };

    private static async Task<int> RunAsync(Invocation call)
    {
        using var console = new JobConsole(call, RunCommand.EncodingOf(call)) { IsOnlyWatching = true };
        await using var lease = await Remote.OpenAsync(call);
        bool isTerminal = Tty.InputIsTerminal && Tty.OutputIsTerminal;
        return await console.FollowAsync(lease.Remote.Commands, new AttachOptions
        {
            Job = call.Words[0],
            FromStart = call.Has(s_fromStart),
            Input = JobConsole.HasInput(call),
            // The smallest of all readers' terminals counts; who has none does not shrink the others'.
            Rows = isTerminal ? Tty.Size?.Rows : null,
            Columns = isTerminal ? Tty.Size?.Columns : null,
        });
    }
}
