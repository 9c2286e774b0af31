using System.Buffers.Binary;
using System.Text.Json;

namespace Switchboard.Framing;

/// <summary>The bytes of one header, kept from frame to frame, and behind them room for what its escapes stand for.</summary>
internal sealed class HeaderBuffer
{
    /// <summary>Of most headers. Given back while a connection is idle.</summary>
    private const int Capacity = 512;

    /// <summary>Lets eight bytes be loaded from any name at once.</summary>
    private const int Padding = sizeof(ulong);

    private byte[] _bytes = [];
    private int _length;
    private int _used;

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, _length);
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Makes room for a header and forgets the one before.</summary>
    public Span<byte> Reset(int length)
    {
        if (_bytes.Length < length + Padding)
            _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(Capacity, length + Padding));
        _length = _used = length;
        return _bytes.AsSpan(0, length);
    }

    /// <summary>Gives the memory back, where nobody uses a frame any more.</summary>
    public void Trim()
    {
        _bytes = [];
        _length = _used = 0;
    }

    /// <summary>Where the name or string under the reader stands with its escapes undone.</summary>
    /// <exception cref="FrameException">An escape names half of a surrogate pair.</exception>
    public HeaderName Locate(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return Name((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        int start = _used;
        _used += Unescape(ref reader, start);
        return Name(start, _used - start);
    }

    /// <summary>Undoes the escapes of a string only to see that they can be undone.</summary>
    /// <exception cref="FrameException">An escape names half of a surrogate pair.</exception>
    public void CheckEscapes(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped)
            Unescape(ref reader, _used);
    }

    public ReadOnlySpan<byte> this[HeaderName name] => _bytes.AsSpan(name.Start, name.Length);

    private int Unescape(ref Utf8JsonReader reader, int at)
    {
        // What an escape stands for is never longer than the escape.
        int needed = at + reader.ValueSpan.Length + Padding;
        if (_bytes.Length < needed)
            Array.Resize(ref _bytes, Math.Max(needed, (2 * _length) + Padding));
        try
        {
            return reader.CopyString(_bytes.AsSpan(at));
        }
        catch (InvalidOperationException e)
        {
            throw new FrameException(FrameError.InvalidUtf8, "An escape in the header names half of a surrogate pair.", e);
        }
    }

    private HeaderName Name(int start, int length)
    {
        ulong head = BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(start));
        if (length < sizeof(ulong))
            head &= (1UL << (8 * length)) - 1;
        return new HeaderName(start, length, head);
    }
}

/// <summary>A name in a <see cref="HeaderBuffer"/>; two that differ in length or first eight bytes need no further look.</summary>
internal readonly record struct HeaderName(int Start, int Length, ulong Head)
{
    public bool MayEqual(HeaderName other) => Head == other.Head && Length == other.Length;
}
