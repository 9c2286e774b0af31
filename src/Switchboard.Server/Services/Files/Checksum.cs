using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>Digests that clients may ask for. Only the last two protect against an attacker; the others serve old clients against accidents.</summary>
public enum DigestKind
{
    /// <summary>CRC-32 of IEEE 802.3, as in zip and Ethernet; 4 bytes.</summary>
    Crc32,
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

/// <summary>A part of a file.</summary>
internal readonly record struct ByteRange(long Offset, long Length);

/// <summary>A digest of a part of a file, read from disk.</summary>
internal static class Checksum
{
    private const int BufferSize = 256 * 1024;

    /// <exception cref="RefusedException"><see cref="RefusalCode.SourceChanged"/>.</exception>
    public static async ValueTask<byte[]> ComputeAsync(
        DigestKind kind, SafeFileHandle file, FileStatus status, ByteRange range, string shown, CancellationToken ct)
    {
        using var hash = kind is DigestKind.Crc32 ? null : IncrementalHash.CreateHash(Algorithm(kind));
        var crc = default(Crc32);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (long at = range.Offset, end = range.Offset + range.Length; at < end;)
            {
                // Reading gigabytes must not keep a thread of the pool from everybody else.
                await Task.Yield();
                ct.ThrowIfCancellationRequested();
                var bytes = buffer.AsMemory(0, (int)Math.Min(BufferSize, end - at));
                at += Read(file, bytes.Span, at, shown);
                hash?.AppendData(bytes.Span);
                crc = hash is null ? crc.With(bytes.Span) : crc;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Digests.IsUnchanged(file, status, shown);
        return hash?.GetHashAndReset() ?? crc.ToBytes();
    }

    private static int Read(SafeFileHandle file, Span<byte> bytes, long at, string shown)
    {
        var read = Kernel.Read(file, bytes, at, shown);
        return read == bytes.Length ? read : throw new RefusedException(RefusalCode.SourceChanged, shown, "the file is shorter than before");
    }

    private static HashAlgorithmName Algorithm(DigestKind kind) => kind switch
    {
        DigestKind.Md5 => HashAlgorithmName.MD5,
        DigestKind.Sha1 => HashAlgorithmName.SHA1,
        DigestKind.Sha256 => HashAlgorithmName.SHA256,
        DigestKind.Sha512 => HashAlgorithmName.SHA512,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
