using Switchboard.Protocol;
using Switchboard.Server.Services.Audit;
using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Accounts;

/// <summary>What a login claims to be: an account (and token) of that name, or a decoy that no proof fits.</summary>
internal sealed record Claim(string Name, string? TokenId, Verifier Verifier, StoredAccount? Account, StoredToken? Token);

/// <summary>The rules every login goes through, whatever its door and mechanism.</summary>
internal sealed class Logins(IAccountStore store, AuditLog audit, TimeProvider clock, AccountsOptions options)
{
    /// <summary>Times of last use are this exact, so that a busy token does not cost a write per login.</summary>
    private const long LastUseGrain = 60_000_000;

    private readonly LoginThrottle _throttle = new(clock);
    private readonly Lazy<Task<byte[]>> _decoySecret = new(() => store.SecretAsync("decoy", 32));

    internal LoginThrottle Throttle => _throttle;

    /// <summary>Finds whose verifier the proof has to fit. Unknown names and tokens get one that is always the same for the same name.</summary>
    public async ValueTask<Claim> FindAsync(string user, string? tokenId)
    {
        var known = AccountName.TryNormalize(user, out var name);
        var account = known ? await store.FindAccountAsync(name).ConfigureAwait(false) : null;
        name = known ? name : AccountName.Shorten(user);
        if (tokenId is null)
        {
            return account is null
                ? await DecoyAsync(name, null, options.PasswordIterations).ConfigureAwait(false)
                : new Claim(name, null, account.Verifier, account, null);
        }

        var token = tokenId.Length <= 64 ? await store.FindTokenAsync(tokenId).ConfigureAwait(false) : null;
        return account is null || token is null || token.AccountId != account.Id || token.Expires <= clock.Microseconds()
            ? await DecoyAsync(name, AccountName.Shorten(tokenId), Scram.TokenIterations).ConfigureAwait(false)
            : new Claim(name, tokenId, token.Verifier, account, token);
    }

    /// <summary>Refuses a source that still has to wait, before any work is done for it.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.TooManyTries"/>.</exception>
    public async ValueTask AdmitAsync(Claim claim, LoginOrigin origin)
    {
        var source = await SourceAsync(claim, origin).ConfigureAwait(false);
        var wait = _throttle.Wait(claim.Name, source);
        if (wait > TimeSpan.Zero)
        {
            throw Held(claim, origin, wait);
        }
    }

    /// <summary>Judges the proof and makes the caller.</summary>
    /// <param name="claim">Of <see cref="FindAsync"/>.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="proof">Quick: comparing, not deriving.</param>
    /// <exception cref="RefusedException"><see cref="RefusalCode.LoginFailed"/>, <see cref="RefusalCode.TooManyTries"/>, <see cref="RefusalCode.AccountDisabled"/> (only after a right proof).</exception>
    public async ValueTask<Caller> JudgeAsync(Claim claim, LoginOrigin origin, Func<bool> proof)
    {
        var source = await SourceAsync(claim, origin).ConfigureAwait(false);
        switch (_throttle.Judge(claim.Name, source, proof))
        {
            case LoginThrottle.Verdict.Held:
                throw Held(claim, origin, _throttle.Wait(claim.Name, source));
            case LoginThrottle.Verdict.Wrong:
                Failed(claim, origin, null);
                throw new RefusedException(RefusalCode.LoginFailed, claim.Name);
        }

        return await EnterAsync(claim, origin).ConfigureAwait(false);
    }

    /// <summary>As <see cref="JudgeAsync"/>, for a secret that nobody can guess: a wrong one is told and noted, and holds nobody up.</summary>
    public async ValueTask<Caller> AcceptAsync(Claim claim, LoginOrigin origin, bool fits)
    {
        if (fits && claim.Account is not null)
        {
            return await EnterAsync(claim, origin).ConfigureAwait(false);
        }

        Failed(claim, origin, null);
        throw new RefusedException(RefusalCode.LoginFailed, claim.Name);
    }

    private async ValueTask<Caller> EnterAsync(Claim claim, LoginOrigin origin)
    {
        var account = claim.Account!;
        if (account.Disabled)
        {
            Failed(claim, origin, "disabled");
            throw new RefusedException(RefusalCode.AccountDisabled, account.Name);
        }

        await SucceededAsync(claim, origin).ConfigureAwait(false);
        // A browser tells its device once, when it gets its token.
        return CallerOf(account, claim.Token, origin.From, origin.Device ?? claim.Token?.Device);
    }

    public static Caller CallerOf(StoredAccount account, StoredToken? token, string from, string? device) => new()
    {
        AccountId = account.Id,
        Account = account.Name,
        Allow = Effective(account, token),
        From = from,
        Device = device,
        Token = token?.Id,
        PasswordEpoch = account.PasswordEpoch,
        FtpEncoding = account.FtpEncoding,
        MustRenew = account.Renew,
    };

    public static Permissions Effective(StoredAccount account, StoredToken? token) =>
        (Permissions)account.Allow & (Permissions?)token?.Allow ?? (Permissions)account.Allow;

    // An address that failed before may be the owner's own, shared with who tries (one router, one proxy): a device that has logged
    // in to this account is judged by its own failures then, so that nobody can lock its owner out.
    private async ValueTask<string> SourceAsync(Claim claim, LoginOrigin origin)
    {
        var address = origin.Source;
        var mayBeKnown = claim.Account is not null && origin.Device is not null && _throttle.HasFailed(claim.Name, address);
        return mayBeKnown && await store.DeviceLastUsedAsync(claim.Account!.Id, origin.Device!).ConfigureAwait(false) is not null
            ? "device " + origin.Device
            : address;
    }

    private async ValueTask SucceededAsync(Claim claim, LoginOrigin origin)
    {
        var (account, now) = (claim.Account!, clock.Microseconds());
        var lastUsed = claim.Token is null ? account.LastLogin : claim.Token.LastUsed;
        var deviceLastUsed = origin.Device is null ? now : await store.DeviceLastUsedAsync(account.Id, origin.Device).ConfigureAwait(false);
        if (!(now - lastUsed < LastUseGrain && now - deviceLastUsed < LastUseGrain))
        {
            store.NoteLogin(new LoginNote(account.Id, claim.Token?.Id, origin.Device, now));
        }

        audit.Count(Record(claim, origin, AuditActions.Login, claim.Token is null ? "password" : "token"));
    }

    private RefusedException Held(Claim claim, LoginOrigin origin, TimeSpan wait)
    {
        Failed(claim, origin, null);
        return new RefusedException(new Refusal(RefusalCode.TooManyTries) { Subject = claim.Name, RetryAfter = Math.Ceiling(wait.TotalSeconds) });
    }

    private void Failed(Claim claim, LoginOrigin origin, string? detail) =>
        audit.Count(Record(claim, origin, AuditActions.LoginFailed, detail));

    private AuditRecord Record(Claim claim, LoginOrigin origin, string action, string? detail) => new()
    {
        Time = clock.Microseconds(),
        Account = claim.Name,
        From = origin.From,
        Action = action,
        Subject = claim.TokenId,
        Detail = detail,
    };

    private async ValueTask<Claim> DecoyAsync(string name, string? tokenId, int iterations)
    {
        var secret = await _decoySecret.Value.ConfigureAwait(false);
        return new Claim(name, tokenId, Scram.CreateDecoy(secret, $"{name}\0{tokenId}", iterations), null, null);
    }
}
