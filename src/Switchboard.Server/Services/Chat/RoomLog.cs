using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Services.Chat;

/// <summary>
/// A room's messages: the newest in a ring of batches, all of them in the store. A reader whose place has left the ring reads from the store,
/// so a slow one costs no memory and is never cut off.
/// </summary>
internal sealed class RoomLog
{
    private const int Slots = 256;

    /// <summary>Bytes of the ring: some seconds of a busy room.</summary>
    private const long MostWeight = 1 << 20;

    /// <summary>Bytes that a reader who lags takes from the store at once.</summary>
    private const int PieceWeight = 128 << 10;

    private readonly IChatStore _store;
    private readonly long _room;
    private MessageBatch?[]? _ring;
    private long _next;
    private long _oldest;
    private long _weight;
    private long _last;

    public RoomLog(IChatStore store, long room)
    {
        (_store, _room) = (store, room);
        _last = store.Range(room).Last;
    }

    /// <summary>The number of the last message that is durable; 0 before the first.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Takes in what has become durable. One caller at a time.</summary>
    public void Append(IReadOnlyList<ChatMessage> messages)
    {
        var ring = _ring ??= new MessageBatch?[Slots];
        var batch = new MessageBatch(_next, messages);
        ref var slot = ref ring[_next % Slots];
        _weight += batch.Weight - (slot?.Weight ?? 0);
        Volatile.Write(ref slot, batch);
        _next++;
        _oldest = Math.Max(_oldest, _next - Slots);
        while (_weight > MostWeight && _oldest < _next - 1)
        {
            ref var old = ref ring[_oldest++ % Slots];
            _weight -= old?.Weight ?? 0;
            Volatile.Write(ref old, null);
        }

        Volatile.Write(ref _last, batch.Last);
    }

    /// <summary>Takes a message that was changed from the store, for whoever comes from now on.</summary>
    public void Renew(long number)
    {
        for (var i = 0; i < _ring?.Length; i++)
        {
            if (_ring[i] is { } batch && batch.First <= number && number <= batch.Last && StoredFrom(batch.First, batch.Last) is { Count: > 0 } stored)
            {
                // Only if it still stands there: the one who appends may have taken its place.
                var changed = new MessageBatch(batch.Sequence, stored);
                Interlocked.CompareExchange(ref _ring[i], changed, batch);
            }
        }
    }

    /// <summary>The batch with a message, or what comes next behind messages that are kept no more; null where there is none yet.</summary>
    /// <param name="number">Wanted next.</param>
    /// <param name="sequence">The batch it is probably in; afterwards the one behind.</param>
    public MessageBatch? Find(long number, ref long sequence)
    {
        if (number > Last)
        {
            return null;
        }

        var batch = InRing(number, sequence) ?? Search(number);
        if (batch is null)
        {
            return FromStore(number);
        }

        sequence = batch.Sequence + 1;
        return batch;
    }

    private List<ChatMessage> StoredFrom(long first, long last)
    {
        List<ChatMessage> all = [];
        while (first <= last && _store.Read(_room, first, PieceWeight) is { Count: > 0 } found)
        {
            all.AddRange(found.TakeWhile(message => message.Number <= last));
            first = found[^1].Number + 1;
        }

        return all;
    }

    private MessageBatch? InRing(long number, long sequence) =>
        _ring is { } ring && sequence >= 0 && Volatile.Read(ref ring[sequence % Slots]) is { } batch && batch.First <= number && number <= batch.Last ? batch : null;

    // Without a lock beside the one who appends: what is found is looked at once more, and what is missed is found in the store.
    private MessageBatch? Search(long number)
    {
        var (low, high) = (Volatile.Read(ref _oldest), Volatile.Read(ref _next) - 1);
        while (low <= high && _ring is { } ring)
        {
            var middle = (low + high) / 2;
            if (Volatile.Read(ref ring[middle % Slots]) is not { } batch || batch.Sequence != middle || batch.Last < number)
            {
                low = middle + 1;
            }
            else if (batch.First > number)
            {
                high = middle - 1;
            }
            else
            {
                return batch;
            }
        }

        return null;
    }

    private MessageBatch? FromStore(long number) => _store.Read(_room, number, PieceWeight) is { Count: > 0 } found ? new MessageBatch(-1, found) : null;
}
