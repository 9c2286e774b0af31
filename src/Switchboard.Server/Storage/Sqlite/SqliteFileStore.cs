using Microsoft.Data.Sqlite;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Storage.Sqlite;

/// <summary>The file store in SQLite.</summary>
internal sealed class SqliteFileStore(Database database, AuditTable audit) : IFileStore
{
    private const string UploadColumns =
        "SELECT id, account, path, total, modified, device, reserved, created, touched, note FROM uploads";

    // Both bound what one read holds in memory: far above what the per-account limit of uploads allows in practice.
    private const string AllUploads = UploadColumns + " ORDER BY account, created LIMIT 1000000";
    private const string UploadsOfAccount = UploadColumns + " WHERE account = $1 ORDER BY created LIMIT 100000";

    public Task<bool> StartAsync() => database.WriteAsync(db =>
    {
        var clean = db.Number("SELECT 1 FROM file_service") is null;
        if (!clean)
        {
            db.Execute("INSERT OR IGNORE INTO recounts SELECT id FROM accounts");
        }

        db.Execute("INSERT OR IGNORE INTO file_service VALUES (1)");
        return clean;
    });

    public Task StopAsync() => database.WriteAsync(db => db.Execute("DELETE FROM file_service"));

    public IReadOnlyList<UploadRecord> Uploads() => database.Read(db => db.All(ReadUpload, AllUploads));

    public IReadOnlyList<UploadRecord> Uploads(long account) => database.Read(db => db.All(ReadUpload, UploadsOfAccount, account));

    public IReadOnlyList<UploadRecord> Uploads(long account, string path) =>
        database.Read(db => db.All(ReadUpload, UploadColumns + " WHERE account = $1 AND path = $2 ORDER BY created LIMIT 100000", account, path));

    public Task AddUploadAsync(UploadRecord upload) => database.WriteAsync(db => db.Execute(
        "INSERT INTO uploads (id, account, path, total, modified, device, reserved, created, touched, note)"
        + " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        upload.Id, upload.Account, upload.Path, upload.Total, upload.Modified, upload.Device, upload.Reserved, upload.Created, upload.Touched, upload.Note));

    public Task ChangeUploadAsync(UploadRecord upload) => database.WriteAsync(db => db.Execute(
        "UPDATE uploads SET total = $2, modified = $3, device = $4, reserved = $5 WHERE id = $1",
        upload.Id, upload.Total, upload.Modified, upload.Device, upload.Reserved));

    public Task TouchUploadAsync(string id, long touched, long reserved) =>
        database.WriteAsync(db => db.Execute("UPDATE uploads SET touched = $2, reserved = $3 WHERE id = $1", id, touched, reserved));

    public long AddIntent(byte[] content) => database.Write(db =>
    {
        db.Execute("INSERT INTO intents (content) VALUES ($1)", content);
        return db.Number("SELECT last_insert_rowid()")!.Value;
    });

    public IReadOnlyList<(long Number, byte[] Content)> Intents() =>
        database.Read(db => db.All(row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)), "SELECT number, content FROM intents ORDER BY number"));

    public Task FinishGroupAsync(GroupOutcome outcome) => database.WriteAsync(db =>
    {
        Apply(db, outcome);
        return true;
    });

    public void FinishGroup(GroupOutcome outcome) => database.Write(db =>
    {
        Apply(db, outcome);
        return true;
    });

    public IReadOnlyList<BinRecord> Bin(long account) => database.Read(db => db.All(
        ReadBinned, "SELECT id, account, path, folder, size, removed FROM bin WHERE account = $1 ORDER BY removed, id LIMIT 1000000", account));

    public IReadOnlyCollection<string> BinIds() =>
        database.Read(db => db.All(row => row.GetString(0), "SELECT id FROM bin LIMIT 10000000")).ToHashSet(StringComparer.Ordinal);

    public IReadOnlyList<long> AccountsWithBin(long before) =>
        database.Read(db => db.All(row => row.GetInt64(0), "SELECT DISTINCT account FROM bin WHERE removed <= $1 LIMIT 1000000", before));

    public AccountSpace? Space(long account) => database.Read(db => db.First(
        row => new AccountSpace(row.GetString(0), row.Integer(1), row.GetInt64(2), row.GetInt64(3) != 0),
        "SELECT name, quota, used_bytes, EXISTS (SELECT 1 FROM recounts WHERE account = id) FROM accounts WHERE id = $1",
        account));

    public Task SetUsedAsync(long account, long used) => database.WriteAsync(db =>
    {
        db.Execute("DELETE FROM recounts WHERE account = $1", account);
        return db.Execute("UPDATE accounts SET used_bytes = $2 WHERE id = $1", account, used);
    });

    public byte[]? Digest(long account, FileVersion version) => database.Read(db => db.First(
        row => row.GetFieldValue<byte[]>(0),
        "SELECT sha256 FROM digests WHERE account = $1 AND inode = $2 AND size = $3 AND modified_ns = $4 AND changed_ns = $5",
        account, version.Inode, version.Size, version.ModifiedNs, version.ChangedNs));

    public IReadOnlyList<DigestRecord> FilesWith(long account, byte[] sha256, int atMost) => database.Read(db => db.All(
        row => new DigestRecord(account, new FileVersion(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)), sha256, row.GetString(4)),
        "SELECT inode, size, modified_ns, changed_ns, path FROM digests WHERE account = $1 AND sha256 = $2 LIMIT $3",
        account, sha256, (long)atMost));

    public void NoteDigest(DigestRecord digest) => database.Post(db => Put(db, digest));

    public void NoteAudit(AuditRecord record) => database.Post(db => audit.Append(db, record));

    private void Apply(SqliteConnection db, GroupOutcome outcome)
    {
        db.Execute("DELETE FROM intents WHERE number = $1", outcome.Intent);
        foreach (var id in outcome.Uploads)
        {
            db.Execute("DELETE FROM uploads WHERE id = $1", id);
        }

        ApplyBin(db, outcome);
        foreach (var (account, bytes) in outcome.Used)
        {
            db.Execute("UPDATE accounts SET used_bytes = MAX(0, used_bytes + $2) WHERE id = $1", account, bytes);
        }

        ApplyDigests(db, outcome);
        foreach (var record in outcome.Audit)
        {
            audit.Append(db, record);
        }
    }

    // What came and went in one group comes first. An account removed meanwhile took its rows with it.
    private static void ApplyBin(SqliteConnection db, GroupOutcome outcome)
    {
        foreach (var entry in outcome.Binned)
        {
            db.Execute(
                "INSERT OR REPLACE INTO bin (id, account, path, folder, size, removed)"
                + " SELECT $1, $2, $3, $4, $5, $6 WHERE EXISTS (SELECT 1 FROM accounts WHERE id = $2)",
                entry.Id, entry.Account, entry.Path, entry.IsFolder ? 1L : 0L, entry.Size, entry.Removed);
        }

        foreach (var (id, size) in outcome.BinSizes)
        {
            db.Execute("UPDATE bin SET size = $2 WHERE id = $1", id, size);
        }

        foreach (var id in outcome.Unbinned)
        {
            db.Execute("DELETE FROM bin WHERE id = $1", id);
        }
    }

    // What is gone goes first: a new file may have the inode of a removed one.
    private static void ApplyDigests(SqliteConnection db, GroupOutcome outcome)
    {
        foreach (var (account, inode) in outcome.Forgotten)
        {
            db.Execute("DELETE FROM digests WHERE account = $1 AND inode = $2", account, inode);
        }

        // Beneath p are the names from "p/" up to, not including, "p0", because '0' follows '/'.
        foreach (var (account, path) in outcome.RemovedFolders)
        {
            db.Execute("DELETE FROM digests WHERE account = $1 AND path >= $2 AND path < $3", account, path + "/", path + "0");
        }

        foreach (var (account, from, to) in outcome.MovedFolders)
        {
            db.Execute(
                "UPDATE digests SET path = $4 || substr(path, $5) WHERE account = $1 AND path >= $2 AND path < $3",
                account, from + "/", from + "0", to, from.EnumerateRunes().Count() + 1L);
        }

        foreach (var digest in outcome.Digests)
        {
            Put(db, digest);
        }
    }

    // An account removed meanwhile takes its rows with it; a late digest of it is dropped rather than refused.
    private static void Put(SqliteConnection db, DigestRecord digest) => db.Execute(
        "INSERT OR REPLACE INTO digests (account, inode, size, modified_ns, changed_ns, sha256, path)"
        + " SELECT $1, $2, $3, $4, $5, $6, $7 WHERE EXISTS (SELECT 1 FROM accounts WHERE id = $1)",
        digest.Account, digest.Version.Inode, digest.Version.Size, digest.Version.ModifiedNs, digest.Version.ChangedNs, digest.Sha256, digest.Path);

    private static BinRecord ReadBinned(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Account = row.GetInt64(1),
        Path = row.GetString(2),
        IsFolder = row.GetInt64(3) != 0,
        Size = row.Integer(4),
        Removed = row.GetInt64(5),
    };

    private static UploadRecord ReadUpload(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Account = row.GetInt64(1),
        Path = row.GetString(2),
        Total = row.Integer(3),
        Modified = row.Integer(4),
        Device = row.Text(5),
        Reserved = row.GetInt64(6),
        Created = row.GetInt64(7),
        Touched = row.GetInt64(8),
        Note = row.Text(9),
    };
}
