using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;

namespace Switchboard.Client.Local;

/// <summary>What a <c>.part</c> file belongs to; it stands beside it as <c>.part.json</c>.</summary>
internal sealed record PartIdentity
{
    /// <summary>Of the server and its path.</summary>
    public required string Source { get; init; }
    /// <summary>Bytes of the whole.</summary>
    public required long Total { get; init; }
    /// <summary>The server's modification time, microseconds since 1970.</summary>
    public required long Modified { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PartIdentity))]
internal sealed partial class PartJson : JsonSerializerContext;

/// <summary>
/// A download on its way, beside its target: <c>NAME.part</c> and <c>NAME.part.json</c>. A <c>.part</c> without a note of ours is somebody else's file
/// and is left alone.
/// </summary>
internal sealed class PartFile(TargetFolder folder, string target)
{
    private const int MostNote = 64 * 1024;
    private const int LongestName = 255;
    private const int Candidates = 10;

    private string name = "";

    /// <summary>Relative to the folder.</summary>
    public string Name => name;

    private string Note => name + ".json";

    /// <summary>Finds what an earlier call left for this target: its identity and an open file, or null.</summary>
    public (PartIdentity Identity, SafeFileHandle File)? Find()
    {
        for (var i = 0; i < Candidates; i++)
        {
            name = NameFor(i);
            if (folder.Find(name) is not { } stands)
            {
                return null;
            }

            if (stands.Kind == LocalKind.File && ReadNote() is { } identity && folder.OpenFile(name, write: true) is { } file)
            {
                return (identity, file);
            }
        }

        throw LocalErrors.Refuse(Protocol.RefusalCode.Exists, target, "no name is free for its .part file");
    }

    /// <summary>Begins anew under the name that <see cref="Find"/> settled on.</summary>
    public SafeFileHandle Create(PartIdentity identity)
    {
        // The note first: a part without one would be a stranger's after a crash.
        using (var note = folder.CreateFile(Note))
        {
            RandomAccess.Write(note, JsonSerializer.SerializeToUtf8Bytes(identity, PartJson.Default.PartIdentity), 0);
        }

        return folder.CreateFile(name);
    }

    public void Remove()
    {
        folder.RemoveFile(name);
        folder.RemoveFile(Note);
    }

    public void RemoveNote() => folder.RemoveFile(Note);

    private string NameFor(int attempt)
    {
        var slash = target.LastIndexOf('/') + 1;
        var last = target[slash..];
        var ending = attempt == 0 ? ".part" : $".{attempt}.part";
        // With ".json" behind it, it must still be a name the file system takes.
        return Encoding.UTF8.GetByteCount(last) + ending.Length + 5 <= LongestName
            ? target + ending
            : target[..slash] + "." + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(last)).AsSpan(0, 16)) + ending;
    }

    private PartIdentity? ReadNote()
    {
        using var file = folder.Find(Note) is { Kind: LocalKind.File, Size: <= MostNote } ? folder.OpenFile(Note, write: false) : null;
        if (file is null)
        {
            return null;
        }

        var bytes = new byte[MostNote];
        var length = RandomAccess.Read(file, bytes, 0);
        try
        {
            return JsonSerializer.Deserialize(bytes.AsSpan(0, length), PartJson.Default.PartIdentity);
        }
        catch (JsonException)
        {
            // Half a note of a crash, or not ours: what stands beside it proves nothing.
            return null;
        }
    }
}
