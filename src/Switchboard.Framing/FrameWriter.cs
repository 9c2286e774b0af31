using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Switchboard.Framing;

/// <summary>Writes frames into a pipe: a header, then exactly as many bytes of payload as it announced.</summary>
/// <remarks>
/// <para>Nothing is sent before <see cref="FlushAsync"/>, so many frames may share one write; memory is what was written since
/// (<see cref="Unflushed"/>), and awaiting the flush is the back-pressure. Flush at least every 64 KiB or so.</para>
/// <para>For one caller at a time. The pipe stays the caller's, to be completed by the caller.</para>
/// </remarks>
/// <param name="output">Where the bytes go, such as <c>PipeWriter.Create(stream)</c>; nobody else may write to it.</param>
/// <param name="limits">What a frame may be at most; <see cref="FrameLimits.Default"/> if not given.</param>
public sealed class FrameWriter(PipeWriter output, FrameLimits? limits = null)
{
    /// <summary>Bytes of the length before each header.</summary>
    private const int Prefix = 4;

    /// <summary>Room for <c>,"size":9223372036854775807</c>.</summary>
    private const int LongestSize = 27;

    private static ReadOnlySpan<byte> WhiteSpace => " \t\r\n"u8;

    private readonly PipeWriter _output = output ?? throw new ArgumentNullException(nameof(output));
    private readonly FrameLimits _limits = limits ?? FrameLimits.Default;

    /// <summary>Bytes of the announced payload that have yet to be written.</summary>
    public long PayloadLeft { get; private set; }

    /// <summary>Bytes written since the last flush began: what the pipe holds for this writer.</summary>
    public long Unflushed { get; private set; }

    /// <summary>Writes a header, with <c>size</c> added to it where a payload follows.</summary>
    /// <param name="json">One JSON object in UTF-8 without a name twice at its top level. Only its braces are looked at, and whether it has a
    /// <c>size</c>: then that has to be <paramref name="size"/>, and stays as it is, so that a frame can be passed on.</param>
    /// <param name="size">Bytes of payload that follow, 0 or more.</param>
    /// <exception cref="ArgumentException">Not in braces, or with another <c>size</c>; nothing was written.</exception>
    /// <exception cref="FrameException">Longer than the limits allow (<see cref="FrameError.HeaderTooLong"/>, <see cref="FrameError.PayloadTooLong"/>); nothing was written.</exception>
    /// <exception cref="InvalidOperationException">The payload before it is not complete.</exception>
    public void WriteHeader(ReadOnlySpan<byte> json, long size = 0)
    {
        ThrowIfOutOfTurn(size);
        json = json.Trim(WhiteSpace);
        CheckBraces(json);
        Span<byte> splice = stackalloc byte[LongestSize];
        bool hasSize = HasSize(json, size);
        splice = splice[..(hasSize ? 0 : FormatSize(splice, size, empty: json[1..^1].Trim(WhiteSpace).IsEmpty))];
        WriteFrame(json[..^1], splice);
        PayloadLeft = size;
    }

    /// <summary>The same, of a value that serialises to a JSON object.</summary>
    /// <inheritdoc cref="WriteHeader(ReadOnlySpan{byte}, long)"/>
    public void WriteHeader<T>(T value, JsonTypeInfo<T> info, long size = 0)
    {
        ThrowIfOutOfTurn(size);
        HeaderScratch scratch = HeaderScratch.OfThisThread(_limits.MaxHeader);
        JsonSerializer.Serialize(scratch.Json, value, info);
        scratch.Json.Flush();
        WriteHeader(scratch.Span, size);
    }

    /// <summary>Copies whole frames that another writer encoded: what goes to many is encoded once.</summary>
    /// <param name="frames">Nothing but whole frames; they are not looked at.</param>
    /// <exception cref="InvalidOperationException">The payload before is not complete.</exception>
    public void WriteFrames(ReadOnlySpan<byte> frames)
    {
        ThrowIfOutOfTurn(0);
        _output.Write(frames);
        Unflushed += frames.Length;
    }

    /// <summary>Copies the next bytes of the payload.</summary>
    /// <exception cref="InvalidOperationException">More than the header announced.</exception>
    public void WritePayload(ReadOnlySpan<byte> bytes)
    {
        ThrowIfBeyondPayload(bytes.Length);
        _output.Write(bytes);
        PayloadLeft -= bytes.Length;
        Unflushed += bytes.Length;
    }

    /// <inheritdoc cref="WritePayload(ReadOnlySpan{byte})"/>
    /// <param name="bytes">Such as a piece from <see cref="FrameReader.ReadPayloadAsync"/>.</param>
    public void WritePayload(ReadOnlySequence<byte> bytes)
    {
        ThrowIfBeyondPayload(bytes.Length);
        foreach (ReadOnlyMemory<byte> memory in bytes)
            WritePayload(memory.Span);
    }

    /// <summary>The pipe's own memory for the next bytes of the payload, to be filled and followed by <see cref="AdvancePayload"/>.</summary>
    /// <param name="sizeHint">How many bytes are wanted, at most what is left of the payload; for bulk, 256 KiB.</param>
    /// <returns>At least that many, never more than is left of the payload.</returns>
    /// <exception cref="InvalidOperationException">No payload is left to be written.</exception>
    public Memory<byte> GetPayloadMemory(int sizeHint = 0)
    {
        ThrowIfBeyondPayload(1);
        Memory<byte> memory = _output.GetMemory((int)Math.Min(sizeHint, PayloadLeft));
        return memory.Length > PayloadLeft ? memory[..(int)PayloadLeft] : memory;
    }

    /// <summary>Says how many bytes were put into the memory from <see cref="GetPayloadMemory"/>.</summary>
    /// <exception cref="InvalidOperationException">More than the header announced.</exception>
    public void AdvancePayload(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ThrowIfBeyondPayload(n);
        _output.Advance(n);
        PayloadLeft -= n;
        Unflushed += n;
    }

    /// <summary>Sends what was written. Waits while the other end is slower; a payload may be flushed in pieces.</summary>
    /// <returns><see cref="FlushResult.IsCompleted"/> where the other end reads no more: stop writing then.</returns>
    public ValueTask<FlushResult> FlushAsync(CancellationToken ct = default)
    {
        Unflushed = 0;
        return _output.FlushAsync(ct);
    }

    internal static FrameException TooLong(int length, int limit) =>
        new(FrameError.HeaderTooLong, $"The header to be written has {length} bytes or more; the limit is {limit}.");

    private void WriteFrame(ReadOnlySpan<byte> open, ReadOnlySpan<byte> splice)
    {
        int length = open.Length + splice.Length + 1;
        if (length > _limits.MaxHeader)
            throw TooLong(length, _limits.MaxHeader);
        Span<byte> to = _output.GetSpan(Prefix + length)[..(Prefix + length)];
        BinaryPrimitives.WriteInt32BigEndian(to, length);
        open.CopyTo(to[Prefix..]);
        splice.CopyTo(to[(Prefix + open.Length)..]);
        to[^1] = (byte)'}';
        _output.Advance(to.Length);
        Unflushed += to.Length;
    }

    private static int FormatSize(Span<byte> to, long size, bool empty)
    {
        if (size == 0)
            return 0;
        ReadOnlySpan<byte> name = empty ? "\"size\":"u8 : ",\"size\":"u8;
        name.CopyTo(to);
        Utf8Formatter.TryFormat(size, to[name.Length..], out int digits);
        return name.Length + digits;
    }

    private static void CheckBraces(ReadOnlySpan<byte> json)
    {
        if (json.Length < 2 || json[0] != (byte)'{' || json[^1] != (byte)'}')
            throw new ArgumentException("A header is a JSON object: { ... }", nameof(json));
    }

    /// <summary>Does it say its size itself? A wrong one would make payload of the next header.</summary>
    private static bool HasSize(ReadOnlySpan<byte> json, long size)
    {
        // The name may also stand deeper or in a text; only then is a second look needed.
        if (json.IndexOf("size\""u8) < 0)
            return false;
        try
        {
            return FindSize(json) is { } own && (own == size ? true : throw new ArgumentException("The size in the header is not that of the payload.", nameof(size)));
        }
        catch (JsonException e)
        {
            throw new ArgumentException("A header is a JSON object.", nameof(json), e);
        }
    }

    /// <summary>The <c>size</c> at the top level; -1 where it is no size, null where there is none.</summary>
    private static long? FindSize(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool found = reader.ValueTextEquals("size"u8);
            reader.Read();
            if (found)
                return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long size) ? size : -1;
            reader.Skip();
        }
        return null;
    }

    private void ThrowIfOutOfTurn(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (PayloadLeft > 0)
            throw new InvalidOperationException($"{PayloadLeft} bytes of the payload before are still to be written.");
        if (size > _limits.MaxPayload)
            throw new FrameException(FrameError.PayloadTooLong, $"The payload to be written has {size} bytes; the limit is {_limits.MaxPayload}.");
    }

    private void ThrowIfBeyondPayload(long bytes)
    {
        if (bytes > PayloadLeft)
            throw new InvalidOperationException($"{bytes} bytes are more than the {PayloadLeft} that are left of the announced payload.");
    }
}
