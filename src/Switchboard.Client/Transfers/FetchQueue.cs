using System.Threading.Channels;
using Switchboard.Client.Local;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>Compares the server's entries with what stands here, a bounded number ahead, and fetches what is missing or differs.</summary>
internal sealed class FetchQueue
{
    private const long LargestSmall = 256 * 1024;
    // Requests under way: enough for 20 ms of small files on a fast line.
    private const int Ahead = 256;

    private readonly SwitchboardClient client;
    private readonly TargetFolder folder;
    private readonly string remote;
    private readonly Tally tally;
    private readonly string temporary;
    private readonly Channel<(Entry Entry, Task Work)> pending = Channel.CreateBounded<(Entry, Task)>(Ahead);
    private readonly Task waiting;

    public FetchQueue(SwitchboardClient client, TargetFolder folder, string remote, Tally tally, string temporary)
    {
        (this.client, this.folder, this.remote, this.tally, this.temporary) = (client, folder, remote, tally, temporary);
        waiting = Task.Run(WaitAllAsync);
    }

    /// <summary>What is offered was compared before and differs: only what an earlier attempt has fetched is passed over, by size and time.</summary>
    public bool IsChecked { get; init; }

    /// <summary>Takes one entry of the list; big files are fetched before it returns.</summary>
    public async Task OfferAsync(Entry entry, CancellationToken ct)
    {
        if (entry.Path is "" or "." or "/")
        {
            return;
        }

        var work = WorkOn(entry, ct);
        while (!pending.Writer.TryWrite((entry, work)))
        {
            if (!await pending.Writer.WaitToWriteAsync(ct))
            {
                await waiting;
            }
        }

        if (entry.Size > LargestSmall)
        {
            // Its leaves and ranges take several requests: nothing is gained by starting the next one beside it.
            await work.ContinueWith(_ => { }, ct, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    public async Task FinishAsync()
    {
        pending.Writer.TryComplete();
        await waiting;
    }

    public Task AbandonAsync()
    {
        pending.Writer.TryComplete();
        return waiting.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private Task WorkOn(Entry entry, CancellationToken ct)
    {
        switch (entry.Type)
        {
            case "folder":
                return FolderAsync(entry);
            case "file":
                return FileAsync(entry, ct);
            default:
                tally.How.OnLeftOut?.Invoke(RemotePath.Join(remote, entry.Path), entry.Type == "link" ? LeftOut.BrokenLink : LeftOut.NotAFile);
                return Task.CompletedTask;
        }
    }

    private Task FolderAsync(Entry entry)
    {
        try
        {
            LocalErrors.Run(entry.Path, () => folder.MakeFolder(entry.Path));
            tally.Folder();
            return Task.CompletedTask;
        }
        catch (RefusedException e)
        {
            return Task.FromException(e);
        }
    }

    private async Task FileAsync(Entry entry, CancellationToken ct)
    {
        var stands = LocalErrors.Run(entry.Path, () => folder.Find(entry.Path));
        var rule = tally.How.IfExists;
        if (IsChecked && stands is { Kind: LocalKind.File } known && known.Size == entry.Size && known.Modified == entry.Modified)
        {
            return;
        }

        if (!IsChecked && stands is { } file && (rule == IfExists.Skip || await IsSameAsync(entry, file, ct)))
        {
            tally.Meter.Keep(entry.Size);
            tally.Done(new(RemotePath.Join(remote, entry.Path), entry.Size, "", 0, entry.Size) { Local = Path.Combine(folder.Path, entry.Path), Skipped = true });
            return;
        }

        if (stands is not null && rule == IfExists.Fail)
        {
            throw LocalErrors.Refuse(RefusalCode.Exists, entry.Path, "it stands already");
        }

        await FetchAsync(entry, ct);
    }

    /// <summary>By size and time where times are kept, else by digest: the server has it on record, and the local file is read.</summary>
    private async Task<bool> IsSameAsync(Entry entry, LocalEntry stands, CancellationToken ct)
    {
        if (stands.Kind != LocalKind.File || stands.Size != entry.Size)
        {
            return false;
        }

        if (tally.How.Preserve && stands.Modified == entry.Modified)
        {
            return true;
        }

        var remoteDigest = client.StatAsync(RemotePath.Join(remote, entry.Path), digest: true, ct);
        var own = LocalErrors.Run(entry.Path, () => folder.Digest(entry.Path));
        return string.Equals((await remoteDigest).Sha256, own, StringComparison.OrdinalIgnoreCase);
    }

    private async Task FetchAsync(Entry entry, CancellationToken ct)
    {
        var path = RemotePath.Join(remote, entry.Path);
        if (entry.Size > LargestSmall)
        {
            await new FileDownload(folder, entry.Path, new(path), tally).RunAsync(client, ct);
            return;
        }

        using var sink = new TreeSink(folder, path, tally, temporary, single: entry.Path);
        var answer = new GetAnswer(sink);
        await client.SendAsync(answer, new Get { Path = path }, ProtocolJson.Default.Get, ct);
        await answer.Completion;
    }

    private async Task WaitAllAsync()
    {
        try
        {
            await foreach (var (entry, work) in pending.Reader.ReadAllAsync())
            {
                await WaitAsync(entry, work);
            }
        }
        finally
        {
            pending.Writer.TryComplete();
        }
    }

    private async Task WaitAsync(Entry entry, Task work)
    {
        try
        {
            await work;
        }
        catch (RefusedException e) when (!LineErrors.IsPassing(e.Refusal))
        {
            tally.Fail(RemotePath.Join(remote, entry.Path), e);
        }
    }
}
