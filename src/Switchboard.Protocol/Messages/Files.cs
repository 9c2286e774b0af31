namespace Switchboard.Protocol;

/// <summary>One file, folder or link as lists and <c>stat</c> show it.</summary>
public sealed record Entry
{
    /// <summary>Relative to what was listed for <c>list</c>; from the home, starting with <c>/</c>, for <c>stat</c>.</summary>
    public required string Path { get; init; }
    /// <summary><c>file</c>, <c>folder</c>, <c>link</c> (a symlink that is not followed because it leads nowhere inside the home) or <c>other</c>.</summary>
    public required string Type { get; init; }
    public long Size { get; init; }
    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public long Modified { get; init; }
    /// <summary>Permission bits (0 to 0o777).</summary>
    public int Mode { get; init; }
    /// <summary>SHA-256 in lower-case hex, where asked for and known.</summary>
    public string? Sha256 { get; init; }
}

/// <summary>Lists a folder (or one file); answered by <see cref="Items"/> of <see cref="Entry"/>, in no promised order, then <c>ok</c>.</summary>
public sealed record ListRequest : Message
{
    public override string Type => "list";
    public string? Path { get; init; }
    /// <summary>Everything below, folders before what they hold.</summary>
    public bool? Recursive { get; init; }
}

/// <summary>Answered by <see cref="StatAnswer"/>.</summary>
public sealed record StatRequest : Message
{
    public override string Type => "stat";
    public required string Path { get; init; }
    /// <summary>Also the SHA-256, from the store where it is current, else computed.</summary>
    public bool? Digest { get; init; }
    /// <summary>With <see cref="Number"/>: the file of a message of this room, and not a path.</summary>
    public string? Room { get; init; }
    public long? Number { get; init; }
}

public sealed record StatAnswer : Message
{
    public override string Type => "ok";
    public required Entry Entry { get; init; }
}

public sealed record MakeFolder : Message
{
    public override string Type => "mkdir";
    public required string Path { get; init; }
    /// <summary>Make missing parents and do not mind an existing folder.</summary>
    public bool? Parents { get; init; }
    public int? Mode { get; init; }
    public long? Modified { get; init; }
}

/// <summary>Renames or moves; refused with <c>exists</c> where the target stands, unless <see cref="Overwrite"/> and it is a file.</summary>
public sealed record Move : Message
{
    public override string Type => "move";
    public required string From { get; init; }
    public required string To { get; init; }
    public bool? Overwrite { get; init; }
}

public sealed record Remove : Message
{
    public override string Type => "remove";
    public required string Path { get; init; }
    public bool? Recursive { get; init; }
    /// <summary>Free it at once, past the bin.</summary>
    public bool? Forever { get; init; }
}

/// <summary>What a path occupies (du); answered by <see cref="UsageAnswer"/>.</summary>
public sealed record UsageRequest : Message
{
    public override string Type => "usage";
    public string? Path { get; init; }
}

public sealed record UsageAnswer : Message
{
    public override string Type => "ok";
    public required long Bytes { get; init; }
    public required long Files { get; init; }
    public required long Folders { get; init; }
}

/// <summary>The account's room (df); answered by <see cref="SpaceAnswer"/>.</summary>
public sealed record SpaceRequest : Message
{
    public override string Type => "space";
}

public sealed record SpaceAnswer : Message
{
    public override string Type => "ok";
    /// <summary>Bytes; absent means no quota.</summary>
    public long? Quota { get; init; }
    public required long Used { get; init; }
    /// <summary>The part of <see cref="Used"/> that unfinished uploads hold.</summary>
    public required long Partial { get; init; }
    /// <summary>The part of <see cref="Used"/> that the bin holds. It gives way, so it is part of <see cref="Free"/> too.</summary>
    public long Bin { get; init; }
    public required long Free { get; init; }
    public required long DiskFree { get; init; }
}

/// <summary>Reads a file on the server again and compares it with the digest on record; answered by <see cref="VerifyAnswer"/>.</summary>
public sealed record VerifyRequest : Message
{
    public override string Type => "verify";
    public required string Path { get; init; }
}

public sealed record VerifyAnswer : Message
{
    public override string Type => "ok";
    public required string Sha256 { get; init; }
    /// <summary>The digest recorded when the file was stored, if the file was not changed since (by inode, size and times).</summary>
    public string? Recorded { get; init; }
    public required long Total { get; init; }
}

/// <summary>
/// A whole small file in one frame: the payload is the content. Not resumable, answered by <see cref="StoredAnswer"/> when it is durable.
/// May be pipelined up to the server's window; answers come in order.
/// </summary>
public sealed record Put : Message
{
    public override string Type => "put";
    public required string Path { get; init; }
    /// <summary>Of the payload; the server refuses with <c>digest_mismatch</c> when it differs, and nothing is stored.</summary>
    public string? Sha256 { get; init; }
    /// <summary>The sender's modification time, microseconds since 1970.</summary>
    public long? Modified { get; init; }
    /// <summary>Permission bits to keep.</summary>
    public int? Mode { get; init; }
    /// <summary>Give the stored file <see cref="Modified"/> and <see cref="Mode"/>.</summary>
    public bool? Preserve { get; init; }
    /// <summary><c>overwrite</c> (default), <c>skip</c>, <c>keep-both</c> or <c>fail</c>.</summary>
    public string? IfExists { get; init; }
    /// <summary>Make missing parent folders.</summary>
    public bool? Parents { get; init; }
}

/// <summary>
/// Begins or resumes an upload. Answered by <see cref="UploadReady"/>. Then the client sends <see cref="Data"/> frames with the same id
/// and ends with <see cref="Commit"/>. One upload at a time on a connection; closing the connection parks it for resume.
/// </summary>
public sealed record UploadRequest : Message
{
    public override string Type => "upload";
    public required string Path { get; init; }
    /// <summary>Bytes of the whole file; absent when the sender does not know (standard input).</summary>
    public long? Total { get; init; }
    public long? Modified { get; init; }
    public int? Mode { get; init; }
    public bool? Preserve { get; init; }
    public string? IfExists { get; init; }
    public bool? Parents { get; init; }
    /// <summary>The upload to go on with, where the client knows it. Takes over a connection of the same account that still holds it.</summary>
    public string? Upload { get; init; }
    /// <summary>Forget what was kept for this path and begin at 0.</summary>
    public bool? Restart { get; init; }
}

/// <summary>
/// The upload is open. When bytes were kept, <see cref="Kept"/> frames follow whose payloads are the SHA-256 digests (32 bytes each)
/// of the kept bytes in leaves of <see cref="Leaf"/> bytes, the last leaf ending at <see cref="Offset"/>; the client compares them with its
/// source, sends again what differs, and goes on at the offset.
/// </summary>
public sealed record UploadReady : Message
{
    public override string Type => "ready";
    public required string Upload { get; init; }
    /// <summary>Bytes kept.</summary>
    public required long Offset { get; init; }
    public required int Leaf { get; init; }
    /// <summary>There was something kept for this path, but of another source (size or time differ); it was dropped.</summary>
    public bool? SourceChanged { get; init; }
    /// <summary>The file stands and <c>if_exists</c> was <c>skip</c>: nothing is to be sent; the request is finished by this frame.</summary>
    public bool? Skip { get; init; }
}

/// <summary>Digests of kept leaves, in order; the last of them has <see cref="End"/>.</summary>
public sealed record Kept : Message
{
    public override string Type => "kept";
    public bool? End { get; init; }
}

/// <summary>
/// Bytes at an offset. Client to server: within an upload, at most the kept length (no gaps); bytes below it replace. Server to client: the next bytes of a file.
/// </summary>
public sealed record Data : Message
{
    public override string Type => "data";
    public required long Offset { get; init; }
}

/// <summary>The upload is complete: its whole length and digest. Answered by <see cref="StoredAnswer"/> when durable and under its name.</summary>
public sealed record Commit : Message
{
    public override string Type => "commit";
    public required long Total { get; init; }
    public string? Sha256 { get; init; }
}

/// <summary>The file is on disk under its final name.</summary>
public sealed record StoredAnswer : Message
{
    public override string Type => "ok";
    /// <summary>Where it stands (differs from the request with <c>keep-both</c>).</summary>
    public required string Path { get; init; }
    public required long Total { get; init; }
    public required string Sha256 { get; init; }
    /// <summary>The file stood and was left alone (<c>if_exists: skip</c>).</summary>
    public bool? Skipped { get; init; }
}

/// <summary>
/// Stores a file whose content the account already has, found by digest; nothing is sent. Answered by <see cref="StoredAnswer"/>,
/// or <c>not_found</c>.
/// </summary>
public sealed record Adopt : Message
{
    public override string Type => "adopt";
    public required string Path { get; init; }
    public required string Sha256 { get; init; }
    public required long Total { get; init; }
    public long? Modified { get; init; }
    public int? Mode { get; init; }
    public bool? Preserve { get; init; }
    public string? IfExists { get; init; }
    public bool? Parents { get; init; }
}

/// <summary>
/// Reads a file, a range of it, or a whole folder. For each file a <see cref="FileStart"/> that may carry its first bytes,
/// then <see cref="Data"/> frames up to its end, and a <see cref="FileDigest"/> where the start did not have it; then <c>ok</c>.
/// </summary>
public sealed record Get : Message
{
    public override string Type => "get";
    public required string Path { get; init; }
    public long? Offset { get; init; }
    /// <summary>Bytes wanted; absent means to the end.</summary>
    public long? Length { get; init; }
    /// <summary>The path is a folder: send all below it, folders first; paths are relative to it.</summary>
    public bool? Recursive { get; init; }
    /// <summary>With <see cref="Number"/>: the file of a message of this room, and not a path.</summary>
    public string? Room { get; init; }
    public long? Number { get; init; }
}

/// <summary>Within the answer to a recursive <see cref="Get"/>: a folder.</summary>
public sealed record FolderStart : Message
{
    public override string Type => "folder";
    public required string Path { get; init; }
    public long Modified { get; init; }
    public int Mode { get; init; }
}

/// <summary>Within the answer to <see cref="Get"/>: a file; its payload, if any, are the bytes at <see cref="Offset"/>.</summary>
public sealed record FileStart : Message
{
    public override string Type => "file";
    public required string Path { get; init; }
    /// <summary>Bytes of the whole file.</summary>
    public required long Total { get; init; }
    public long Modified { get; init; }
    public int Mode { get; init; }
    /// <summary>Where the bytes that follow begin.</summary>
    public long Offset { get; init; }
    /// <summary>Bytes that follow in this answer, this frame's included.</summary>
    public required long Length { get; init; }
    /// <summary>Of the whole file, where it is known beforehand.</summary>
    public string? Sha256 { get; init; }
    /// <summary>A file of a recursive get that could not be read: the code; no bytes follow.</summary>
    public string? Error { get; init; }
}

/// <summary>The SHA-256 of the whole file just sent, computed while sending.</summary>
public sealed record FileDigest : Message
{
    public override string Type => "digest";
    public required string Sha256 { get; init; }
}

/// <summary>Digests of the leaves of a stored file's first <see cref="Length"/> bytes; answered by <see cref="Kept"/> frames, then <see cref="StatAnswer"/>.</summary>
public sealed record LeavesRequest : Message
{
    public override string Type => "leaves";
    public required string Path { get; init; }
    public required long Length { get; init; }
    /// <summary>With <see cref="Number"/>: the file of a message of this room, and not a path.</summary>
    public string? Room { get; init; }
    public long? Number { get; init; }
}

/// <summary>Unfinished uploads of the account: <see cref="Items"/> of <see cref="UploadEntry"/>, then <c>ok</c>.</summary>
public sealed record UploadsRequest : Message
{
    public override string Type => "uploads";
}

public sealed record UploadEntry
{
    public required string Id { get; init; }
    public required string Path { get; init; }
    /// <summary>The declared size of the whole; absent when unknown.</summary>
    public long? Size { get; init; }
    /// <summary>Bytes kept.</summary>
    public required long Offset { get; init; }
    /// <summary>When the last byte came, microseconds since 1970.</summary>
    public required long Modified { get; init; }
    public required bool Busy { get; init; }
}

/// <summary>Forgets an unfinished upload.</summary>
public sealed record DropUpload : Message
{
    public override string Type => "drop";
    public required string Upload { get; init; }
}

/// <summary>Begins a session in which changes of the account's files are told; answered by <see cref="News"/>, then <c>ok</c>.</summary>
public sealed record WatchRequest : Message
{
    public override string Type => "watch";
}

/// <summary>Ends the session that <see cref="WatchRequest"/> began.</summary>
public sealed record Unwatch : Message
{
    public override string Type => "unwatch";
}

/// <summary>What the account's files are like now; comes at once, and then when something changed.</summary>
public sealed record News : Message
{
    public override string Type => "news";
    /// <summary>Grows with every change.</summary>
    public required long Version { get; init; }
    /// <summary>Bytes; absent means no quota.</summary>
    public long? Quota { get; init; }
    public required long Used { get; init; }
    /// <summary>The part of <see cref="Used"/> that unfinished uploads hold.</summary>
    public required long Partial { get; init; }
    /// <summary>The part of <see cref="Used"/> that the bin holds.</summary>
    public required long Bin { get; init; }
    public required long Free { get; init; }
    /// <summary>From the home: those whose content changed since the last <c>news</c>; absent when they were very many.</summary>
    public string[]? Folders { get; init; }
    /// <summary>Unfinished uploads, at most 100.</summary>
    public required UploadEntry[] Uploads { get; init; }
}
