using System.Globalization;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary>Words about remote commands.</summary>
internal static class JobText
{
    public static readonly Words[] Columns = [("JOB", "任务"), ("STATE", "状态"), ("STARTED", "开始时间"), ("COMMAND", "命令")];

    public static readonly Words NoneRuns = ("No job is running.", "没有正在运行的任务。");

    public static readonly Words NoneKnown = ("No job is known.", "没有任何任务。");

    public static readonly Words Escapes = (
        "At the start of a line:\n  ~.   leave; the program goes on\n  ~^Z  suspend this client (fg comes back)\n  ~~   a tilde\n  ~?   this help",
        "在行首输入：\n  ~.   离开，程序继续运行\n  ~^Z  挂起本客户端（用 fg 恢复）\n  ~~   输入一个波浪号\n  ~?   显示本说明");

    public static readonly Words NoSuspend = ("This system cannot suspend a program.", "本系统无法挂起程序。");

    // Without the detail, which is for developers and told when it comes to nothing.
    public static Words LineLost(Refusal reason)
    {
        Refusal told = reason with { Detail = null };
        string en = RefusalText.Sentence(told, Language.English), zh = RefusalText.Sentence(told, Language.Chinese);
        return ($"Line lost, reattaching… ({en.TrimEnd('.')})", $"连接中断，正在重新连接…（{zh.TrimEnd('。')}）");
    }

    public static Words Back(TimeSpan away)
    {
        string seconds = Math.Max(1, Math.Round(away.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return ($"Back after {seconds} s.", $"{seconds} 秒后已恢复连接。");
    }

    public static Words Left(string job, string again) => (
        $"Left; the job {job} goes on. To come back: {again}",
        $"已离开，任务 {job} 继续运行。重新查看：{again}");

    /// <summary>After a failure: whether the program still runs is not known.</summary>
    public static Words MayGoOn(string job, string again) => (
        $"The job {job} may still run. To look: {again}",
        $"任务 {job} 可能仍在运行。查看：{again}");

    public static Words OnceMore(string job, string kill) => (
        $"Ctrl-C once more within 2 s kills it. To leave it running (job {job}): ~. on a line of its own. From elsewhere: {kill}",
        $"2 秒内再按一次 Ctrl-C 会强制结束它。让它（任务 {job}）继续运行：在行首输入 ~. 后回车。从别处结束：{kill}");

    public static Words Gap(JobGap gap, Language language)
    {
        string size = ByteSize.ToText(gap.Length, language);
        return ($"[{size} of output are kept no more]", $"[此处有 {size} 输出已不再保留]");
    }

    public static Words Lost(string job) => (
        $"The job {job} is lost: the server or its machine stopped beneath it, and nobody saw how it ended.",
        $"任务 {job} 已丢失：服务器或其所在机器中途停止，无法得知它如何结束。");

    public static Words NoExit(string job) => ($"The job {job} ended, and its exit code is not known.", $"任务 {job} 已结束，但退出码未知。");

    /// <summary>Why the server ended a job.</summary>
    public static Words Reason(string reason) => reason switch
    {
        "killed" => ("It was killed.", "它被强制结束。"),
        "timeout" => ("It ran longer than it may, and the server ended it.", "运行超过时限，服务器已将其结束。"),
        "over_quota" => ("It wrote more than the account's quota allows, and the server ended it.", "写入内容超出账户配额，服务器已将其结束。"),
        "disk_full" => ("The server's disk is full, so it was ended.", "服务器磁盘已满，它已被结束。"),
        "over_limit" => ("It went over a limit of the server and was ended.", "超出服务器的限制，已被结束。"),
        "account_disabled" => ("The account was disabled, which ended it.", "账户已被停用，它随之结束。"),
        "account_unknown" => ("The account was removed, which ended it.", "账户已被删除，它随之结束。"),
        "closing" => ("The server stopped, which ended it.", "服务器停止，它随之结束。"),
        _ => ($"The server ended it ({Printable.Escape(reason)}).", $"服务器已将其结束（{Printable.Escape(reason)}）。"),
    };

    public static Words State(JobEntry job) => job switch
    {
        { State: "running", Waiting: true } => ("running, waits (log full)", "运行中，等待（日志已满）"),
        { State: "running" } => ("running", "运行中"),
        { State: "ended", Reason: { } reason } => ($"ended {job.Exit} ({reason})", $"已结束 {job.Exit}（{reason}）"),
        { State: "ended" } => ($"ended {job.Exit}", $"已结束 {job.Exit}"),
        { State: "lost" } => ("lost", "已丢失"),
        _ => (job.State, job.State),
    };

    public static IEnumerable<(Words Name, string Value)> Fields(JobEntry job, Printer printer)
    {
        string Size(long bytes) => ByteSize.ToText(bytes, printer.Language);
        yield return (("job", "任务"), printer.Safe(job.Id));
        yield return (("command", "命令"), printer.Safe(job.Command));
        yield return (("folder", "文件夹"), printer.Safe(job.Folder));
        yield return (("state", "状态"), printer.Safe(printer.In(State(job))));
        yield return (("started", "开始时间"), Amounts.Time(job.Started));
        if (job.Ended is { } ended)
        {
            yield return (("ended", "结束时间"), Amounts.Time(ended));
        }
        if (job.Reason is { } reason)
        {
            yield return (("reason", "原因"), printer.In(Reason(reason)));
        }
        yield return (("terminal", "终端"), printer.In(job.Terminal ? ("yes", "有") : ("no", "无")));
        yield return (("followed by", "查看者"), job.Readers.ToString(CultureInfo.InvariantCulture));
        yield return (("stdout", "标准输出"), Size(job.Stdout));
        yield return (("stderr", "标准错误"), Size(job.Stderr));
        if (job.Dropped > 0)
        {
            yield return (("kept no more", "已不再保留"), Size(job.Dropped));
        }
    }

    public static Words Signalled(string job, string signal) => ($"Sent {signal} to {job}", $"已向 {job} 发送 {signal}");

    public static Words Summary(int failed, int all) => (
        $"{failed} of {all} did not end with 0:",
        $"{all} 台中有 {failed} 台未以 0 结束：");

    public static Words ExitOf(JobOutcome outcome) => outcome switch
    {
        { State: "lost" } => ("lost", "已丢失"),
        { Exit: null } => ("exit code unknown", "退出码未知"),
        { Reason: { } reason } => ($"exit {outcome.Exit} ({reason})", $"退出码 {outcome.Exit}（{reason}）"),
        _ => ($"exit {outcome.Exit}", $"退出码 {outcome.Exit}"),
    };
}
