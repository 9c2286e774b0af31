using Switchboard.Protocol;

namespace Switchboard.Server.Doors.Native;

/// <summary>Leaf digests as <c>kept</c> frames, sent as they are computed so that both ends read their copies at the same time.</summary>
internal static class LeafFrames
{
    /// <summary>64 leaves of 4 MiB: a frame about every 130 ms of reading.</summary>
    private const int LeavesPerFrame = 64;

    private const int DigestBytes = 32;

    public static async ValueTask WriteAsync(AnswerWriter writer, long? id, IAsyncEnumerable<ReadOnlyMemory<byte>> leaves, CancellationToken cancel)
    {
        byte[] digests = new byte[LeavesPerFrame * DigestBytes];
        int filled = 0;
        await foreach (ReadOnlyMemory<byte> leaf in leaves.WithCancellation(cancel))
        {
            if (filled == digests.Length)
            {
                Write(writer, id, digests, end: null);
                await writer.FlushAsync(cancel);
                filled = 0;
            }

            leaf.Span.CopyTo(digests.AsSpan(filled));
            filled += DigestBytes;
        }

        Write(writer, id, digests.AsSpan(0, filled), end: true);
        await writer.FlushAsync(cancel);
    }

    private static void Write(AnswerWriter writer, long? id, ReadOnlySpan<byte> digests, bool? end)
    {
        writer.Write(new Kept { Id = id, End = end }, ProtocolJson.Default.Kept, digests.Length);
        writer.Frames.WritePayload(digests);
    }
}
