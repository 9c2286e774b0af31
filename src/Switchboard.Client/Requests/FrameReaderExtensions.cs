using System.Buffers;
using Switchboard.Framing;

namespace Switchboard.Client.Requests;

internal static class FrameReaderExtensions
{
    /// <summary>Reads exactly this many bytes of the current payload.</summary>
    public static async ValueTask CopyPayloadAsync(this FrameReader reader, Memory<byte> to)
    {
        while (to.Length > 0)
        {
            var bytes = await reader.ReadPayloadAsync(to.Length, CancellationToken.None);
            if (bytes.IsEmpty)
            {
                throw new FrameException(FrameError.Truncated, "The payload is shorter than what it has to hold.");
            }

            var taken = bytes.Slice(0, Math.Min(bytes.Length, to.Length));
            taken.CopyTo(to.Span);
            to = to[(int)taken.Length..];
            reader.AdvancePayload(taken.Length);
        }
    }
}
