using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Server;

/// <summary>What can be done with accounts, tokens and the audit log: over a connection, or on a data directory that no server holds.</summary>
internal interface IAdministration : IAsyncDisposable
{
    Task AddAccountAsync(string name, string password, long? quota, string[]? allow, string? ftpEncoding, CancellationToken ct);

    /// <param name="name">Only this one; null for all.</param>
    /// <param name="ct">Stops it.</param>
    IAsyncEnumerable<AccountEntry> AccountsAsync(string? name, CancellationToken ct);

    /// <summary>Null leaves a thing as it is; a quota of -1 lifts it, an encoding of <c>none</c> takes it away.</summary>
    Task SetAccountAsync(string name, long? quota, string[]? allow, bool? disabled, string? password, string? ftpEncoding, CancellationToken ct);

    /// <summary>What the account's jobs may do; null leaves a thing as it is, an empty list takes it away.</summary>
    Task SetRunAsync(string name, bool? network, string[]? programs, string[]? paths, CancellationToken ct);

    Task RemoveAccountAsync(string name, bool purge, CancellationToken ct);

    /// <returns>The whole token; its secret is nowhere else.</returns>
    Task<string> AddTokenAsync(string account, string? label, string[]? allow, DateTimeOffset? expires, CancellationToken ct);

    IAsyncEnumerable<TokenEntry> TokensAsync(string account, CancellationToken ct);

    Task RevokeTokenAsync(string id, CancellationToken ct);

    IAsyncEnumerable<AuditEntry> AuditAsync(string? account, int? last, CancellationToken ct);
}

/// <summary>Over a connection: the Unix socket of a server on this machine, or any server where the account has <c>admin</c>.</summary>
internal sealed class OnlineAdministration(SwitchboardClient client) : IAdministration
{
    public Task AddAccountAsync(string name, string password, long? quota, string[]? allow, string? ftpEncoding, CancellationToken ct) =>
        client.AddAccountAsync(name, password, quota, allow, ftpEncoding, ct);

    public async IAsyncEnumerable<AccountEntry> AccountsAsync(string? name, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        if (name is not null)
        {
            yield return await client.GetAccountAsync(name, ct);
            yield break;
        }
        await foreach (AccountEntry account in client.ListAccountsAsync(ct))
        {
            yield return account;
        }
    }

    public Task SetAccountAsync(string name, long? quota, string[]? allow, bool? disabled, string? password, string? ftpEncoding, CancellationToken ct) =>
        client.SetAccountAsync(name, quota, allow, disabled, password, ftpEncoding, ct);

    public Task SetRunAsync(string name, bool? network, string[]? programs, string[]? paths, CancellationToken ct) => client.SetAccountRunAsync(name, network, programs, paths, ct);

    public Task RemoveAccountAsync(string name, bool purge, CancellationToken ct) => client.RemoveAccountAsync(name, purge, ct);

    public Task<string> AddTokenAsync(string account, string? label, string[]? allow, DateTimeOffset? expires, CancellationToken ct) => client.CreateTokenAsync(label, null, allow, expires, account, ct);

    public IAsyncEnumerable<TokenEntry> TokensAsync(string account, CancellationToken ct) => client.ListTokensAsync(account, ct);

    public Task RevokeTokenAsync(string id, CancellationToken ct) => client.RevokeTokenAsync(id, ct);

    public IAsyncEnumerable<AuditEntry> AuditAsync(string? account, int? last, CancellationToken ct) => client.AuditAsync(account, last, ct);

    public ValueTask DisposeAsync() => client.DisposeAsync();
}

/// <summary>Chooses the way in.</summary>
internal static class AdministrationDoor
{
    /// <summary>The server that was named; else the one running on the data directory; else the directory itself.</summary>
    public static async Task<IAdministration> OpenAsync(Invocation call)
    {
        if (Reach.IsNamed(call, ServerSettings.Data))
        {
            return new OnlineAdministration(await new Reach(call).ConnectAsync(call.Stop));
        }
        string data = OwnData.Of(call);
        return await RunningAsync(call, data) is { } client ? new OnlineAdministration(client) : await OfflineAdministration.OpenAsync(data);
    }

    // A socket that nobody answers on is what a killed server leaves behind.
    private static async Task<SwitchboardClient?> RunningAsync(Invocation call, string data)
    {
        string socket = OwnData.SocketOf(data);
        if (!File.Exists(socket))
        {
            return null;
        }
        try
        {
            var options = new ConnectOptions { Address = ServerAddress.Unix(socket), Lang = call.Printer.Language.Tag(), ClientName = "switchboard-cli" };
            return await SwitchboardClient.ConnectAsync(options, call.Stop);
        }
        catch (RefusedException refused) when (refused.Code == RefusalCode.NoConnection)
        {
            return null;
        }
    }
}
