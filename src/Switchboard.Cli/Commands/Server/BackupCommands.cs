using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;
using Switchboard.Server;
using Switchboard.Server.Services.Backup;
using Switchboard.Server.Storage;

namespace Switchboard.Cli.Commands.Server;

/// <summary><c>backup</c> and <c>restore</c>.</summary>
internal static class BackupCommands
{
    public static Command BuildBackup() => new("backup", ("Copy everything a server keeps into one file", "把服务器的全部数据备份到一个文件"))
    {
        Arguments = [new("FILE", ("Where to; it must not exist yet; - is standard output", "备份文件，不能已存在；- 表示标准输出")) { Completes = Completes.LocalPath }],
        Flags = [ServerSettings.Data],
        Details = (
            "The server may run meanwhile. The file holds accounts, homes, the certificate and its key: keep it as safe as the server.",
            "备份时服务器可以继续运行。文件包含账户、主目录、证书和私钥，请像服务器一样妥善保管。"),
        Examples = [new("switchboard backup /mnt/usb/box.tar", ("Onto a stick", "备份到 U 盘"))],
        Run = BackupAsync,
    };

    public static Command BuildRestore() => new("restore", ("Bring a backup back, here or on another machine", "在本机或另一台机器上恢复备份"))
    {
        Arguments = [new("FILE", ("The backup; - is standard input", "备份文件；- 表示标准输入")) { Completes = Completes.LocalPath }],
        Flags = [ServerSettings.Data],
        Details = (
            "The data directory must be empty or not exist. The restored server is the same server to its clients: accounts, devices and the key they know all hold.",
            "数据目录必须为空或不存在。恢复后的服务器对客户端来说就是同一台：账户、设备和已记住的密钥都有效。"),
        Run = RestoreAsync,
    };

    private static async Task<int> BackupAsync(Invocation call)
    {
        if (call.Words[0] == "-")
        {
            return (await TranslatedAsync(ServerBackup.WriteAsync(OptionsOf(call), call.Printer.Output, MeterOf(call), call.Stop))).Skipped.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        }
        // Opened while root is still root, so that root can name any place.
        await using FileStream file = CreateForOwner(call.Words[0]);
        try
        {
            BackupSummary summary = await TranslatedAsync(ServerBackup.WriteAsync(OptionsOf(call), file, MeterOf(call), call.Stop));
            file.Flush(flushToDisk: true);
            Tell(call, call.Words[0], summary);
            return summary.Skipped.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        }
        catch
        {
            Discard(file);
            throw;
        }
    }

    private static async Task<int> RestoreAsync(Invocation call)
    {
        await using Stream file = call.Words[0] == "-" ? StandardStream.Open(0) : File.OpenRead(call.Words[0]);
        ServerOptions options = OptionsOf(call);
        Tell(call, options.Data, await TranslatedAsync(ServerBackup.RestoreAsync(options, file, MeterOf(call), call.Stop)));
        string start = "switchboard serve" + (OwnData.IsStandard(options.Data) ? "" : " --data " + TransferReport.Quoted(options.Data));
        call.Printer.Note(($"Start it with: {start}", $"启动：{start}"));
        return ExitCode.Done;
    }

    // The file holds keys.
    private static FileStream CreateForOwner(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        return new FileStream(path, options);
    }

    private static ServerOptions OptionsOf(Invocation call) => new() { Data = OwnData.Of(call) };

    private static async Task<BackupSummary> TranslatedAsync(Task<BackupSummary> act)
    {
        try
        {
            return await act;
        }
        catch (DataDirectoryException problem)
        {
            throw OwnDataText.Of(problem);
        }
        catch (RefusedException refused) when (refused.Code == RefusalCode.NotEmpty)
        {
            throw new FailedException(RefusalCode.NotEmpty.Name(), ExitCode.Failed,
                ($"{refused.Refusal.Subject} holds something already: {refused.Refusal.Detail}.", $"{refused.Refusal.Subject} 里已有内容：{refused.Refusal.Detail}。"),
                ("A backup is restored only into an empty place; name another with --data.", "备份只能恢复到空目录；请用 --data 指定另一个位置。"));
        }
    }

    // Half a backup is none. Who gave up root may no longer remove the file: then it stays, empty.
    private static void Discard(FileStream file)
    {
        file.SetLength(0);
        try
        {
            File.Delete(file.Name);
        }
        catch (UnauthorizedAccessException)
        {
            return;
        }
    }

    private static void Tell(Invocation call, string path, BackupSummary summary)
    {
        foreach (string name in summary.Skipped)
        {
            string safe = call.Printer.Safe(name);
            call.Printer.Note(($"not in the backup, it cannot be read: {safe}", $"无法读取，未备份：{safe}"));
        }
        if (call.Printer.IsJson)
        {
            call.Printer.Json(
                new BackupLine { Path = path, Files = summary.Files, Bytes = summary.Bytes, Changed = [.. summary.Changed], Skipped = [.. summary.Skipped] },
                CliJson.Default.BackupLine);
            return;
        }
        string size = ByteSize.ToText(summary.Bytes, call.Printer.Language);
        call.Printer.Line(($"{path}: {summary.Files} files, {size}, every digest compared or recorded", $"{path}：{summary.Files} 个文件，{size}，摘要均已记录或核对"));
    }

    private static Meter? MeterOf(Invocation call) => ProgressMeter.For(call.Printer) is { } line ? new Meter(line) : null;

    private sealed class Meter(ProgressMeter line) : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value) => line.Report(new TransferProgress(value.Bytes, null, value.Files, null, value.Path, 0));
    }
}
