using System.Buffers;

namespace Switchboard.Protocol;

/// <summary>Bytes of a stream by their offset: a window that moves forward. Holds memory only while it holds bytes.</summary>
/// <param name="limit">A power of two: the most bytes between the window's ends.</param>
internal sealed class ByteRing(int limit)
{
    private const int LeastBytes = 4096;

    private byte[]? _bytes;

    /// <summary>Stores bytes; <paramref name="from"/> and <paramref name="to"/> are the ends of all that must be kept, these included.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes, long from, long to)
    {
        Grow((int)(to - from), from);
        int at = (int)(offset & (_bytes!.Length - 1));
        int first = Math.Min(bytes.Length, _bytes.Length - at);
        bytes[..first].CopyTo(_bytes.AsSpan(at));
        bytes[first..].CopyTo(_bytes);
    }

    public void Read(long offset, Span<byte> into)
    {
        int at = (int)(offset & (_bytes!.Length - 1));
        int first = Math.Min(into.Length, _bytes.Length - at);
        _bytes.AsSpan(at, first).CopyTo(into);
        _bytes.AsSpan(0, into.Length - first).CopyTo(into[first..]);
    }

    /// <summary>Nothing is kept any more.</summary>
    public void Release()
    {
        if (_bytes is { } bytes)
        {
            _bytes = null;
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Grow(int needed, long from)
    {
        if (_bytes is { } fits && fits.Length >= needed)
        {
            return;
        }

        int size = Math.Min(limit, Math.Max(LeastBytes, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)needed)));
        byte[] larger = ArrayPool<byte>.Shared.Rent(size);
        if (_bytes is { } old)
        {
            // Offsets keep their place modulo the size, so everything in the window moves.
            Move(old, larger, from, from + old.Length);
            ArrayPool<byte>.Shared.Return(old);
        }

        _bytes = larger;
    }

    private static void Move(byte[] old, byte[] larger, long from, long to)
    {
        for (long offset = from; offset < to;)
        {
            int source = (int)(offset & (old.Length - 1));
            int target = (int)(offset & (larger.Length - 1));
            int count = (int)Math.Min(to - offset, Math.Min(old.Length - source, larger.Length - target));
            old.AsSpan(source, count).CopyTo(larger.AsSpan(target));
            offset += count;
        }
    }
}
