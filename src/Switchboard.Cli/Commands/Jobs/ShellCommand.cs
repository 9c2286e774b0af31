using System.Text;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary><c>shell</c>: a login shell with a terminal.</summary>
internal static class ShellCommand
{
    /// <summary>What is tried, in this order: a comfortable one, and the one that POSIX promises.</summary>
    private static readonly string[] s_shells = ["bash", "sh"];

    /// <summary>The server's word for a program that is not there.</summary>
    private const int NotFound = 127;

    public static Command Build() => new("shell", ("Open a shell on the server", "在服务器上打开 shell"))
    {
        Flags = [RunCommand.Folder, RunCommand.Variable, RunCommand.Encoding],
        Connects = true,
        FailsWith = ExitCode.OwnFailure,
        Details = (
            "Keys and screen are the shell's. At the start of a line ~. leaves it running (attach comes back), ~^Z suspends this client, ~~ types a tilde, ~? shows this. A line that drops does not end it.",
            "按键和屏幕都归 shell。在行首输入 ~. 离开并让它继续运行（用 attach 返回），~^Z 挂起本客户端，~~ 输入一个波浪号，~? 显示说明。断线不会结束它。"),
        Examples = [new("switchboard shell --profile web1", ("On one of the servers you know", "在某台已登录的服务器上"))],
        Run = RunAsync,
    };

    private static async Task<int> RunAsync(Invocation call)
    {
        Encoding? encoding = RunCommand.EncodingOf(call);
        await using var lease = await Remote.OpenAsync(call);
        int exit = NotFound;
        foreach (string shell in s_shells)
        {
            RunOptions run = RunCommand.Options(call, lease.Remote, RunOptions.Texts([shell, "-l"]));
            using var console = new JobConsole(call, encoding);
            exit = await console.FollowAsync(lease.Remote.Commands, RunCommand.WithTerminal(run));
            // 127 is also what a shell ends with that found no program last; but nobody can have typed that who typed nothing.
            if (exit != NotFound || console.HasPassedInput)
            {
                break;
            }
        }
        return exit;
    }
}
