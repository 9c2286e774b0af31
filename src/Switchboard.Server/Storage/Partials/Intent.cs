using System.Security.Cryptography;
using Switchboard.Protocol;

namespace Switchboard.Server.Storage.Partials;

/// <summary>One file of a group about to be renamed: enough to finish it after a crash.</summary>
/// <param name="Partial">Its name in the account's folder of partial uploads.</param>
/// <param name="IsUpload">It has a row among the uploads; a small file has none.</param>
internal sealed record IntendedFile(
    long Account, string Partial, bool IsUpload, string Path, IfExists IfExists, bool Parents, long Size, long Inode, byte[]? Sha256, string From);

/// <summary>The content of an intent row.</summary>
internal static class Intent
{
    private const byte Version = 2;

    // Every file had a digest, without a length before it.
    private const byte VersionWithDigests = 1;

    public static byte[] Write(IReadOnlyCollection<IntendedFile> files)
    {
        using var bytes = new MemoryStream(files.Count * 128);
        using var writer = new BinaryWriter(bytes);
        writer.Write(Version);
        writer.Write7BitEncodedInt(files.Count);
        foreach (var file in files)
        {
            Write(writer, file);
        }

        writer.Flush();
        return bytes.ToArray();
    }

    public static IReadOnlyList<IntendedFile> Read(byte[] content)
    {
        using var reader = new BinaryReader(new MemoryStream(content));
        var version = reader.ReadByte();
        if (version is not (Version or VersionWithDigests))
        {
            throw new InvalidDataException("an intent of an unknown version");
        }

        var files = new List<IntendedFile>();
        for (var count = reader.Read7BitEncodedInt(); count > 0; count--)
        {
            files.Add(ReadFile(reader, version));
        }

        return files;
    }

    private static void Write(BinaryWriter writer, IntendedFile file)
    {
        writer.Write7BitEncodedInt64(file.Account);
        writer.Write(file.Partial);
        writer.Write(file.IsUpload);
        writer.Write(file.Path);
        writer.Write((byte)file.IfExists);
        writer.Write(file.Parents);
        writer.Write7BitEncodedInt64(file.Size);
        writer.Write7BitEncodedInt64(file.Inode);
        writer.Write((byte)(file.Sha256?.Length ?? 0));
        writer.Write(file.Sha256 ?? []);
        writer.Write(file.From);
    }

    private static IntendedFile ReadFile(BinaryReader reader, byte version) => new(
        reader.Read7BitEncodedInt64(),
        reader.ReadString(),
        reader.ReadBoolean(),
        reader.ReadString(),
        (IfExists)reader.ReadByte(),
        reader.ReadBoolean(),
        reader.Read7BitEncodedInt64(),
        reader.Read7BitEncodedInt64(),
        reader.ReadBytes(version == VersionWithDigests ? SHA256.HashSizeInBytes : reader.ReadByte()) is { Length: > 0 } digest ? digest : null,
        reader.ReadString());
}
