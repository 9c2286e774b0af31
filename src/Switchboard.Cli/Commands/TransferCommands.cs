using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary><c>put</c> and <c>get</c>.</summary>
internal static class TransferCommands
{
    private static readonly Flag s_restart = new("restart", ("Begin anew instead of resuming", "从头开始，不续传"));
    private static readonly Flag s_ifExists = new("if-exists", ("What to do with a file that stands already (default: overwrite)", "目标已有同名文件时怎么办（默认 overwrite：覆盖）"))
    {
        Value = "RULE",
        Choices = ["overwrite", "skip", "keep-both", "fail"],
    };
    private static readonly Flag s_preserve = new("preserve", ("Keep modification times and permission bits", "保留修改时间和权限"));
    private static readonly Flag s_byDigest = new("by-digest", ("Ask first whether the account has this content already, and then send nothing", "先询问账户里是否已有相同内容，有则不再发送"));

    public static readonly Flag LimitRate = new("limit-rate", ("Hold back to this many bytes a second, such as 500K or 2M", "限制每秒字节数，如 500K、2M")) { Value = "SIZE" };

    private static readonly Argument s_local = new("LOCAL", ("A file or folder here; - is standard input or output", "本机的文件或文件夹；- 表示标准输入或输出")) { Completes = Completes.LocalPath };

    public static Command BuildPut() => BuildPut(false);

    public static Command BuildGet() => BuildGet(false);

    /// <param name="session">Within <c>open</c> the target may be left out: it is the working folder.</param>
    public static Command BuildPut(bool session) => new("put", ("Send files or folders", "上传文件或文件夹"))
    {
        Arguments = [s_local with { Many = true }, FileCommands.RemoteArgument("REMOTE") with { Optional = session }],
        Flags = [s_restart, s_ifExists, s_preserve, s_byDigest, LimitRate],
        Connects = true,
        Details = (
            "Folders go whole. A REMOTE with a trailing / means into that folder. What broke off is resumed when you type the same again: what was kept is proved first, and the SHA-256 of every file is compared at both ends.",
            "文件夹会整个上传。REMOTE 以 / 结尾表示放进该文件夹。中断后再次输入同样的命令即可续传：先验证已收到的部分，每个文件的 SHA-256 都会在两端比对。"),
        Examples =
        [
            new("switchboard put report.pdf /", ("One file into the home", "把一个文件放进主目录")),
            new("switchboard put photos music /backup/", ("Two folders into a folder", "把两个文件夹放进一个文件夹")),
            new("tar c src | switchboard put - /src.tar", ("What another program writes", "上传其他程序的输出")),
        ],
        Run = PutAsync,
    };

    public static Command BuildGet(bool session) => new("get", ("Fetch files or folders", "下载文件或文件夹"))
    {
        Arguments = [FileCommands.RemoteArgument("REMOTE") with { Many = true }, s_local with { Optional = session }],
        Flags = [s_restart, s_ifExists, s_preserve, LimitRate],
        Connects = true,
        Details = (
            "Folders come whole. A LOCAL that is a folder, or ends in /, means into that folder. An unfinished file is kept beside its target as .part and resumed when you type the same again; every file's SHA-256 is compared.",
            "文件夹会整个下载。LOCAL 是文件夹或以 / 结尾表示放进该文件夹。未完成的文件以 .part 保存在目标旁边，再次输入同样的命令即可续传；每个文件的 SHA-256 都会比对。"),
        Examples =
        [
            new("switchboard get /backup/photos .", ("A folder to where you are", "把文件夹下载到当前目录")),
            new("switchboard get /src.tar - | tar x", ("Into another program", "交给其他程序")),
        ],
        Run = GetAsync,
    };

    private static Task<int> PutAsync(Invocation call) => RunAsync(call, async (remote, how, meter) =>
    {
        bool alone = call.Words.Count == 1;
        string[] locals = alone ? [call.Words[0]] : [.. call.Words.Take(call.Words.Count - 1)];
        string target = alone ? remote.Resolve(null).TrimEnd('/') + "/" : remote.Resolve(call.Words[^1]);
        if (locals is ["-"])
        {
            using Stream input = StandardStream.Open(0);
            return await remote.Transfers.UploadStreamAsync(input, target, how, meter, call.Stop);
        }
        return locals.Contains("-")
            ? throw new UsageException(("Standard input can only be sent alone.", "标准输入只能单独上传。"))
            : await remote.Transfers.UploadAsync(locals, target, how, meter, call.Stop);
    });

    private static Task<int> GetAsync(Invocation call) => RunAsync(call, async (remote, how, meter) =>
    {
        bool alone = call.Words.Count == 1;
        string[] remotes = [.. call.Words.Take(alone ? 1 : call.Words.Count - 1).Select(remote.Resolve)];
        string target = alone ? "." : call.Words[^1];
        if (target != "-")
        {
            return await remote.Transfers.DownloadAsync(remotes, target, how, meter, call.Stop);
        }
        return remotes.Length == 1
            ? await remote.Transfers.DownloadStreamAsync(remotes[0], call.Printer.Output, how, meter, call.Stop)
            : throw new UsageException(("Only one file can go to standard output.", "标准输出只能接收一个文件。"));
    });

    private static async Task<int> RunAsync(Invocation call, Func<Remote, TransferOptions, ProgressMeter?, Task<TransferSummary>> move)
    {
        await using var lease = await Remote.OpenAsync(call);
        var told = new TransferReport(call);
        var how = new TransferOptions
        {
            Restart = call.Has(s_restart),
            IfExists = IfExistsWords.Parse(call.Value(s_ifExists)),
            Preserve = call.Has(s_preserve),
            ByDigest = call.Has(s_byDigest),
            LimitRate = Rate(call),
            OnFile = told.File,
            OnFailure = told.Failure,
            OnRetry = told.Retry,
            OnLeftOut = told.LeftOut,
        };
        return await told.GuardAsync(async () =>
        {
            TransferSummary summary = await move(lease.Remote, how, ProgressMeter.For(call.Printer));
            told.Summary(summary);
            return told.Exit(summary.Failures);
        });
    }

    public static long? Rate(Invocation call) => call.Value(LimitRate) is { } rate ? Math.Max(1, Amounts.Size(LimitRate, rate)) : null;
}
