using Switchboard.Cli.Commands;
using Switchboard.Cli.Commands.Chats;
using Switchboard.Cli.Commands.Jobs;
using Switchboard.Cli.Commands.Labs;
using Switchboard.Cli.Commands.Net;
using Switchboard.Cli.Commands.Server;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;

namespace Switchboard.Cli;

/// <summary>The program as a table of contents.</summary>
internal static class Program
{
    /// <summary>Every command, in the order of the help. Each is built only when it is called.</summary>
    public static readonly CommandEntry[] Table =
    [
        new("serve", Group.Server, ServeCommand.Build),
        new("account", Group.Server, AccountCommands.Build),
        new("token", Group.Server, TokenCommands.Build),
        new("audit", Group.Server, AuditCommand.Build),
        new("backup", Group.Server, BackupCommands.BuildBackup),
        new("restore", Group.Server, BackupCommands.BuildRestore),
        new("config", Group.Server, ConfigCommands.Build),
        new("doctor", Group.Server, DoctorCommand.Build),

        new("login", Group.Reaching, LoginCommands.BuildLogin),
        new("find", Group.Reaching, FindCommand.Build),
        new("logout", Group.Reaching, LoginCommands.BuildLogout),
        new("profiles", Group.Reaching, LoginCommands.BuildProfiles),
        new("whoami", Group.Reaching, LoginCommands.BuildWhoAmI),
        new("passwd", Group.Reaching, LoginCommands.BuildPasswd),

        new("put", Group.Files, TransferCommands.BuildPut),
        new("get", Group.Files, TransferCommands.BuildGet),
        new("sync", Group.Files, SyncCommand.Build),
        new("uploads", Group.Files, UploadsCommand.Build),
        new("ls", Group.Files, ListCommand.Build),
        new("stat", Group.Files, FileCommands.BuildStat),
        new("mkdir", Group.Files, FileCommands.BuildMkdir),
        new("mv", Group.Files, FileCommands.BuildMv),
        new("rm", Group.Files, FileCommands.BuildRm),
        new("verify", Group.Files, VerifyCommand.Build),
        new("du", Group.Files, FileCommands.BuildDu),
        new("df", Group.Files, FileCommands.BuildDf),
        new("share", Group.Files, ShareCommands.Build),
        new("open", Group.Files, OpenCommand.Build),

        new("run", Group.Commands, RunCommand.Build),
        new("shell", Group.Commands, ShellCommand.Build),
        new("jobs", Group.Commands, JobCommands.BuildJobs),
        new("attach", Group.Commands, AttachCommand.Build),
        new("kill", Group.Commands, JobCommands.BuildKill),
        new("job", Group.Commands, JobCommands.BuildJob),

        new("chat", Group.Chat, ChatCommands.BuildChat),
        new("say", Group.Chat, ChatCommands.BuildSay),
        new("rooms", Group.Chat, RoomCommands.BuildRooms),
        new("history", Group.Chat, ChatCommands.BuildHistory),
        new("room", Group.Chat, RoomCommands.BuildRoom),

        new("net", Group.Tools, NetCommands.Build),
        new("lab", Group.Tools, LabCommand.Build),
        new("version", Group.Tools, ToolCommands.BuildVersion),
        new("completion", Group.Tools, ToolCommands.BuildCompletion),
        new("help", Group.Tools, ToolCommands.BuildHelp),
    ];

    public static async Task<int> Main(string[] args)
    {
        var options = PrinterOptions.Read(args, Environment.GetEnvironmentVariable);
        var printer = new Printer(options, StandardStream.Open(1), StandardStream.Open(2));
        using var dispatcher = new Dispatcher(printer);
        return await dispatcher.CallAsync(Table, args);
    }
}
