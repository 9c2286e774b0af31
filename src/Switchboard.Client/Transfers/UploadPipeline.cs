using System.Collections.Concurrent;
using System.Threading.Channels;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// Files sent one after another over one connection without waiting for answers, and a loop that takes the answers in the same order. A file counts
/// as done when the server has stored it and its digest is ours.
/// </summary>
internal sealed class UploadPipeline
{
    private readonly SwitchboardClient client;
    private readonly Tally tally;
    private readonly Channel<UploadItem> sent;
    private readonly ConcurrentQueue<UploadItem> unconfirmed = new();
    private readonly Task confirming;
    private HashSet<string>? partials;

    public UploadPipeline(SwitchboardClient client, Tally tally)
    {
        this.client = client;
        this.tally = tally;
        sent = Channel.CreateBounded<UploadItem>(new BoundedChannelOptions(client.Conversation.Window) { SingleReader = true, SingleWriter = true });
        confirming = Task.Run(ConfirmAllAsync);
    }

    /// <summary>Sent, and not known to be stored. Bounded by the window.</summary>
    public IEnumerable<UploadItem> Unconfirmed => unconfirmed;

    private int SmallLimit => UploadRun.SmallLimit(client);

    /// <summary>Sends one item; completes when it is written.</summary>
    public async ValueTask SendAsync(UploadItem item, CancellationToken ct)
    {
        // First of all: from here on the item is not lost, whatever happens.
        unconfirmed.Enqueue(item);
        if (confirming.IsFaulted)
        {
            await confirming;
        }

        tally.Meter.Begin(item.Local);
        try
        {
            await (item.IsFolder ? SendFolderAsync(item, ct) : SendFileAsync(item, ct));
        }
        catch (RefusedException e) when (client.Conversation.Failure is null && !LineErrors.IsPassing(e.Refusal))
        {
            GiveUp(item, e);
        }

        while (!sent.Writer.TryWrite(item))
        {
            if (!await sent.Writer.WaitToWriteAsync(ct))
            {
                await confirming;
            }
        }
    }

    /// <summary>Waits for all answers.</summary>
    public async Task FinishAsync()
    {
        sent.Writer.TryComplete();
        await confirming;
    }

    /// <summary>Stops taking answers, after a failure.</summary>
    public async Task AbandonAsync()
    {
        sent.Writer.TryComplete();
        await confirming.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>
    /// This file failed on our side. Where nothing of it was said yet, the line and the other files are well. In the middle of an upload only closing
    /// gives it up (docs/protocol.md), so the rest goes on with another connection.
    /// </summary>
    private static void GiveUp(UploadItem item, RefusedException reason)
    {
        if (!item.IsTorn)
        {
            item.Answer = Task.FromException<StoredAnswer>(reason);
            return;
        }

        item.IsTorn = false;
        if (reason.Code == RefusalCode.SourceChanged && !item.WasRestarted)
        {
            item.Restart();
        }
        else
        {
            item.Unreadable = reason;
        }

        throw new RefusedException(new Refusal(RefusalCode.NoConnection) { Subject = item.Local, Detail = reason.Refusal.Detail }, reason);
    }

    private async ValueTask SendFolderAsync(UploadItem item, CancellationToken ct)
    {
        if (tally.How.Preserve)
        {
            // A read is answered after all writes before it: then nothing is renamed into the folder after its time was set.
            await client.SendAsync(new SingleAnswer<SpaceAnswer>(ProtocolJson.Default.SpaceAnswer), new SpaceRequest(), ProtocolJson.Default.SpaceRequest, ct);
        }

        var exchange = new SingleAnswer<Done>(ProtocolJson.Default.Done);
        var request = new MakeFolder
        {
            Path = item.Remote,
            Parents = true,
            Mode = tally.How.Preserve ? item.Entry.Mode : null,
            Modified = tally.How.Preserve ? item.Entry.Modified : null,
        };
        item.FolderAnswer = exchange.Answer;
        await client.SendAsync(exchange, request, ProtocolJson.Default.MakeFolder, ct);
    }

    private async ValueTask SendFileAsync(UploadItem item, CancellationToken ct)
    {
        if (item.Content is null && item.Unreadable is null && item.IsSmall(SmallLimit))
        {
            item.Load(SmallLimit);
        }

        if (item.Unreadable is not null)
        {
            throw item.Unreadable;
        }

        if (await IsStoredAlreadyAsync(item, ct))
        {
            item.Release();
            return;
        }

        if (item.Content is not null)
        {
            await PutAsync(item, ct);
        }
        else
        {
            await UploadAsync(item, ct);
        }
    }

    private async ValueTask UploadAsync(UploadItem item, CancellationToken ct)
    {
        try
        {
            await new FileUpload(client, tally, item).SendAsync(await MaySendAheadAsync(item, ct), ct);
        }
        catch (RefusedException e) when (e.Code == RefusalCode.UploadUnknown && item.ForgetUpload())
        {
            // The line broke before a byte of it was kept, or somebody dropped it meanwhile: it begins anew.
            await new FileUpload(client, tally, item).SendAsync(ahead: false, ct);
        }
    }

    private async ValueTask PutAsync(UploadItem item, CancellationToken ct)
    {
        var exchange = new SingleAnswer<StoredAnswer>(ProtocolJson.Default.StoredAnswer);
        item.Answer = exchange.Answer;
        try
        {
            using var turn = await client.Conversation.BeginAsync(exchange, ct);
            turn.Writer.WriteHeader(PutRequest(item, turn.Id), ProtocolJson.Default.Put, item.Length);
            turn.Writer.WritePayload(item.Content.AsSpan(0, item.Length));
            item.MayBeStored = true;
            await turn.FlushAsync(ct);
        }
        finally
        {
            item.Release();
        }

        item.Sent += item.Length;
        tally.Meter.Lose(item.Counted);
        tally.Meter.Move(item.Length);
        item.Counted = item.Length;
        await tally.Rate.TakeAsync(item.Length, ct);
    }

    private Put PutRequest(UploadItem item, long id) => new()
    {
        Id = id,
        Path = item.Remote,
        Sha256 = item.Sha256,
        Modified = item.Entry.Modified,
        Mode = tally.How.Preserve ? item.Entry.Mode : null,
        Preserve = tally.How.Preserve ? true : null,
        IfExists = tally.How.IfExists == IfExists.Overwrite ? null : tally.How.IfExists.Word(),
        Parents = item.Parents ? true : null,
    };

    /// <summary>
    /// The answer of an earlier attempt was lost, or content was to be looked for by digest. Overwriting again with the same small content is harmless;
    /// failing on our own file, or keeping it twice, is not, and neither is sending a big file again.
    /// </summary>
    private async ValueTask<bool> IsStoredAlreadyAsync(UploadItem item, CancellationToken ct)
    {
        if (item.MayBeStored && item.Sha256 is not null && (item.Content is null || tally.How.IfExists != IfExists.Overwrite) && await StandsAsync(item, ct))
        {
            return true;
        }

        if (item.MayBeStored && item.Content is null)
        {
            // It was committed or refused: its id is spent either way.
            item.UploadId = null;
        }

        return tally.How.ByDigest && await ByDigest.AdoptAsync(client, tally, item, ct);
    }

    private async Task<bool> StandsAsync(UploadItem item, CancellationToken ct)
    {
        try
        {
            var entry = await client.StatAsync(item.Remote, digest: true, ct);
            if (!string.Equals(entry.Sha256, item.Sha256, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            item.Answer = Task.FromResult(new StoredAnswer { Path = entry.Path, Total = entry.Size, Sha256 = item.Sha256! });
            return true;
        }
        catch (RefusedException e) when (e.Code is RefusalCode.NotFound or RefusalCode.NotAFolder or RefusalCode.IsAFolder or RefusalCode.NotAFile)
        {
            return false;
        }
    }

    /// <summary>Whether nothing is kept for this path, so that its bytes need not wait for an answer. Asked once per connection.</summary>
    private async ValueTask<bool> MaySendAheadAsync(UploadItem item, CancellationToken ct)
    {
        if (tally.How.IfExists == IfExists.Skip || item.UploadId is not null)
        {
            return false;
        }

        if (partials is null)
        {
            partials = [];
            _ = LearnPartialsAsync(ct);
            return false;
        }

        lock (partials)
        {
            return partials.Contains("") && !partials.Contains(RemotePath.Normalise(item.Remote));
        }
    }

    // While the first big file waits for its own answer, this one comes along; "" then says that the set is whole.
    private async Task LearnPartialsAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var upload in client.UploadsAsync(ct))
            {
                lock (partials!)
                {
                    partials.Add(upload.Path);
                }
            }

            lock (partials!)
            {
                partials.Add("");
            }
        }
        catch (Exception e) when (e is RefusedException or OperationCanceledException)
        {
            // Without the list every big file waits one round trip, and what broke the line is told by the file under way.
            return;
        }
    }

    private async Task ConfirmAllAsync()
    {
        try
        {
            while (await sent.Reader.WaitToReadAsync())
            {
                while (sent.Reader.TryRead(out var item))
                {
                    await ConfirmAsync(item);
                    unconfirmed.TryDequeue(out _);
                }
            }
        }
        finally
        {
            sent.Writer.TryComplete();
        }
    }

    private async Task ConfirmAsync(UploadItem item)
    {
        try
        {
            if (item.IsFolder)
            {
                await item.FolderAnswer!;
                tally.Folder();
                return;
            }

            tally.Done(Result(item, await item.Answer!));
        }
        catch (RefusedException e) when (!LineErrors.IsPassing(e.Refusal))
        {
            tally.Meter.Lose(item.Counted);
            tally.Fail(item.Local, e);
        }
    }

    private static FileResult Result(UploadItem item, StoredAnswer answer)
    {
        var skipped = answer.Skipped == true;
        return skipped || string.Equals(answer.Sha256, item.Sha256, StringComparison.OrdinalIgnoreCase)
            ? new(answer.Path, answer.Total, answer.Sha256, item.Sent, item.ResumedAt ?? 0) { Local = item.Local, Skipped = skipped, SourceChanged = item.SourceChanged }
            : throw new RefusedException(RefusalCode.DigestMismatch, answer.Path, $"stored is {answer.Sha256}, sent was {item.Sha256}");
    }
}
