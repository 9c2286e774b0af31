using System.Buffers;

namespace Switchboard.Framing;

/// <summary>Takes the JSON of one header from a serialiser and refuses to grow beyond the limit; kept from header to header.</summary>
internal sealed class HeaderScratch(int limit) : IBufferWriter<byte>
{
    private const int FirstCapacity = 512;

    private byte[] _bytes = new byte[FirstCapacity];
    private int _length;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Begins anew. A value that needed far more room than a header may have does not keep it.</summary>
    public void Clear()
    {
        _length = 0;
        if (_bytes.Length > FirstCapacity && _bytes.Length > 2 * limit)
            _bytes = new byte[FirstCapacity];
    }

    public void Advance(int count) => _length += count;

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <exception cref="FrameException">The header is already longer than the limit.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_length > limit)
            throw FrameWriter.TooLong(_length, limit);
        int needed = _length + Math.Max(sizeHint, 1);
        if (_bytes.Length < needed)
            Array.Resize(ref _bytes, Math.Max(needed, 2 * _bytes.Length));
        return _bytes.AsMemory(_length);
    }
}
