using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Storage;

/// <summary>An unfinished upload as the store keeps it; its bytes are in the partial file of that id. Times are microseconds since 1970.</summary>
internal sealed record UploadRecord
{
    public required string Id { get; init; }
    public required long Account { get; init; }
    /// <summary>From the home, without a leading slash.</summary>
    public required string Path { get; init; }
    public long? Total { get; init; }
    public long? Modified { get; init; }
    public string? Device { get; init; }
    /// <summary>What the door that began it has to know when it goes on with it.</summary>
    public string? Note { get; init; }
    /// <summary>Bytes of quota it holds beyond the file it replaces.</summary>
    public long Reserved { get; init; }
    public long Created { get; init; }
    public long Touched { get; init; }
}

/// <summary>Something that was removed and can be put back; it is <c>bin-ID</c> in the account's folder of partial uploads.</summary>
internal sealed record BinRecord
{
    public required string Id { get; init; }
    public required long Account { get; init; }
    /// <summary>Where it was, from the home, without a leading slash.</summary>
    public required string Path { get; init; }
    public bool IsFolder { get; init; }
    /// <summary>Bytes it counts; null for a folder that nobody has counted yet.</summary>
    public long? Size { get; init; }
    public required long Removed { get; init; }
}

/// <summary>A stored file's digest and the state of the inode for which it holds.</summary>
internal sealed record DigestRecord(long Account, FileVersion Version, byte[] Sha256, string Path);

/// <summary>What the store knows of an account's room.</summary>
/// <param name="Used">Bytes of stored files, removed ones in the bin included; those of uploads are with the uploads.</param>
/// <param name="Recount"><paramref name="Used"/> may be wrong after a crash.</param>
internal sealed record AccountSpace(string Name, long? Quota, long Used, bool Recount);

/// <summary>Everything a group of changes to files leaves in the store, written in one transaction.</summary>
internal sealed class GroupOutcome
{
    private readonly Dictionary<(long Account, long Inode), DigestRecord> _digests = [];
    private readonly List<(long Account, long Inode)> _forgotten = [];
    private readonly List<(long Account, string From, string To)> _movedFolders = [];
    private readonly List<(long Account, string Path)> _removedFolders = [];

    /// <summary>The intent that is carried out, 0 for none.</summary>
    public long Intent { get; set; }

    /// <summary>Uploads that are finished or dropped.</summary>
    public List<string> Uploads { get; } = [];

    /// <summary>Entries that came into a bin.</summary>
    public List<BinRecord> Binned { get; } = [];

    /// <summary>What entries count, by id; one that is gone is no error.</summary>
    public Dictionary<string, long> BinSizes { get; } = [];

    /// <summary>Entries that left their bin, put back or freed.</summary>
    public List<string> Unbinned { get; } = [];

    /// <summary>By how much the bytes of stored files changed, per account.</summary>
    public Dictionary<long, long> Used { get; } = [];

    /// <summary>Digests of files as they are at the end of the group.</summary>
    public IReadOnlyCollection<DigestRecord> Digests => _digests.Values;

    /// <summary>Inodes that are gone; what this group itself noted of them is not among <see cref="Digests"/>.</summary>
    public IReadOnlyList<(long Account, long Inode)> Forgotten => _forgotten;

    /// <summary>Folders that were renamed: everything beneath has a new path.</summary>
    public IReadOnlyList<(long Account, string From, string To)> MovedFolders => _movedFolders;

    /// <summary>Folders that were removed.</summary>
    public IReadOnlyList<(long Account, string Path)> RemovedFolders => _removedFolders;

    public List<AuditRecord> Audit { get; } = [];

    public bool IsEmpty => Intent == 0 && Uploads.Count == 0 && Used.Count == 0 && Digests.Count == 0 && Forgotten.Count == 0
        && MovedFolders.Count == 0 && RemovedFolders.Count == 0 && Audit.Count == 0 && Binned.Count == 0 && BinSizes.Count == 0 && Unbinned.Count == 0;

    public void LeaveBin(BinRecord record) => Unbinned.Add(record.Id);

    public void AddUsed(long account, long bytes) => Used[account] = Used.GetValueOrDefault(account) + bytes;

    public void Note(DigestRecord digest) => _digests[(digest.Account, digest.Version.Inode)] = digest;

    /// <summary>The digest that this group noted for a file in exactly this state.</summary>
    public byte[]? Digest(long account, in FileVersion version) =>
        _digests.TryGetValue((account, version.Inode), out var digest) && digest.Version == version ? digest.Sha256 : null;

    public void Forget(long account, long inode)
    {
        _digests.Remove((account, inode));
        _forgotten.Add((account, inode));
    }

    public void MoveFolder(long account, string from, string to)
    {
        _movedFolders.Add((account, from, to));
        foreach (var digest in Beneath(account, from))
        {
            Note(digest with { Path = to + digest.Path[from.Length..] });
        }
    }

    public void RemoveFolder(long account, string path)
    {
        _removedFolders.Add((account, path));
        Beneath(account, path).ForEach(digest => _digests.Remove((account, digest.Version.Inode)));
    }

    private List<DigestRecord> Beneath(long account, string folder) =>
        [.. _digests.Values.Where(digest => digest.Account == account && digest.Path.StartsWith(folder + "/", StringComparison.Ordinal))];
}
