using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Audit;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Sqlite;
using Switchboard.Tests.Storage;
using AccountsService = Switchboard.Server.Services.Accounts.Accounts;

namespace Switchboard.Tests.Accounts;

/// <summary>Accounts over a real database in a folder of its own, with a clock that moves only when told and cheap passwords.</summary>
public sealed class AccountsHouse : IAsyncDisposable
{
    public const int Rounds = 4096;
    public const string Password = "correct horse";
    private static readonly Verifier Known = Scram.CreateVerifier(Password, Rounds);

    private readonly TemporaryFolder _folder = new();
    private readonly Database _database;

    public AccountsHouse(int maxUsers = 100, AuditLimits? limits = null)
    {
        _database = Database.Open(_folder.File("switchboard.db"));
        Store = new SqliteAccountStore(_database, new AuditTable(limits ?? new AuditLimits()));
        Audit = new AuditLog(Store, Clock);
        Accounts = new AccountsService(Store, Audit, Clock, new AccountsOptions { PasswordIterations = Rounds, MaxUsers = maxUsers, MaxTokens = 5 });
        Operator = Accounts.Operator();
    }

    public ManualClock Clock { get; } = new();

    public IAccountStore Store { get; }

    public AuditLog Audit { get; }

    public AccountsService Accounts { get; }

    public Caller Operator { get; }

    public static LoginOrigin From(string address, string? device = null, byte[]? binding = null) => new(address, device, false, binding);

    public static Verifier VerifierOf(string password) => Scram.CreateVerifier(password, Rounds);

    public Task<AccountEntry> AddAsync(string name, params string[] allow) =>
        Accounts.AddAsync(Operator, name, Known, null, allow.Length == 0 ? null : allow);

    /// <summary>A whole SCRAM login; the client checks the server's proof as well.</summary>
    public async Task<Caller> LoginAsync(string user, string password = Password, string from = "192.0.2.1", string? device = null) =>
        await ExchangeAsync(new ScramClient(user, password, null), null, From(from, device));

    public async Task<Caller> LoginWithTokenAsync(string user, DeviceToken token, string from = "192.0.2.1", string? device = null) =>
        await ExchangeAsync(ScramClient.ForToken(user, token, null), token.Id, From(from, device));

    public async Task<Caller> ExchangeAsync(ScramClient client, string? token, LoginOrigin origin)
    {
        var exchange = Accounts.BeginLogin(origin);
        var challenge = await exchange.ChallengeAsync(client.Mechanism, token, client.First(), default);
        var (caller, serverFinal) = await exchange.FinishAsync(client.Final(challenge), default);
        client.Verify(serverFinal);
        return caller;
    }

    public async Task<DeviceToken> AddTokenAsync(Caller caller, string[]? allow = null, long? expires = null, string? account = null)
    {
        var secret = DeviceToken.NewSecret();
        var settings = new TokenSettings { Account = account, Verifier = Scram.CreateVerifier(secret, 1), Allow = allow, Expires = expires };
        return new DeviceToken(await Accounts.AddTokenAsync(caller, settings), secret);
    }

    public Task<Session> EnterAsync(Caller caller, Action<Refusal>? end = null, bool wait = false, Action<int>? onPosition = null, CancellationToken ct = default) =>
        Accounts.Sessions.EnterAsync(caller, wait, onPosition, end ?? (_ => { }), ct);

    public static async Task<Refusal> RefusedAsync(RefusalCode code, Func<Task> act)
    {
        var refused = await Xunit.Assert.ThrowsAsync<RefusedException>(act);
        Xunit.Assert.Equal(code, refused.Code);
        return refused.Refusal;
    }

    public async ValueTask DisposeAsync()
    {
        await Audit.DisposeAsync();
        Accounts.Dispose();
        await _database.DisposeAsync();
        _folder.Dispose();
    }
}
