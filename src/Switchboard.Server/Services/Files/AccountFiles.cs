using System.Collections.Concurrent;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Partials;

namespace Switchboard.Server.Services.Files;

/// <summary>What the service holds open for one account: its home, its folder of partial uploads, its room, its bin, and who is uploading.</summary>
internal sealed class AccountFiles : IDisposable
{
    private long _quotaRead = Environment.TickCount64;

    public AccountFiles(long id, string name, Home home, PartialFolder partials, QuotaRoom room, BinBooks books, FilesOptions options)
    {
        (Id, Name, Home, Partials, Room) = (id, name, home, partials, room);
        Bin = new AccountBin(this, books, options);
        room.Discarded = Bin.GiveWay;
    }

    public long Id { get; }

    public string Name { get; }

    public Home Home { get; }

    public PartialFolder Partials { get; }

    public QuotaRoom Room { get; }

    public AccountBin Bin { get; }

    public AccountChanges Changes { get; } = new();

    /// <summary>Held while uploads are begun, taken over, parked or dropped.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>Uploads that a connection holds, by id. Changed under <see cref="Gate"/>, read by anybody.</summary>
    public ConcurrentDictionary<string, Upload> Active { get; } = [];

    /// <summary>Whether the quota was read long enough ago to be read again: another node may have changed it.</summary>
    public bool QuotaIsOld()
    {
        var read = Volatile.Read(ref _quotaRead);
        return Environment.TickCount64 - read > 1000 && Interlocked.CompareExchange(ref _quotaRead, Environment.TickCount64, read) == read;
    }

    /// <summary>Removes everything, home's content and partial files, whatever the names.</summary>
    public void Erase()
    {
        using (var home = Home.OpenFolder(""))
        {
            foreach (var name in FolderEntries.Read(home, "/"))
            {
                Partials.EmptyTrash(Partials.MoveToTrash(new HomeName(home, name, "/")), _ => { });
            }
        }

        Partials.Names().ForEach(name => Partials.EmptyTrash(name, _ => { }));
    }

    public void Dispose()
    {
        Home.Dispose();
        Partials.Dispose();
        Gate.Dispose();
    }
}
