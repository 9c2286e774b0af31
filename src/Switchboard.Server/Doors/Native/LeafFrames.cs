using Switchboard.Protocol;

namespace Switchboard.Server.Doors.Native;

/// <summary>Leaf digests as <c>kept</c> frames, sent as they are computed so that both ends read their copies at the same time.</summary>
internal static class LeafFrames
{
    /// <param name="writer">Where they go.</param>
    /// <param name="id">Of the request.</param>
    /// <param name="leaves">Digests of 32 bytes, any number in a block; a block is valid until the next one is asked for.</param>
    /// <param name="cancel">Ends it.</param>
    public static async ValueTask WriteAsync(AnswerWriter writer, long? id, IAsyncEnumerable<ReadOnlyMemory<byte>> leaves, CancellationToken cancel)
    {
        // One block is held back: only after the next is known not to come is it the last.
        byte[] held = [];
        await foreach (ReadOnlyMemory<byte> block in leaves.WithCancellation(cancel))
        {
            if (held.Length > 0)
            {
                Write(writer, id, held, end: null);
                await writer.FlushAsync(cancel);
            }

            held = block.ToArray();
        }

        Write(writer, id, held, end: true);
        await writer.FlushAsync(cancel);
    }

    private static void Write(AnswerWriter writer, long? id, ReadOnlySpan<byte> digests, bool? end)
    {
        writer.Write(new Kept { Id = id, End = end }, ProtocolJson.Default.Kept, digests.Length);
        writer.Frames.WritePayload(digests);
    }
}
