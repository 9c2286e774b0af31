using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;

namespace Switchboard.Client.Local;

/// <summary>A file being written under another name, hashed on the way, that gets its own name when it is whole and its digest is right.</summary>
/// <param name="folder">Where.</param>
/// <param name="temporary">The name it is written under.</param>
/// <param name="file">Opened for writing; disposed with this.</param>
internal sealed class IncomingFile(TargetFolder folder, string temporary, SafeFileHandle file) : IDisposable
{
    private const int Buffer = 256 * 1024;
    private const int MostNumber = 10_000;

    private readonly IncrementalHash whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes written and hashed, from the beginning.</summary>
    public long Position { get; private set; }

    public void Append(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            whole.AppendData(segment.Span);
            RandomAccess.Write(file, segment.Span, Position);
            Position += segment.Length;
        }
    }

    /// <summary>Replaces bytes below the position; the hash has to be taken again with <see cref="Rehash"/>.</summary>
    public void Repair(ReadOnlySequence<byte> bytes, long at)
    {
        foreach (var segment in bytes)
        {
            RandomAccess.Write(file, segment.Span, at);
            at += segment.Length;
        }
    }

    /// <summary>Reads what an earlier call left, into the hash and leaf by leaf.</summary>
    /// <returns>The digest of each leaf; the last one ends at <paramref name="length"/>.</returns>
    public List<byte[]> Resume(long length, int leafSize)
    {
        using var leaf = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var leaves = new List<byte[]>();
        _ = whole.GetHashAndReset();
        Position = 0;
        var buffer = new byte[Buffer];
        while (Position < length)
        {
            var leafEnd = Math.Min(((Position / leafSize) + 1) * leafSize, length);
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(Buffer, leafEnd - Position)), Position);
            if (read == 0)
            {
                throw new EndOfStreamException("the .part file shrank");
            }

            whole.AppendData(buffer, 0, read);
            leaf.AppendData(buffer, 0, read);
            Position += read;
            if (Position == leafEnd)
            {
                leaves.Add(leaf.GetHashAndReset());
            }
        }

        return leaves;
    }

    public void Rehash(int leafSize) => Resume(Position, leafSize);

    public string TakeDigest() => Convert.ToHexStringLower(whole.GetHashAndReset());

    /// <summary>Attributes, and with <paramref name="durable"/> the bytes on disk; then the name, in one step.</summary>
    /// <returns>The name it stands under; null when one stands there and was to be left alone.</returns>
    public string? Publish(string target, IfExists rule, (int Mode, long Modified)? attributes, bool durable)
    {
        if (attributes is { } keep)
        {
            File.SetLastWriteTimeUtc(file, Times.ToDateTime(keep.Modified));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, (UnixFileMode)(keep.Mode & 0x1FF));
            }
        }

        if (durable)
        {
            RandomAccess.FlushToDisk(file);
        }

        file.Dispose();
        return GiveName(target, rule);
    }

    public void Dispose()
    {
        file.Dispose();
        whole.Dispose();
    }

    private string? GiveName(string target, IfExists rule)
    {
        if (folder.Rename(temporary, target, replace: rule == IfExists.Overwrite))
        {
            return target;
        }

        return rule switch
        {
            IfExists.Skip => null,
            IfExists.KeepBoth => GiveFreeName(target),
            _ => throw LocalErrors.Refuse(RefusalCode.Exists, target, "it stands already"),
        };
    }

    private string GiveFreeName(string target)
    {
        var slash = target.LastIndexOf('/') + 1;
        var dot = target.LastIndexOf('.');
        var stem = dot > slash ? target[..dot] : target;
        for (var number = 1; number <= MostNumber; number++)
        {
            var name = $"{stem} ({number}){target[stem.Length..]}";
            if (folder.Rename(temporary, name, replace: false))
            {
                return name;
            }
        }

        throw LocalErrors.Refuse(RefusalCode.Exists, target, "no number is free");
    }
}
