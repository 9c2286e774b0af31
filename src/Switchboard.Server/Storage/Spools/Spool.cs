using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Storage.Spools;

/// <summary>
/// One stream of a job as a file: a byte's place in the file is its place in the stream, whatever was dropped before it. The middle can be given
/// back to the disk; the first <see cref="HeadBytes"/> and the end stay. One thread writes and drops; any thread may read.
/// </summary>
/// <remarks>Its length is the truth about how much was written, so that it survives the server's end at any moment.</remarks>
internal sealed class Spool : IDisposable
{
    /// <summary>What a program says first is often why it fails later.</summary>
    public const int HeadBytes = 1 << 20;

    private const int Page = 4096;

    private readonly string _path;
    private readonly string _gapPath;
    private readonly ReaderWriterLockSlim _dropping = new();
    private long _end;
    private long _gapStart;
    private long _gapEnd;
    private SafeFileHandle? _opened;

    private Spool(string path)
    {
        _path = path;
        _gapPath = path + ".gap";
        if (File.Exists(path))
        {
            _end = Kernel.Status(Handle, null).Size;
            ReadGap();
        }
    }

    /// <summary>Bytes written so far, dropped ones included.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>Where the dropped part begins; equal to <see cref="GapEnd"/> when nothing was dropped.</summary>
    public long GapStart => Volatile.Read(ref _gapStart);

    public long GapEnd => Volatile.Read(ref _gapEnd);

    public long Dropped => GapEnd - GapStart;

    /// <summary>Bytes on the disk.</summary>
    public long Kept => End - Dropped;

    // Made with its first byte: most programs say nothing on one of their streams.
    private SafeFileHandle Handle => _opened ??= Pipes.Open(_path, Kernel.ReadWrite | Kernel.Create, 0b110_000_000);

    public static Spool Open(string path) => new(path);

    /// <summary>Moves what a pipe holds to the end of the file.</summary>
    /// <returns>Bytes moved; 0 when there are none now.</returns>
    public Errno TryTake(SafeFileHandle pipe, long most, out long moved)
    {
        var error = Pipes.TrySplice(pipe, Handle, _end, most, out moved);
        Volatile.Write(ref _end, _end + moved);
        return error;
    }

    /// <summary>Adds bytes at the end.</summary>
    public Errno TryAppend(ReadOnlySpan<byte> bytes)
    {
        var error = Kernel.TryWrite(Handle, bytes, _end, out var written);
        Volatile.Write(ref _end, _end + written);
        return error;
    }

    /// <summary>Where the caller wants a piece that is about to be read.</summary>
    public delegate Span<byte> Target(int length);

    /// <summary>
    /// Reads a piece from a place on. Nothing is dropped meanwhile, so the target is asked for only when the whole piece is there.
    /// </summary>
    /// <returns>False when there is nothing at that place, or not any more.</returns>
    public bool TryRead(long offset, int most, Target target)
    {
        _dropping.EnterReadLock();
        try
        {
            var end = Dropped > 0 && offset < _gapStart ? _gapStart : End;
            var length = (int)Math.Min(most, end - offset);
            if (length <= 0 || IsDropped(offset))
            {
                return false;
            }

            return Kernel.Read(Handle, target(length), offset, null) == length
                ? true
                : throw new IOException("what a program wrote is no longer there"); // somebody shortened the file
        }
        finally
        {
            _dropping.ExitReadLock();
        }
    }

    /// <summary>Whether the byte was there once and is kept no more.</summary>
    public bool IsDropped(long offset) => offset >= GapStart && offset < GapEnd;

    /// <summary>Gives back what lies between the head and <paramref name="to"/>.</summary>
    /// <returns>Bytes that were dropped; 0 where the file system cannot.</returns>
    public long Drop(long to)
    {
        var from = Dropped > 0 ? GapEnd : HeadBytes;
        to = Math.Min(to, End) / Page * Page;
        if (to <= from)
        {
            return 0;
        }

        _dropping.EnterWriteLock();
        try
        {
            return Punch(from, to);
        }
        finally
        {
            _dropping.ExitWriteLock();
        }
    }

    public void Dispose()
    {
        _opened?.Dispose();
        _dropping.Dispose();
    }

    private long Punch(long from, long to)
    {
        // Noted before it is done: after a crash in between a reader misses bytes that are still there, and never reads zeros for them.
        WriteGap(HeadBytes, to);
        if (Pipes.TryPunch(Handle, from, to - from) is not Errno.None)
        {
            WriteGap(_gapStart, _gapEnd);
            return 0;
        }

        Volatile.Write(ref _gapStart, HeadBytes);
        Volatile.Write(ref _gapEnd, to);
        return to - from;
    }

    private void WriteGap(long start, long end)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, start);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), end);
        File.WriteAllBytes(_gapPath, bytes);
    }

    private void ReadGap()
    {
        if (File.Exists(_gapPath) && File.ReadAllBytes(_gapPath) is { Length: 16 } bytes)
        {
            _gapStart = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            _gapEnd = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8));
        }
    }
}
