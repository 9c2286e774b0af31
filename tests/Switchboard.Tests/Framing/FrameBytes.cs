using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using Switchboard.Framing;

namespace Switchboard.Tests.Framing;

/// <summary>Builds streams of frames by hand, not with the writer under test, and reads them to their end.</summary>
internal static class FrameBytes
{
    public static byte[] Of(string header, string payload = "") => Of(Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(payload));

    public static byte[] Of(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload = default) => [.. Length((uint)header.Length), .. header, .. payload];

    public static byte[] Length(uint length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, length);
        return bytes;
    }

    /// <summary>A reader over bytes that have all arrived, and after them the end of the stream.</summary>
    public static FrameReader Reader(byte[] bytes, FrameLimits? limits = null) =>
        new(PipeReader.Create(new ReadOnlySequence<byte>(bytes)), limits);

    public static async Task<byte[]> ReadWholePayloadAsync(this FrameReader reader)
    {
        var all = new List<byte>();
        while (reader.PayloadLeft > 0)
        {
            var piece = await reader.ReadPayloadAsync();
            all.AddRange(piece.ToArray());
            reader.AdvancePayload(piece.Length);
        }
        return [.. all];
    }

    /// <summary>All frames to the end of the stream, as <c>header|payload</c>.</summary>
    public static async Task<List<string>> ReadAllAsync(this FrameReader reader)
    {
        var frames = new List<string>();
        while (await reader.ReadAsync() is { } frame)
        {
            var header = Encoding.UTF8.GetString(frame.Header.Span);
            frames.Add($"{header}|{Encoding.UTF8.GetString(await reader.ReadWholePayloadAsync())}");
        }
        return frames;
    }

    public static async Task<FrameError> ErrorOf(byte[] bytes, FrameLimits? limits = null)
    {
        var error = await Assert.ThrowsAsync<FrameException>(() => Reader(bytes, limits).ReadAllAsync());
        return error.Error;
    }
}
