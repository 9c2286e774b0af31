namespace Switchboard.Server.Services.Files;

/// <summary>Limits of the file service; each default says where it comes from.</summary>
public sealed record FilesOptions
{
    /// <summary>Most bytes of one <c>put</c>: one buffer of the bulk path, so that a small file costs one read and one write.</summary>
    public const int PutLimit = 256 * 1024;

    /// <summary>Bytes of a leaf: 0.2 ms of hashing to repair, and 160 KiB of digests for 20 GB.</summary>
    public const int LeafSize = 4 * 1024 * 1024;

    /// <summary>Where the accounts' homes are, one directory (or a symlink to one) per account name.</summary>
    public required string Homes { get; init; }

    /// <summary>Where unfinished uploads are; the same file system as <see cref="Homes"/>, because a rename commits.</summary>
    public required string Partials { get; init; }

    /// <summary>
    /// Changes are answered when they are on the disk. Without it nothing is synced: a power cut or a crash of the kernel may lose or empty files
    /// that were acknowledged, one of the server itself does not; small files, folders, moves and removals are answered at once and their books
    /// (used bytes, digests, audit) follow within <see cref="BooksDelay"/>.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>How long books may be behind where nothing waits for the disk: one transaction for hundreds of small files.</summary>
    public TimeSpan BooksDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Most answered changes whose books are not written; at it, callers wait for them. 0.2 s of one connection's small files.</summary>
    public int BooksBehind { get; init; } = 2048;

    /// <summary>An upload nobody went on with is dropped after this time. A week outlasts a holiday weekend with a broken line.</summary>
    public TimeSpan PartialLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long removed files can be put back; zero frees them at once. A week, as for <see cref="PartialLifetime"/>.</summary>
    public TimeSpan BinLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Most entries of one account's bin; beyond it the oldest go. Some 2 MB of memory and a second of listing.</summary>
    public int BinEntries { get; init; } = 10_000;

    /// <summary>How often expired uploads are looked for.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Bytes of the disk that uploads leave alone, so that the database and logs can still be written.</summary>
    public long DiskReserve { get; init; } = 64L * 1024 * 1024;

    /// <summary>For tests: what the kernel would say is free. Null asks it.</summary>
    internal Func<long>? DiskFree { get; init; }

    /// <summary>Most unfinished uploads of one account; more are refused with <c>over_limit</c>.</summary>
    public int UploadsPerAccount { get; init; } = 1000;

    /// <summary>Most files committed as one group: bounds the intent row (about 100 bytes a file) and the time of one group.</summary>
    public int GroupSize { get; init; } = 512;

    /// <summary>Most commits waiting; at it, callers wait. Four connections with a full window of 1,024 each.</summary>
    public int CommitQueue { get; init; } = 4096;
}
