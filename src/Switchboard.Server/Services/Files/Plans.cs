using Switchboard.Protocol;

namespace Switchboard.Server.Services.Files;

/// <summary>A whole small file (at most <see cref="FilesOptions.PutLimit"/> bytes).</summary>
public sealed record PutPlan
{
    public required string Path { get; init; }
    /// <summary>SHA-256 in hex; compared with the content when given.</summary>
    public string? Sha256 { get; init; }
    /// <summary>Microseconds since 1970.</summary>
    public long? Modified { get; init; }
    public int? Mode { get; init; }
    /// <summary>Give the stored file <see cref="Modified"/> and <see cref="Mode"/>.</summary>
    public bool Preserve { get; init; }
    public IfExists IfExists { get; init; }
    /// <summary>Make missing parent folders.</summary>
    public bool Parents { get; init; }
    /// <summary>The sender begins anew: forget what is kept of earlier tries at this path, except what another connection writes.</summary>
    public bool DropUnfinished { get; init; }
    /// <summary>Store it without a digest: <see cref="Stored.Sha256"/> is empty and none is recorded. A <see cref="Sha256"/> given is compared, and recorded, all the same.</summary>
    public bool WithoutDigest { get; init; }
}

/// <summary>Where a sender goes on that knows only a path and an offset.</summary>
/// <param name="At">The byte to go on at: 0 begins anew; null goes on at the end of what is there.</param>
public readonly record struct ByPath(long? At);

/// <summary>The beginning, or the resumption, of an upload.</summary>
public sealed record UploadPlan
{
    public required string Path { get; init; }
    /// <summary>Bytes of the whole; null when the sender does not know. Such an upload is only resumed by its id.</summary>
    public long? Total { get; init; }
    /// <summary>The sender's modification time, microseconds since 1970; part of the source's identity.</summary>
    public long? Modified { get; init; }
    public int? Mode { get; init; }
    public bool Preserve { get; init; }
    public IfExists IfExists { get; init; }
    public bool Parents { get; init; }
    /// <summary>The upload to go on with; whoever else of the account still writes it is ended.</summary>
    public string? UploadId { get; init; }
    /// <summary>Forget what was kept for this path.</summary>
    public bool Restart { get; init; }
    /// <summary>Defaults to the caller's device. The same device takes its own unfinished upload over; another gets one of its own.</summary>
    public string? Device { get; init; }
    /// <summary>
    /// For senders that know neither upload ids nor the identity of their source: what goes on is found by the path alone. A stored file decides
    /// before an unfinished upload does: its first bytes become the beginning of a new version. Null: by <see cref="UploadId"/> and source.
    /// </summary>
    public ByPath? ByPath { get; init; }
    /// <summary>
    /// Bytes the sender says the whole will have at least: reserved before the first byte. A commit with fewer is refused with
    /// <see cref="RefusalCode.SizeMismatch"/> and what came is kept; more may come while the quota lasts.
    /// </summary>
    public long? Announced { get; init; }
    /// <summary>Store it without computing a digest: <see cref="Stored.Sha256"/> is empty and none is recorded.</summary>
    public bool WithoutDigest { get; init; }
    /// <summary>
    /// What the door has to know when it goes on with this upload, kept with it. One with a note is kept before its first byte came: its address
    /// was told. At most <see cref="LongestNote"/> characters.
    /// </summary>
    public string? Note { get; init; }
    /// <summary>For senders who are not the account's: neither gone on with nor dropped is what others have left unfinished at the path.</summary>
    public bool Alone { get; init; }
    /// <summary>What refusals call it; null means its path.</summary>
    public string? ShownAs { get; init; }

    /// <summary>Characters of <see cref="Note"/>: a path at its longest, in base64, and some more.</summary>
    public const int LongestNote = 8_192;
}

/// <summary>An unfinished upload as it was begun.</summary>
/// <param name="Modified">The source's time.</param>
public sealed record UnfinishedUpload(string Id, string Path, long? Total, long? Modified, long Offset, string? Note);

/// <summary>A file to be made of content that the account already holds.</summary>
public sealed record AdoptPlan
{
    public required string Path { get; init; }
    /// <summary>SHA-256 in hex of the content wanted.</summary>
    public required string Sha256 { get; init; }
    public required long Total { get; init; }
    public long? Modified { get; init; }
    public int? Mode { get; init; }
    public bool Preserve { get; init; }
    public IfExists IfExists { get; init; }
    public bool Parents { get; init; }
}

/// <summary>A file that is durable under its name.</summary>
/// <param name="Path">From the home, starting with <c>/</c>; differs from the plan with <see cref="IfExists.KeepBoth"/>.</param>
/// <param name="Sha256">Lower-case hex; empty when <paramref name="Skipped"/> or where no digest was wanted.</param>
/// <param name="Skipped">A file stood there and was left alone.</param>
public sealed record Stored(string Path, long Total, string Sha256, bool Skipped);

/// <summary>A file as it is.</summary>
/// <param name="Version">Differs whenever the content may differ.</param>
/// <param name="Sha256">Where it is on record and current.</param>
public sealed record FileState(Entry Entry, string Version, byte[]? Sha256);

/// <summary>A file read again: its digest now, and the one on record if the file was not changed since.</summary>
public sealed record Verified(string Sha256, string? Recorded, long Total);

/// <summary>What a path holds.</summary>
public readonly record struct Occupied(long Bytes, long Files, long Folders);

/// <summary>An account's room in bytes. <paramref name="Used"/> includes <paramref name="Partial"/>, what unfinished uploads hold.</summary>
/// <param name="Quota">Null means none.</param>
/// <param name="Free">The smaller of what quota and disk leave; what the bin holds gives way, so it counts as free.</param>
/// <param name="Bin">The part of <paramref name="Used"/> that removed files hold.</param>
public sealed record Space(long? Quota, long Used, long Partial, long Free, long DiskFree, long Bin = 0);
