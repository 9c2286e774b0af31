using System.Buffers;

namespace Switchboard.Framing;

/// <summary>The names at the top level of one header: few are compared pair by pair, many are sorted, so that a hostile header costs n log n.</summary>
internal ref struct HeaderNames
{
    private readonly HeaderBuffer _header;
    private readonly Span<HeaderName> _few;
    private HeaderName[]? _many;
    private int _count;

    public HeaderNames(HeaderBuffer header, Span<HeaderName> few)
    {
        _header = header;
        _few = few;
    }

    /// <exception cref="FrameException">The name was there before (of few names).</exception>
    public void Add(HeaderName name)
    {
        if (_count < _few.Length)
        {
            AddToFew(name);
            return;
        }
        if (_many is null || _count == _many.Length)
            Grow();
        _many![_count++] = name;
    }

    /// <exception cref="FrameException">A name is there twice (of many names).</exception>
    public readonly void CheckMany()
    {
        if (_many is null)
            return;
        Span<HeaderName> names = _many.AsSpan(0, _count);
        names.Sort(new ByBytes(_header));
        for (int i = 1; i < names.Length; i++)
            ThrowIfEqual(names[i - 1], names[i]);
    }

    public void Dispose()
    {
        if (_many is not null)
            ArrayPool<HeaderName>.Shared.Return(_many);
        _many = null;
    }

    private void AddToFew(HeaderName name)
    {
        foreach (HeaderName other in _few[.._count])
            ThrowIfEqual(other, name);
        _few[_count++] = name;
    }

    private void Grow()
    {
        HeaderName[] larger = ArrayPool<HeaderName>.Shared.Rent(2 * _count);
        (_many is null ? _few : _many.AsSpan(0, _count)).CopyTo(larger);
        Dispose();
        _many = larger;
    }

    private readonly void ThrowIfEqual(HeaderName a, HeaderName b)
    {
        if (a.MayEqual(b) && _header[a].SequenceEqual(_header[b]))
            throw new FrameException(FrameError.DuplicateKey, "The header holds a name twice.");
    }

    private sealed class ByBytes(HeaderBuffer header) : IComparer<HeaderName>
    {
        public int Compare(HeaderName x, HeaderName y) => header[x].SequenceCompareTo(header[y]);
    }
}
