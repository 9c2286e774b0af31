using System.Security.Cryptography;
using Switchboard.Client.Local;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// A stream of unknown length as one file. It cannot be read twice, so the last bytes are held for the case that the line drops; what the server kept
/// is proved by the digests taken while sending.
/// </summary>
internal sealed class StreamUpload(Redial line, Tally tally, Stream from, string remote) : IDisposable
{
    private const int Leaf = 4 << 20;

    private readonly ReplayBuffer replay = new(from);
    private string? uploadId;
    private string? sha256;
    private long sent;

    public async Task RunAsync(CancellationToken ct)
    {
        tally.Meter.Begin(remote);
        StoredAnswer? stored = null;
        await line.RunAsync(async client => stored = await SendAsync(client, ct), tally.How, tally.Meter, ct);
        if (stored!.Skipped != true && !string.Equals(stored.Sha256, sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedException(RefusalCode.DigestMismatch, stored.Path, $"stored is {stored.Sha256}, sent was {sha256}");
        }

        tally.Done(new(stored.Path, stored.Total, stored.Sha256, sent, 0) { Skipped = stored.Skipped == true });
    }

    public void Dispose() => replay.Dispose();

    private async Task<StoredAnswer> SendAsync(SwitchboardClient client, CancellationToken ct)
    {
        // The commit went out and its answer was lost.
        if (sha256 is not null && await StandsAsync(client, ct) is { } entry)
        {
            return new() { Path = entry.Path, Total = entry.Size, Sha256 = sha256 };
        }

        var answer = new UploadAnswer();
        using var turn = await client.Conversation.BeginAsync(answer, ct);
        turn.Writer.WriteHeader(Request(turn.Id), ProtocolJson.Default.UploadRequest);
        await turn.FlushAsync(ct);
        var ready = await answer.Ready.WaitAsync(ct);
        if (ready.Skip == true)
        {
            return new() { Path = remote, Total = 0, Sha256 = "", Skipped = true };
        }

        uploadId = ready.Upload;
        await ProveAsync(answer, ready, ct);
        await SendRestAsync(turn, answer, ready.Offset, ct);
        return await answer.Stored.WaitAsync(ct);
    }

    private UploadRequest Request(long id) => new()
    {
        Id = id,
        Path = remote,
        Upload = uploadId,
        IfExists = tally.How.IfExists.Word(),
    };

    private async Task ProveAsync(UploadAnswer answer, UploadReady ready, CancellationToken ct)
    {
        var leaf = 0;
        while (await answer.Kept.WaitToReadAsync(ct))
        {
            while (answer.Kept.TryRead(out var digest))
            {
                var end = Math.Min((long)(leaf + 1) * Leaf, ready.Offset);
                if (ready.Leaf != Leaf || !replay.Matches(leaf, end, digest))
                {
                    throw Lost($"the server kept other bytes than were sent, in leaf {leaf}");
                }

                leaf++;
            }
        }

        if (!replay.Holds(ready.Offset))
        {
            throw Lost($"the server kept {ready.Offset} bytes, and those after them are no longer held");
        }
    }

    private async Task SendRestAsync(Conversation.Turn turn, UploadAnswer answer, long offset, CancellationToken ct)
    {
        ReadOnlyMemory<byte> piece;
        while (!answer.IsRefused && (piece = await ReadAsync(offset, ct)).Length > 0)
        {
            turn.Writer.WriteHeader(new Data { Id = turn.Id, Offset = offset }, ProtocolJson.Default.Data, piece.Length);
            turn.Writer.WritePayload(piece.Span);
            await turn.FlushAsync(ct);
            offset += piece.Length;
            sent += piece.Length;
            tally.Meter.Move(piece.Length);
            await tally.Rate.TakeAsync(piece.Length, ct);
        }

        if (!answer.IsRefused)
        {
            sha256 = replay.Digest;
            turn.Writer.WriteHeader(new Commit { Id = turn.Id, Total = offset, Sha256 = sha256 }, ProtocolJson.Default.Commit);
            await turn.FlushAsync(ct);
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, CancellationToken ct)
    {
        try
        {
            return await replay.ReadAsync(offset, ct);
        }
        catch (IOException e)
        {
            throw LocalErrors.ToRefusal(e, "-");
        }
    }

    private async Task<Entry?> StandsAsync(SwitchboardClient client, CancellationToken ct)
    {
        try
        {
            var entry = await client.StatAsync(remote, digest: true, ct);
            return string.Equals(entry.Sha256, sha256, StringComparison.OrdinalIgnoreCase) ? entry : null;
        }
        catch (RefusedException e) when (e.Code == RefusalCode.NotFound)
        {
            return null;
        }
    }

    private RefusedException Lost(string why) => new(RefusalCode.BadOffset, remote, why + "; a stream cannot be read again");
}

/// <summary>A stream with its last 16 MiB held, and the digests of all that was read.</summary>
internal sealed class ReplayBuffer(Stream from) : IDisposable
{
    // More than two sockets, a TLS layer and a server's pipe hold between "written" and "kept".
    private const int Held = 16 << 20;
    private const int Piece = 256 * 1024;
    private const int Leaf = 4 << 20;

    private readonly byte[] ring = new byte[Held];
    private readonly List<byte[]> leaves = [];
    private readonly IncrementalHash whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash leaf = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long read;
    private bool ended;

    /// <summary>Of all that was read so far.</summary>
    public string Digest => Convert.ToHexStringLower(whole.GetCurrentHash());

    /// <summary>Whether the bytes from this offset on can still be given.</summary>
    public bool Holds(long offset) => offset <= read && read - offset <= Held;

    /// <summary>The next bytes from an offset that is held; empty at the end. Valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, CancellationToken ct)
    {
        var at = (int)(offset % Held);
        var room = Math.Min(Piece, Held - at);
        if (offset == read && !ended)
        {
            var got = await from.ReadAsync(ring.AsMemory(at, room), ct);
            ended = got == 0;
            Take(ring.AsSpan(at, got));
        }

        return ring.AsMemory(at, (int)Math.Min(room, read - offset));
    }

    /// <summary>Whether a kept leaf that ends at <paramref name="end"/> holds what was sent.</summary>
    public bool Matches(int index, long end, ReadOnlySpan<byte> digest)
    {
        var start = (long)index * Leaf;
        if (end > read)
        {
            return false;
        }

        return end - start == Leaf && index < leaves.Count ? digest.SequenceEqual(leaves[index])
            : end - start < Leaf && Holds(start) && digest.SequenceEqual(HashHeld(start, end));
    }

    public void Dispose()
    {
        whole.Dispose();
        leaf.Dispose();
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        whole.AppendData(bytes);
        while (bytes.Length > 0)
        {
            var part = bytes[..(int)Math.Min(bytes.Length, Leaf - (read % Leaf))];
            leaf.AppendData(part);
            read += part.Length;
            bytes = bytes[part.Length..];
            if (read % Leaf == 0)
            {
                leaves.Add(leaf.GetHashAndReset());
            }
        }
    }

    private byte[] HashHeld(long start, long end)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (start < end)
        {
            var at = (int)(start % Held);
            var length = (int)Math.Min(end - start, Held - at);
            hash.AppendData(ring, at, length);
            start += length;
        }

        return hash.GetHashAndReset();
    }
}
