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
    /// <summary>Bytes of quota it holds beyond the file it replaces.</summary>
    public long Reserved { get; init; }
    public long Created { get; init; }
    public long Touched { get; init; }
}

/// <summary>A stored file's digest and the state of the inode for which it holds.</summary>
internal sealed record DigestRecord(long Account, FileVersion Version, byte[] Sha256, string Path);

/// <summary>What the store knows of an account's room.</summary>
/// <param name="Used">Bytes of stored files; those of uploads are with the uploads.</param>
/// <param name="Recount"><paramref name="Used"/> may be wrong after a crash.</param>
internal sealed record AccountSpace(string Name, long? Quota, long Used, bool Recount);

/// <summary>Everything a group of changes to files leaves in the store, written in one transaction.</summary>
internal sealed class GroupOutcome
{
    /// <summary>The intent that is carried out, 0 for none.</summary>
    public long Intent { get; set; }

    /// <summary>Uploads that are finished or dropped.</summary>
    public List<string> Uploads { get; } = [];

    /// <summary>By how much the bytes of stored files changed, per account.</summary>
    public Dictionary<long, long> Used { get; } = [];

    public List<DigestRecord> Digests { get; } = [];

    /// <summary>Inodes that are gone.</summary>
    public List<(long Account, long Inode)> Forgotten { get; } = [];

    /// <summary>Folders that were renamed: everything beneath has a new path.</summary>
    public List<(long Account, string From, string To)> MovedFolders { get; } = [];

    /// <summary>Folders that were removed.</summary>
    public List<(long Account, string Path)> RemovedFolders { get; } = [];

    public List<AuditRecord> Audit { get; } = [];

    public bool IsEmpty => Intent == 0 && Uploads.Count == 0 && Used.Count == 0 && Digests.Count == 0 && Forgotten.Count == 0
        && MovedFolders.Count == 0 && RemovedFolders.Count == 0 && Audit.Count == 0;

    public void AddUsed(long account, long bytes) => Used[account] = Used.GetValueOrDefault(account) + bytes;
}
