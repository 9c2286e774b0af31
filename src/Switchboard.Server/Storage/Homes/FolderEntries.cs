using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Storage.Homes;

/// <summary>The names in an open folder, read a buffer at a time: constant memory for any number of them.</summary>
internal static class FolderEntries
{
    // struct linux_dirent64: inode (8), offset (8), record length (2), type (1), then the name.
    private const int LengthAt = 16;
    private const int NameAt = 19;

    /// <summary>The buffer of one getdents64; the C library uses the same size.</summary>
    private const int BufferSize = 32 * 1024;

    public static IEnumerable<FileName> Read(SafeFileHandle folder, string? subject)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int filled;
            while ((filled = Kernel.ReadEntries(folder, buffer.AsSpan(0, BufferSize), subject)) > 0)
            {
                for (var at = 0; at < filled;)
                {
                    var length = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + LengthAt));
                    var name = NameIn(buffer.AsSpan(at + NameAt, length - NameAt));
                    at += length;
                    if (name is { } found)
                    {
                        yield return found;
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static FileName? NameIn(ReadOnlySpan<byte> field)
    {
        var name = field[..field.IndexOf((byte)0)];
        return name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) ? null : FileName.From(name);
    }
}
