using System.Buffers;
using Switchboard.Client.Local;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// Fetches one file into a <c>.part</c> beside its target. What an earlier call left is proved by leaf digests, damaged leaves are fetched again, and
/// the name is given when the whole digest is right.
/// </summary>
internal sealed class FileDownload(TargetFolder folder, string target, RemoteSource source, Tally tally)
{
    /// <summary>The protocol's leaf (docs/protocol.md).</summary>
    private const int Leaf = 4 << 20;

    private readonly TargetFolder folder = folder;
    private readonly string target = target;
    private readonly string remote = source.Name;
    private readonly PartFile part = new(folder, target);
    private long sent;
    private long? resumedAt;
    private long counted;
    private bool sourceChanged;

    /// <summary>One attempt; after a lost line it is called again with another connection.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.IsAFolder"/> when the remote path is one.</exception>
    public async Task RunAsync(SwitchboardClient client, CancellationToken ct)
    {
        tally.Meter.Begin(remote);
        if (tally.How.IfExists is IfExists.Skip or IfExists.Fail && folder.Find(target) is { } stands)
        {
            Decline(stands);
            return;
        }

        using var incoming = new Incoming(this);
        try
        {
            await ResumeAsync(client, incoming, ct);
            await FetchAsync(client, incoming, ct);
            await FinishAsync(client, incoming, ct);
        }
        catch (Exception e) when (LocalErrors.IsLocal(e))
        {
            throw LocalErrors.ToRefusal(e, LocalPath(target));
        }
    }

    private void Decline(LocalEntry stands)
    {
        if (tally.How.IfExists == IfExists.Fail)
        {
            throw LocalErrors.Refuse(RefusalCode.Exists, target, "it stands already");
        }

        tally.Done(new(remote, stands.Size, "", 0, 0) { Local = LocalPath(target), Skipped = true });
    }

    private async Task ResumeAsync(SwitchboardClient client, Incoming incoming, CancellationToken ct)
    {
        var found = part.Find();
        if (found is not { } left)
        {
            return;
        }

        var kept = RandomAccess.GetLength(left.File);
        var afresh = tally.How.Restart && resumedAt is null;
        if (afresh || kept == 0 || kept > left.Identity.Total || left.Identity.Source != remote || !await ProveAsync(client, incoming, left, kept, ct))
        {
            sourceChanged |= !afresh && kept > 0;
            left.File.Dispose();
            incoming.Forget();
            return;
        }

        resumedAt ??= kept;
        Count(kept);
    }

    /// <summary>False when the file on the server is another one by now.</summary>
    private async Task<bool> ProveAsync(SwitchboardClient client, Incoming incoming, (PartIdentity Identity, Microsoft.Win32.SafeHandles.SafeFileHandle File) left, long kept, CancellationToken ct)
    {
        var leaves = new LeavesAnswer((kept + Leaf - 1) / Leaf);
        await client.SendAsync(leaves, source.Leaves(kept), ProtocolJson.Default.LeavesRequest, ct);
        var file = incoming.Adopt(left.File, part.Name);
        // Both ends read their copies at the same time.
        var own = await Task.Run(() => file.Resume(kept, Leaf), ct);
        Entry entry;
        try
        {
            entry = await leaves.Answer.WaitAsync(ct);
        }
        catch (RefusedException e) when (e.Code is RefusalCode.BadOffset or RefusalCode.BadRequest or RefusalCode.SizeMismatch or RefusalCode.OverLimit)
        {
            return false;
        }

        if (entry.Size != left.Identity.Total || entry.Modified != left.Identity.Modified || leaves.Count != own.Count)
        {
            return false;
        }

        incoming.Expect(entry.Size, entry.Modified, entry.Mode);
        await RepairAsync(client, incoming, own, leaves, kept, ct);
        return true;
    }

    private async Task RepairAsync(SwitchboardClient client, Incoming incoming, List<byte[]> own, LeavesAnswer leaves, long kept, CancellationToken ct)
    {
        var damaged = Enumerable.Range(0, own.Count).Where(i => !leaves.Digest(i).SequenceEqual(own[i])).ToList();
        foreach (var leaf in damaged)
        {
            var start = (long)leaf * Leaf;
            var get = source.Get(start, Math.Min(Leaf, kept - start));
            var answer = new GetAnswer(new RepairSink(this, incoming, start));
            await client.SendAsync(answer, get, ProtocolJson.Default.Get, ct);
            await answer.Completion.WaitAsync(ct);
        }

        if (damaged.Count > 0)
        {
            await Task.Run(() => incoming.File.Rehash(Leaf), ct);
        }
    }

    private async Task FetchAsync(SwitchboardClient client, Incoming incoming, CancellationToken ct)
    {
        if (incoming.IsWhole)
        {
            return;
        }

        var answer = new GetAnswer(incoming);
        await client.SendAsync(answer, source.Get(incoming.Position > 0 ? incoming.Position : null), ProtocolJson.Default.Get, ct);
        await answer.Completion.WaitAsync(ct);
    }

    private async Task FinishAsync(SwitchboardClient client, Incoming incoming, CancellationToken ct)
    {
        var sha256 = incoming.Sha256 ?? (await client.StatAsync(source.Digest(), ct)).Sha256;
        var own = incoming.File.TakeDigest();
        if (!string.Equals(own, sha256, StringComparison.OrdinalIgnoreCase))
        {
            part.Remove();
            throw new RefusedException(RefusalCode.DigestMismatch, remote, $"received {own}, the server has {sha256}");
        }

        var name = await Task.Run(() => Publish(incoming), ct);
        tally.Done(new(remote, incoming.Total, own, sent, resumedAt ?? 0)
        {
            Local = LocalPath(name ?? target),
            Skipped = name is null,
            SourceChanged = sourceChanged,
        });
    }

    private string? Publish(Incoming incoming)
    {
        var name = incoming.File.Publish(target, tally.How.IfExists, tally.How.Preserve ? (incoming.Mode, incoming.Modified) : null, durable: true);
        if (name is null)
        {
            part.Remove();
        }

        part.RemoveNote();
        folder.SyncFolder(target.Contains('/', StringComparison.Ordinal) ? target[..target.LastIndexOf('/')] : "");
        return name;
    }

    private string LocalPath(string name) => Path.Combine(folder.Path, name);

    /// <summary>Sets how much of this file counts as done without having crossed the line just now.</summary>
    private void Count(long kept)
    {
        tally.Meter.Lose(counted);
        tally.Meter.Keep(kept);
        counted = kept;
    }

    private ValueTask MovedAsync(long bytes)
    {
        sent += bytes;
        counted += bytes;
        tally.Meter.Move(bytes);
        return tally.Rate.TakeAsync(bytes, CancellationToken.None);
    }

    /// <summary>The file on its way, from the first byte that is not there yet.</summary>
    private sealed class Incoming(FileDownload owner) : IGetSink, IDisposable
    {
        private IncomingFile? file;

        public IncomingFile File => file ?? throw new RefusedException(RefusalCode.BadFrame, owner.remote, "the server sent no file");

        public long Position => file?.Position ?? 0;

        public long Total { get; private set; } = -1;

        public long Modified { get; private set; }

        public int Mode { get; private set; }

        public string? Sha256 { get; private set; }

        public bool IsWhole => file is not null && Position == Total;

        public IncomingFile Adopt(Microsoft.Win32.SafeHandles.SafeFileHandle handle, string name) => file = new IncomingFile(owner.folder, name, handle);

        public void Expect(long total, long modified, int mode) => (Total, Modified, Mode) = (total, modified, mode);

        public void Forget()
        {
            file?.Dispose();
            file = null;
            Total = -1;
        }

        public void Folder(FolderStart folder) => throw new RefusedException(RefusalCode.BadFrame, owner.remote, "a folder instead of a file");

        public ValueTask BeginAsync(FileStart start)
        {
            if (file is not null && (start.Total != Total || start.Modified != Modified || start.Offset != Position))
            {
                // It was replaced between two requests: the next attempt finds that out and begins anew.
                throw new RefusedException(new Refusal(RefusalCode.NoConnection) { Subject = owner.remote, Detail = "the file changed on the server" });
            }

            Expect(start.Total, start.Modified, start.Mode);
            Sha256 = start.Sha256;
            if (file is null)
            {
                var identity = new PartIdentity { Source = owner.remote, Total = start.Total, Modified = start.Modified };
                Adopt(LocalErrors.Run(owner.target, () => owner.part.Create(identity)), owner.part.Name);
                owner.resumedAt ??= 0;
                owner.Count(0);
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask WriteAsync(ReadOnlySequence<byte> bytes)
        {
            LocalErrors.Run(owner.target, () => File.Append(bytes));
            return owner.MovedAsync(bytes.Length);
        }

        public ValueTask EndAsync(string? sha256)
        {
            Sha256 = sha256;
            return ValueTask.CompletedTask;
        }

        public void Dispose() => file?.Dispose();
    }

    private sealed class RepairSink(FileDownload owner, Incoming incoming, long start) : IGetSink
    {
        private long at = start;

        public void Folder(FolderStart folder) => throw new RefusedException(RefusalCode.BadFrame, owner.remote, "a folder instead of a file");

        public ValueTask BeginAsync(FileStart file) => file.Offset == at && file.Total == incoming.Total
            ? ValueTask.CompletedTask
            : throw new RefusedException(new Refusal(RefusalCode.NoConnection) { Subject = owner.remote, Detail = "the file changed on the server" });

        public ValueTask WriteAsync(ReadOnlySequence<byte> bytes)
        {
            var from = at;
            LocalErrors.Run(owner.target, () => incoming.File.Repair(bytes, from));
            at += bytes.Length;
            return owner.MovedAsync(bytes.Length);
        }

        public ValueTask EndAsync(string? sha256) => ValueTask.CompletedTask;
    }
}
