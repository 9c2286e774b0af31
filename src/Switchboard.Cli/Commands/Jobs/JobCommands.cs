using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary><c>jobs</c>, <c>job</c>, <c>kill</c>: one request each.</summary>
internal static class JobCommands
{
    private static readonly Flag s_all = new("all", ("Also those that have ended", "包括已结束的任务")) { Short = 'a' };
    private static readonly Flag s_signal = new("signal", ("Which: a name with or without SIG, or a number (default: TERM)", "发送哪个信号：名称（可带 SIG）或数字（默认 TERM）")) { Value = "SIGNAL", Short = 's' };

    public static readonly Argument Job = new("JOB", ("Its id, as 'jobs' shows it", "任务编号，见 jobs"));

    public static Command BuildJobs() => new("jobs", ("List programs that run over there", "列出服务器上正在运行的程序"))
    {
        OnlyAsks = true,
        Flags = [s_all],
        Connects = true,
        Details = (
            "Oldest first. An ended one is kept for a while with its output: 'attach' shows it again.",
            "最早的在前。已结束的任务及其输出会保留一段时间，可用 attach 再次查看。"),
        Run = ListAsync,
    };

    public static Command BuildJob() => new("job", ("Describe one job", "显示一个任务的详情"))
    {
        OnlyAsks = true,
        Arguments = [Job],
        Connects = true,
        Run = DescribeAsync,
    };

    public static Command BuildKill() => new("kill", ("Send a signal to a job", "向任务发送信号"))
    {
        Arguments = [Job],
        Flags = [s_signal],
        Connects = true,
        Details = (
            "The signal goes to the program in the foreground, as Ctrl-C would; KILL ends the whole tree of processes and cannot be refused. A job that has ended already is no error.",
            "信号发给前台程序，与按 Ctrl-C 一样；KILL 会结束整个进程树且无法拒绝。任务已经结束也不算错误。"),
        Examples =
        [
            new("switchboard kill k3v9t2mq", ("Ask it to end", "请它结束")),
            new("switchboard kill k3v9t2mq --signal KILL", ("End it whatever it does", "强制结束")),
        ],
        Run = KillAsync,
    };

    private static async Task<int> ListAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        Printer printer = call.Printer;
        var table = new TextTable(printer, JobText.Columns);
        int count = 0;
        await foreach (JobEntry job in client.ListJobsAsync(call.Has(s_all), call.Stop))
        {
            count++;
            if (printer.IsJson)
            {
                printer.Json(job, CliJson.Default.JobEntry);
                continue;
            }
            table.Row(job.Id, printer.In(JobText.State(job)), Amounts.Time(job.Started), job.Command);
        }
        table.Print();
        if (count == 0)
        {
            printer.Note(call.Has(s_all) ? JobText.NoneKnown : JobText.NoneRuns);
        }
        return ExitCode.Done;
    }

    private static async Task<int> DescribeAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        JobEntry job = await client.GetJobAsync(call.Words[0], call.Stop);
        Printer printer = call.Printer;
        if (printer.IsJson)
        {
            printer.Json(job, CliJson.Default.JobEntry);
            return ExitCode.Done;
        }
        foreach (string line in FileText.Aligned([.. JobText.Fields(job, printer)], printer))
        {
            printer.Line(line);
        }
        return ExitCode.Done;
    }

    private static async Task<int> KillAsync(Invocation call)
    {
        string signal = SignalNames.Parse(s_signal, call.Value(s_signal) ?? "TERM");
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        await client.KillAsync(call.Words[0], signal, call.Stop);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Job = call.Words[0], Done = "signalled" }, CliJson.Default.DoneLine);
            return ExitCode.Done;
        }
        call.Printer.Note(JobText.Signalled(Printable.Escape(call.Words[0]), signal));
        return ExitCode.Done;
    }
}
