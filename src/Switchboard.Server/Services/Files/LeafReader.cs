using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>Digests of a file's leaves, read from disk.</summary>
internal sealed class LeafReader(SafeFileHandle file, string subject)
{
    private const int DigestSize = SHA256.HashSizeInBytes;
    private const int BufferSize = 256 * 1024;

    // 128 MiB of file: the client can begin to compare while the rest is read.
    private const int LeavesPerBlock = 32;

    /// <summary>Blocks of 32-byte digests of the first <paramref name="length"/> bytes, in order.</summary>
    /// <param name="whole">Takes the same bytes.</param>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(long length, RunningHash? whole, [EnumeratorCancellation] CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        var block = new byte[LeavesPerBlock * DigestSize];
        var filled = 0;
        try
        {
            for (long at = 0; at < length; at += FilesOptions.LeafSize)
            {
                // Reading gigabytes must not keep a thread of the pool from everybody else.
                await Task.Yield();
                ct.ThrowIfCancellationRequested();
                Leaf(at, Math.Min(FilesOptions.LeafSize, length - at), buffer, whole, block.AsSpan(filled));
                filled += DigestSize;
                if (filled == block.Length)
                {
                    yield return block.AsMemory();
                    filled = 0;
                }
            }

            if (filled > 0)
            {
                yield return block.AsMemory(0, filled);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Leaf(long at, long length, byte[] buffer, RunningHash? whole, Span<byte> digest)
    {
        using var leaf = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var end = at + length; at < end;)
        {
            var bytes = buffer.AsSpan(0, (int)Math.Min(BufferSize, end - at));
            if (Kernel.Read(file, bytes, at, subject) != bytes.Length)
            {
                throw new RefusedException(RefusalCode.SourceChanged, subject, "the file is shorter than before");
            }

            leaf.AppendData(bytes);
            whole?.Append(bytes);
            at += bytes.Length;
        }

        leaf.GetHashAndReset(digest);
    }
}
