using System.Runtime.CompilerServices;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Protocol;
using Switchboard.Server;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;

namespace Switchboard.Cli.Commands.Server;

/// <summary>On a data directory that no server holds; the same services a server uses, so the same rules and the same audit.</summary>
internal sealed class OfflineAdministration(ServerCore core) : IAdministration
{
    private readonly Caller _actor = core.Accounts.Operator("server");

    /// <exception cref="FailedException">There is no server's data, or it is not ours.</exception>
    public static async Task<IAdministration> OpenAsync(string data)
    {
        // Asked first, for root's own start makes the directory.
        if (!Directory.Exists(data) || (Environment.IsPrivilegedProcess && !File.Exists(DataDirectory.DatabaseOf(data))))
        {
            throw OwnDataText.Of(new DataDirectoryException(DataDirectoryProblem.Missing, data, data));
        }
        try
        {
            return new OfflineAdministration(await ServerCore.OpenAsync(new ServerOptions { Data = data }, Log.Silent, create: false));
        }
        catch (DataDirectoryException problem)
        {
            throw OwnDataText.Of(problem);
        }
    }

    public Task AddAccountAsync(string name, string password, long? quota, string[]? allow, string? ftpEncoding, CancellationToken ct) =>
        core.Accounts.AddAsync(_actor, name, Scram.CreateVerifier(password, Scram.PasswordIterations), quota, allow, ftpEncoding);

    public async IAsyncEnumerable<AccountEntry> AccountsAsync(string? name, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (AccountEntry account in await core.Accounts.ListAsync(_actor, name))
        {
            yield return account;
        }
    }

    public Task SetAccountAsync(string name, long? quota, string[]? allow, bool? disabled, string? password, string? ftpEncoding, CancellationToken ct)
    {
        Verifier? verifier = password is null ? null : Scram.CreateVerifier(password, Scram.PasswordIterations);
        return core.Accounts.SetAsync(_actor, name, new AccountSettings { Quota = quota, Allow = allow, Disabled = disabled, FtpEncoding = ftpEncoding, Verifier = verifier });
    }

    public Task SetRunAsync(string name, bool? network, string[]? programs, string[]? paths, CancellationToken ct) =>
        core.Accounts.SetAsync(_actor, name, new AccountSettings { RunNetwork = network, RunPrograms = programs, RunPaths = paths });

    public Task RemoveAccountAsync(string name, bool purge, CancellationToken ct) => core.Accounts.RemoveAsync(_actor, name, purge);

    public async Task<string> AddTokenAsync(string account, string? label, string[]? allow, DateTimeOffset? expires, CancellationToken ct)
    {
        string secret = DeviceToken.NewSecret();
        var settings = new TokenSettings
        {
            Account = account,
            Verifier = Scram.CreateVerifier(secret, Scram.TokenIterations),
            Label = label,
            Allow = allow,
            Expires = expires is { } end ? (end - DateTimeOffset.UnixEpoch).Ticks / 10 : null,
        };
        return new DeviceToken(await core.Accounts.AddTokenAsync(_actor, settings), secret).ToString();
    }

    public async IAsyncEnumerable<TokenEntry> TokensAsync(string account, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (TokenEntry token in await core.Accounts.ListTokensAsync(_actor, account))
        {
            yield return token;
        }
    }

    public Task RevokeTokenAsync(string id, CancellationToken ct) => core.Accounts.RevokeTokenAsync(_actor, id);

    public async IAsyncEnumerable<AuditEntry> AuditAsync(string? account, int? last, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (AuditEntry entry in await core.Audit.LatestAsync(_actor, account, last))
        {
            yield return entry;
        }
    }

    public ValueTask DisposeAsync() => core.DisposeAsync();
}

/// <summary>Words about a data directory that cannot be used.</summary>
internal static class OwnDataText
{
    public static FailedException Of(DataDirectoryException problem) => problem.Problem switch
    {
        DataDirectoryProblem.Missing => new("not_found", ExitCode.NotFound,
            ($"There is no server's data in {problem.Path}.", $"{problem.Path} 里没有服务器数据。"),
            ("Name its place with --data, start one with 'switchboard serve', or name a server with --server.", "请用 --data 指定位置，用 switchboard serve 启动服务器，或用 --server 指定一台服务器。")),
        DataDirectoryProblem.NotOurs => new("forbidden", ExitCode.Denied,
            ($"{problem.Path} belongs to another user.", $"{problem.Path} 属于其他用户。"),
            ("Run the command as that user, or as root.", "请以该用户或 root 身份运行。")),
        _ => new("busy", ExitCode.TryLater,
            ($"{problem.Path} is in use by another server or command.", $"{problem.Path} 正被另一个服务器或命令使用。"),
            ("Try again in a moment; 'switchboard doctor' shows whether a server runs there.", "请稍后重试；switchboard doctor 可查看是否有服务器在运行。")),
    };
}
