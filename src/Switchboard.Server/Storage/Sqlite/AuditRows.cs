using Microsoft.Data.Sqlite;

namespace Switchboard.Server.Storage.Sqlite;

/// <summary>Writes the audit log's rows, within whatever transaction the caller is in.</summary>
internal static class AuditRows
{
    public static void AddAudit(this SqliteConnection db, AuditRecord record) => db.Execute(
        "INSERT INTO audit (time, account, source, action, subject, detail, count) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        record.Time, record.Account, record.From, record.Action, record.Subject, record.Detail, record.Count);
}
