using Microsoft.Data.Sqlite;

namespace Switchboard.Server.Storage.Sqlite;

/// <summary>The audit log's rows. Every store that shares the database writes them in the transaction of the act they tell of.</summary>
public sealed class AuditTable(AuditLimits limits)
{
    /// <summary>Rows between two looks at the size: the log exceeds its bound by at most this.</summary>
    private const int TrimEvery = 1024;

    private const string Columns = "number, time, account, source, action, subject, detail, count, bucket";

    /// <summary>Appends a row, or counts it in the row of the same bucket.</summary>
    public void Append(SqliteConnection connection, AuditRecord record)
    {
        var before = SQLitePCL.raw.sqlite3_last_insert_rowid(connection.Handle);
        connection.Execute(
            """
            INSERT INTO audit (time, account, source, action, subject, detail, count, bucket) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (bucket) DO UPDATE SET count = count + excluded.count, time = max(time, excluded.time)
            """,
            record.Time, record.Account, record.From, record.Action, record.Subject, record.Detail, record.Count, record.Bucket);
        var number = SQLitePCL.raw.sqlite3_last_insert_rowid(connection.Handle);
        if (number != before && number % TrimEvery == 0)
        {
            TrimRows(connection);
        }
    }

    /// <summary>The latest <paramref name="last"/> records of an account or of all, newest last.</summary>
    public static List<AuditRecord> Latest(SqliteConnection connection, string? account, int last)
    {
        var rows = account is null
            ? connection.All(Row, $"SELECT {Columns} FROM audit ORDER BY number DESC LIMIT $1", last)
            : connection.All(Row, $"SELECT {Columns} FROM audit WHERE account = $1 ORDER BY number DESC LIMIT $2", account, last);
        rows.Reverse();
        return rows;
    }

    /// <summary>Removes what is older than the limit, and what exceeds the number of rows.</summary>
    public int Trim(SqliteConnection connection, long now) =>
        connection.Execute("DELETE FROM audit WHERE time < $1", now - (long)limits.Age.TotalMicroseconds) + TrimRows(connection);

    private int TrimRows(SqliteConnection connection) =>
        connection.Execute(
            "DELETE FROM audit WHERE action = $1 AND number <= (SELECT number FROM audit WHERE action = $1 ORDER BY number DESC LIMIT 1 OFFSET $2)",
            AuditActions.LoginFailed, limits.FailedLoginRows)
        + connection.Execute(
            "DELETE FROM audit WHERE action <> $1 AND number <= (SELECT number FROM audit WHERE action <> $1 ORDER BY number DESC LIMIT 1 OFFSET $2)",
            AuditActions.LoginFailed, limits.Rows);

    private static AuditRecord Row(SqliteDataReader row) => new()
    {
        Number = row.GetInt64(0),
        Time = row.GetInt64(1),
        Account = row.Text(2),
        From = row.Text(3),
        Action = row.GetString(4),
        Subject = row.Text(5),
        Detail = row.Text(6),
        Count = row.GetInt64(7),
        Bucket = row.Text(8),
    };
}
