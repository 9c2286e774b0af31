using System.Security.Cryptography;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files.Commits;
using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Files;

/// <summary>Shows, puts back, frees and expires what was removed: one decision for all doors (docs/decisions/0009-bin-and-shares.md).</summary>
internal sealed class BinDesk(FilesOptions options, OpenAccounts accounts, IFileStore store, Committer committer, TimeProvider clock)
{
    public IReadOnlyList<BinEntry> List(Caller caller) => [.. accounts.Of(caller).Room.Binned().Select(Entry)];

    public async Task<string> RestoreAsync(Caller caller, string id)
    {
        var account = accounts.Of(caller);
        var record = account.Room.TakeBack(id) ?? throw Unknown(id);
        var restoring = new Restoring(account, caller, record);
        try
        {
            return await committer.CommitAsync(restoring);
        }
        finally
        {
            if (restoring.Carried)
            {
                account.Room.EndMove();
            }
            else
            {
                account.Room.PutIntoBin(record);
            }
        }
    }

    public async Task EmptyAsync(Caller caller, string? id)
    {
        var account = accounts.Of(caller);
        if (id is not null)
        {
            await DropAsync(account, caller, account.Room.Discard(id) ?? throw Unknown(id));
            return;
        }

        // What is removed while this goes on stays.
        foreach (var record in account.Room.Binned())
        {
            if (account.Room.Discard(record.Id) is { } discarded)
            {
                await DropAsync(account, caller, discarded);
            }
        }
    }

    /// <summary>The entry for something about to be removed; null where there is no bin.</summary>
    public BinRecord? NewEntry(AccountFiles account, RemotePath path) => options.BinLifetime == TimeSpan.Zero ? null : new BinRecord
    {
        // 96 random bits: never guessed, never twice.
        Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)),
        Account = account.Id,
        Path = path.Relative,
        Removed = clock.Microseconds(),
    };

    /// <summary>Frees what has been in a bin for long enough.</summary>
    public async Task ExpireAsync()
    {
        var before = clock.Microseconds() - (long)options.BinLifetime.TotalMicroseconds;
        foreach (var account in store.AccountsWithBin(before))
        {
            try
            {
                await ExpireAsync(accounts.Of(account), before);
            }
            catch (RefusedException)
            {
                // A home that cannot be opened, a disk with an error: the next sweep tries again, and the others' bins are not held up.
                continue;
            }
        }
    }

    private static async Task ExpireAsync(AccountFiles account, long before)
    {
        while (account.Room.DiscardOldest(before) is { } old)
        {
            await account.Bin.FreeAsync(old, AccountBin.Expired);
        }
    }

    private async Task DropAsync(AccountFiles account, Caller caller, BinRecord discarded)
    {
        await account.Bin.FreeAsync(discarded, null);
        store.NoteAudit(RefusalAudit.Counted(clock, caller, AuditActions.BinDrop, "/" + discarded.Path, null, 1));
    }

    private BinEntry Entry(BinRecord record) => new()
    {
        Id = record.Id,
        Path = "/" + record.Path,
        Type = record.IsFolder ? "folder" : "file",
        Size = record.Size ?? 0,
        Removed = record.Removed,
        Expires = record.Removed + (long)options.BinLifetime.TotalMicroseconds,
    };

    private static RefusedException Unknown(string id) => new(RefusalCode.NotFound, id, "it was put back, freed, or has expired");
}
