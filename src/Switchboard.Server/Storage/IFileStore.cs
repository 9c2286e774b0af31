using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Storage;

/// <summary>
/// What lasts about files besides the files: unfinished uploads, intents, bins, digests, used bytes. Tasks complete when the change is on the disk.
/// </summary>
internal interface IFileStore
{
    /// <summary>Notes that a server runs. When the one before did not stop in order, all accounts are marked for a recount.</summary>
    /// <returns>Whether the one before stopped in order.</returns>
    Task<bool> StartAsync();

    /// <summary>Notes an orderly stop.</summary>
    Task StopAsync();

    IReadOnlyList<UploadRecord> Uploads();

    IReadOnlyList<UploadRecord> Uploads(long account);

    /// <summary>Those of one path, from the home.</summary>
    IReadOnlyList<UploadRecord> Uploads(long account, string path);

    Task AddUploadAsync(UploadRecord upload);

    /// <summary>Another sender goes on with an upload: its total, source, device and reservation are those of <paramref name="upload"/> from now on.
    /// One that is gone is no error.</summary>
    Task ChangeUploadAsync(UploadRecord upload);

    /// <summary>Notes when the last byte came and what is reserved; one that is gone is no error.</summary>
    Task TouchUploadAsync(string id, long touched, long reserved);

    /// <summary>Stores an intent before its renames begin. Blocks until it is on the disk: for a thread of one's own.</summary>
    /// <returns>Its number, above 0.</returns>
    long AddIntent(byte[] content);

    /// <summary>Intents that were never finished, oldest first.</summary>
    IReadOnlyList<(long Number, byte[] Content)> Intents();

    Task FinishGroupAsync(GroupOutcome outcome);

    /// <summary>As <see cref="FinishGroupAsync"/>, blocking: for a thread of one's own.</summary>
    void FinishGroup(GroupOutcome outcome);

    /// <summary>An account's bin, oldest first.</summary>
    IReadOnlyList<BinRecord> Bin(long account);

    /// <summary>The ids of everything in any bin.</summary>
    IReadOnlyCollection<string> BinIds();

    /// <summary>Accounts with something in their bin that was removed at <paramref name="before"/> or earlier.</summary>
    IReadOnlyList<long> AccountsWithBin(long before);

    /// <summary>Null for an account that is unknown.</summary>
    AccountSpace? Space(long account);

    /// <summary>Sets the bytes of stored files after a recount, and takes the mark away.</summary>
    Task SetUsedAsync(long account, long used);

    /// <summary>The digest of a file in exactly this state.</summary>
    byte[]? Digest(long account, FileVersion version);

    /// <summary>Files that had this content when last seen.</summary>
    IReadOnlyList<DigestRecord> FilesWith(long account, byte[] sha256, int atMost);

    /// <summary>Notes a digest; may be lost, since it can be computed again.</summary>
    void NoteDigest(DigestRecord digest);

    /// <summary>Tells the audit log of something that changed nothing, such as a download; may be lost by a power cut.</summary>
    void NoteAudit(AuditRecord record);
}
