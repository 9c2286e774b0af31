using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Services.Chat;

/// <summary>One connection's place in one room. It belongs to the connection's writing side; only <see cref="Wake"/> comes from elsewhere.</summary>
/// <param name="room">The room.</param>
/// <param name="caller">Who reads.</param>
/// <param name="next">The first message wanted.</param>
/// <param name="wake">Called when there may be news; must not block.</param>
internal sealed class RoomReader(Room room, Caller caller, long next, Action wake) : IDisposable
{
    private long _sequence = -1;
    private bool _left;

    public Room Room => room;

    public Caller Caller => caller;

    /// <summary>The number of the next message it takes.</summary>
    public long Next { get; private set; } = next;

    /// <summary>Wants to know who comes and goes.</summary>
    public bool WantsPresence { get; init; }

    /// <summary>The presence notice seen last.</summary>
    public long Noticed { get; set; }

    /// <summary>Kept out by a moderator from now on.</summary>
    public volatile bool IsExpelled;

    /// <summary>There is a message that it did not take yet.</summary>
    public bool HasMore => Next <= room.Log.Last;

    public void Wake() => wake();

    /// <summary>The next messages, and how many at the front of the batch to pass over; null when there is nothing new.</summary>
    public MessageBatch? Take(out int skip)
    {
        skip = 0;
        if (room.Log.Find(Next, ref _sequence) is not { } batch)
        {
            return null;
        }

        skip = (int)Math.Max(0, Next - batch.First);
        Next = batch.Last + 1;
        return batch;
    }

    /// <summary>Leaves the room, for this connection.</summary>
    public void Dispose()
    {
        if (!_left)
        {
            _left = true;
            room.Presence.Leave(this);
        }
    }
}
