using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Server.Doors.Native;

/// <summary>Writes answers as frames. Bytes gather until <see cref="BatchBytes"/> or until nothing more is waiting, then go out in one write.</summary>
/// <param name="frames">Into a pipe on <paramref name="line"/>.</param>
/// <param name="line">Where the frames go.</param>
/// <param name="onProgress">Called when bytes have left.</param>
internal sealed class AnswerWriter(FrameWriter frames, Stream line, Action onProgress)
{
    /// <summary>One write of this size costs as little per byte as larger ones do (docs/decisions/0001), and bounds what is buffered.</summary>
    private const int BatchBytes = 256 * 1024;

    /// <summary>From here on a system call costs less than the copy that would spare it.</summary>
    private const int DirectBytes = 8 * 1024;

    // A list is no part of a web page: Chinese names are not escaped to twice their length.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The most a frame of list items carries.</summary>
    private const int ItemsBytes = 256 * 1024;

    /// <summary>A flush is under way: the peer is slow to read, and the time counts as idle.</summary>
    public bool IsFlushing { get; private set; }

    public FrameWriter Frames => frames;

    public void Write<T>(T message, JsonTypeInfo<T> info, long size = 0)
        where T : Message
    {
        frames.WriteHeader(message, info, size);
    }

    public ValueTask WriteNow<T>(T message, JsonTypeInfo<T> info)
        where T : Message
    {
        Write(message, info);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Writes whole frames that were encoded for many. What is large, or all there is, goes to the line as it is: copying it for each of a thousand
    /// readers would cost more than the call.
    /// </summary>
    /// <param name="encoded">Whole frames; not to be changed any more.</param>
    /// <param name="isAll">Nothing follows at once.</param>
    public ValueTask WriteFramesAsync(ReadOnlyMemory<byte> encoded, bool isAll, CancellationToken cancel)
    {
        if (encoded.Length >= DirectBytes || (isAll && frames.Unflushed == 0))
        {
            return SendNowAsync(encoded, cancel);
        }

        frames.WriteFrames(encoded.Span);
        return FlushIfFullAsync(cancel);
    }

    private async ValueTask SendNowAsync(ReadOnlyMemory<byte> encoded, CancellationToken cancel)
    {
        await FlushAsync(cancel);
        IsFlushing = true;
        if (line is SocketStream socket)
        {
            await socket.SendNowAsync(encoded, cancel);
        }
        else
        {
            await line.WriteAsync(encoded, cancel);
            await line.FlushAsync(cancel);
        }

        IsFlushing = false;
        onProgress();
    }

    /// <summary>Sends what has gathered if it is enough for a write.</summary>
    public ValueTask FlushIfFullAsync(CancellationToken cancel) => frames.Unflushed >= BatchBytes ? FlushAsync(cancel) : ValueTask.CompletedTask;

    public ValueTask FlushAsync(CancellationToken cancel) => frames.Unflushed == 0 ? ValueTask.CompletedTask : FlushFramesAsync(cancel);

    private async ValueTask FlushFramesAsync(CancellationToken cancel)
    {
        IsFlushing = true;
        await frames.FlushAsync(cancel);
        IsFlushing = false;
        onProgress();
    }

    /// <summary>Streams a list as frames of NDJSON, then <c>ok</c> with the count.</summary>
    public async ValueTask WriteItemsAsync<T>(long? id, IEnumerable<T> items, JsonTypeInfo<T> info, CancellationToken cancel)
    {
        var lines = new ArrayBufferWriter<byte>(4096);
        using var json = new Utf8JsonWriter(lines, Plain);
        long all = 0;
        int count = 0;
        foreach (T item in items)
        {
            JsonSerializer.Serialize(json, item, info);
            json.Flush();
            json.Reset();
            lines.Write("\n"u8);
            count++;
            if (lines.WrittenCount >= ItemsBytes - FrameLimits.Default.MaxHeader)
            {
                await WriteLinesAsync(id, lines, count, cancel);
                all += count;
                count = 0;
            }
        }

        await WriteLinesAsync(id, lines, count, cancel);
        Write(new Done { Id = id, Count = all + count }, ProtocolJson.Default.Done);
    }

    private async ValueTask WriteLinesAsync(long? id, ArrayBufferWriter<byte> lines, int count, CancellationToken cancel)
    {
        if (count == 0)
        {
            return;
        }

        Write(new Items { Id = id, Count = count }, ProtocolJson.Default.Items, lines.WrittenCount);
        frames.WritePayload(lines.WrittenSpan);
        await FlushIfFullAsync(cancel);
        lines.ResetWrittenCount();
    }
}
