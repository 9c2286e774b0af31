using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Switchboard.Framing;

/// <summary>
/// Takes the JSON of one header from a serialiser and refuses to grow beyond the limit. A header is written in one go, so each thread has one for
/// all its connections: of those a server has ten thousand.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The JSON writer only fills this object's own memory; there is nothing to give back.")]
internal sealed class HeaderScratch : IBufferWriter<byte>
{
    private const int FirstCapacity = 512;

    // A header is no part of a web page: Chinese names need not be escaped to six times their length.
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static HeaderScratch? t_own;

    private byte[] _bytes = new byte[FirstCapacity];
    private int _length;
    private int _limit;

    private HeaderScratch() => Json = new Utf8JsonWriter(this, s_json);

    /// <summary>Writes into this.</summary>
    public Utf8JsonWriter Json { get; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>The one of this thread, empty.</summary>
    public static HeaderScratch OfThisThread(int limit)
    {
        HeaderScratch own = t_own ??= new HeaderScratch();
        own.Clear(limit);
        return own;
    }

    // A value that needed far more room than a header may have does not keep it.
    private void Clear(int limit)
    {
        (_length, _limit) = (0, limit);
        if (_bytes.Length > FirstCapacity && _bytes.Length > 2 * limit)
            _bytes = new byte[FirstCapacity];
        Json.Reset();
    }

    public void Advance(int count) => _length += count;

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <exception cref="FrameException">The header is already longer than the limit.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_length > _limit)
            throw FrameWriter.TooLong(_length, _limit);
        int needed = _length + Math.Max(sizeHint, 1);
        if (_bytes.Length < needed)
            Array.Resize(ref _bytes, Math.Max(needed, 2 * _bytes.Length));
        return _bytes.AsMemory(_length);
    }
}
