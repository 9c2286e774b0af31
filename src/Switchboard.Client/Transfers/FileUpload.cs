using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Switchboard.Client.Local;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// Sends one file as an upload: proves what the server kept, leaf by leaf, sends the damaged leaves and the rest, and commits.
/// The whole is hashed in the same pass that sends it.
/// </summary>
internal sealed class FileUpload(SwitchboardClient client, Tally tally, UploadItem item)
{
    private const int DataFrame = 4 << 20;
    private const int Buffer = 256 * 1024;

    private readonly UploadAnswer answer = new();

    /// <summary>Completes when the commit is written; the item's answer then tells when it is stored.</summary>
    /// <param name="ahead">Nothing is kept for this path: send without waiting for the server to say so.</param>
    /// <param name="ct">Stops in the middle; the connection cannot be used afterwards.</param>
    public async Task SendAsync(bool ahead, CancellationToken ct)
    {
        using var file = Open();
        item.Answer = answer.Stored;
        using var turn = await client.Conversation.BeginAsync(answer, ct);
        item.IsTorn = true;
        turn.Writer.WriteHeader(Request(turn.Id), ProtocolJson.Default.UploadRequest);
        await turn.FlushAsync(ct);
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var offset = ahead ? 0 : await ResumeAsync(turn, file, whole, ct);
        if (offset is not null)
        {
            Begun(offset.Value);
            await SendRangeAsync(turn, file, offset.Value, item.Entry.Size, whole, ct);
            await CommitAsync(turn, file, whole, ct);
        }

        item.IsTorn = false;
    }

    private SafeFileHandle Open()
    {
        try
        {
            var file = LocalTree.OpenForReading(item.Local);
            item.Opened(LocalTree.Look(file));
            return file;
        }
        catch (Exception e) when (LocalErrors.IsLocal(e))
        {
            throw LocalErrors.ToRefusal(e, item.Local);
        }
    }

    private UploadRequest Request(long id) => new()
    {
        Id = id,
        Path = item.Remote,
        Total = item.Entry.Size,
        Modified = item.Entry.Modified,
        Mode = tally.How.Preserve ? item.Entry.Mode : null,
        Preserve = tally.How.Preserve ? true : null,
        IfExists = tally.How.IfExists.Word(),
        Parents = item.Parents ? true : null,
        Upload = item.UploadId,
        Restart = item.UploadId is null && item.ResumedAt is null && (tally.How.Restart || item.WasRestarted) ? true : null,
    };

    /// <summary>Where to go on; null when nothing is to be sent.</summary>
    private async Task<long?> ResumeAsync(Conversation.Turn turn, SafeFileHandle file, IncrementalHash whole, CancellationToken ct)
    {
        var ready = await ReadyAsync(ct);
        item.UploadId = ready.Upload;
        item.SourceChanged |= ready.SourceChanged == true;
        if (ready.Skip == true)
        {
            item.Answer = Task.FromResult(new StoredAnswer { Path = item.Remote, Total = item.Entry.Size, Sha256 = "", Skipped = true });
            return null;
        }

        if (ready.Offset > item.Entry.Size)
        {
            throw new RefusedException(RefusalCode.BadFrame, item.Remote, "the server kept more than the file has");
        }

        await ProveAsync(turn, file, ready, whole, ct);
        return ready.Offset;
    }

    private async Task<UploadReady> ReadyAsync(CancellationToken ct)
    {
        try
        {
            return await answer.Ready.WaitAsync(ct);
        }
        catch (RefusedException) when (client.Conversation.Failure is null)
        {
            // The server said no before anything was sent.
            item.IsTorn = false;
            throw;
        }
    }

    private void Begun(long offset)
    {
        item.ResumedAt ??= offset;
        tally.Meter.Lose(item.Counted);
        tally.Meter.Keep(offset);
        item.Counted = offset;
    }

    private async Task ProveAsync(Conversation.Turn turn, SafeFileHandle file, UploadReady ready, IncrementalHash whole, CancellationToken ct)
    {
        using var leaf = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Buffer];
        for (long start = 0; start < ready.Offset; start += ready.Leaf)
        {
            var end = Math.Min(start + ready.Leaf, ready.Offset);
            for (var at = start; at < end;)
            {
                var read = Read(file, buffer.AsSpan(0, (int)Math.Min(Buffer, end - at)), at);
                leaf.AppendData(buffer, 0, read);
                whole.AppendData(buffer, 0, read);
                at += read;
            }

            var kept = await NextKeptAsync(ct);
            if (!leaf.GetHashAndReset().AsSpan().SequenceEqual(kept))
            {
                await SendRangeAsync(turn, file, start, end, whole: null, ct);
            }
        }
    }

    // ReadAsync would wrap the reason of a lost line in an exception of its own.
    private async ValueTask<byte[]> NextKeptAsync(CancellationToken ct) =>
        await answer.Kept.WaitToReadAsync(ct) && answer.Kept.TryRead(out var digest)
            ? digest
            : throw new RefusedException(RefusalCode.BadFrame, item.Remote, "fewer digests than leaves");

    private async Task SendRangeAsync(Conversation.Turn turn, SafeFileHandle file, long from, long to, IncrementalHash? whole, CancellationToken ct)
    {
        // An error of the server is looked for between frames: within one, the bytes announced have to follow.
        for (var at = from; at < to && !answer.IsRefused;)
        {
            var end = Math.Min(at + DataFrame, to);
            turn.Writer.WriteHeader(new Data { Id = turn.Id, Offset = at }, ProtocolJson.Default.Data, end - at);
            while (at < end)
            {
                var memory = turn.Writer.GetPayloadMemory((int)Math.Min(tally.Rate.Piece, end - at));
                memory = memory[..(int)Math.Min(memory.Length, Math.Min(tally.Rate.Piece, end - at))];
                var read = Read(file, memory.Span, at);
                whole?.AppendData(memory.Span[..read]);
                turn.Writer.AdvancePayload(read);
                at += read;
                await SentAsync(turn, read, ct);
            }
        }
    }

    private async ValueTask SentAsync(Conversation.Turn turn, int bytes, CancellationToken ct)
    {
        // Counted before it leaves: what a cut line swallows was sent all the same.
        item.Sent += bytes;
        item.Counted += bytes;
        await turn.FlushAsync(ct);
        tally.Meter.Move(bytes);
        await tally.Rate.TakeAsync(bytes, ct);
    }

    private async Task CommitAsync(Conversation.Turn turn, SafeFileHandle file, IncrementalHash whole, CancellationToken ct)
    {
        if (answer.IsRefused)
        {
            return;
        }

        var now = LocalTree.Look(file);
        if (now.Size != item.Entry.Size || now.Modified != item.Entry.Modified)
        {
            throw Changed();
        }

        item.Sha256 = Convert.ToHexStringLower(whole.GetHashAndReset());
        turn.Writer.WriteHeader(new Commit { Id = turn.Id, Total = item.Entry.Size, Sha256 = item.Sha256 }, ProtocolJson.Default.Commit);
        item.MayBeStored = true;
        await turn.FlushAsync(ct);
    }

    private int Read(SafeFileHandle file, Span<byte> to, long at)
    {
        try
        {
            var read = RandomAccess.Read(file, to, at);
            return read > 0 ? read : throw Changed();
        }
        catch (Exception e) when (LocalErrors.IsLocal(e))
        {
            throw LocalErrors.ToRefusal(e, item.Local);
        }
    }

    private RefusedException Changed() => LocalErrors.Refuse(RefusalCode.SourceChanged, item.Local, "the file changed while it was sent");
}
