using System.Text;
using System.Text.RegularExpressions;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary><c>run</c>.</summary>
internal static partial class RunCommand
{
    public static readonly Flag Folder = new("cwd", ("Begin in this folder of the server (default: your home)", "在服务器的这个文件夹里运行（默认主目录）")) { Value = "PATH", Completes = Completes.RemotePath };
    public static readonly Flag Variable = new("env", ("Set an environment variable", "设置环境变量")) { Value = "NAME=VALUE", Repeats = true };
    public static readonly Flag Encoding = new("encoding", ("The program speaks this encoding, such as gbk; show it as UTF-8", "程序使用这种编码（如 gbk），转成 UTF-8 显示")) { Value = "NAME" };

    private static readonly Flag s_terminal = new("pty", ("Give it a terminal, as 'shell' does", "给程序一个终端，与 shell 相同"));
    private static readonly Flag s_detach = new("detach", ("Print the job's id and leave; it goes on", "显示任务编号后离开，程序继续运行"));
    private static readonly Flag s_waitWhenFull = new("wait-when-full", ("With --detach: when its log is full it waits for a reader instead of losing the middle", "与 --detach 同用：日志写满时等待读取，而不是丢弃中间部分"));
    private static readonly Flag s_timeout = new("timeout", ("End it after this time, such as 30s, 10m, 2h", "超过这段时间就结束它，如 30s、10m、2h")) { Value = "TIME" };
    private static readonly Flag s_shell = new("shell", ("The words are a line for the shell there, with its pipes, globs and variables", "把这些词作为一行交给服务器上的 shell 执行（可用管道、通配符和变量）"));
    private static readonly Flag s_profile = GlobalFlags.Profile with
    {
        Help = ("On this server; repeat it to run on several side by side", "在这台服务器上运行；可重复，同时在多台上运行"),
        Repeats = true,
    };

    private static readonly Argument s_program = new("PROGRAM", ("What to run; everything after it is given to it as it is", "要运行的程序；其后的一切原样交给它")) { TakesRest = true };
    private static readonly Argument s_argument = new("ARG", ("Its arguments, byte for byte; no shell looks at them", "程序的参数，逐字节送达，不经过 shell")) { Optional = true, Many = true };

    public static Command Build() => BuildForSession() with { Flags = [s_terminal, s_detach, s_waitWhenFull, Folder, Variable, s_timeout, s_shell, Encoding, s_profile] };

    /// <summary>Within <c>open</c> there is one server, and its working folder is where programs begin.</summary>
    public static Command BuildForSession() => new("run", ("Run a program on the server", "在服务器上运行程序"))
    {
        Arguments = [s_program, s_argument],
        Flags = [s_terminal, s_detach, s_waitWhenFull, Folder, Variable, s_timeout, s_shell, Encoding],
        Connects = true,
        FailsWith = ExitCode.OwnFailure,
        Details = (
            "Input, output and errors are the program's own, and so is the exit code: 128+n after signal n, 127 when it was not found, 126 when it cannot be executed, 255 when we failed (no connection, no permission).\nA line that drops does not end it: we come back by ourselves, and nothing is lost or repeated. Ctrl-C goes to the program. With a terminal (--pty), ~. at the start of a line leaves it running and ~? shows what else there is.\nOn several servers each line has the server's name before it; the exit code is the highest. With --json there is one object per line.",
            "标准输入、输出、错误和退出码都属于该程序：被信号 n 结束为 128+n，找不到程序为 127，无法执行为 126，我们自己失败（连不上、无权限）为 255。\n断线不会结束它：会自动恢复连接，输出不丢也不重复。Ctrl-C 会发给程序。使用终端（--pty）时，在行首输入 ~. 可离开并让它继续运行，~? 查看其他按键。\n在多台服务器上运行时，每行前有服务器名；退出码取最大的。加 --json 时每行一个对象。"),
        Examples =
        [
            new("switchboard run ls -l", ("One program with its arguments", "一个程序和它的参数")),
            new("switchboard run --shell 'du -s * | sort -n'", ("A line for the shell there", "交给服务器上的 shell 的一行")),
            new("tar c src | switchboard run -- tar x -C /tmp", ("What another program writes, as its input", "把其他程序的输出作为它的输入")),
            new("switchboard run --detach --cwd build -- make -j4", ("Begin it and leave; 'attach' looks again", "启动后离开，之后用 attach 查看")),
            new("switchboard run --profile web1 --profile web2 -- uptime", ("On two servers side by side", "同时在两台服务器上运行")),
        ],
        Run = RunAsync,
    };

    /// <summary>The flags that say how a program begins, the same for <c>run</c> and <c>shell</c>.</summary>
    public static RunOptions Options(Invocation call, Remote remote, IReadOnlyList<ReadOnlyMemory<byte>> arguments) => new()
    {
        Arguments = arguments,
        Environment = RunOptions.Texts(call.Values(Variable).Select(CheckedVariable)),
        Folder = call.Value(Folder) is { } folder ? remote.Resolve(folder) : remote.Folder == "/" ? null : remote.Folder,
        Input = JobConsole.HasInput(call),
    };

    /// <summary>The same program with a terminal like the one at hand.</summary>
    public static RunOptions WithTerminal(RunOptions run) => run with
    {
        Terminal = true,
        Term = Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } term ? term : null,
        Rows = Tty.Size?.Rows,
        Columns = Tty.Size?.Columns,
    };

    public static Encoding? EncodingOf(Invocation call) => call.Value(Encoding) is { } name ? Transcoder.Find(Encoding, name) : null;

    private static async Task<int> RunAsync(Invocation call)
    {
        Check(call);
        Encoding? encoding = EncodingOf(call);
        string[] profiles = [.. call.Values(s_profile).Distinct()];
        if (profiles.Length > 1 || (call.Printer.IsJson && !call.Has(s_detach)))
        {
            return await SideBySide.RunAsync(call, profiles, remote => Described(call, remote), encoding);
        }
        await using var lease = await Remote.OpenAsync(call, profiles.FirstOrDefault());
        RunOptions run = Described(call, lease.Remote);
        if (run.Detach)
        {
            return await DetachAsync(call, lease.Remote, run);
        }
        using var console = new JobConsole(call, encoding);
        return await console.FollowAsync(lease.Remote.Commands, run);
    }

    private static RunOptions Described(Invocation call, Remote remote)
    {
        RunOptions run = Options(call, remote, Arguments(call)) with
        {
            Shell = call.Has(s_shell),
            Timeout = call.Value(s_timeout) is { } time ? TimeOf(time) : null,
            Detach = call.Has(s_detach),
            WaitWhenFull = call.Has(s_waitWhenFull),
        };
        run = call.Has(s_detach) ? run with { Input = false } : run;
        return call.Has(s_terminal) ? WithTerminal(run) : run;
    }

    private static async Task<int> DetachAsync(Invocation call, Remote remote, RunOptions run)
    {
        JobOutcome outcome = await remote.Commands.Run(run, call.Stop).Completion;
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Job = outcome.Job }, CliJson.Default.JobLine);
            return ExitCode.Done;
        }
        call.Printer.Line(call.Printer.Safe(outcome.Job));
        return ExitCode.Done;
    }

    // In a session the words come from the line that was typed, not from this process's own.
    private static ReadOnlyMemory<byte>[] Arguments(Invocation call)
    {
        ReadOnlyMemory<byte>[] words = call.Shared is null ? RawArguments.Of(call.Words) : [.. RunOptions.Texts(call.Words)];
        return call.Has(s_shell) ? [Joined(words)] : words;
    }

    // As ssh does it: the words of the line with a blank between them.
    private static byte[] Joined(ReadOnlyMemory<byte>[] words)
    {
        using var line = new MemoryStream();
        foreach (ReadOnlyMemory<byte> word in words)
        {
            line.Write(line.Length > 0 ? " "u8 : []);
            line.Write(word.Span);
        }
        return line.ToArray();
    }

    private static void Check(Invocation call)
    {
        if (call.Has(s_waitWhenFull) && !call.Has(s_detach))
        {
            throw new UsageException(("--wait-when-full goes with --detach.", "--wait-when-full 要与 --detach 同用。"));
        }
        if (call.Has(s_terminal) && !call.Has(s_detach) && (call.Values(s_profile).Distinct().Count() > 1 || call.Printer.IsJson))
        {
            throw new UsageException(("A terminal shows one program, as it is: --pty goes neither with several servers nor with --json.", "一个终端只能原样显示一个程序：--pty 不能用于多台服务器，也不能与 --json 同用。"));
        }
    }

    private static string CheckedVariable(string text) => VariableForm().IsMatch(text) ? text
        : throw ParseText.BadValue(Variable.Dashed, text, ("It is NAME=VALUE; a name has letters, digits and _, and does not begin with a digit.", "应为 名称=值；名称由字母、数字和下划线组成，且不以数字开头。"));

    private static TimeSpan TimeOf(string text) => Amounts.ParseSpan(text) is { } time && time > TimeSpan.Zero ? time
        : throw ParseText.BadValue(s_timeout.Dashed, text, ("A time is like 30s, 10m, 2h or 1d.", "时间写作 30s、10m、2h 或 1d。"));

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*=", RegexOptions.CultureInvariant)]
    private static partial Regex VariableForm();
}
