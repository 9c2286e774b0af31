using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Sqlite;

namespace Switchboard.Tests.Storage.Sqlite;

public sealed class SqliteFileStoreTests : FileStoreContract
{
    private readonly TemporaryFolder _folder = new();
    private readonly Database _database;

    public SqliteFileStoreTests()
    {
        _database = Database.Open(_folder.File("db"));
        Store = new SqliteFileStore(_database, new AuditTable(new AuditLimits()));
    }

    private protected override IFileStore Store { get; }

    public override async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override Task<long> AddAccountAsync(string name) => AddAccountAsync(_database, name);

    internal static Task<long> AddAccountAsync(Database database, string name) => database.WriteAsync(db =>
    {
        db.Execute("INSERT INTO accounts (name, salt, iterations, stored_key, server_key, allow, created) VALUES ($1, '', 1, '', '', 1, 0)", name);
        return db.Number("SELECT last_insert_rowid()")!.Value;
    });
}
