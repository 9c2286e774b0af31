using Switchboard.Protocol;

namespace Switchboard.Server.Storage;

/// <summary>An account as it is stored.</summary>
public sealed record StoredAccount
{
    /// <summary>Never reused.</summary>
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required Verifier Verifier { get; init; }
    /// <summary>Permission bits.</summary>
    public required int Allow { get; init; }
    /// <summary>Bytes; null means no quota.</summary>
    public long? Quota { get; init; }
    /// <summary>Bytes stored, partial uploads included; the file store keeps it.</summary>
    public long Used { get; init; }
    public bool Disabled { get; init; }
    /// <summary>Microseconds since 1970 UTC, as all times here.</summary>
    public required long Created { get; init; }
    public long? LastLogin { get; init; }
    public int Tokens { get; init; }
    /// <summary>Grows with every change of the password, so that what the old one gave can be told from what the new one gave.</summary>
    public long PasswordEpoch { get; init; }
    /// <summary>How its old FTP clients spell names; null means UTF-8.</summary>
    public string? FtpEncoding { get; init; }
    /// <summary>What its jobs may do beyond the rule for all; null means nothing.</summary>
    public string? Run { get; init; }
    /// <summary>Somebody else chose its password.</summary>
    public bool Renew { get; init; }
}

/// <summary>A device token as it is stored.</summary>
public sealed record StoredToken
{
    public required string Id { get; init; }
    public required long AccountId { get; init; }
    /// <summary>The account's name; filled in by the store.</summary>
    public string Account { get; init; } = "";
    public required Verifier Verifier { get; init; }
    public string? Label { get; init; }
    public string? Device { get; init; }
    /// <summary>Permission bits it is confined to; null means whatever the account has.</summary>
    public int? Allow { get; init; }
    public required long Created { get; init; }
    public long? Expires { get; init; }
    public long? LastUsed { get; init; }
}

public sealed record NewAccount(string Name, Verifier Verifier, int Allow, long? Quota, long Created)
{
    /// <summary>Add it only to a store without any account (the first start, which two processes may make at once).</summary>
    public bool OnlyFirst { get; init; }
    public string? FtpEncoding { get; init; }
    /// <summary>Somebody else chose its password.</summary>
    public bool Renew { get; init; }
}

/// <summary>What changes; null stays.</summary>
public sealed record AccountChange
{
    public int? Allow { get; init; }
    /// <summary>Bytes; negative lifts the quota.</summary>
    public long? Quota { get; init; }
    public bool? Disabled { get; init; }
    /// <summary>Empty takes it away.</summary>
    public string? FtpEncoding { get; init; }
    /// <summary>Empty takes it away.</summary>
    public string? Run { get; init; }
    /// <summary>A new password. Removes the account's tokens in the same transaction, except <see cref="KeepToken"/>.</summary>
    public Verifier? Verifier { get; init; }
    public string? KeepToken { get; init; }
    /// <summary>With <see cref="Verifier"/>: somebody else chose it.</summary>
    public bool Renew { get; init; }
}

/// <summary>A login that succeeded.</summary>
public sealed record LoginNote(long AccountId, string? Token, string? Device, long Time);

/// <summary>
/// Accounts, their tokens and devices, and the audit log. What changes something writes its audit record in the same transaction.
/// Any engine has to pass <c>AccountStoreContract</c>.
/// </summary>
/// <exception cref="RefusedException">Every expected "no".</exception>
public interface IAccountStore
{
    /// <summary>Refuses with <see cref="RefusalCode.AccountExists"/>.</summary>
    Task<StoredAccount> AddAccountAsync(NewAccount account, AuditRecord audit);

    ValueTask<StoredAccount?> FindAccountAsync(string name);

    ValueTask<StoredAccount?> FindAccountAsync(long id);

    /// <summary>By name.</summary>
    ValueTask<IReadOnlyList<StoredAccount>> ListAccountsAsync();

    /// <summary>Refuses with <see cref="RefusalCode.AccountUnknown"/>.</summary>
    Task<StoredAccount> ChangeAccountAsync(long id, AccountChange change, AuditRecord audit);

    /// <summary>With its tokens and devices. Refuses with <see cref="RefusalCode.AccountUnknown"/>.</summary>
    Task RemoveAccountAsync(long id, AuditRecord audit);

    /// <summary>Refuses with <see cref="RefusalCode.OverLimit"/> when the account has <paramref name="most"/> tokens, <see cref="RefusalCode.AccountUnknown"/>.</summary>
    Task AddTokenAsync(StoredToken token, int most, AuditRecord audit);

    ValueTask<StoredToken?> FindTokenAsync(string id);

    /// <summary>Oldest first.</summary>
    ValueTask<IReadOnlyList<StoredToken>> ListTokensAsync(long accountId);

    /// <summary>Refuses with <see cref="RefusalCode.TokenUnknown"/>.</summary>
    Task RevokeTokenAsync(string id, AuditRecord audit);

    /// <summary>When the device last logged in to the account; null when it never did, or so long ago that it was forgotten.</summary>
    ValueTask<long?> DeviceLastUsedAsync(long accountId, string device);

    /// <summary>Remembers times and device, soon but not at once: a power cut may lose it.</summary>
    void NoteLogin(LoginNote note);

    /// <summary>Adds records, counting those with a bucket together. May be lost by a power cut.</summary>
    Task CountAsync(IReadOnlyList<AuditRecord> records);

    /// <summary>The latest, newest last.</summary>
    ValueTask<IReadOnlyList<AuditRecord>> AuditAsync(string? account, int last);

    /// <summary>Holds the audit log to its limits of age and size.</summary>
    Task TrimAuditAsync(long now);

    /// <summary>A secret of the server's own, of <paramref name="bytes"/> random bytes, made when first asked for, the same ever after.</summary>
    Task<byte[]> SecretAsync(string name, int bytes);
}
