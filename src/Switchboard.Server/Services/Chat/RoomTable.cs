using System.Collections.Concurrent;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Services.Chat;

/// <summary>All rooms by name.</summary>
internal sealed class RoomTable(IChatStore store, ChatOptions options, TimeProvider clock, Func<string, ValueTask<long?>> accountOf)
{
    private readonly ConcurrentDictionary<string, Room> _rooms = new(StringComparer.Ordinal);

    public IEnumerable<Room> All => _rooms.Values;

    public void Load()
    {
        foreach (var stored in store.Rooms())
        {
            _rooms[stored.Name] = new Room(stored, store, options, clock);
        }
    }

    public async Task<Room> EnsureLobbyAsync() => _rooms.TryGetValue(ChatOptions.Lobby, out var lobby) ? lobby : await AddAsync(ChatOptions.Lobby, RoomKind.Public, [], null);

    /// <exception cref="RefusedException"><see cref="RefusalCode.Exists"/>, <see cref="RefusalCode.OverLimit"/>.</exception>
    public async Task<Room> AddAsync(string name, RoomKind kind, IReadOnlyList<long> invited, AuditRecord? audit)
    {
        if (kind is not RoomKind.Private && _rooms.Values.Count(room => room.Kind is not RoomKind.Private) >= options.MaxRooms)
        {
            throw new RefusedException(RefusalCode.OverLimit, name, $"at most {options.MaxRooms} rooms");
        }

        var stored = await store.AddRoomAsync(new ChatRoom(0, name, kind, null, clock.Microseconds()), invited, audit);
        return _rooms.GetOrAdd(name, _ => new Room(stored, store, options, clock));
    }

    /// <summary>A room that a caller may enter. A conversation with another account is made when it is first asked for.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.RoomUnknown"/>, also for a room that is not the caller's to know; <see cref="RefusalCode.AccountUnknown"/>.</exception>
    public ValueTask<Room> FindAsync(Caller caller, string name) => ConversationName.IsOne(name)
        ? FindConversationAsync(caller, name)
        : ValueTask.FromResult(Open(caller, name, _rooms.GetValueOrDefault(name) ?? _rooms.GetValueOrDefault(RoomNames.Normalize(name))));

    private static Room Open(Caller caller, string name, Room? room) =>
        room is not null && room.IsOpenTo(caller) ? room : throw new RefusedException(RefusalCode.RoomUnknown, AccountName.Shorten(name));

    private async ValueTask<Room> FindConversationAsync(Caller caller, string name) => Open(caller, name, await ConversationAsync(caller, RoomNames.Other(caller, name)));

    private async Task<Room> ConversationAsync(Caller caller, string other)
    {
        var name = ConversationName.Between(caller.Account, other);
        if (_rooms.TryGetValue(name, out var known))
        {
            return known;
        }

        var account = await accountOf(other) ?? throw new RefusedException(RefusalCode.AccountUnknown, other);
        try
        {
            return await AddAsync(name, RoomKind.Private, [caller.AccountId, account], null);
        }
        catch (RefusedException e) when (e.Code is RefusalCode.Exists)
        {
            // The other one began it at the same moment.
            return await ConversationAsync(caller, other);
        }
    }
}
