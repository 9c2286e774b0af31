using System.Security.Cryptography;
using Switchboard.Protocol;

namespace Switchboard.Server.Storage.Partials;

/// <summary>One file of a group about to be renamed: enough to finish it after a crash.</summary>
/// <param name="Partial">Its name in the account's folder of partial uploads.</param>
/// <param name="IsUpload">It has a row among the uploads; a small file has none.</param>
internal sealed record IntendedFile(
    long Account, string Partial, bool IsUpload, string Path, IfExists IfExists, bool Parents, long Size, long Inode, byte[]? Sha256, string From);

/// <summary>A file or folder about to be moved into the bin: enough to find it there after a crash.</summary>
/// <param name="Id">See <see cref="BinRecord"/>, as the rest.</param>
internal sealed record IntendedRemoval(long Account, string Id, string Path, long Removed);

/// <summary>The content of an intent row.</summary>
internal sealed record Intent(IReadOnlyList<IntendedFile> Files, IReadOnlyList<IntendedRemoval> Removals)
{
    private const byte Version = 3;

    // Nothing went into a bin.
    private const byte VersionWithoutBin = 2;

    // Every file had a digest, without a length before it.
    private const byte VersionWithDigests = 1;

    public bool IsEmpty => Files.Count == 0 && Removals.Count == 0;

    public byte[] Write()
    {
        using var bytes = new MemoryStream((Files.Count + Removals.Count) * 128);
        using var writer = new BinaryWriter(bytes);
        writer.Write(Version);
        writer.Write7BitEncodedInt(Files.Count);
        foreach (var file in Files)
        {
            Write(writer, file);
        }

        writer.Write7BitEncodedInt(Removals.Count);
        foreach (var removal in Removals)
        {
            Write(writer, removal);
        }

        writer.Flush();
        return bytes.ToArray();
    }

    public static Intent Read(byte[] content)
    {
        using var reader = new BinaryReader(new MemoryStream(content));
        var version = reader.ReadByte();
        if (version is not (Version or VersionWithoutBin or VersionWithDigests))
        {
            throw new InvalidDataException("an intent of an unknown version");
        }

        var files = new List<IntendedFile>();
        for (var count = reader.Read7BitEncodedInt(); count > 0; count--)
        {
            files.Add(ReadFile(reader, version));
        }

        var removals = new List<IntendedRemoval>();
        for (var count = version == Version ? reader.Read7BitEncodedInt() : 0; count > 0; count--)
        {
            removals.Add(new(reader.Read7BitEncodedInt64(), reader.ReadString(), reader.ReadString(), reader.Read7BitEncodedInt64()));
        }

        return new Intent(files, removals);
    }

    private static void Write(BinaryWriter writer, IntendedRemoval removal)
    {
        writer.Write7BitEncodedInt64(removal.Account);
        writer.Write(removal.Id);
        writer.Write(removal.Path);
        writer.Write7BitEncodedInt64(removal.Removed);
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
