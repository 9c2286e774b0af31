using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Shares;

/// <summary>
/// A link that was opened with its secret. Every method checks anew what the opening checked, and tells nothing of where in the home it leads.
/// </summary>
public sealed class OpenShare
{
    private readonly Shares _shares;
    private readonly StoredShare _share;
    private readonly Caller _owner;

    internal OpenShare(Shares shares, StoredShare share, Caller owner)
    {
        (_shares, _share, _owner) = (shares, share, owner);
        Entry = Shares.Entry(share, isVoid: false);
        Ended = shares.Watch.Ended(share.Id);
    }

    /// <summary>For its owner: it names the path. Strangers are told <see cref="Name"/>.</summary>
    public ShareEntry Entry { get; }

    /// <summary>Of the file or folder; never a path.</summary>
    public string Name => RemotePath.Parse(_share.Path).Name;

    /// <summary>Bytes of the file; null for a folder.</summary>
    public long? Size => _share.Size;

    /// <summary>Of the file in lower-case hex; null for a folder.</summary>
    public string? Sha256 => _share.Sha256 is { } digest ? Convert.ToHexStringLower(digest) : null;

    /// <summary>Cancelled when the link is revoked or its account may share no more: what is being read or sent through it has to end.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Reads the file. A download from its first byte on counts; one that goes on further behind belongs to one that was counted.</summary>
    /// <param name="length">Bytes wanted; null means to the end.</param>
    /// <exception cref="RefusedException"><see cref="RefusalCode.ShareUnknown"/>, <see cref="RefusalCode.BadOffset"/>.</exception>
    public async Task<Download> OpenReadAsync(long offset, long? length)
    {
        var digest = _share.Sha256 ?? throw Refused();
        if (offset < 0 || offset > Size || length < 0)
        {
            throw new RefusedException(RefusalCode.BadOffset, Name, $"the file has {Size} bytes");
        }

        await RequireAsync();
        var download = await TellingNothing(Name, () => _shares.Files.OpenSameAsync(_owner, _share.Path, digest, offset, length, Name));
        if (await CountAsync(offset, download.Length))
        {
            _shares.Note(_share, _owner.From, AuditActions.ShareUse, _share.Id);
            return download;
        }

        download.Dispose();
        throw Refused();
    }

    /// <summary>Begins a file in the folder, within what the link still takes and its owner's quota has.</summary>
    /// <param name="name">As the sender calls it; made safe. A name that is taken gets a number, of which the sender hears nothing.</param>
    /// <param name="total">Its bytes.</param>
    /// <param name="modified">Microseconds since 1970.</param>
    /// <param name="note">Kept with it, see <see cref="UploadPlan.Note"/>.</param>
    /// <exception cref="RefusedException"><see cref="RefusalCode.OverLimit"/> for whatever has no room, <see cref="RefusalCode.ShareUnknown"/>.</exception>
    public async Task<Upload> BeginUploadAsync(string name, long total, long? modified, CancellationToken ct, string? note = null)
    {
        var safe = SharedNames.Safe(name);
        if (total < 0)
        {
            throw new RefusedException(RefusalCode.BadRequest, "total", "0 or more");
        }

        var turn = _shares.Watch.Turn(_share.Id);
        await turn.WaitAsync(ct);
        try
        {
            RequireRoom(await RequireAsync(), safe, total);
            return await TellingNothing(safe, () => _shares.Files.BeginUploadAsync(_owner, Plan(safe, total, modified) with { Note = note }, ct));
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>What was begun through this link and is not finished, by an id that only its sender knows. Its path is the name alone.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.UploadUnknown"/>.</exception>
    public UnfinishedUpload FindUpload(string id)
    {
        RequireOwn(id);
        var kept = _shares.Files.FindUpload(_owner, id);
        return kept with { Path = RemotePath.Parse(kept.Path).Name };
    }

    /// <summary>Goes on with it. Its place among what the link takes is held already.</summary>
    public async Task<Upload> ContinueUploadAsync(string id, CancellationToken ct)
    {
        await RequireAsync();
        var kept = FindUpload(id);
        var plan = Plan(kept.Path, kept.Total ?? 0, kept.Modified) with { UploadId = id, Note = kept.Note, Alone = false };
        return await TellingNothing(kept.Path, () => _shares.Files.BeginUploadAsync(_owner, plan, ct));
    }

    public Task DropUploadAsync(string id)
    {
        RequireOwn(id);
        return _shares.Files.DropUploadAsync(_owner, id);
    }

    /// <summary>Stores what was uploaded; it counts, files and bytes, exactly under concurrency.</summary>
    /// <returns>Its path is the name that was sent.</returns>
    public async Task<Stored> CommitAsync(Upload upload, long total, string? sha256)
    {
        if (upload.Record.Account != _share.Account || upload.Record.Device != DeviceOf(_share.Id))
        {
            throw Refused();
        }

        var name = RemotePath.Parse(upload.Record.Path).Name;
        await CountAsync(upload, name, total);
        try
        {
            var stored = await TellingNothing(name, () => upload.CommitAsync(total, sha256));
            _shares.Note(_share, _owner.From, AuditActions.ShareUse, _share.Id);
            return stored with { Path = name };
        }
        catch
        {
            await _shares.Store.TakeBackAsync(_share.Id, total);
            throw;
        }
        finally
        {
            _shares.Watch.Counted.TryRemove(upload.Id, out _);
        }
    }

    /// <summary>Under which device the uploads of a link are kept: nobody logs in with it.</summary>
    internal static string DeviceOf(string id) => "share:" + id;

    private UploadPlan Plan(string name, long total, long? modified) => new()
    {
        Path = _share.Path.Length == 0 ? name : $"{_share.Path}/{name}",
        Total = total,
        Modified = modified,
        Preserve = true,
        IfExists = IfExists.KeepBoth,
        Device = DeviceOf(_share.Id),
        Alone = true,
        ShownAs = name,
    };

    private void RequireOwn(string id)
    {
        if (!_shares.Files.UploadsOf(_share.Account, DeviceOf(_share.Id)).Any(upload => upload.Id == id))
        {
            throw new RefusedException(RefusalCode.UploadUnknown, id);
        }
    }

    private async Task<StoredShare> RequireAsync() =>
        !Ended.IsCancellationRequested && await _shares.CurrentAsync(_share.Id, _owner.From) is { } share ? share : throw Refused();

    private Task<bool> CountAsync(long offset, long bytes) => offset == 0
        ? _shares.Store.TryUseAsync(_share.Id, bytes, _shares.Now)
        : _shares.Store.TryResumeAsync(_share.Id, bytes, _shares.Now);

    // Counted and still among the unfinished until it is stored: others must not count it twice meanwhile.
    private async Task CountAsync(Upload upload, string name, long total)
    {
        var turn = _shares.Watch.Turn(_share.Id);
        await turn.WaitAsync();
        try
        {
            await RequireAsync();
            if (!_shares.Watch.Counted.TryAdd(upload.Id, true))
            {
                throw new RefusedException(RefusalCode.Busy, name);
            }

            if (!await _shares.Store.TryUseAsync(_share.Id, total, _shares.Now))
            {
                _shares.Watch.Counted.TryRemove(upload.Id, out _);
                throw NoRoom(name);
            }
        }
        finally
        {
            turn.Release();
        }
    }

    // What was begun holds its place until it is stored or dropped, over a restart too.
    private void RequireRoom(StoredShare share, string name, long total)
    {
        var begun = _shares.Files.UploadsOf(share.Account, DeviceOf(share.Id)).Where(upload => !_shares.Watch.Counted.ContainsKey(upload.Id)).ToList();
        if (share.UsedCount + begun.Count >= share.Count || share.UsedBytes + begun.Sum(upload => upload.Total ?? 0) > share.Bytes - total)
        {
            throw NoRoom(name);
        }
    }

    /// <summary>Refusals as a stranger may hear them: no path, no number of its owner's.</summary>
    private async Task<T> TellingNothing<T>(string name, Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (RefusedException refused)
        {
            throw refused.Code switch
            {
                RefusalCode.OverQuota or RefusalCode.DiskFull or RefusalCode.OverLimit => NoRoom(name),
                RefusalCode.NotFound or RefusalCode.NotAFolder or RefusalCode.NotAFile or RefusalCode.IsAFolder or RefusalCode.OutsideHome or RefusalCode.Forbidden
                    or RefusalCode.SourceChanged or RefusalCode.AccountUnknown => Refused(),
                _ => new RefusedException(new Refusal(refused.Code) { Subject = name, RetryAfter = refused.Refusal.RetryAfter }),
            };
        }
    }

    private RefusedException Refused() => _shares.Refuse(_share, _owner.From);

    private RefusedException NoRoom(string name)
    {
        _shares.Refuse(_share, _owner.From);
        return new RefusedException(RefusalCode.OverLimit, name);
    }
}
