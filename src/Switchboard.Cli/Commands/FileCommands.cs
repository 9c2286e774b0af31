using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary><c>stat</c>, <c>mkdir</c>, <c>mv</c>, <c>rm</c>, <c>du</c>, <c>df</c>: one request each.</summary>
internal static class FileCommands
{
    private static readonly Flag s_parents = new("parents", ("Make missing folders above too; an existing folder is fine", "一并创建上级文件夹；已存在也不算错误")) { Short = 'p' };
    private static readonly Flag s_force = new("force", ("Replace a file that stands there", "替换已有的同名文件")) { Short = 'f' };
    private static readonly Flag s_recursive = new("recursive", ("Remove folders with all they hold", "连同文件夹里的内容一起删除")) { Short = 'r' };

    public static Command BuildStat() => new("stat", ("Show one file or folder, with its SHA-256", "显示一个文件或文件夹的信息及 SHA-256"))
    {
        OnlyAsks = true,
        Arguments = [RemoteArgument("PATH")],
        Connects = true,
        Run = StatAsync,
    };

    public static Command BuildMkdir() => new("mkdir", ("Make a folder", "创建文件夹"))
    {
        Arguments = [RemoteArgument("PATH") with { Many = true }],
        Flags = [s_parents],
        Connects = true,
        Run = call => EachAsync(call, (client, path) => client.MakeFolderAsync(path, call.Has(s_parents), ct: call.Stop), "made", FileText.Made),
    };

    public static Command BuildMv() => new("mv", ("Rename or move", "重命名或移动"))
    {
        Arguments = [RemoteArgument("OLD"), RemoteArgument("NEW")],
        Flags = [s_force],
        Connects = true,
        Details = ("NEW with a trailing / means into that folder.", "NEW 以 / 结尾表示移到该文件夹里。"),
        Run = MoveAsync,
    };

    public static Command BuildRm() => new("rm", ("Remove files, or folders with -r", "删除文件；加 -r 删除文件夹"))
    {
        Arguments = [RemoteArgument("PATH") with { Many = true }],
        Flags = [s_recursive],
        Connects = true,
        Run = call => EachAsync(call, (client, path) => client.RemoveAsync(path, call.Has(s_recursive), ct: call.Stop), "removed", FileText.Removed),
    };

    public static Command BuildDu() => new("du", ("Show what a path occupies", "显示占用的空间"))
    {
        OnlyAsks = true,
        Arguments = [RemoteArgument("PATH") with { Optional = true }],
        Connects = true,
        Run = UsageAsync,
    };

    public static Command BuildDf() => new("df", ("Show quota, used and free space", "显示配额、已用和可用空间"))
    {
        OnlyAsks = true,
        Connects = true,
        Run = SpaceAsync,
    };

    public static Argument RemoteArgument(string name) =>
        new(name, ("A path on the server, from your home", "服务器上的路径，从你的主目录算起")) { Completes = Completes.RemotePath };

    private static async Task<int> StatAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        Entry entry = await client.StatAsync(lease.Remote.Resolve(call.Words[0]), digest: true, call.Stop);
        Printer printer = call.Printer;
        if (printer.IsJson)
        {
            printer.Json(entry, CliJson.Default.Entry);
            return ExitCode.Done;
        }
        foreach (string line in FileText.Stat(entry, printer))
        {
            printer.Line(line);
        }
        return ExitCode.Done;
    }

    // One that fails does not stop the others; the first failure decides the exit code.
    private static async Task<int> EachAsync(Invocation call, Func<SwitchboardClient, string, Task> act, string done, Func<string, Words> note)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        int exit = ExitCode.Done;
        foreach (string word in call.Words)
        {
            string path = lease.Remote.Resolve(word);
            try
            {
                await act(client, path);
                Told(call, path, done, note);
            }
            catch (RefusedException refused) when (call.Words.Count > 1)
            {
                int code = call.Printer.Refuse(refused.Refusal);
                exit = exit == ExitCode.Done ? code : exit;
            }
        }
        return exit;
    }

    private static void Told(Invocation call, string path, string done, Func<string, Words> note)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Path = path, Done = done }, CliJson.Default.DoneLine);
        }
        else
        {
            call.Printer.Note(note(Printable.Escape(path)));
        }
    }

    private static async Task<int> MoveAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        string from = lease.Remote.Resolve(call.Words[0]).TrimEnd('/');
        string to = lease.Remote.Resolve(call.Words[1]);
        if (to[^1] == '/')
        {
            to += from[(from.LastIndexOf('/') + 1)..];
        }
        await client.MoveAsync(from, to, call.Has(s_force), call.Stop);
        Told(call, to, "moved", FileText.Moved);
        return ExitCode.Done;
    }

    private static async Task<int> UsageAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        string path = lease.Remote.Resolve(call.Word(0));
        UsageAnswer usage = await client.UsageAsync(path, call.Stop);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Path = path, Bytes = usage.Bytes, Files = usage.Files, Folders = usage.Folders }, CliJson.Default.UsageLine);
            return ExitCode.Done;
        }
        call.Printer.Line(FileText.Usage(usage, call.Printer.Language));
        return ExitCode.Done;
    }

    private static async Task<int> SpaceAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        SpaceAnswer space = await client.SpaceAsync(call.Stop);
        Printer printer = call.Printer;
        if (printer.IsJson)
        {
            var line = new SpaceLine { Quota = space.Quota, Used = space.Used, Partial = space.Partial, Bin = space.Bin, Free = space.Free, DiskFree = space.DiskFree };
            printer.Json(line, CliJson.Default.SpaceLine);
            return ExitCode.Done;
        }
        foreach (string line in FileText.Space(space, printer))
        {
            printer.Line(line);
        }
        return ExitCode.Done;
    }
}
