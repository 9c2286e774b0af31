using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Switchboard.Protocol;

namespace Switchboard.Server.Storage.Sqlite;

/// <summary>Accounts in the server's own SQLite database.</summary>
public sealed class SqliteAccountStore(Database database, AuditTable log) : IAccountStore
{
    /// <summary>Devices remembered per account; the longest unused is forgotten first.</summary>
    private const int MostDevices = 256;

    private const string Accounts =
        """
        SELECT id, name, salt, iterations, stored_key, server_key, allow, quota,
               used_bytes + (SELECT coalesce(sum(reserved), 0) FROM uploads WHERE account = accounts.id), disabled, created, last_login,
               (SELECT count(*) FROM tokens WHERE account = accounts.id), password_epoch, ftp_encoding, run, renew FROM accounts
        """;

    private const string Tokens =
        """
        SELECT t.id, t.account, a.name, t.salt, t.iterations, t.stored_key, t.server_key, t.label, t.device, t.allow, t.created, t.expires, t.last_used
        FROM tokens t JOIN accounts a ON a.id = t.account
        """;

    public Task<StoredAccount> AddAccountAsync(NewAccount account, AuditRecord audit) => database.WriteAsync(c =>
    {
        var taken = account.OnlyFirst ? c.Number("SELECT 1 FROM accounts LIMIT 1") : c.Number("SELECT 1 FROM accounts WHERE name = $1", account.Name);
        if (taken is not null)
        {
            throw new RefusedException(RefusalCode.AccountExists, account.Name);
        }

        var v = account.Verifier;
        c.Execute(
            "INSERT INTO accounts (name, salt, iterations, stored_key, server_key, allow, quota, created, ftp_encoding, renew) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            account.Name, v.Salt, v.Iterations, v.StoredKey, v.ServerKey, account.Allow, account.Quota, account.Created, account.FtpEncoding, account.Renew ? 1 : 0);
        log.Append(c, audit);
        return c.First(AccountRow, Accounts + " WHERE name = $1", account.Name)!;
    });

    public ValueTask<StoredAccount?> FindAccountAsync(string name) =>
        new(database.Read(c => c.First(AccountRow, Accounts + " WHERE name = $1", name)));

    public ValueTask<StoredAccount?> FindAccountAsync(long id) => new(database.Read(c => Account(c, id)));

    public ValueTask<IReadOnlyList<StoredAccount>> ListAccountsAsync() => new(database.Read(c => c.All(AccountRow, Accounts + " ORDER BY name")));

    public Task<StoredAccount> ChangeAccountAsync(long id, AccountChange change, AuditRecord audit) => database.WriteAsync(c =>
    {
        var changed = c.Execute(
            """
            UPDATE accounts SET allow = coalesce($2, allow), quota = CASE WHEN $3 IS NULL THEN quota WHEN $3 < 0 THEN NULL ELSE $3 END,
              disabled = coalesce($4, disabled), ftp_encoding = nullif(coalesce($5, ftp_encoding), ''),
              run = nullif(coalesce($6, run), '') WHERE id = $1
            """,
            id, change.Allow, change.Quota, change.Disabled is { } disabled ? (disabled ? 1 : 0) : null, change.FtpEncoding, change.Run);
        Require(changed, RefusalCode.AccountUnknown);
        if (change.Verifier is { } verifier)
        {
            SetVerifier(c, id, verifier, change);
        }

        log.Append(c, audit);
        return Account(c, id)!;
    });

    public Task RemoveAccountAsync(long id, AuditRecord audit) => database.WriteAsync(c =>
    {
        Require(c.Execute("DELETE FROM accounts WHERE id = $1", id), RefusalCode.AccountUnknown);
        log.Append(c, audit);
        return true;
    });

    public Task AddTokenAsync(StoredToken token, int most, AuditRecord audit) => database.WriteAsync(c =>
    {
        Require((int)(c.Number("SELECT count(*) FROM accounts WHERE id = $1", token.AccountId) ?? 0), RefusalCode.AccountUnknown);
        c.Execute("DELETE FROM tokens WHERE account = $1 AND expires <= $2", token.AccountId, token.Created);
        if (c.Number("SELECT count(*) FROM tokens WHERE account = $1", token.AccountId) >= most)
        {
            throw new RefusedException(RefusalCode.OverLimit, null, $"at most {most} tokens");
        }

        var v = token.Verifier;
        c.Execute(
            """
            INSERT INTO tokens (id, account, salt, iterations, stored_key, server_key, label, device, allow, created, expires)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            token.Id, token.AccountId, v.Salt, v.Iterations, v.StoredKey, v.ServerKey, token.Label, token.Device, token.Allow, token.Created, token.Expires);
        log.Append(c, audit);
        return true;
    });

    public ValueTask<StoredToken?> FindTokenAsync(string id) => new(database.Read(c => c.First(TokenRow, Tokens + " WHERE t.id = $1", id)));

    public ValueTask<IReadOnlyList<StoredToken>> ListTokensAsync(long accountId) =>
        new(database.Read(c => c.All(TokenRow, Tokens + " WHERE t.account = $1 ORDER BY t.created, t.id", accountId)));

    public Task RevokeTokenAsync(string id, AuditRecord audit) => database.WriteAsync(c =>
    {
        Require(c.Execute("DELETE FROM tokens WHERE id = $1", id), RefusalCode.TokenUnknown);
        log.Append(c, audit);
        return true;
    });

    public ValueTask<long?> DeviceLastUsedAsync(long accountId, string device) =>
        new(database.Read(c => c.Number("SELECT last_used FROM devices WHERE account = $1 AND device = $2", accountId, device)));

    public void NoteLogin(LoginNote note) => database.Post(c =>
    {
        c.Execute("UPDATE accounts SET last_login = $2 WHERE id = $1", note.AccountId, note.Time);
        if (note.Token is not null)
        {
            c.Execute("UPDATE tokens SET last_used = $2 WHERE id = $1", note.Token, note.Time);
        }

        if (note.Device is not null)
        {
            NoteDevice(c, note.AccountId, note.Device, note.Time);
        }
    });

    public Task CountAsync(IReadOnlyList<AuditRecord> records) => database.WriteLazilyAsync(c =>
    {
        foreach (var record in records)
        {
            log.Append(c, record);
        }

        return true;
    });

    public async ValueTask<IReadOnlyList<AuditRecord>> AuditAsync(string? account, int last)
    {
        await database.SettleAsync().ConfigureAwait(false);
        return database.Read(c => AuditTable.Latest(c, account, last));
    }

    public Task TrimAuditAsync(long now) => database.WriteAsync(c => log.Trim(c, now));

    public Task<byte[]> SecretAsync(string name, int bytes) => database.WriteAsync(c =>
    {
        c.Execute("INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, RandomNumberGenerator.GetBytes(bytes));
        return c.First(row => row.GetFieldValue<byte[]>(0), "SELECT value FROM secrets WHERE name = $1", name)!;
    });

    private static void SetVerifier(SqliteConnection c, long id, Verifier v, AccountChange change)
    {
        c.Execute(
            "UPDATE accounts SET salt = $2, iterations = $3, stored_key = $4, server_key = $5, password_epoch = password_epoch + 1, renew = $6 WHERE id = $1",
            id, v.Salt, v.Iterations, v.StoredKey, v.ServerKey, change.Renew ? 1 : 0);
        c.Execute("DELETE FROM tokens WHERE account = $1 AND id IS NOT $2", id, change.KeepToken);
    }

    // The account may have been removed between the login and this late note: then there is nothing to remember.
    private static void NoteDevice(SqliteConnection c, long account, string device, long time)
    {
        c.Execute(
            """
            INSERT INTO devices (account, device, last_used) SELECT id, $2, $3 FROM accounts WHERE id = $1
            ON CONFLICT (account, device) DO UPDATE SET last_used = excluded.last_used
            """,
            account, device, time);
        c.Execute(
            """
            DELETE FROM devices WHERE account = $1 AND device IN
              (SELECT device FROM devices WHERE account = $1 ORDER BY last_used DESC LIMIT -1 OFFSET $2)
            """,
            account, MostDevices);
    }

    private static StoredAccount? Account(SqliteConnection c, long id) => c.First(AccountRow, Accounts + " WHERE id = $1", id);

    private static void Require(int rows, RefusalCode otherwise)
    {
        if (rows == 0)
        {
            throw new RefusedException(otherwise);
        }
    }

    private static StoredAccount AccountRow(SqliteDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Name = row.GetString(1),
        Verifier = VerifierAt(row, 2),
        Allow = row.GetInt32(6),
        Quota = row.Integer(7),
        Used = row.GetInt64(8),
        Disabled = row.GetInt64(9) != 0,
        Created = row.GetInt64(10),
        LastLogin = row.Integer(11),
        Tokens = row.GetInt32(12),
        PasswordEpoch = row.GetInt64(13),
        FtpEncoding = row.Text(14),
        Run = row.Text(15),
        Renew = row.GetInt64(16) != 0,
    };

    private static StoredToken TokenRow(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        AccountId = row.GetInt64(1),
        Account = row.GetString(2),
        Verifier = VerifierAt(row, 3),
        Label = row.Text(7),
        Device = row.Text(8),
        Allow = (int?)row.Integer(9),
        Created = row.GetInt64(10),
        Expires = row.Integer(11),
        LastUsed = row.Integer(12),
    };

    private static Verifier VerifierAt(SqliteDataReader row, int column) => new()
    {
        Salt = row.GetString(column),
        Iterations = row.GetInt32(column + 1),
        StoredKey = row.GetString(column + 2),
        ServerKey = row.GetString(column + 3),
    };
}
