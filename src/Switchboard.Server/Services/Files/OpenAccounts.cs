using System.Collections.Concurrent;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Partials;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>Accounts whose files are in use, opened at their first use. Two descriptors each.</summary>
internal sealed class OpenAccounts(FilesOptions options, IFileStore store, UnsyncedFolders unsynced, BinBooks books) : IDisposable
{
    private readonly ConcurrentDictionary<long, Lazy<AccountFiles>> _open = new();

    /// <exception cref="RefusedException"><see cref="RefusalCode.AccountUnknown"/>, or why its home cannot be opened.</exception>
    public AccountFiles Of(Caller caller)
    {
        caller.Require(Permissions.Files);
        return Of(caller.AccountId);
    }

    public AccountFiles Of(long id)
    {
        var lazy = _open.GetOrAdd(id, static (id, self) => new Lazy<AccountFiles>(() => self.Open(id)), this);
        try
        {
            var account = lazy.Value;
            if (account.QuotaIsOld())
            {
                ReadQuota(account);
            }

            return account;
        }
        catch
        {
            // A Lazy keeps its exception; the reason may go away.
            _open.TryRemove(KeyValuePair.Create(id, lazy));
            throw;
        }
    }

    /// <summary>The quota was changed.</summary>
    public void Refresh(long id)
    {
        if (_open.TryGetValue(id, out var lazy) && lazy.IsValueCreated)
        {
            ReadQuota(lazy.Value);
        }
    }

    /// <summary>Something beside its files changed for an account.</summary>
    public void Tell(long id)
    {
        if (_open.TryGetValue(id, out var lazy) && lazy.IsValueCreated)
        {
            lazy.Value.Changes.Note([]);
        }
    }

    public void Forget(long id)
    {
        if (_open.TryRemove(id, out var lazy) && lazy.IsValueCreated)
        {
            lazy.Value.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var id in _open.Keys)
        {
            Forget(id);
        }
    }

    private void ReadQuota(AccountFiles account) => account.Room.Quota = store.Space(account.Id)?.Quota;

    private AccountFiles Open(long id)
    {
        var space = store.Space(id) ?? throw new RefusedException(RefusalCode.AccountUnknown);
        var home = Home.Open(options.Homes, space.Name, unsynced);
        var partials = PartialFolder.Open(options.Partials, space.Name, home);
        var bin = Bin(id, partials, space.Recount);
        var binned = bin.Sum(entry => entry.Size ?? 0);
        var stored = space.Recount ? Recount(id, home, binned) : Math.Max(0, space.Used - binned);
        var room = new QuotaRoom(stored, space.Quota, bin);
        foreach (var upload in store.Uploads(id))
        {
            var reserved = Reserved(upload, home, partials);
            room.Restore(reserved);
            if (reserved != upload.Reserved)
            {
                store.TouchUploadAsync(upload.Id, upload.Touched, reserved).GetAwaiter().GetResult();
            }
        }

        return new AccountFiles(id, space.Name, home, partials, room, books, options);
    }

    private long Recount(long id, Home home, long binned)
    {
        var stored = new HomeWalk(home, "").Occupied(CancellationToken.None).Bytes;
        store.SetUsedAsync(id, stored + binned).GetAwaiter().GetResult();
        return stored;
    }

    /// <summary>What is on record and there. The rest left the bin before a crash, put back or freed.</summary>
    private List<BinRecord> Bin(long id, PartialFolder partials, bool recount)
    {
        var outcome = new GroupOutcome();
        List<BinRecord> there = [];
        foreach (var entry in store.Bin(id))
        {
            if (partials.Status(PartialFolder.Binned(entry.Id)) is null)
            {
                outcome.LeaveBin(entry);
            }
            else
            {
                there.Add(recount || entry.Size is null ? Counted(entry, partials, outcome) : entry);
            }
        }

        store.FinishGroupAsync(outcome).GetAwaiter().GetResult();
        return there;
    }

    private static BinRecord Counted(BinRecord entry, PartialFolder partials, GroupOutcome outcome)
    {
        var size = AccountBin.Count(partials, entry);
        if (size != entry.Size)
        {
            outcome.BinSizes[entry.Id] = size;
        }

        return entry with { Size = size };
    }

    // What an upload of unknown size holds is noted when it is parked, so after a crash its length tells.
    private static long Reserved(UploadRecord upload, Home home, PartialFolder partials)
    {
        if (upload.Total is not null)
        {
            return upload.Reserved;
        }

        var replaced = home.TryStatus(upload.Path, out var standing) is Errno.None ? standing.Counted : 0;
        return Math.Max(upload.Reserved, (partials.Status(upload.Id)?.Size ?? 0) - replaced);
    }
}
