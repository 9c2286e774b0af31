using Switchboard.Protocol;

namespace Switchboard.Client;

// Accounts, tokens and the audit log. Passwords and token secrets never leave this side: verifiers do.
public sealed partial class SwitchboardClient
{
    /// <summary>The account this connection acts for, and its room.</summary>
    public Task<LoginAnswer> WhoAmIAsync(CancellationToken ct = default) =>
        AskAsync(new WhoAmI(), ProtocolJson.Default.WhoAmI, ProtocolJson.Default.LoginAnswer, ct);

    /// <summary>Keeps an idle connection open.</summary>
    public Task PingAsync(CancellationToken ct = default) =>
        AskAsync(new Ping(), ProtocolJson.Default.Ping, ProtocolJson.Default.Done, ct);

    /// <summary>Changes the caller's own password; its other sessions end and its other tokens are revoked.</summary>
    public Task ChangePasswordAsync(string newPassword, CancellationToken ct = default) =>
        AskAsync(new PasswordRequest { Verifier = PasswordVerifier(newPassword) }, ProtocolJson.Default.PasswordRequest, ProtocolJson.Default.Done, ct);

    /// <summary>Makes a device token and returns it as <c>sbt_ID_SECRET</c>; the secret is made here and not sent.</summary>
    /// <param name="label">Shown in lists.</param>
    /// <param name="device">The installation it belongs to.</param>
    /// <param name="allow">At most the account's own permissions; null means all of them, as they change.</param>
    /// <param name="expires">Null means never.</param>
    /// <param name="account">Another account, for administrators; null means the caller's own.</param>
    /// <param name="ct">Stops waiting.</param>
    public async Task<string> CreateTokenAsync(string? label = null, string? device = null, IReadOnlyList<string>? allow = null, DateTimeOffset? expires = null, string? account = null, CancellationToken ct = default)
    {
        var secret = DeviceToken.NewSecret();
        var request = new TokenAdd
        {
            Account = account,
            Verifier = Scram.CreateVerifier(secret, Scram.TokenIterations),
            Label = label,
            Device = device,
            Allow = allow?.ToArray(),
            Expires = expires is { } time ? Times.ToMicroseconds(time) : null,
        };
        var answer = await AskAsync(request, ProtocolJson.Default.TokenAdd, ProtocolJson.Default.TokenAnswer, ct);
        return new DeviceToken(answer.Token, secret).ToString();
    }

    public IAsyncEnumerable<TokenEntry> ListTokensAsync(string? account = null, CancellationToken ct = default) =>
        ListAsync(new TokenList { Account = account }, ProtocolJson.Default.TokenList, ProtocolJson.Default.TokenEntry, ct);

    public Task RevokeTokenAsync(string id, CancellationToken ct = default) =>
        AskAsync(new TokenRevoke { Token = id }, ProtocolJson.Default.TokenRevoke, ProtocolJson.Default.Done, ct);

    /// <summary>Adds an account (permission <c>admin</c>). The encoding is for FTP clients that know no UTF-8, such as <c>gbk</c>.</summary>
    public Task AddAccountAsync(
        string name, string password, long? quota = null, IReadOnlyList<string>? allow = null, string? ftpEncoding = null, CancellationToken ct = default) =>
        AskAsync(
            new AccountAdd { Name = name, Verifier = PasswordVerifier(password), Quota = quota, Allow = allow?.ToArray(), FtpEncoding = ftpEncoding },
            ProtocolJson.Default.AccountAdd, ProtocolJson.Default.Done, ct);

    public IAsyncEnumerable<AccountEntry> ListAccountsAsync(CancellationToken ct = default) =>
        ListAsync(new AccountList(), ProtocolJson.Default.AccountList, ProtocolJson.Default.AccountEntry, ct);

    /// <exception cref="RefusedException"><see cref="RefusalCode.AccountUnknown"/>.</exception>
    public async Task<AccountEntry> GetAccountAsync(string name, CancellationToken ct = default)
    {
        await foreach (var entry in ListAsync(new AccountList { Name = name }, ProtocolJson.Default.AccountList, ProtocolJson.Default.AccountEntry, ct))
        {
            return entry;
        }

        throw new RefusedException(RefusalCode.AccountUnknown, name);
    }

    /// <summary>Changes what is given; null stays as it is. A quota of -1 lifts it, an encoding of <c>none</c> takes it away; a new password revokes the account's tokens and ends its sessions.</summary>
    public Task SetAccountAsync(
        string name, long? quota = null, IReadOnlyList<string>? allow = null, bool? disabled = null, string? password = null, string? ftpEncoding = null, CancellationToken ct = default) =>
        AskAsync(
            new AccountSet
            {
                Name = name,
                Quota = quota,
                Allow = allow?.ToArray(),
                Disabled = disabled,
                FtpEncoding = ftpEncoding,
                Verifier = password is null ? null : PasswordVerifier(password),
            },
            ProtocolJson.Default.AccountSet, ProtocolJson.Default.Done, ct);

    /// <summary>Changes what an account's jobs may do; null stays as it is, an empty list takes away.</summary>
    /// <param name="network">They see the machine's network.</param>
    /// <param name="programs">The only ones they may begin with.</param>
    /// <param name="paths">Outside the home, with <c>:rw</c> behind those they may write.</param>
    public Task SetAccountRunAsync(string name, bool? network, IReadOnlyList<string>? programs, IReadOnlyList<string>? paths, CancellationToken ct = default) =>
        AskAsync(
            new AccountSet { Name = name, RunNetwork = network, RunPrograms = programs?.ToArray(), RunPaths = paths?.ToArray() },
            ProtocolJson.Default.AccountSet, ProtocolJson.Default.Done, ct);

    /// <summary>Removes an account; with <paramref name="purge"/> its files too, else a home that holds anything is refused.</summary>
    public Task RemoveAccountAsync(string name, bool purge = false, CancellationToken ct = default) =>
        AskAsync(new AccountRemove { Name = name, Purge = purge ? true : null }, ProtocolJson.Default.AccountRemove, ProtocolJson.Default.Done, ct);

    /// <summary>The latest audit records, newest last (permission <c>admin</c>).</summary>
    public IAsyncEnumerable<AuditEntry> AuditAsync(string? account = null, int? last = null, CancellationToken ct = default) =>
        ListAsync(new AuditRequest { Account = account, Last = last }, ProtocolJson.Default.AuditRequest, ProtocolJson.Default.AuditEntry, ct);

    private static Verifier PasswordVerifier(string password) => Scram.CreateVerifier(password, Scram.PasswordIterations);
}
