namespace Switchboard.Protocol;

/// <summary>The receiving half of the stream: bytes in whatever order they come, read out in order and once.</summary>
internal sealed class ReceiveStream(int window)
{
    private readonly ByteRing _bytes = new(window);
    private readonly RangeSet _got = new();
    private long _read;
    private long? _end;

    /// <summary>The peer may send up to here, once it was told.</summary>
    public long Limit { get; private set; } = window;

    /// <summary>Half of what the peer knew is used up, so it wants to hear of more.</summary>
    public bool WantsToTell => _end is null && _read + window - Limit >= window / 2;

    public int Readable => _got.Count > 0 && _got[0].Start <= _read ? (int)(_got[0].End - _read) : 0;

    public bool IsAtEnd => _end == _read;

    /// <returns>Whether the peer kept to the limits.</returns>
    public bool Take(long offset, ReadOnlySpan<byte> bytes, bool isEnd)
    {
        long end = offset + bytes.Length;
        if (end > Limit || (_end is { } known && (end > known || (isEnd && end != known))))
        {
            return false;
        }

        if (isEnd)
        {
            _end = end;
        }

        if (end > _read && bytes.Length > 0)
        {
            int old = (int)Math.Max(0, _read - offset);
            _bytes.Write(offset + old, bytes[old..], _read, Math.Max(end, Highest));
            _got.Add(offset + old, end);
        }

        return true;
    }

    public int Read(Span<byte> into)
    {
        int count = Math.Min(into.Length, Readable);
        if (count > 0)
        {
            _bytes.Read(_read, into[..count]);
            _read += count;
            _got.Remove(_got[0].Start, _read);
            if (_got.Count == 0)
            {
                _bytes.Release();
            }
        }

        return count;
    }

    /// <summary>The new limit, which is told now.</summary>
    public long Widen() => Limit = _read + window;

    /// <summary>Nothing can be read any more.</summary>
    public void Release()
    {
        _got.Clear();
        _bytes.Release();
    }

    private long Highest => _got.Count > 0 ? _got[_got.Count - 1].End : _read;
}
