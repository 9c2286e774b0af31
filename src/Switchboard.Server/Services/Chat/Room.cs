using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Services.Chat;

/// <summary>One room: its log, who is in it, and who may be.</summary>
internal sealed class Room
{
    private readonly IChatStore _store;
    private readonly Lock _gate = new();
    private Dictionary<long, ChatMember>? _members;
    private volatile ChatRoom _stored;

    public Room(ChatRoom stored, IChatStore store, ChatOptions options, TimeProvider clock)
    {
        (_stored, _store) = (stored, store);
        Log = new RoomLog(store, stored.Id);
        Presence = new RoomPresence(options, clock);
        Writer = new RoomWriter(stored.Id, Log, store, clock, Presence.WakeAll);
    }

    public ChatRoom Stored => _stored;

    public long Id => _stored.Id;

    public string Name => _stored.Name;

    public RoomKind Kind => _stored.Kind;

    public RoomLog Log { get; }

    public RoomPresence Presence { get; }

    public RoomWriter Writer { get; }

    public ChatMember Member(long account)
    {
        lock (_gate)
        {
            return Members().TryGetValue(account, out var known) ? known : new ChatMember(account, false, false, null);
        }
    }

    /// <summary>Accounts that were invited.</summary>
    public IReadOnlyList<long> Invited()
    {
        lock (_gate)
        {
            return [.. Members().Values.Where(member => member.Invited).Select(member => member.Account)];
        }
    }

    public bool IsOpenTo(Caller caller)
    {
        var member = Member(caller.AccountId);
        return !member.Banned && (Kind is RoomKind.Public || member.Invited);
    }

    public async Task SetMemberAsync(ChatMember member, AuditRecord? audit)
    {
        await _store.SetMemberAsync(Id, member, audit);
        lock (_gate)
        {
            Members()[member.Account] = member;
        }
    }

    public async Task SetTopicAsync(string? topic)
    {
        await _store.SetTopicAsync(Id, topic);
        _stored = _stored with { Topic = topic };
    }

    private Dictionary<long, ChatMember> Members() => _members ??= _store.Members(Id).ToDictionary(member => member.Account);
}
