using Switchboard.Cli.Commands.Chats;
using Switchboard.Cli.Commands.Jobs;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary>The commands of an interactive session: the file commands as everywhere, and those that only make sense there.</summary>
internal static class SessionCommands
{
    public static readonly CommandEntry[] Table =
    [
        new("pwd", Group.Files, BuildPwd),
        new("cd", Group.Files, BuildCd),
        new("ls", Group.Files, ListCommand.Build),
        new("put", Group.Files, () => TransferCommands.BuildPut(session: true)),
        new("get", Group.Files, () => TransferCommands.BuildGet(session: true)),
        new("sync", Group.Files, SyncCommand.Build),
        new("mkdir", Group.Files, FileCommands.BuildMkdir),
        new("mv", Group.Files, FileCommands.BuildMv),
        new("rm", Group.Files, FileCommands.BuildRm),
        new("stat", Group.Files, FileCommands.BuildStat),
        new("verify", Group.Files, VerifyCommand.Build),
        new("uploads", Group.Files, UploadsCommand.Build),
        new("du", Group.Files, FileCommands.BuildDu),
        new("df", Group.Files, FileCommands.BuildDf),
        new("run", Group.Commands, RunCommand.BuildForSession),
        new("shell", Group.Commands, ShellCommand.Build),
        new("jobs", Group.Commands, JobCommands.BuildJobs),
        new("attach", Group.Commands, AttachCommand.Build),
        new("kill", Group.Commands, JobCommands.BuildKill),
        new("job", Group.Commands, JobCommands.BuildJob),
        new("chat", Group.Chat, ChatCommands.BuildChat),
        new("say", Group.Chat, ChatCommands.BuildSay),
        new("rooms", Group.Chat, RoomCommands.BuildRooms),
        new("history", Group.Chat, ChatCommands.BuildHistory),
        new("lcd", Group.Tools, BuildLcd),
        new("lpwd", Group.Tools, BuildLpwd),
        new("lls", Group.Tools, BuildLls),
        new("help", Group.Tools, BuildHelp),
        new("quit", Group.Tools, () => new("quit", ("Leave the session", "退出会话"))),
    ];

    private static readonly Argument s_folder = new("FOLDER", ("A folder", "文件夹")) { Optional = true };

    private static Command BuildPwd() => new("pwd", ("Show the folder you are in on the server", "显示服务器上的当前文件夹"))
    {
        Run = call =>
        {
            call.Printer.Line(call.Printer.Safe(call.Shared!.Folder));
            return Task.FromResult(ExitCode.Done);
        },
    };

    private static Command BuildCd() => new("cd", ("Change the folder on the server; without one, go home", "切换服务器上的文件夹；不带参数则回到主目录"))
    {
        OnlyAsks = true,
        Arguments = [s_folder with { Completes = Completes.RemotePath }],
        Run = ChangeFolderAsync,
    };

    private static async Task<int> ChangeFolderAsync(Invocation call)
    {
        Remote remote = call.Shared!;
        string wanted = remote.Resolve(call.Word(0) ?? "/").TrimEnd('/');
        wanted = wanted.Length == 0 ? "/" : wanted;
        Entry entry = await (await remote.ClientAsync(call.Stop)).StatAsync(wanted, ct: call.Stop);
        remote.Folder = entry.Type == "folder" ? wanted : throw new RefusedException(RefusalCode.NotAFolder, wanted);
        return ExitCode.Done;
    }

    private static Command BuildLcd() => new("lcd", ("Change the folder on this machine", "切换本机的文件夹"))
    {
        Arguments = [s_folder with { Completes = Completes.LocalPath }],
        Run = call =>
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            Directory.SetCurrentDirectory(call.Word(0) is not { } folder ? home : folder == "~" || folder.StartsWith("~/", StringComparison.Ordinal) ? home + folder[1..] : folder);
            call.Printer.Line(call.Printer.Safe(Directory.GetCurrentDirectory()));
            return Task.FromResult(ExitCode.Done);
        },
    };

    private static Command BuildLpwd() => new("lpwd", ("Show the folder you are in on this machine", "显示本机的当前文件夹"))
    {
        Run = call =>
        {
            call.Printer.Line(call.Printer.Safe(Directory.GetCurrentDirectory()));
            return Task.FromResult(ExitCode.Done);
        },
    };

    private static Command BuildLls() => new("lls", ("List a folder on this machine", "列出本机的文件夹"))
    {
        Arguments = [s_folder with { Completes = Completes.LocalPath }],
        Run = call =>
        {
            ListCommand.PrintColumns(call.Printer, [.. new DirectoryInfo(call.Word(0) ?? ".").EnumerateFileSystemInfos()
                .OrderBy(i => i.Name, StringComparer.Ordinal)
                .Select(i => new Entry { Path = i.Name, Type = i is DirectoryInfo ? "folder" : "file" })]);
            return Task.FromResult(ExitCode.Done);
        },
    };

    private static Command BuildHelp() => new("help", ("Explain the session, or one command", "显示说明，或某个命令的用法"))
    {
        Arguments = [new("COMMAND", ("Which one", "哪个命令")) { Optional = true }],
        Run = call =>
        {
            var page = new HelpPage(call.Printer, session: true);
            if (call.Word(0) is { } name)
            {
                var asked = new Parser(Table, call.Printer, () => call.Stop).Parse([name, GlobalFlags.Help.Dashed])!;
                page.Of(asked.Command, asked.Path);
            }
            else
            {
                page.Brief(Table);
            }
            return Task.FromResult(ExitCode.Done);
        },
    };
}
