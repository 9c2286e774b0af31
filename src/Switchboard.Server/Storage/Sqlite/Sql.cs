using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Switchboard.Server.Storage.Sqlite;

/// <summary>
/// SQL on a connection with statements that stay prepared for the life of the connection. Parameters are <c>$1</c>, <c>$2</c>, … in order.
/// The SQL must be a constant text: every distinct text stays in memory.
/// </summary>
public static class Sql
{
    private static readonly ConditionalWeakTable<SqliteConnection, Dictionary<string, SqliteCommand>> Prepared = [];

    /// <summary>Runs a statement and returns how many rows it changed.</summary>
    public static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> arguments) =>
        Statement(connection, sql, arguments).ExecuteNonQuery();

    /// <summary>The first column of the first row as a number; null when there is no row or the value is NULL.</summary>
    public static long? Number(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> arguments) =>
        Statement(connection, sql, arguments).ExecuteScalar() as long?;

    /// <summary>The first row, or null when there is none.</summary>
    public static T? First<T>(this SqliteConnection connection, Func<SqliteDataReader, T> row, string sql, params ReadOnlySpan<object?> arguments)
        where T : class
    {
        using var reader = Statement(connection, sql, arguments).ExecuteReader();
        return reader.Read() ? row(reader) : null;
    }

    /// <summary>All rows; the caller bounds them in the SQL.</summary>
    public static List<T> All<T>(this SqliteConnection connection, Func<SqliteDataReader, T> row, string sql, params ReadOnlySpan<object?> arguments)
    {
        using var reader = Statement(connection, sql, arguments).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    /// <summary>A text column that may be NULL.</summary>
    public static string? Text(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <summary>A number column that may be NULL.</summary>
    public static long? Integer(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private static SqliteCommand Statement(SqliteConnection connection, string sql, ReadOnlySpan<object?> arguments)
    {
        var commands = Prepared.GetOrCreateValue(connection);
        if (!commands.TryGetValue(sql, out var command))
        {
            command = Create(connection, sql, arguments.Length);
            commands.Add(sql, command);
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            command.Parameters[i].Value = arguments[i] ?? DBNull.Value;
        }

        return command;
    }

    private static SqliteCommand Create(SqliteConnection connection, string sql, int parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is one of the program's constants; values travel as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 1; i <= parameters; i++)
        {
            command.Parameters.AddWithValue("$" + i, DBNull.Value);
        }

        return command;
    }
}
