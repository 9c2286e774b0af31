using Switchboard.Protocol;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Partials;

namespace Switchboard.Server.Services.Files;

/// <summary>
/// The bytes of one account's bin. What is in it and what it counts is <see cref="QuotaRoom"/>'s, under one lock with everything else that counts;
/// here entries that were taken out of it are freed.
/// </summary>
internal sealed class AccountBin(AccountFiles account, BinBooks books, FilesOptions options)
{
    // Disk room is asked for and freed in turn: two who need the same megabyte must not free two.
    private readonly Lock _disk = new();

    public const string GaveWay = "gave way";
    public const string Expired = "expired";
    public const string TooMany = "too many entries";

    /// <summary>Bytes that count of what lies in the bin. Reads every folder: for a thread of one's own.</summary>
    public static long Count(PartialFolder partials, BinRecord record)
    {
        if (!record.IsFolder)
        {
            return partials.Status(PartialFolder.Binned(record.Id))?.Counted ?? 0;
        }

        using var folder = partials.TryOpenFolder(PartialFolder.Binned(record.Id));
        return folder is null ? 0 : new HomeWalk(Home.Beneath(folder), "").Occupied(CancellationToken.None).Bytes;
    }

    /// <summary>Something was moved here; what it counts becomes the bin's.</summary>
    public async Task TakeInAsync(BinRecord record)
    {
        var counted = record with { Size = record.Size ?? await CountAsync(record) };
        account.Room.PutIntoBin(counted);
        if (record.Size is null)
        {
            var outcome = new GroupOutcome();
            outcome.BinSizes[record.Id] = counted.Size!.Value;
            await books.NoteAsync(outcome);
        }

        while (account.Room.Bin.Count > options.BinEntries && account.Room.DiscardOldest() is { } oldest)
        {
            await FreeAsync(oldest, TooMany);
        }
    }

    /// <summary>Frees what was discarded to make room; the reservation that needed it holds already.</summary>
    public void GiveWay(IReadOnlyList<BinRecord> discarded)
    {
        foreach (var record in discarded)
        {
            try
            {
                _ = Free(record, GaveWay);
            }
            catch (RefusedException)
            {
                // Whoever needed the room has it in the books; what is wrong with the disk he hears when he writes.
                continue;
            }
        }
    }

    /// <summary>Promises room on the disk, for which the oldest entries go where it would be refused.</summary>
    public void Promise(DiskRoom disk, long bytes, string subject)
    {
        if (disk.TryPromise(bytes, subject) is null)
        {
            return;
        }

        lock (_disk)
        {
            while (disk.TryPromise(bytes, subject) is { } refusal)
            {
                var binned = account.Room.Bin.Bytes;
                if (refusal.Missing > binned || account.Room.DiscardOldest() is not { } oldest)
                {
                    // Told as if the bin were empty, as for the quota: it is no obstacle.
                    throw new RefusedException(refusal with { Free = refusal.Free + binned, Missing = refusal.Missing - binned });
                }

                _ = Free(oldest, GaveWay);
            }
        }
    }

    /// <summary>As <see cref="Free"/>, on a thread of its own: a hundred thousand files take a second.</summary>
    public Task FreeAsync(BinRecord discarded, string? why) =>
        Task.Factory.StartNew(() => Free(discarded, why), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    /// <summary>Frees a discarded entry: out of the bin in one step, so that a crash leaves the whole of it there or nothing, then bit by bit.</summary>
    /// <param name="why">For the audit log; null where its owner wanted it, which is told elsewhere.</param>
    /// <returns>Completes when the books say so.</returns>
    private Task Free(BinRecord discarded, string? why)
    {
        var trash = TakeOut(discarded);
        var outcome = new GroupOutcome();
        outcome.LeaveBin(discarded);
        outcome.AddUsed(account.Id, -(discarded.Size ?? 0));
        if (why is not null)
        {
            outcome.Audit.Add(books.Gone(account, discarded, why));
        }

        var noted = books.NoteAsync(outcome);
        if (trash is not null)
        {
            account.Partials.EmptyTrash(trash, _ => { });
        }

        return noted;
    }

    private string? TakeOut(BinRecord discarded)
    {
        try
        {
            return account.Partials.TryMoveToTrash(PartialFolder.Binned(discarded.Id));
        }
        catch (RefusedException)
        {
            // The disk does not let go of it. It is counted, and can be put back, from the next start on.
            books.LoseCount();
            throw;
        }
    }

    private async Task<long> CountAsync(BinRecord record)
    {
        try
        {
            return await Task.Factory.StartNew(
                () => Count(account.Partials, record), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (RefusedException)
        {
            // It stays counted as stored until the next start counts all anew.
            books.LoseCount();
            return 0;
        }
    }
}
