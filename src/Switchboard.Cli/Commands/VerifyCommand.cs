using System.Security.Cryptography;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary><c>verify</c>: the server reads its files again; the bytes stay where they are.</summary>
internal static class VerifyCommand
{
    private static readonly Flag s_against = new("against", ("Compare with this file or folder here", "与本机的这个文件或文件夹比较")) { Value = "LOCAL", Completes = Completes.LocalPath };

    public static Command Build() => new("verify", ("Check stored files by reading them again", "重新读取并校验已存的文件"))
    {
        Arguments = [FileCommands.RemoteArgument("PATH") with { Many = true }],
        Flags = [s_against],
        Connects = true,
        Details = (
            "The server reads each file and compares it with the SHA-256 recorded when it was stored; with --against also with a file here. Folders are checked whole.",
            "服务器会重新读取每个文件，并与存入时记录的 SHA-256 比较；加 --against 则与本机文件比较。文件夹会整个校验。"),
        Examples = [new("switchboard verify /backup/photos --against photos", ("Is everything there, byte for byte?", "逐字节核对是否完整一致"))],
        Run = VerifyAsync,
    };

    private static async Task<int> VerifyAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        int exit = ExitCode.Done;
        foreach (string word in call.Words)
        {
            string path = lease.Remote.Resolve(word).TrimEnd('/');
            Entry entry = await client.StatAsync(path.Length == 0 ? "/" : path, ct: call.Stop);
            int code = entry.Type == "folder" ? await FolderAsync(call, client, path) : await GuardedAsync(call, client, path, Local(call, path, ""));
            exit = exit == ExitCode.Done ? code : exit;
        }
        return exit;
    }

    private static async Task<int> FolderAsync(Invocation call, SwitchboardClient client, string folder)
    {
        List<string> files = [];
        await foreach (Entry entry in client.ListAsync(folder.Length == 0 ? "/" : folder, recursive: true, call.Stop))
        {
            if (entry.Type == "file")
            {
                files.Add(entry.Path);
            }
        }
        int exit = ExitCode.Done;
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            int code = await GuardedAsync(call, client, $"{folder}/{file}", Local(call, folder, file));
            exit = exit == ExitCode.Done ? code : exit;
        }
        return exit;
    }

    // For a file, --against may name the folder that holds its like.
    private static string? Local(Invocation call, string path, string inside)
    {
        if (call.Value(s_against) is not { } local)
        {
            return null;
        }
        return inside.Length > 0 ? Path.Combine(local, inside)
            : Directory.Exists(local) ? Path.Combine(local, path[(path.LastIndexOf('/') + 1)..])
            : local;
    }

    private static async Task<int> GuardedAsync(Invocation call, SwitchboardClient client, string path, string? local)
    {
        try
        {
            return await FileAsync(call, client, path, local);
        }
        catch (RefusedException refused)
        {
            return call.Printer.Refuse(refused.Refusal);
        }
    }

    private static async Task<int> FileAsync(Invocation call, SwitchboardClient client, string path, string? local)
    {
        VerifyAnswer answer = await client.VerifyAsync(path, call.Stop);
        string? expected = local is null ? answer.Recorded : await LocalDigestAsync(local, call.Stop);
        var line = new VerifyLine
        {
            Path = path,
            Size = answer.Total,
            Sha256 = answer.Sha256,
            Ok = (expected is null || expected == answer.Sha256) && (answer.Recorded is null || answer.Recorded == answer.Sha256),
            Against = local is not null ? "local" : answer.Recorded is null ? "none" : "record",
            Expected = expected,
        };
        Tell(call.Printer, line);
        return line.Ok ? ExitCode.Done : ExitCode.NotVerified;
    }

    private static void Tell(Printer printer, VerifyLine line)
    {
        if (printer.IsJson)
        {
            printer.Json(line, CliJson.Default.VerifyLine);
            return;
        }
        string verdict = line switch
        {
            { Ok: false } => printer.Styled(Style.Bad, printer.In(("DIFFERS", "不一致"))),
            { Against: "none" } => printer.Styled(Style.Warning, printer.In(("no record", "无记录"))),
            _ => printer.Styled(Style.Good, printer.In(("ok", "一致"))),
        };
        printer.Line($"{line.Sha256}  {verdict}  {printer.Safe(line.Path)}");
    }

    private static async Task<string> LocalDigestAsync(string path, CancellationToken stop)
    {
        if (!File.Exists(path))
        {
            throw new RefusedException(RefusalCode.NotFound, path);
        }
        await using FileStream file = new(path, new FileStreamOptions { Options = FileOptions.SequentialScan | FileOptions.Asynchronous, BufferSize = 256 * 1024 });
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, stop));
    }
}
