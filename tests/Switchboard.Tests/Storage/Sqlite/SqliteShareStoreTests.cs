using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Sqlite;

namespace Switchboard.Tests.Storage.Sqlite;

public sealed class SqliteShareStoreTests : ShareStoreContract
{
    private readonly TemporaryFolder _folder = new();
    private readonly Database _database;

    public SqliteShareStoreTests()
    {
        _database = Database.Open(_folder.File("db"));
        Store = new SqliteShareStore(_database, new AuditTable(new AuditLimits()));
    }

    private protected override IShareStore Store { get; }

    protected override int AuditRows => _database.Read(db => AuditTable.Latest(db, null, 100)).Count;

    public override async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override Task<long> AddAccountAsync(string name) => SqliteFileStoreTests.AddAccountAsync(_database, name);

    protected override Task RemoveAccountAsync(long account) => _database.WriteAsync(db => db.Execute("DELETE FROM accounts WHERE id = $1", account));
}
