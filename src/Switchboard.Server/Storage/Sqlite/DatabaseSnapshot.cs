using Microsoft.Data.Sqlite;

namespace Switchboard.Server.Storage.Sqlite;

/// <summary>A consistent copy of a database that others may be writing, from this process or another.</summary>
public static class DatabaseSnapshot
{
    /// <summary>Writes the copy to <paramref name="to"/> (mode 0600), which must not exist.</summary>
    public static void Write(string database, string to)
    {
        SqliteEngine.EnsureLoaded();
        new FileStream(to, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }).Dispose();
        using var source = Open(database);
        Run(source, "VACUUM INTO $1", to);
        using var copy = Open(to);
        // Files go on changing while they are copied after this moment, and get new inodes where they are restored: the copy says of
        // itself what a database says after a crash, so that usage is counted again, and no digest is taken on trust.
        Run(copy, "INSERT OR IGNORE INTO file_service VALUES (1)");
        Run(copy, "DELETE FROM digests");
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
        connection.Open();
        Run(connection, "PRAGMA busy_timeout=5000");
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql, string? argument = null)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        if (argument is not null)
        {
            command.Parameters.AddWithValue("$1", argument);
        }

        command.ExecuteNonQuery();
    }
}
