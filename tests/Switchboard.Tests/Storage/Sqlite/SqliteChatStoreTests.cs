using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Sqlite;

namespace Switchboard.Tests.Storage.Sqlite;

public sealed class SqliteChatStoreTests : ChatStoreContract
{
    private readonly TemporaryFolder _folder = new();
    private readonly Database _database;

    public SqliteChatStoreTests()
    {
        _database = Database.Open(_folder.File("db"));
        Store = new SqliteChatStore(_database, new AuditTable(new AuditLimits()));
    }

    private protected override IChatStore Store { get; }

    public override async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override Task<long> AddAccountAsync(string name) => SqliteFileStoreTests.AddAccountAsync(_database, name);

    protected override Task SettleAsync() => _database.SettleAsync();
}
