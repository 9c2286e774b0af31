using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Chat;

/// <summary>How far each device has read. Told often and stored once a second; they only move forward.</summary>
internal sealed class ReadCursors(IChatStore store)
{
    private readonly Lock _gate = new();
    // What moved since the last second, and what is on its way to the store since then.
    private Dictionary<(long Account, string Device, long Room), long> _moved = [], _storing = [];

    public long? Of(Caller caller, long room)
    {
        var key = (caller.AccountId, DeviceOf(caller), room);
        lock (_gate)
        {
            if (_moved.TryGetValue(key, out var number) || _storing.TryGetValue(key, out number))
            {
                return number;
            }
        }

        return store.Cursor(caller.AccountId, DeviceOf(caller), room);
    }

    /// <summary>The furthest of the account's devices, by room.</summary>
    public Dictionary<long, long> Of(Caller caller)
    {
        var furthest = store.Cursors(caller.AccountId).ToDictionary();
        lock (_gate)
        {
            foreach (var (key, number) in _storing.Concat(_moved).Where(cursor => cursor.Key.Account == caller.AccountId))
            {
                furthest[key.Room] = Math.Max(furthest.GetValueOrDefault(key.Room), number);
            }
        }

        return furthest;
    }

    public void Move(Caller caller, long room, long number)
    {
        lock (_gate)
        {
            var key = (caller.AccountId, DeviceOf(caller), room);
            _moved[key] = Math.Max(_moved.GetValueOrDefault(key), number);
        }
    }

    public void Store()
    {
        lock (_gate)
        {
            if (_moved.Count + _storing.Count == 0)
            {
                return;
            }

            (_storing, _moved) = (_moved, []);
            store.NoteCursors([.. _storing.Select(cursor => new ChatCursor(cursor.Key.Account, cursor.Key.Device, cursor.Key.Room, cursor.Value))]);
        }
    }

    /// <summary>Clients that name no device share one.</summary>
    private static string DeviceOf(Caller caller) => caller.Device ?? "";
}
