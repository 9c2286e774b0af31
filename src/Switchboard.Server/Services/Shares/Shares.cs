using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Audit;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Shares;

/// <summary>
/// Links by which people without an account read one file of a home, or send files into one folder of it (docs/decisions/0009-bin-and-shares.md).
/// </summary>
/// <exception cref="RefusedException">Every expected "no", from any method.</exception>
public sealed class Shares
{
    private const int LongestLabel = 100;
    private const int SecretBytes = 32;
    private const int SecretCharacters = 43;
    private const int MostUses = 1_000_000;

    private readonly IShareStore _store;
    private readonly Accounts.Accounts _accounts;
    private readonly AuditLog _audit;
    private readonly Files.Files _files;
    private readonly TimeProvider _clock;
    private readonly SharesOptions _options;

    internal Shares(IShareStore store, Accounts.Accounts accounts, AuditLog audit, Files.Files files, TimeProvider clock, SharesOptions? options = null)
    {
        (_store, _accounts, _audit, _files, _clock) = (store, accounts, audit, files, clock);
        _options = options ?? new SharesOptions();
    }

    internal ShareWatch Watch { get; } = new();

    internal IShareStore Store => _store;

    internal Files.Files Files => _files;

    internal long Now => _clock.Microseconds();

    internal SharesOptions Options => _options;

    /// <summary>Makes a link; needs <see cref="Permissions.Share"/> and <see cref="Permissions.Files"/>.</summary>
    public async Task<SharedLink> AddAsync(Caller caller, SharePlan plan)
    {
        caller.Require(Permissions.Share | Permissions.Files);
        // One reading of the clock: two would make a link of a week live a moment longer than a week.
        var now = Now;
        Check(plan, now);
        var secret = RandomNumberGenerator.GetBytes(SecretBytes);
        var share = await BindAsync(caller, plan, new StoredShare
        {
            // 64 random bits: no secret, only never twice.
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            Account = caller.AccountId,
            Secret = SHA256.HashData(secret),
            Path = RemotePath.Parse(plan.Path).Relative,
            Label = plan.Label,
            Created = now,
            Expires = plan.Expires ?? now + (long)_options.Lifetime.TotalMicroseconds,
            Count = plan.Count ?? (plan.Upload ? _options.Files : null),
            Bytes = plan.Upload ? plan.Bytes ?? _options.Bytes : null,
        });
        foreach (var expired in _store.Of(caller.AccountId).Where(old => old.Expires <= now))
        {
            Watch.End(expired.Id);
        }

        var kind = plan.Upload ? "upload" : "read";
        await _store.AddAsync(share, _options.PerAccount, _audit.Record(caller, AuditActions.ShareAdd, "/" + share.Path, $"{share.Id} {kind}"));
        return new SharedLink(Entry(share, isVoid: false), Base64Url.EncodeToString(secret));
    }

    /// <summary>The caller's own, newest first.</summary>
    public async Task<IReadOnlyList<ShareEntry>> ListAsync(Caller caller)
    {
        List<ShareEntry> entries = [];
        foreach (var share in _store.Of(caller.AccountId))
        {
            entries.Add(Entry(share, isVoid: await OwnerAsync(share, caller.From, mayResume: false) is null));
        }

        return entries;
    }

    /// <summary>Ends a link of the caller's own at once, and what is being read or sent through it.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.ShareUnknown"/>.</exception>
    public async Task RevokeAsync(Caller caller, string id)
    {
        await _store.RemoveAsync(caller.AccountId, id, _audit.Record(caller, AuditActions.ShareRevoke, id));
        Watch.End(id);
        foreach (var upload in _files.UploadsOf(caller.AccountId, OpenShare.DeviceOf(id)))
        {
            await DropAsync(caller with { Allow = Permissions.Files }, upload.Id);
        }
    }

    /// <summary>Opens a link; every check is made anew each time.</summary>
    /// <param name="from">A peer address without its port, for the audit log.</param>
    /// <param name="toLook">Only to look at what came of it: one that took all it takes still opens. Whoever missed the answer to the last byte asks so.</param>
    /// <exception cref="RefusedException"><see cref="RefusalCode.ShareUnknown"/> for every reason, without a word about which.</exception>
    public async Task<OpenShare> OpenAsync(string id, string secret, string from, bool toLook = false)
    {
        var share = _store.Find(id);
        var fits = Fits(secret, share?.Secret ?? new byte[SHA256.HashSizeInBytes]) && share is not null;
        return fits && await OwnerAsync(share!, from, mayResume: true, toLook) is { } owner ? new OpenShare(this, share!, owner) : throw Refuse(share, from);
    }

    /// <summary>An account may share no more: whoever has one of its links open is ended. New openings are refused by what the account is then.</summary>
    internal void Withdraw(long account)
    {
        foreach (var share in _store.Of(account))
        {
            Watch.End(share.Id);
        }
    }

    /// <summary>What is on record now of a link that is open already; null when it is void.</summary>
    internal async Task<StoredShare?> CurrentAsync(string id, string from) =>
        _store.Find(id) is { } share && await OwnerAsync(share, from, mayResume: true) is not null ? share : null;

    /// <summary>The one refusal there is, told to the audit log, where a stranger's invented ids are no rows of their own.</summary>
    internal RefusedException Refuse(StoredShare? share, string from)
    {
        Note(share, from, AuditActions.ShareRefused, share?.Id);
        return new RefusedException(RefusalCode.ShareUnknown);
    }

    internal void Note(StoredShare? share, string from, string action, string? detail) => _audit.Count(new AuditRecord
    {
        Time = Now,
        Account = share?.Owner,
        From = from,
        Action = action,
        Subject = share is null ? null : "/" + share.Path,
        Detail = detail,
    });

    private async Task<StoredShare> BindAsync(Caller caller, SharePlan plan, StoredShare share)
    {
        if (plan.Upload)
        {
            return _files.Stat(caller, plan.Path).Type == "folder" ? share : throw new RefusedException(RefusalCode.NotAFolder, "/" + share.Path);
        }

        var entry = await _files.StatWithDigestAsync(caller, plan.Path, CancellationToken.None);
        return entry.Sha256 is { } sha256
            ? share with { Sha256 = Convert.FromHexString(sha256), Size = entry.Size }
            : throw new RefusedException(entry.Type == "folder" ? RefusalCode.IsAFolder : RefusalCode.NotAFile, "/" + share.Path);
    }

    private async Task DropAsync(Caller owner, string upload)
    {
        try
        {
            await _files.DropUploadAsync(owner, upload);
        }
        catch (RefusedException refused) when (refused.Code is RefusalCode.Busy or RefusalCode.UploadUnknown)
        {
            // It came in time: it is being stored, or is.
            return;
        }
    }

    /// <summary>Who acts when a link is used: its owner, in the home and nowhere else. Null when it is void, for whatever reason.</summary>
    private async Task<Caller?> OwnerAsync(StoredShare share, string from, bool mayResume, bool toLook = false)
    {
        if (share.Expires <= Now || (IsUsedUp(share, mayResume) && !toLook) || await _accounts.StandInAsync(share.Account, from) is not { } owner)
        {
            return null;
        }

        const Permissions needed = Permissions.Share | Permissions.Files;
        return (owner.Allow & needed) == needed && await IsThereAsync(share, owner)
            ? owner with { Allow = Permissions.Files, Device = OpenShare.DeviceOf(share.Id) }
            : null;
    }

    private bool IsUsedUp(StoredShare share, bool mayResume)
    {
        var mayGoOn = mayResume && share.Sha256 is not null && Now - share.LastUsed < _options.ResumeGrace.TotalMicroseconds;
        return (share.UsedCount >= share.Count && !mayGoOn) || share.UsedBytes >= share.Bytes;
    }

    private async Task<bool> IsThereAsync(StoredShare share, Caller owner)
    {
        try
        {
            return share.Sha256 is { } sha256
                ? _files.Stat(owner, share.Path) is { Type: "file" } entry && entry.Size == share.Size
                    && Convert.ToHexStringLower(sha256) == (await _files.StatWithDigestAsync(owner, share.Path, CancellationToken.None)).Sha256
                : _files.Stat(owner, share.Path).Type == "folder";
        }
        catch (RefusedException)
        {
            return false;
        }
    }

    private void Check(SharePlan plan, long now)
    {
        if (plan.Expires is { } expires && (expires <= now || expires > now + _options.LongestLifetime.TotalMicroseconds))
        {
            throw Bad("expires", $"in the future, at most {_options.LongestLifetime.TotalDays} days from now");
        }

        if (plan.Count is < 1 or > MostUses)
        {
            throw Bad("count", $"1 to {MostUses}");
        }

        if (plan.Bytes is < 1 || (plan.Bytes is not null && !plan.Upload))
        {
            throw Bad("bytes", "1 or more, and only where files are sent");
        }

        if (plan.Label is { Length: > LongestLabel })
        {
            throw Bad("label", $"at most {LongestLabel} characters");
        }
    }

    // The comparison takes the same time whatever is wrong; a text of another form is compared too, as nothing.
    private static bool Fits(string secret, byte[] stored)
    {
        Span<byte> given = stackalloc byte[SecretBytes];
        given.Clear();
        var whole = secret.Length == SecretCharacters
            && Base64Url.DecodeFromChars(secret, given, out _, out var length) is OperationStatus.Done && length == SecretBytes;
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(given), stored) & whole;
    }

    private static RefusedException Bad(string field, string rule) => new(RefusalCode.BadRequest, field, rule);

    internal static ShareEntry Entry(StoredShare share, bool isVoid) => new()
    {
        Id = share.Id,
        Path = "/" + share.Path,
        Kind = share.Sha256 is null ? "upload" : "read",
        Label = share.Label,
        Created = share.Created,
        Expires = share.Expires,
        Count = share.Count,
        Bytes = share.Bytes,
        UsedCount = share.UsedCount,
        UsedBytes = share.UsedBytes,
        Void = isVoid,
    };
}
