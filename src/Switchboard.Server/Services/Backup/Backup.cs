namespace Switchboard.Server.Services.Backup;

/// <summary>How far a backup or a restore is.</summary>
public sealed record BackupProgress(long Files, long Bytes, string Path);

/// <summary>What a backup or a restore did.</summary>
public sealed record BackupSummary
{
    public long Files { get; init; }

    public long Bytes { get; init; }

    /// <summary>Files that changed while they were read; they are in the backup with the length they had at first, marked in the manifest.</summary>
    public IReadOnlyList<string> Changed { get; init; } = [];

    /// <summary>What could not be read, and is missing from the backup. At most 1,000 are named.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];
}

/// <summary>
/// A copy of everything a server keeps, as one tar (POSIX.1-2001): a consistent snapshot of the database, the settings, <c>tls/</c>, <c>homes/</c>, <c>partials/</c>,
/// and last <c>manifest</c>, the SHA-256 of each file in the form that <c>sha256sum -c</c> reads. The server may go on running.
/// </summary>
public static class Backup
{
    /// <summary>Name of the last entry: without it a backup is cut off.</summary>
    internal const string Manifest = "manifest";

    internal const string Database = "switchboard.db";

    /// <summary>The operator's settings, where there are any.</summary>
    internal const string Settings = "switchboard.conf";

    internal static readonly string[] Folders = ["tls", "partials", "homes"];

    internal const string FirstLine = "# switchboard backup 1";

    /// <summary>Writes a backup. <paramref name="to"/> need not be seekable.</summary>
    /// <exception cref="Storage.DataDirectoryException">There is no data directory with a database.</exception>
    public static async Task<BackupSummary> WriteAsync(string dataDirectory, Stream to, IProgress<BackupProgress>? progress, CancellationToken ct)
    {
        await using var writer = new BackupWriter(Path.GetFullPath(dataDirectory), to, progress);
        return await writer.WriteAsync(ct).ConfigureAwait(false);
    }

    /// <summary>
    /// Restores a backup into a directory that is empty or does not exist, holding every file against the manifest. Nothing is in
    /// place before everything was compared; modes and times are kept, and so is the certificate, so clients find the server they know.
    /// </summary>
    /// <exception cref="Protocol.RefusedException"><see cref="Protocol.RefusalCode.DigestMismatch"/> for a damaged or cut off backup,
    /// <see cref="Protocol.RefusalCode.NotEmpty"/> for a directory that holds anything, <see cref="Protocol.RefusalCode.Unsupported"/> for a backup of a newer program.</exception>
    public static async Task<BackupSummary> RestoreAsync(Stream from, string dataDirectory, IProgress<BackupProgress>? progress, CancellationToken ct)
    {
        await using var reader = new BackupReader(Path.GetFullPath(dataDirectory), progress);
        return await reader.RestoreAsync(from, ct).ConfigureAwait(false);
    }
}
