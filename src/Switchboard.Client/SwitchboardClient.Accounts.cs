using Switchboard.Protocol;

namespace Switchboard.Client;

// Accounts, tokens and the audit log. Passwords and token secrets never leave this side: verifiers do.
public sealed partial class SwitchboardClient
{
    /// <summary>The account this connection acts for, and its room.</summary>
    public Task<LoginAnswer> WhoAmIAsync(CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>Keeps an idle connection open.</summary>
    public Task PingAsync(CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>Changes the caller's own password; its other sessions end and its other tokens are revoked.</summary>
    public Task ChangePasswordAsync(string newPassword, CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>Makes a device token and returns it as <c>sbt_ID_SECRET</c>; the secret is made here and not sent.</summary>
    /// <param name="label">Shown in lists.</param>
    /// <param name="device">The installation it belongs to.</param>
    /// <param name="allow">At most the account's own permissions; null means all of them, as they change.</param>
    /// <param name="expires">Null means never.</param>
    /// <param name="account">Another account, for administrators; null means the caller's own.</param>
    /// <param name="ct">Stops waiting.</param>
    public Task<string> CreateTokenAsync(string? label = null, string? device = null, IReadOnlyList<string>? allow = null, DateTimeOffset? expires = null, string? account = null, CancellationToken ct = default) => throw new NotSupportedException();

    public IAsyncEnumerable<TokenEntry> ListTokensAsync(string? account = null, CancellationToken ct = default) => throw new NotSupportedException();

    public Task RevokeTokenAsync(string id, CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>Adds an account (permission <c>admin</c>).</summary>
    public Task AddAccountAsync(string name, string password, long? quota = null, IReadOnlyList<string>? allow = null, CancellationToken ct = default) => throw new NotSupportedException();

    public IAsyncEnumerable<AccountEntry> ListAccountsAsync(CancellationToken ct = default) => throw new NotSupportedException();

    /// <exception cref="RefusedException"><see cref="RefusalCode.AccountUnknown"/>.</exception>
    public Task<AccountEntry> GetAccountAsync(string name, CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>Changes what is given; null stays as it is. A quota of -1 lifts it; a new password revokes the account's tokens and ends its sessions.</summary>
    public Task SetAccountAsync(string name, long? quota = null, IReadOnlyList<string>? allow = null, bool? disabled = null, string? password = null, CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>Removes an account; with <paramref name="purge"/> its files too, else a home that holds anything is refused.</summary>
    public Task RemoveAccountAsync(string name, bool purge = false, CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>The latest audit records, newest last (permission <c>admin</c>).</summary>
    public IAsyncEnumerable<AuditEntry> AuditAsync(string? account = null, int? last = null, CancellationToken ct = default) => throw new NotSupportedException();
}
