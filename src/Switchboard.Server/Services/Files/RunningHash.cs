using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>The SHA-256 of a file that is being written, kept up while bytes come in order, and caught up from disk otherwise.</summary>
internal sealed class RunningHash : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes from the start that are hashed.</summary>
    public long Position { get; private set; }

    public void Restart()
    {
        if (Position > 0)
        {
            _ = _hash.GetHashAndReset();
            Position = 0;
        }
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        Position += bytes.Length;
    }

    /// <summary>Bytes were written to the file: at the position they are hashed, below it they make what was hashed stale.</summary>
    public void Written(ReadOnlySpan<byte> bytes, long offset)
    {
        if (offset == Position)
        {
            Append(bytes);
        }
        else if (offset < Position)
        {
            Restart();
        }
    }

    /// <summary>The file was cut to a length.</summary>
    public void Cut(long length)
    {
        if (length < Position)
        {
            Restart();
        }
    }

    /// <summary>Reads from disk what is not hashed yet.</summary>
    public async Task CatchUpAsync(SafeFileHandle file, long length, string subject, CancellationToken ct = default)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (Position < length)
            {
                // Hashing gigabytes must not keep a thread of the pool from everybody else.
                await Task.Yield();
                ct.ThrowIfCancellationRequested();
                var n = Kernel.Read(file, buffer.AsSpan(0, (int)Math.Min(BufferSize, length - Position)), Position, subject);
                Append(buffer.AsSpan(0, n > 0 ? n : throw new RefusedException(RefusalCode.SourceChanged, subject, "the file is shorter than before")));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public byte[] Current() => _hash.GetCurrentHash();

    public void Dispose() => _hash.Dispose();
}
