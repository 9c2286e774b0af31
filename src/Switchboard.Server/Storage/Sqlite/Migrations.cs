using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Switchboard.Server.Storage.Sqlite;

/// <summary>One step of the schema: <c>Migrations/NNN-name.sql</c>, embedded in the program.</summary>
internal sealed record Migration(int Number, string Name, string Sql);

/// <summary>Brings a database's schema up to what this program knows. The version is SQLite's <c>user_version</c>.</summary>
internal static class Migrations
{
    private const string Prefix = "migrations/";

    /// <summary>The program's own migrations in order.</summary>
    public static IReadOnlyList<Migration> Embedded()
    {
        var assembly = typeof(Migrations).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(Read).OrderBy(m => m.Number)];
    }

    /// <exception cref="DatabaseVersionException">The database was written by a newer program.</exception>
    public static void Apply(SqliteConnection connection, IReadOnlyList<Migration> migrations, string path)
    {
        var known = migrations.Count == 0 ? 0 : migrations[^1].Number;
        var version = Version(connection);
        if (version > known)
        {
            throw new DatabaseVersionException(path, version, known);
        }

        foreach (var migration in migrations.Where(m => m.Number > version))
        {
            ApplyOne(connection, migration);
        }
    }

    // One transaction per step, so that a crash leaves either the old or the new version; the version is read again
    // inside it because another process may have migrated the same file in between.
    private static void ApplyOne(SqliteConnection connection, Migration migration)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        if (Version(connection) < migration.Number)
        {
            Run(connection, migration.Sql);
            Run(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version={migration.Number}"));
        }

        transaction.Commit();
    }

    private static long Version(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return (long)command.ExecuteScalar()!;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Embedded in the program.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static Migration Read(string resource)
    {
        using var stream = typeof(Migrations).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        var name = resource[Prefix.Length..];
        var number = int.Parse(name.AsSpan(0, name.IndexOf('-', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
        return new Migration(number, name, reader.ReadToEnd());
    }
}

/// <summary>The database is of a newer version than the program understands; opening it could lose what the newer one wrote.</summary>
public sealed class DatabaseVersionException(string path, long version, long known)
    : IOException($"{path} has schema version {version}, but this program knows only up to {known}; use the newer program that wrote it")
{
    public long Version { get; } = version;

    public long Known { get; } = known;
}
