using Microsoft.Data.Sqlite;
using Switchboard.Protocol;

namespace Switchboard.Server.Storage.Sqlite;

/// <summary>Links for people without an account, in SQLite.</summary>
internal sealed class SqliteShareStore(Database database, AuditTable log) : IShareStore
{
    private const string Columns =
        "SELECT id, account, secret, path, sha256, size, label, created, expires, count, bytes, used_count, used_bytes, last_used,"
        + " (SELECT name FROM accounts WHERE accounts.id = shares.account) FROM shares";

    public Task AddAsync(StoredShare share, int most, AuditRecord audit) => database.WriteAsync(db =>
    {
        db.Execute("DELETE FROM shares WHERE account = $1 AND expires <= $2", share.Account, share.Created);
        if (db.Number("SELECT count(*) FROM shares WHERE account = $1", share.Account) >= most)
        {
            throw new RefusedException(RefusalCode.OverLimit, null, $"at most {most} links; revoke one");
        }

        db.Execute(
            "INSERT INTO shares (id, account, secret, path, sha256, size, label, created, expires, count, bytes)"
            + " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            share.Id, share.Account, share.Secret, share.Path, share.Sha256, share.Size, share.Label, share.Created, share.Expires, share.Count, share.Bytes);
        log.Append(db, audit);
        return true;
    });

    public StoredShare? Find(string id) => database.Read(db => db.First(Row, Columns + " WHERE id = $1", id));

    public IReadOnlyList<StoredShare> Of(long account) =>
        database.Read(db => db.All(Row, Columns + " WHERE account = $1 ORDER BY created DESC, id LIMIT 100000", account));

    public Task RemoveAsync(long account, string id, AuditRecord audit) => database.WriteAsync(db =>
    {
        if (db.Execute("DELETE FROM shares WHERE id = $1 AND account = $2", id, account) == 0)
        {
            throw new RefusedException(RefusalCode.ShareUnknown, id);
        }

        log.Append(db, audit);
        return true;
    });

    public Task<bool> TryUseAsync(string id, long bytes, long now) => database.WriteAsync(db => db.Execute(
        "UPDATE shares SET used_count = used_count + 1, used_bytes = used_bytes + $2, last_used = $3"
        + " WHERE id = $1 AND expires > $3 AND (count IS NULL OR used_count < count) AND (bytes IS NULL OR used_bytes + $2 <= bytes)",
        id, bytes, now) > 0);

    public Task<bool> TryResumeAsync(string id, long bytes, long now) => database.WriteAsync(db => db.Execute(
        "UPDATE shares SET used_bytes = used_bytes + $2, last_used = $3"
        + " WHERE id = $1 AND expires > $3 AND (count IS NULL OR used_bytes + $2 <= 2 * size * used_count)",
        id, bytes, now) > 0);

    public Task TakeBackAsync(string id, long bytes) => database.WriteAsync(db => db.Execute(
        "UPDATE shares SET used_count = used_count - 1, used_bytes = used_bytes - $2 WHERE id = $1", id, bytes));

    private static StoredShare Row(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Account = row.GetInt64(1),
        Secret = row.GetFieldValue<byte[]>(2),
        Path = row.GetString(3),
        Sha256 = row.IsDBNull(4) ? null : row.GetFieldValue<byte[]>(4),
        Size = row.Integer(5),
        Label = row.Text(6),
        Created = row.GetInt64(7),
        Expires = row.GetInt64(8),
        Count = (int?)row.Integer(9),
        Bytes = row.Integer(10),
        UsedCount = row.GetInt64(11),
        UsedBytes = row.GetInt64(12),
        LastUsed = row.GetInt64(13),
        Owner = row.GetString(14),
    };
}
