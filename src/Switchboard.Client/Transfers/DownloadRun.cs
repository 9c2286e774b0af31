using Switchboard.Client.Local;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>Fetches one remote path: a file into its place, a folder whole.</summary>
internal sealed class DownloadRun(Redial line, Func<CancellationToken, Task<SwitchboardClient>> connect, Tally tally)
{
    public async Task RunAsync(string remote, string local, bool into, CancellationToken ct)
    {
        try
        {
            await FetchAsync(remote, LocalErrors.Run(local, () => TargetOf(remote, local, into)), ct);
        }
        catch (RefusedException e) when (!Tally.StopsAll(e.Code) && !Requests.LineErrors.IsPassing(e.Refusal))
        {
            tally.Fail(remote, e);
        }
    }

    /// <summary>Fetches what can only be a file.</summary>
    public async Task RunAsync(RemoteSource source, string local, CancellationToken ct)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(local)) ?? throw LocalErrors.Refuse(RefusalCode.IsAFolder, local, "a folder stands there");
        using var folder = LocalErrors.Run(local, () => TargetFolder.Open(parent));
        var download = new FileDownload(folder, Path.GetFileName(local), source, tally);
        await line.RunAsync(client => download.RunAsync(client, ct), tally.How, tally.Meter, ct);
    }

    private async Task FetchAsync(string remote, string target, CancellationToken ct)
    {
        // Without a question first: only the server knows what it is, and for a file the answer comes with its bytes.
        if (!remote.EndsWith('/') && !Directory.Exists(target) && await TryFileAsync(remote, target, ct))
        {
            return;
        }

        if (Directory.Exists(target) && !remote.EndsWith('/') && await IsFileAsync(remote, ct))
        {
            throw LocalErrors.Refuse(RefusalCode.IsAFolder, target, "a folder stands there");
        }

        await CountAsync(remote, ct);
        LocalErrors.Run(target, () => Directory.CreateDirectory(target));
        using var folder = LocalErrors.Run(target, () => TargetFolder.Open(target));
        await new TreeDownload(folder, remote, line, connect, tally).RunAsync(ct);
        tally.Folder();
    }

    /// <summary>False when the path is a folder.</summary>
    private async Task<bool> TryFileAsync(string remote, string target, CancellationToken ct)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(target)) ?? throw LocalErrors.Refuse(RefusalCode.IsAFolder, target, "a folder stands there");
        using var folder = LocalErrors.Run(target, () => TargetFolder.Open(parent));
        var download = new FileDownload(folder, Path.GetFileName(target), new(remote), tally);
        try
        {
            await line.RunAsync(client => download.RunAsync(client, ct), tally.How, tally.Meter, ct);
            return true;
        }
        catch (RefusedException e) when (e.Code == RefusalCode.IsAFolder && e.Refusal.Detail?.StartsWith(LocalErrors.Here, StringComparison.Ordinal) != true)
        {
            return false;
        }
    }

    private async Task<bool> IsFileAsync(string remote, CancellationToken ct) => (await StatAsync(remote, ct)).Type == "file";

    private async Task<Entry> StatAsync(string remote, CancellationToken ct)
    {
        Entry? entry = null;
        await line.RunAsync(async client => entry = await client.StatAsync(remote, ct: ct), tally.How, tally.Meter, ct);
        return entry!;
    }

    private async Task CountAsync(string remote, CancellationToken ct)
    {
        if (!tally.Meter.IsHeard)
        {
            return;
        }

        await line.RunAsync(async client =>
        {
            var usage = await client.UsageAsync(remote, ct);
            tally.Meter.SetTotal(usage.Bytes, usage.Files);
        }, tally.How, tally.Meter, ct);
    }

    private static string TargetOf(string remote, string local, bool into)
    {
        var isFolder = local.Length == 0 || Path.EndsInDirectorySeparator(local) || local is "." or ".." || Directory.Exists(local);
        var name = RemotePath.NameOf(remote);
        if ((!into && !isFolder) || name.Length == 0)
        {
            return local.Length == 0 ? "." : local;
        }

        SafeNames.Split(name);
        Directory.CreateDirectory(local.Length == 0 ? "." : local);
        return Path.Combine(local, name);
    }
}
