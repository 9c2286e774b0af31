using System.Globalization;
using System.Security.Cryptography;
using Switchboard.Protocol;
using Switchboard.Server.Services.Audit;
using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Accounts;

/// <summary>Who may come in, and as whom: logins, and the administration of accounts and device tokens.</summary>
/// <exception cref="RefusedException">Every expected "no", from any method.</exception>
public sealed class Accounts : IDisposable
{
    private const int LongestLabel = 100;

    /// <summary>Far beyond what anybody types; it bounds what has to be hashed.</summary>
    private const int LongestPassword = 1_024;

    private readonly IAccountStore _store;
    private readonly AuditLog _audit;
    private readonly TimeProvider _clock;
    private readonly AccountsOptions _options;
    private readonly Logins _logins;
    private readonly PasswordCheck _passwords;

    public Accounts(IAccountStore store, AuditLog audit, TimeProvider clock, AccountsOptions? options = null)
    {
        _store = store;
        _audit = audit;
        _clock = clock;
        _options = options ?? new AccountsOptions();
        _passwords = new PasswordCheck(clock);
        _logins = new Logins(store, audit, clock, _options);
        Sessions = new Sessions(_options.MaxUsers, RefreshAsync);
    }

    /// <summary>Who is logged in now.</summary>
    public Sessions Sessions { get; }

    /// <summary>How files of a removed account are given back; without it nothing is.</summary>
    public HomeRelease? ReleaseHome { get; set; }

    /// <summary>Told the account whose quota was changed.</summary>
    public Action<long>? QuotaChanged { get; set; }

    /// <summary>Told the account that may run nothing any more, and why: what it runs ends.</summary>
    public Action<long, RefusalCode>? RunWithdrawn { get; set; }

    /// <summary>Told the account that may make no links any more: those it has made end.</summary>
    public Action<long>? ShareWithdrawn { get; set; }

    /// <summary>Told the account that is being removed, after it was locked out: what it ran is forgotten.</summary>
    public Func<long, Task>? ForgetJobs { get; set; }

    internal LoginThrottle Throttle => _logins.Throttle;

    /// <summary>A secret of the server's own, of 32 random bytes, the same over restarts.</summary>
    public Task<byte[]> SecretAsync(string name) => _store.SecretAsync(name, 32);

    /// <summary>Begins a SCRAM login.</summary>
    public LoginExchange BeginLogin(LoginOrigin origin) => new(_logins, origin);

    /// <summary>A login whose password, or device token as text, crossed the line (FTP, web). A password costs its derivation here.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.LoginFailed"/>, <see cref="RefusalCode.TooManyTries"/>, <see cref="RefusalCode.AccountDisabled"/>.</exception>
    public async Task<Caller> LoginWithPasswordAsync(string user, string passwordOrToken, LoginOrigin origin, CancellationToken ct)
    {
        var isToken = DeviceToken.TryParse(passwordOrToken, out var token);
        var claim = await _logins.FindAsync(user, isToken ? token!.Id : null).ConfigureAwait(false);
        await _logins.AdmitAsync(claim, origin).ConfigureAwait(false);
        var fits = await _passwords.FitsAsync(claim.Verifier, isToken ? token!.Secret : passwordOrToken, ct).ConfigureAwait(false);
        return await _logins.JudgeAsync(claim, origin, () => fits && claim.Account is not null).ConfigureAwait(false);
    }

    /// <summary>A login by a device token alone (web): the token names its account. Nobody guesses 256 bits, so a wrong one makes nobody wait.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.LoginFailed"/>, <see cref="RefusalCode.AccountDisabled"/>.</exception>
    public async Task<Caller> LoginWithTokenAsync(DeviceToken token, LoginOrigin origin)
    {
        var stored = await _store.FindTokenAsync(token.Id).ConfigureAwait(false);
        var claim = await _logins.FindAsync(stored?.Account ?? "", token.Id).ConfigureAwait(false);
        return await _logins.AcceptAsync(claim, origin, PasswordCheck.Fits(claim.Verifier, token.Secret)).ConfigureAwait(false);
    }

    /// <summary>Whether this is the caller's password: asked again before something that a borrowed browser must not do.</summary>
    public async Task ConfirmPasswordAsync(Caller caller, string password, CancellationToken ct) =>
        await LoginWithPasswordAsync(caller.Account, password, new LoginOrigin(caller.From, caller.Device, Trusted: false, ChannelBinding: null), ct).ConfigureAwait(false);

    /// <summary>Derives what is stored of a password; costs about 0.2 s of one core.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/> for an empty one.</exception>
    public Task<Verifier> VerifierOfAsync(string password, CancellationToken ct) =>
        password.Length is 0 or > LongestPassword
            ? throw new RefusedException(RefusalCode.BadRequest, "password", $"1 to {LongestPassword} characters")
            : Task.Run(() => Scram.CreateVerifier(password, _options.PasswordIterations), ct);

    /// <summary>Who is logged in now: everybody for an administrator, else the caller's own.</summary>
    public IReadOnlyList<SessionEntry> ListSessions(Caller caller) =>
        Sessions.List(session => caller.Allow.HasFlag(Permissions.Admin) || (session.AccountId == caller.AccountId && !session.IsOperator));

    /// <summary>Ends one session. That of a browser cannot come back by itself: its token is revoked.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.NotFound"/>, also for another's without <see cref="Permissions.Admin"/>.</exception>
    public async Task EndSessionAsync(Caller caller, long number)
    {
        var session = ListSessions(caller).FirstOrDefault(session => session.Number == number)
            ?? throw new RefusedException(RefusalCode.NotFound, number.ToString(CultureInfo.InvariantCulture));
        Sessions.End(other => other.Session == number, RefusalCode.LoginRequired);
        _audit.Count(_audit.Record(caller, AuditActions.SessionEnd, session.Account, session.From));
        if (session is { Door: DoorNames.Browser, Token: { } token })
        {
            await RevokeTokenAsync(caller, token).ConfigureAwait(false);
        }
    }

    /// <summary>The server's own user or root on the Unix socket: may administer, has no home and no account.</summary>
    public Caller Operator(string from = "unix") =>
        new() { AccountId = 0, Account = "(operator)", Allow = Permissions.Admin, From = from, IsOperator = true };

    /// <summary>At the first start: adds <c>admin</c> with all permissions and returns its password; null when there is an account already.</summary>
    public async Task<string?> EnsureAdminAsync()
    {
        if ((await _store.ListAccountsAsync().ConfigureAwait(false)).Count > 0)
        {
            return null;
        }

        var password = GeneratedPassword.Create();
        var verifier = Scram.CreateVerifier(password, _options.PasswordIterations);
        var admin = new NewAccount("admin", verifier, (int)PermissionNames.All, null, _clock.Microseconds()) { OnlyFirst = true, Renew = true };
        try
        {
            await _store.AddAccountAsync(admin, _audit.Record(Operator("server"), AuditActions.AccountAdd, "admin")).ConfigureAwait(false);
            return password;
        }
        catch (RefusedException refused) when (refused.Code == RefusalCode.AccountExists)
        {
            return null;
        }
    }

    /// <param name="actor">Needs <see cref="Permissions.Admin"/>.</param>
    /// <param name="name">See <see cref="AccountName"/>.</param>
    /// <param name="verifier">Of its password.</param>
    /// <param name="quota">Bytes; null means none.</param>
    /// <param name="allow">Names of permissions; null means files and chat.</param>
    /// <param name="ftpEncoding">See <see cref="LegacyEncoding"/>; null or <c>none</c> means UTF-8.</param>
    public async Task<AccountEntry> AddAsync(
        Caller actor, string name, Verifier verifier, long? quota, IReadOnlyList<string>? allow, string? ftpEncoding = null)
    {
        actor.Require(Permissions.Admin);
        name = AccountName.Normalize(name);
        RequirePassword(verifier);
        RequireQuota(quota, least: 0);
        var permissions = allow is null ? PermissionNames.Default : PermissionNames.Parse(allow);
        var encoding = Encoding(ftpEncoding) is { Length: > 0 } named ? named : null;
        var detail = $"allow={string.Join(',', PermissionNames.Of(permissions))}" + (quota is null ? "" : $" quota={quota}")
            + (encoding is null ? "" : $" ftp-encoding={encoding}");
        var added = await _store.AddAccountAsync(
            new NewAccount(name, verifier, (int)permissions, quota, _clock.Microseconds()) { FtpEncoding = encoding, Renew = true },
            _audit.Record(actor, AuditActions.AccountAdd, name, detail)).ConfigureAwait(false);
        return Entry(added);
    }

    /// <summary>All accounts by name, or the one named.</summary>
    public async Task<IReadOnlyList<AccountEntry>> ListAsync(Caller actor, string? name = null)
    {
        actor.Require(Permissions.Admin);
        return name is null
            ? [.. (await _store.ListAccountsAsync().ConfigureAwait(false)).Select(Entry)]
            : [Entry(await FindAsync(name).ConfigureAwait(false))];
    }

    /// <summary>Takes effect at once: permissions in running sessions, disabling and a new password by ending them.</summary>
    public async Task<AccountEntry> SetAsync(Caller actor, string name, AccountSettings settings)
    {
        actor.Require(Permissions.Admin);
        RequireQuota(settings.Quota, least: -1);
        if (settings.Verifier is not null)
        {
            RequirePassword(settings.Verifier);
        }

        var account = await FindAsync(name).ConfigureAwait(false);
        var change = new AccountChange
        {
            Allow = settings.Allow is null ? null : (int)PermissionNames.Parse(settings.Allow),
            Quota = settings.Quota,
            Disabled = settings.Disabled,
            FtpEncoding = Encoding(settings.FtpEncoding),
            Run = Run(account, settings),
            Verifier = settings.Verifier,
            Renew = true,
        };
        var changed = await _store.ChangeAccountAsync(account.Id, change, _audit.Record(actor, AuditActions.AccountSet, account.Name, Told(settings))).ConfigureAwait(false);
        await ApplyAsync(changed, settings).ConfigureAwait(false);
        QuotaChanged?.Invoke(changed.Id);
        return Entry(changed);
    }

    /// <summary>Removes an account, its tokens, and with <paramref name="purge"/> what it stored. Ends its sessions.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.NotEmpty"/> when it stores anything and is not to be purged.</exception>
    public async Task RemoveAsync(Caller actor, string name, bool purge)
    {
        actor.Require(Permissions.Admin);
        var account = await FindAsync(name).ConfigureAwait(false);
        if (purge)
        {
            // Nobody may write while it goes. A removal that is cut off leaves a disabled account, and can be repeated.
            var disabling = _audit.Record(actor, AuditActions.AccountSet, account.Name, "disabled to be removed");
            await _store.ChangeAccountAsync(account.Id, new AccountChange { Disabled = true }, disabling).ConfigureAwait(false);
            Sessions.End(account.Name, RefusalCode.AccountUnknown);
            ShareWithdrawn?.Invoke(account.Id);
        }

        if (ForgetJobs is not null)
        {
            await ForgetJobs(account.Id).ConfigureAwait(false);
        }

        if (ReleaseHome is not null)
        {
            await ReleaseHome(actor, account.Id, purge).ConfigureAwait(false);
        }

        ShareWithdrawn?.Invoke(account.Id);

        await _store.RemoveAccountAsync(account.Id, _audit.Record(actor, AuditActions.AccountRemove, account.Name, purge ? "purge" : null)).ConfigureAwait(false);
        Sessions.End(account.Name, RefusalCode.AccountUnknown);
    }

    /// <summary>Changes the caller's own password. Revokes the account's other tokens and ends its other sessions.</summary>
    public async Task SetPasswordAsync(Caller caller, Verifier verifier)
    {
        RequirePassword(verifier);
        var account = await OwnAsync(caller).ConfigureAwait(false);
        await RequireUnconfinedAsync(caller).ConfigureAwait(false);
        await _store.ChangeAccountAsync(
            account.Id,
            new AccountChange { Verifier = verifier, KeepToken = caller.Token },
            _audit.Record(caller, AuditActions.Password, account.Name)).ConfigureAwait(false);
        Sessions.End(other => other.AccountId == account.Id && other.Session != caller.Session, RefusalCode.LoginRequired);
        Sessions.Renewed(account.Id);
    }

    /// <summary>Registers a device token and returns its id. A token never gets more permissions than the one that made it.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.OverLimit"/> when the account has too many, <see cref="RefusalCode.Forbidden"/> for another's account without <see cref="Permissions.Admin"/>.</exception>
    public async Task<string> AddTokenAsync(Caller caller, TokenSettings settings)
    {
        Scram.Validate(settings.Verifier, Scram.TokenIterations);
        RequireToken(settings);
        var account = await OwnOrAdministeredAsync(caller, settings.Account).ConfigureAwait(false);
        var token = new StoredToken
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            AccountId = account.Id,
            Verifier = settings.Verifier,
            Label = settings.Label,
            Device = settings.Device,
            Allow = (int?)await ConfinedAsync(caller, account, settings.Allow).ConfigureAwait(false),
            Created = _clock.Microseconds(),
            Expires = settings.Expires,
        };
        await _store.AddTokenAsync(token, _options.MaxTokens, _audit.Record(caller, AuditActions.TokenAdd, account.Name, token.Id)).ConfigureAwait(false);
        return token.Id;
    }

    /// <summary>The tokens of the caller's own account, or of another with <see cref="Permissions.Admin"/>.</summary>
    public async Task<IReadOnlyList<TokenEntry>> ListTokensAsync(Caller caller, string? account = null)
    {
        var whose = await OwnOrAdministeredAsync(caller, account).ConfigureAwait(false);
        return [.. (await _store.ListTokensAsync(whose.Id).ConfigureAwait(false)).Select(Entry)];
    }

    /// <summary>Revokes a token and ends the sessions it gave.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.TokenUnknown"/>, also for another's without <see cref="Permissions.Admin"/>.</exception>
    public async Task RevokeTokenAsync(Caller caller, string id)
    {
        var token = await _store.FindTokenAsync(id).ConfigureAwait(false);
        if (token is null || (token.AccountId != caller.AccountId && !caller.Allow.HasFlag(Permissions.Admin)))
        {
            throw new RefusedException(RefusalCode.TokenUnknown, AccountName.Shorten(id));
        }

        await _store.RevokeTokenAsync(id, _audit.Record(caller, AuditActions.TokenRevoke, token.Account, id)).ConfigureAwait(false);
        Sessions.End(other => other.Token == id && other.Session != caller.Session, RefusalCode.LoginRequired);
    }

    /// <summary>What the caller's jobs may do, as it is now.</summary>
    public async ValueTask<RunSettings> RunSettingsAsync(Caller caller) => RunSettings.Parse((await OwnAsync(caller).ConfigureAwait(false)).Run);

    /// <summary>An account as somebody acts for it who is not logged in as it, with what it may do now; null when it is disabled or gone.</summary>
    internal async ValueTask<Caller?> StandInAsync(long id, string from) =>
        await _store.FindAccountAsync(id).ConfigureAwait(false) is { Disabled: false } account
            ? new Caller { AccountId = id, Account = account.Name, Allow = (Permissions)account.Allow, From = from }
            : null;

    /// <summary>An account's number; null where there is none of that name.</summary>
    internal async ValueTask<long?> IdOfAsync(string name) => (await _store.FindAccountAsync(name).ConfigureAwait(false))?.Id;

    public void Dispose() => _passwords.Dispose();

    private async Task ApplyAsync(StoredAccount account, AccountSettings settings)
    {
        if (account.Disabled || !((Permissions)account.Allow).HasFlag(Permissions.Run))
        {
            RunWithdrawn?.Invoke(account.Id, account.Disabled ? RefusalCode.AccountDisabled : RefusalCode.Forbidden);
        }

        if (account.Disabled || !((Permissions)account.Allow).HasFlag(Permissions.Share | Permissions.Files))
        {
            ShareWithdrawn?.Invoke(account.Id);
        }

        if (account.Disabled)
        {
            Sessions.End(account.Name, RefusalCode.AccountDisabled);
        }
        else if (settings.Verifier is not null)
        {
            Sessions.End(account.Name, RefusalCode.LoginRequired);
        }
        else if (settings.Allow is not null)
        {
            var tokens = (await _store.ListTokensAsync(account.Id).ConfigureAwait(false)).ToDictionary(t => t.Id);
            Sessions.Update(account.Id, caller => caller.Token is null
                ? (Permissions)account.Allow
                : tokens.TryGetValue(caller.Token, out var token) ? Logins.Effective(account, token) : Permissions.None);
        }
    }

    private async ValueTask<Caller> RefreshAsync(Caller caller)
    {
        if (caller.IsOperator)
        {
            return caller;
        }

        var account = await _store.FindAccountAsync(caller.AccountId).ConfigureAwait(false) ?? throw new RefusedException(RefusalCode.LoginFailed, caller.Account);
        var token = caller.Token is null ? null : await _store.FindTokenAsync(caller.Token).ConfigureAwait(false);
        if (account.Disabled)
        {
            throw new RefusedException(RefusalCode.AccountDisabled, account.Name);
        }

        // A token outlives a new password only if it was kept on purpose.
        return (caller.Token is null ? account.PasswordEpoch == caller.PasswordEpoch : token is not null)
            ? caller with { Allow = Logins.Effective(account, token), FtpEncoding = account.FtpEncoding, MustRenew = account.Renew }
            : throw new RefusedException(RefusalCode.LoginFailed, account.Name);
    }

    private async Task<StoredAccount> FindAsync(string name) =>
        AccountName.TryNormalize(name, out var normal) && await _store.FindAccountAsync(normal).ConfigureAwait(false) is { } account
            ? account
            : throw new RefusedException(RefusalCode.AccountUnknown, AccountName.Shorten(name));

    private async Task<StoredAccount> OwnAsync(Caller caller) =>
        (caller.IsOperator ? null : await _store.FindAccountAsync(caller.AccountId).ConfigureAwait(false))
            ?? throw new RefusedException(RefusalCode.AccountUnknown, caller.Account);

    private async Task<StoredAccount> OwnOrAdministeredAsync(Caller caller, string? account)
    {
        if (account is null || (!caller.IsOperator && AccountName.TryNormalize(account, out var name) && name == caller.Account))
        {
            return await OwnAsync(caller).ConfigureAwait(false);
        }

        caller.Require(Permissions.Admin);
        return await FindAsync(account).ConfigureAwait(false);
    }

    // A token confined to some permissions could otherwise make itself an unconfined one, or a password.
    private async Task<Permissions?> ConfinementAsync(Caller caller) =>
        caller.Token is null ? null : (Permissions?)(await _store.FindTokenAsync(caller.Token).ConfigureAwait(false))?.Allow;

    private async Task<Permissions?> ConfinedAsync(Caller caller, StoredAccount account, IReadOnlyList<string>? allow)
    {
        var asked = allow is null ? (Permissions?)null : PermissionNames.Parse(allow);
        var most = account.Id == caller.AccountId ? await ConfinementAsync(caller).ConfigureAwait(false) : null;
        if (asked is { } wanted && (wanted & ~(most ?? (Permissions)account.Allow)) != 0)
        {
            throw new RefusedException(RefusalCode.Forbidden, account.Name, "a token has at most what its account, and who makes it, may do");
        }

        return asked ?? most;
    }

    private async Task RequireUnconfinedAsync(Caller caller)
    {
        if (await ConfinementAsync(caller).ConfigureAwait(false) is not null)
        {
            throw new RefusedException(RefusalCode.Forbidden, caller.Account, "a token with permissions of its own cannot change the password");
        }
    }

    private void RequirePassword(Verifier verifier)
    {
        Scram.Validate(verifier, _options.PasswordIterations);
        if (verifier.Iterations != _options.PasswordIterations)
        {
            throw new RefusedException(RefusalCode.BadRequest, "verifier.iterations", $"has to be {_options.PasswordIterations}");
        }
    }

    // What a store is told: null stays, empty takes it away.
    private static string? Encoding(string? given) =>
        given is null ? null : given.Equals(LegacyEncoding.None, StringComparison.OrdinalIgnoreCase) ? "" : LegacyEncoding.Parse(given);

    private static string? Run(StoredAccount account, AccountSettings settings) =>
        settings is { RunNetwork: null, RunPrograms: null, RunPaths: null }
            ? null
            : RunSettings.Parse(account.Run).Changed(settings.RunNetwork, settings.RunPrograms, settings.RunPaths).Stored ?? "";

    private static void RequireQuota(long? quota, long least)
    {
        if (quota < least)
        {
            throw new RefusedException(RefusalCode.BadRequest, "quota", $"bytes, at least {least}");
        }
    }

    private void RequireToken(TokenSettings settings)
    {
        if (settings.Verifier.Iterations != Scram.TokenIterations)
        {
            throw new RefusedException(RefusalCode.BadRequest, "verifier.iterations", $"has to be {Scram.TokenIterations}");
        }

        if (settings.Label is { Length: > LongestLabel } || settings.Device is { Length: > 64 })
        {
            throw new RefusedException(RefusalCode.BadRequest, "label", $"at most {LongestLabel} characters, a device 64");
        }

        if (settings.Expires <= _clock.Microseconds())
        {
            throw new RefusedException(RefusalCode.BadRequest, "expires", "lies in the past");
        }
    }

    private static string Told(AccountSettings settings)
    {
        List<string> told = [];
        if (settings.Allow is { } allow)
        {
            told.Add("allow=" + string.Join(',', allow));
        }

        if (settings.Quota is { } quota)
        {
            told.Add(quota < 0 ? "quota=none" : $"quota={quota}");
        }

        if (settings.Disabled is { } disabled)
        {
            told.Add(disabled ? "disabled" : "enabled");
        }

        if (settings.FtpEncoding is { } encoding)
        {
            told.Add("ftp-encoding=" + AccountName.Shorten(encoding));
        }

        if (settings.RunNetwork is { } network)
        {
            told.Add(network ? "run-network" : "run-network=no");
        }

        AddList(told, "run-programs", settings.RunPrograms);
        AddList(told, "run-paths", settings.RunPaths);
        return string.Join(' ', settings.Verifier is null ? told : [.. told, "password"]);
    }

    private static void AddList(List<string> told, string name, IReadOnlyList<string>? list)
    {
        if (list is not null)
        {
            told.Add(name + "=" + AccountName.Shorten(string.Join(',', list)));
        }
    }

    private AccountEntry Entry(StoredAccount account) => Entry(account, RunSettings.Parse(account.Run));

    private AccountEntry Entry(StoredAccount account, RunSettings run) => new()
    {
        Name = account.Name,
        Allow = PermissionNames.Of((Permissions)account.Allow),
        Quota = account.Quota,
        Used = account.Used,
        Disabled = account.Disabled,
        Created = account.Created,
        LastLogin = account.LastLogin,
        Tokens = account.Tokens,
        Sessions = Sessions.Count(account.Name),
        FtpEncoding = account.FtpEncoding,
        RunNetwork = run.Network ? true : null,
        RunPrograms = run.Programs.Count == 0 ? null : [.. run.Programs],
        RunPaths = run.Paths.Count == 0 ? null : [.. run.Paths.Select(path => path.ToString())],
    };

    private static TokenEntry Entry(StoredToken token) => new()
    {
        Id = token.Id,
        Account = token.Account,
        Label = token.Label,
        Device = token.Device,
        Allow = token.Allow is { } allow ? PermissionNames.Of((Permissions)allow) : null,
        Created = token.Created,
        Expires = token.Expires,
        LastUsed = token.LastUsed,
    };
}
