using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Server;

/// <summary><c>backup</c> and <c>restore</c>.</summary>
internal static class BackupCommands
{
    public static Command BuildBackup() => new("backup", ("Copy everything a server keeps into one file", "把服务器的全部数据备份到一个文件"))
    {
        Arguments = [new("FILE", ("Where to; it must not exist yet", "备份文件，不能已存在")) { Completes = Completes.LocalPath }],
        Flags = [ServerSettings.Data],
        Details = (
            "The server may run meanwhile. The file holds accounts, homes, the certificate and its key: keep it as safe as the server.",
            "备份时服务器可以继续运行。文件包含账户、主目录、证书和私钥，请像服务器一样妥善保管。"),
        Examples = [new("switchboard backup /mnt/usb/box.sbk", ("Onto a stick", "备份到 U 盘"))],
        Run = BackupAsync,
    };

    public static Command BuildRestore() => new("restore", ("Bring a backup back, here or on another machine", "在本机或另一台机器上恢复备份"))
    {
        Arguments = [new("FILE", ("The backup", "备份文件")) { Completes = Completes.LocalPath }],
        Flags = [ServerSettings.Data],
        Details = (
            "The data directory must be empty or not exist. The restored server is the same server to its clients: accounts, devices and the key they know all hold.",
            "数据目录必须为空或不存在。恢复后的服务器对客户端来说就是同一台：账户、设备和已记住的密钥都有效。"),
        Run = RestoreAsync,
    };

    private static Task<int> BackupAsync(Invocation call) => throw Missing(call);

    private static Task<int> RestoreAsync(Invocation call) => throw Missing(call);

    private static FailedException Missing(Invocation call) => new("unsupported", ExitCode.Failed,
        ($"'{call.Path}' is not built in yet.", $"'{call.Path}' 尚未实现。"));
}
