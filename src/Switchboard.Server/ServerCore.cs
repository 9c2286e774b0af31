using Switchboard.Protocol;
using Switchboard.Server.Connections;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Audit;
using Switchboard.Server.Services.Chat;
using Switchboard.Server.Services.Commands;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Services.Shares;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Sqlite;

namespace Switchboard.Server;

/// <summary>
/// A data directory and the services on it, without any door: what a server serves, and what a command that manages a server's data
/// works on while none runs. One process at a time holds it.
/// </summary>
public sealed class ServerCore : IAsyncDisposable
{
    private readonly Database _database;

    private ServerCore(DataDirectory directory, Database database, Accounts accounts, AuditLog audit, Files files, Commands commands, Chat chat, Shares shares)
    {
        Directory = directory;
        _database = database;
        Accounts = accounts;
        Audit = audit;
        Files = files;
        Commands = commands;
        Chat = chat;
        Shares = shares;
    }

    public DataDirectory Directory { get; }

    public Accounts Accounts { get; }

    public AuditLog Audit { get; }

    public Files Files { get; }

    public Commands Commands { get; }

    public Chat Chat { get; }

    public Shares Shares { get; }

    /// <summary>Opens everything, and finishes what a crash left. Started by root it first becomes an ordinary user, see <see cref="ServerOptions.RunAs"/>.</summary>
    /// <exception cref="DataDirectoryException">The directory is in use, missing, or not ours.</exception>
    public static async Task<ServerCore> OpenAsync(ServerOptions options, Log log, bool create = true)
    {
        Privileges.LeaveRoot(options, log);
        DataDirectory directory = DataDirectory.Open(options.Data, create);
        try
        {
            return await OpenAsync(options, directory, log);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private static async Task<ServerCore> OpenAsync(ServerOptions options, DataDirectory directory, Log log)
    {
        Database database = Database.Open(directory.Database, options.Durable);
        var limits = new AuditLimits { Age = options.AuditAge, Rows = options.AuditRows };
        var table = new AuditTable(limits);
        var store = new SqliteAccountStore(database, table);
        var audit = new AuditLog(store, TimeProvider.System);
        var accounts = new Accounts(store, audit, TimeProvider.System, new AccountsOptions { MaxUsers = options.MaxUsers });
        Files files = await Files.StartAsync(FilesOptionsOf(options, directory), database, table);
        accounts.ReleaseHome = files.ReleaseAsync;
        accounts.QuotaChanged = files.QuotaChanged;
        Commands commands = Commands.Start(options.Commands with { Jobs = directory.Jobs, Data = directory.Path, Secrets = SecretsOf(options) }, accounts, audit, files, log);
        accounts.RunWithdrawn = commands.EndAll;
        accounts.ForgetJobs = commands.ForgetAsync;
        Chat chat = await Chat.StartAsync(options.Chat, new SqliteChatStore(database, table), audit, accounts.IdOfAsync, log);
        var shares = new Shares(new SqliteShareStore(database, table), accounts, audit, files, TimeProvider.System);
        accounts.ShareWithdrawn = shares.Withdraw;
        return new ServerCore(directory, database, accounts, audit, files, commands, chat, shares);
    }

    /// <summary>Why it cannot do its work now; null when it can. It reaches the database, for a server whose disk has gone still answers.</summary>
    public async Task<string?> TroubleAsync()
    {
        try
        {
            await _database.WriteAsync(_ => true).WaitAsync(TimeSpan.FromSeconds(2));
            return Files.Homes.IsDiskReserveInUse ? "the disk is full" : null;
        }
        catch (Exception e) when (e is TimeoutException or IOException or InvalidOperationException or RefusedException or System.Data.Common.DbException)
        {
            return "the database does not take writes";
        }
    }

    private static FilesOptions FilesOptionsOf(ServerOptions options, DataDirectory directory) => new()
    {
        Homes = directory.Homes,
        Partials = directory.Partials,
        Durable = options.Durable,
        DiskReserve = options.DiskReserve,
        PartialLifetime = options.PartialExpiry,
        BinLifetime = options.Bin,
    };

    // The operator's own key may lie where programs and their settings do.
    private static string[] SecretsOf(ServerOptions options) => [.. new[] { options.KeyFile, options.ConfigFile }.OfType<string>().Select(Path.GetFullPath)];

    public async ValueTask DisposeAsync()
    {
        await Chat.DisposeAsync();
        await Commands.DisposeAsync();
        await Files.DisposeAsync();
        await Audit.DisposeAsync();
        Accounts.Dispose();
        await _database.DisposeAsync();
        Directory.Dispose();
    }
}
