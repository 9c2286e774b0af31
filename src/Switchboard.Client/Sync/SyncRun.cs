using Switchboard.Client.Local;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// Makes one folder equal to another. The target's side is held as a table (about 200 bytes per entry, at most <see cref="MostEntries"/>), the
/// source's is walked; files keep their times, so that the next run sees by size and time what has not changed.
/// </summary>
internal sealed class SyncRun : IAsyncDisposable
{
    private const int MostEntries = 5_000_000;

    private readonly Redial line;
    private readonly Redial questions;
    private readonly SyncOptions how;
    private readonly Tally tally;
    private readonly GlobFilter exclude;
    private readonly Dictionary<string, LocalEntry> table = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SyncAction> planned = new(StringComparer.Ordinal);
    private long added;
    private long changed;
    private long removed;
    private long folders;
    private long unchanged;
    private long bytes;

    public SyncRun(Redial line, Func<CancellationToken, Task<SwitchboardClient>> connect, SyncOptions how, IProgress<TransferProgress>? progress)
    {
        this.line = line;
        this.how = how;
        questions = new(connect);
        exclude = new(how.Exclude);
        var transfer = new TransferOptions
        {
            Preserve = true,
            LimitRate = how.LimitRate,
            MaxTrying = how.MaxTrying,
            OnFailure = how.OnFailure,
            OnRetry = how.OnRetry,
            OnLeftOut = how.OnLeftOut,
        };
        tally = new(transfer, progress);
    }

    public async Task<SyncSummary> UpAsync(string local, string remote, CancellationToken ct)
    {
        var top = LocalErrors.Run(local, () => LocalTree.Look(local));
        if (top is not { Kind: LocalKind.Folder } folder)
        {
            throw LocalErrors.Refuse(top is null ? RefusalCode.NotFound : RefusalCode.NotAFolder, local, "a sync needs a folder");
        }

        await ReadRemoteAsync(remote, ct);
        var tree = new LocalTree(how.OnLeftOut, (path, e) => tally.Fail(path, LocalErrors.ToRefusal(e, path)), exclude.Matches);
        var items = Differing(tree.Walk(local, folder), remote, ct);
        if (how.DryRun)
        {
            await Task.Run(() => items.Count(), ct);
        }
        else
        {
            await new UploadRun(line, tally).RunAsync(items, ct);
        }

        await RemoveAsync(new RemoteRemover(line, tally, remote), ct);
        return Finish();
    }

    public async Task<SyncSummary> DownAsync(string local, string remote, CancellationToken ct)
    {
        if (how.DryRun && !Directory.Exists(local))
        {
            await PlanDownAsync(null, remote, [], ct);
            return Finish();
        }

        LocalErrors.Run(local, () => Directory.CreateDirectory(local));
        using var folder = LocalErrors.Run(local, () => TargetFolder.Open(local));
        LocalErrors.Run(local, () => ReadLocal(folder, ""));
        var fetch = new List<Entry>();
        await PlanDownAsync(folder, remote, fetch, ct);

        if (!how.DryRun)
        {
            await FetchAsync(folder, remote, fetch, ct);
        }

        await RemoveAsync(new LocalRemover(folder, tally), ct);
        return Finish();
    }

    public ValueTask DisposeAsync() => questions.DisposeAsync();

    private SyncSummary Finish()
    {
        var summary = tally.Summary();
        return new()
        {
            Added = added,
            Changed = changed,
            Removed = removed,
            Folders = folders,
            Unchanged = unchanged,
            Bytes = bytes,
            Sent = summary.Sent,
            Failed = summary.Failed,
            Failures = summary.Failures,
        };
    }

    private async Task ReadRemoteAsync(string remote, CancellationToken ct)
    {
        try
        {
            await line.RunAsync(async client =>
            {
                table.Clear();
                await foreach (var entry in client.ListAsync(remote, recursive: true, ct))
                {
                    Remember(entry.Path, ToLocal(entry));
                }
            }, tally.How, tally.Meter, ct);
        }
        catch (RefusedException e) when (e.Code == RefusalCode.NotFound)
        {
            table.Clear();
        }
    }

    private void Remember(string path, LocalEntry entry)
    {
        if (path is "" or "." or "/")
        {
            return;
        }

        table[path] = entry;
        if (table.Count > MostEntries)
        {
            throw new RefusedException(RefusalCode.OverLimit, path, $"a sync compares at most {MostEntries} entries");
        }
    }

    private void ReadLocal(TargetFolder folder, string relative)
    {
        foreach (var name in folder.Names(relative))
        {
            var path = relative.Length == 0 ? name : relative + "/" + name;
            if (folder.Find(path) is not { } entry)
            {
                continue;
            }

            Remember(path, entry);
            if (entry.Kind == LocalKind.Folder)
            {
                ReadLocal(folder, path);
            }
        }
    }

    // Runs on the reading-ahead thread, where waiting for an answer holds up nothing but reading ahead.
    private IEnumerable<UploadItem> Differing(IEnumerable<LocalItem> source, string remote, CancellationToken ct)
    {
        foreach (var item in source)
        {
            if (item.Relative.Length == 0)
            {
                yield return new(item.Path, remote, item.Entry);
                continue;
            }

            var target = RemotePath.Join(remote, item.Relative);
            var action = Judge(item.Relative, item.Entry, () => IsSameByDigest(item, target, ct));
            if (action is not null)
            {
                yield return new(item.Path, target, item.Entry);
            }
        }
    }

    private bool IsSameByDigest(LocalItem item, string target, CancellationToken ct)
    {
        string? sha256 = null;
        questions.RunAsync(async client => sha256 = (await client.StatAsync(target, digest: true, ct)).Sha256, tally.How, tally.Meter, ct).GetAwaiter().GetResult();
        return string.Equals(sha256, ByDigest.HashAsync(item.Path, ct).GetAwaiter().GetResult(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What is to be done for one entry of the source; null for nothing. Takes the target's entry out of the table.</summary>
    private SyncAction? Judge(string path, LocalEntry source, Func<bool> isSame)
    {
        var stands = table.Remove(path, out var target);
        if (source.Kind == LocalKind.Folder)
        {
            return stands && target.Kind == LocalKind.Folder ? null : Plan(SyncAction.MakeFolder, path, 0);
        }

        if (!stands)
        {
            return Plan(SyncAction.Add, path, source.Size);
        }

        var equalSize = target.Kind == LocalKind.File && target.Size == source.Size;
        if (equalSize && (target.Modified == source.Modified || isSame()))
        {
            unchanged++;
            return null;
        }

        return Plan(SyncAction.Change, path, source.Size);
    }

    private SyncAction Plan(SyncAction action, string path, long size)
    {
        _ = action switch { SyncAction.Add => added++, SyncAction.Change => changed++, SyncAction.MakeFolder => folders++, _ => removed++ };
        bytes += action is SyncAction.Remove ? 0 : size;
        how.OnItem?.Invoke(new(action, path, size));
        return action;
    }

    private async Task PlanDownAsync(TargetFolder? folder, string remote, List<Entry> fetch, CancellationToken ct)
    {
        var listed = new List<Entry>();
        await line.RunAsync(async client =>
        {
            listed.Clear();
            await foreach (var entry in client.ListAsync(remote, recursive: true, ct))
            {
                Keep(listed, entry);
            }
        }, tally.How, tally.Meter, ct);

        foreach (var entry in listed)
        {
            if (Judge(entry.Path, ToLocal(entry), () => IsSameByDigest(folder!, entry, remote, ct)) is not null)
            {
                fetch.Add(entry);
            }
        }
    }

    private void Keep(List<Entry> listed, Entry entry)
    {
        if (entry.Path is "" or "." or "/" || entry.Type is not ("file" or "folder") || exclude.Covers(entry.Path, entry.Type == "folder"))
        {
            return;
        }

        SafeNames.Split(entry.Path);
        listed.Add(entry);
        if (listed.Count > MostEntries)
        {
            throw new RefusedException(RefusalCode.OverLimit, entry.Path, $"a sync compares at most {MostEntries} entries");
        }
    }

    private bool IsSameByDigest(TargetFolder folder, Entry entry, string remote, CancellationToken ct)
    {
        string? sha256 = null;
        var target = RemotePath.Join(remote, entry.Path);
        questions.RunAsync(async client => sha256 = (await client.StatAsync(target, digest: true, ct)).Sha256, tally.How, tally.Meter, ct).GetAwaiter().GetResult();
        return string.Equals(sha256, LocalErrors.Run(entry.Path, () => folder.Digest(entry.Path)), StringComparison.OrdinalIgnoreCase);
    }

    private async Task FetchAsync(TargetFolder folder, string remote, List<Entry> entries, CancellationToken ct)
    {
        var done = 0;
        await line.RunAsync(async client =>
        {
            var queue = new FetchQueue(client, folder, remote, tally, TreeDownload.TemporaryName) { IsChecked = true };
            try
            {
                // After a lost line what was fetched already is found equal by size and time.
                for (; done < entries.Count; done++)
                {
                    await queue.OfferAsync(entries[done], ct);
                }

                await queue.FinishAsync();
            }
            catch
            {
                done = 0;
                await client.AbortAsync();
                await queue.AbandonAsync();
                throw;
            }
        }, tally.How, tally.Meter, ct);
        await Task.Run(() => LocalErrors.Run(folder.Path, folder.SyncAll), ct);
    }

    /// <summary>What is left in the table stands at the target only. Deepest first, so that folders are empty when their turn comes.</summary>
    private async Task RemoveAsync(IRemover remover, CancellationToken ct)
    {
        if (!how.Delete)
        {
            return;
        }

        foreach (var (path, entry) in table.OrderByDescending(e => e.Key.Length))
        {
            if (exclude.Covers(path, entry.Kind == LocalKind.Folder) || HoldsExcluded(path, entry))
            {
                continue;
            }

            Plan(SyncAction.Remove, path, entry.Size);
            if (!how.DryRun)
            {
                await remover.RemoveAsync(path, entry.Kind == LocalKind.Folder, ct);
            }
        }
    }

    private bool HoldsExcluded(string path, LocalEntry entry) => entry.Kind == LocalKind.Folder && how.Exclude.Count > 0
        && table.Any(e => e.Key.StartsWith(path + "/", StringComparison.Ordinal) && exclude.Covers(e.Key, e.Value.Kind == LocalKind.Folder));

    private static LocalEntry ToLocal(Entry entry) => new(
        entry.Type switch { "file" => LocalKind.File, "folder" => LocalKind.Folder, "link" => LocalKind.Link, _ => LocalKind.Other },
        entry.Size, entry.Modified, entry.Mode);
}
