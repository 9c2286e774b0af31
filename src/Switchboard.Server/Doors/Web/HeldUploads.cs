using System.Collections.Concurrent;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Web;

/// <summary>
/// Uploads that come in several requests (tus). Between two of them the upload stays open for a moment: opening it again for every piece would
/// read the whole file once more for its digest. Then it is parked, for whoever goes on with it.
/// </summary>
internal sealed class HeldUploads
{
    /// <summary>A client that goes on does so at once; one that was closed is not to keep its upload busy.</summary>
    private const long HeldMilliseconds = 3_000;

    /// <summary>How long a client that missed the answer to its last byte is told that all is there.</summary>
    private const long RememberedMilliseconds = 3_600_000;

    /// <summary>Finished ones remembered; the oldest goes first.</summary>
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<(string Place, string Id), HeldUpload> _held = new();
    private readonly ConcurrentDictionary<(string Place, string Id), FinishedUpload> _finished = new();
    private readonly ConcurrentQueue<(string Place, string Id)> _order = new();

    /// <summary>Takes an upload that was just begun.</summary>
    public UploadLease Enter(IUploadPlace place, Upload upload, string? note) => Hold(place, new HeldUpload(upload, note) { IsFresh = true });

    /// <summary>Takes an unfinished upload for one request; whoever else writes it is ended.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.UploadUnknown"/>; <see cref="RefusalCode.Busy"/> while another request of this door writes it.</exception>
    public async Task<UploadLease> TakeAsync(IUploadPlace place, string id, CancellationToken cancel)
    {
        var key = (place.Key, id);
        if (_held.TryGetValue(key, out HeldUpload? held) && !held.Upload.TakenOver.IsCancellationRequested)
        {
            return held.TryTake() ? new UploadLease(this, place, held) : throw Busy(id);
        }

        string? note = place.Find(id).Note;
        return Hold(place, new HeldUpload(await place.ContinueAsync(id, cancel), note));
    }

    /// <summary>What became of an upload that is finished; null when it is none of this door's, or too long ago.</summary>
    public FinishedUpload? Finished(IUploadPlace place, string id) => _finished.GetValueOrDefault((place.Key, id));

    public async Task DropAsync(IUploadPlace place, string id)
    {
        if (_held.TryRemove((place.Key, id), out HeldUpload? held) && held.TryTake())
        {
            await held.Upload.DisposeAsync();
        }

        await place.DropAsync(id);
    }

    /// <summary>Once a second: parks what nobody goes on with, forgets what was finished long ago.</summary>
    public async Task TickAsync(long now)
    {
        foreach (var (key, held) in _held)
        {
            if ((now - held.LastUse > HeldMilliseconds || held.Upload.TakenOver.IsCancellationRequested) && held.TryTake())
            {
                await ParkAsync(key, held);
            }
        }

        while (_order.TryPeek(out var oldest) && _finished.TryGetValue(oldest, out FinishedUpload? finished)
            && (now - finished.Since > RememberedMilliseconds || _finished.Count > MostRemembered))
        {
            _order.TryDequeue(out _);
            _finished.TryRemove(oldest, out _);
        }
    }

    public async Task ParkAllAsync()
    {
        foreach (var (key, held) in _held)
        {
            await ParkAsync(key, held);
        }
    }

    internal void Remember((string Place, string Id) key, Stored stored, long total)
    {
        if (_finished.TryAdd(key, new FinishedUpload(stored, total, Environment.TickCount64)))
        {
            _order.Enqueue(key);
        }
    }

    /// <summary>False when another writer of the same upload has come: this one is of no more use to anybody.</summary>
    internal bool IsHeld((string Place, string Id) key, HeldUpload held) =>
        !held.Upload.TakenOver.IsCancellationRequested && _held.TryGetValue(key, out HeldUpload? current) && current == held;

    internal Task ForgetAsync((string Place, string Id) key, HeldUpload held) => ParkAsync(key, held);

    private UploadLease Hold(IUploadPlace place, HeldUpload held)
    {
        var key = (place.Key, held.Upload.Id);
        held.TryTake();
        HeldUpload? earlier = _held.GetValueOrDefault(key);
        _held[key] = held;
        if (earlier?.TryTake() == true)
        {
            // Nobody is at it; whoever is at one lets go of it with its lease.
            _ = earlier.Upload.DisposeAsync().AsTask();
        }

        return new UploadLease(this, place, held);
    }

    private async Task ParkAsync((string Place, string Id) key, HeldUpload held)
    {
        _held.TryRemove(KeyValuePair.Create(key, held));
        await held.Upload.DisposeAsync();
    }

    private static RefusedException Busy(string id) => new(new Refusal(RefusalCode.Busy) { Subject = id, RetryAfter = 1 });
}

/// <param name="Stored">The file.</param>
/// <param name="Since">By the tick count.</param>
internal sealed record FinishedUpload(Stored Stored, long Total, long Since);

/// <summary>An open upload, for one request at a time.</summary>
internal sealed class HeldUpload(Upload upload, string? note)
{
    private int _taken;
    private long _lastUse = Environment.TickCount64;

    public Upload Upload => upload;

    public string? Note => note;

    /// <summary>Nothing came by this door yet: what is there was kept from elsewhere, and its client may not know.</summary>
    public bool IsFresh { get; set; }

    public long LastUse => Volatile.Read(ref _lastUse);

    public bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;

    public void Release()
    {
        Volatile.Write(ref _lastUse, Environment.TickCount64);
        Volatile.Write(ref _taken, 0);
    }
}

/// <summary>One request's hold on an upload; ends by going on holding it for the next one, or with the commit.</summary>
internal sealed class UploadLease(HeldUploads all, IUploadPlace place, HeldUpload held) : IAsyncDisposable
{
    private bool _isOver;

    public Upload Upload => held.Upload;

    public HeldUpload Held => held;

    /// <summary>All bytes are here.</summary>
    public async Task<Stored> CommitAsync(string? sha256)
    {
        long total = held.Upload.Offset;
        Stored stored = await place.CommitAsync(held.Upload, total, sha256);
        all.Remember((place.Key, held.Upload.Id), stored, total);
        await EndAsync();
        return stored;
    }

    /// <summary>Forgets it with all that came.</summary>
    public async Task DropAsync()
    {
        await EndAsync();
        await place.DropAsync(held.Upload.Id);
    }

    /// <summary>Lets go of it now instead of after a moment.</summary>
    public Task EndAsync()
    {
        _isOver = true;
        return all.ForgetAsync((place.Key, held.Upload.Id), held);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isOver)
        {
            return;
        }

        if (all.IsHeld((place.Key, held.Upload.Id), held))
        {
            held.Release();
        }
        else
        {
            await EndAsync();
        }
    }
}
