using Switchboard.Protocol;

namespace Switchboard.Server.Storage;

/// <summary>A link for people without an account, as it is stored. Times are microseconds since 1970.</summary>
internal sealed record StoredShare
{
    public required string Id { get; init; }
    public required long Account { get; init; }
    /// <summary>The account's name; filled in by the store.</summary>
    public string Owner { get; init; } = "";
    /// <summary>SHA-256 of the secret.</summary>
    public required byte[] Secret { get; init; }
    /// <summary>From the home, without a leading slash.</summary>
    public required string Path { get; init; }
    /// <summary>Of the file that is read; null for a folder that is uploaded into.</summary>
    public byte[]? Sha256 { get; init; }
    /// <summary>Bytes of the file that is read.</summary>
    public long? Size { get; init; }
    public string? Label { get; init; }
    public required long Created { get; init; }
    public required long Expires { get; init; }
    /// <summary>Most downloads, or files; null means any number.</summary>
    public int? Count { get; init; }
    /// <summary>Most bytes that are uploaded.</summary>
    public long? Bytes { get; init; }
    public long UsedCount { get; init; }
    /// <summary>Bytes uploaded, or asked for by downloads and their resumptions.</summary>
    public long UsedBytes { get; init; }
    public long LastUsed { get; init; }
}

/// <summary>Links for people without an account. What changes something writes its audit record in the same transaction.</summary>
internal interface IShareStore
{
    /// <summary>Forgets the account's expired ones first. Refuses with <see cref="RefusalCode.OverLimit"/> when it has <paramref name="most"/> others.</summary>
    Task AddAsync(StoredShare share, int most, AuditRecord audit);

    StoredShare? Find(string id);

    /// <summary>Newest first.</summary>
    IReadOnlyList<StoredShare> Of(long account);

    /// <summary>Refuses with <see cref="RefusalCode.ShareUnknown"/> when the account has none of that id.</summary>
    Task RemoveAsync(long account, string id, AuditRecord audit);

    /// <summary>Counts a download or a file, if the bounds allow it, in one step.</summary>
    /// <returns>False when they do not, or it is gone.</returns>
    Task<bool> TryUseAsync(string id, long bytes, long now);

    /// <summary>Counts bytes that a broken download asks for again, as long as all together stay within twice what the counted ones have.</summary>
    Task<bool> TryResumeAsync(string id, long bytes, long now);

    /// <summary>Takes a file back that was counted and not stored.</summary>
    Task TakeBackAsync(string id, long bytes);
}
