using System.Collections.Concurrent;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Services.Chat;

/// <summary>One room: its log, who is in it, and who may be.</summary>
internal sealed class Room
{
    private readonly IChatStore _store;
    private readonly Lazy<ConcurrentDictionary<long, ChatMember>> _members;
    private volatile ChatRoom _stored;

    public Room(ChatRoom stored, IChatStore store, ChatOptions options, TimeProvider clock)
    {
        (_stored, _store) = (stored, store);
        _members = new(() => new(store.Members(stored.Id).Select(member => KeyValuePair.Create(member.Account, member))));
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

    public ChatMember Member(long account) => Known(account) ?? new ChatMember(account, false, false, null);

    /// <summary>Accounts that were invited.</summary>
    public IReadOnlyList<long> Invited() => [.. _members.Value.Values.Where(member => member.Invited).Select(member => member.Account)];

    public bool IsOpenTo(Caller caller) => Known(caller.AccountId) is { } member ? !member.Banned && (Kind is RoomKind.Public || member.Invited) : Kind is RoomKind.Public;

    /// <summary>Until when an account may not speak, in microseconds since 1970 UTC.</summary>
    public long? MutedUntil(long account) => Known(account)?.MutedUntil;

    public async Task SetMemberAsync(ChatMember member, AuditRecord? audit)
    {
        await _store.SetMemberAsync(Id, member, audit);
        _members.Value[member.Account] = member;
    }

    public async Task SetTopicAsync(string? topic)
    {
        await _store.SetTopicAsync(Id, topic);
        _stored = _stored with { Topic = topic };
    }

    private ChatMember? Known(long account) => _members.Value.GetValueOrDefault(account);
}
