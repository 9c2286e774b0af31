using Switchboard.Server.Storage.Sqlite;

namespace Switchboard.Tests.Storage.Sqlite;

public sealed class SqliteAccountStoreTests : AccountStoreContract
{
    private readonly TemporaryFolder _folder = new();
    private Database _database = null!;

    public override ValueTask InitializeAsync()
    {
        _database = Database.Open(_folder.File("switchboard.db"));
        Store = new SqliteAccountStore(_database, new AuditTable(Limits));
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }
}
