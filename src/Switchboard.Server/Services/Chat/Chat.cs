using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Audit;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Services.Chat;

/// <summary>The rules of rooms, for every door: who may enter, speak and moderate, and what of it is kept. Every method checks the caller's permission.</summary>
/// <exception cref="RefusedException">Every expected "no", from any method or task.</exception>
public sealed class Chat : IAsyncDisposable
{
    /// <summary>More than this in a second, and the index of words waits for a quieter one: whoever looks for words fills it first.</summary>
    private const int BusyMessages = 2_000;

    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TrimEvery = TimeSpan.FromMinutes(10);

    private readonly ChatOptions _options;
    private readonly IChatStore _store;
    private readonly AuditLog _audit;
    private readonly TimeProvider _clock;
    private readonly Log _log;
    private readonly RoomTable _rooms;
    private readonly ReadCursors _cursors;
    private readonly SpeakingPace _pace;
    private readonly Func<string, ValueTask<long?>> _accountOf;
    private readonly ITimer _tick;
    private readonly Followers _followers = new();
    private long _trimmed;
    private long _indexed = -1;
    private long _said;
    private Task _housekeeping = Task.CompletedTask;
    private bool _closed;

    private Chat(ChatOptions options, IChatStore store, AuditLog audit, Func<string, ValueTask<long?>> accountOf, Log log, TimeProvider clock)
    {
        (_options, _store, _audit, _accountOf, _log, _clock) = (options, store, audit, accountOf, log, clock);
        _rooms = new RoomTable(store, options, clock, accountOf);
        _cursors = new ReadCursors(store);
        _pace = new SpeakingPace(options, clock);
        _trimmed = clock.GetTimestamp();
        _tick = clock.CreateTimer(_ => Tick(), null, TickEvery, TickEvery);
    }

    /// <summary>Opens the service, with the room that everybody has.</summary>
    internal static async Task<Chat> StartAsync(
        ChatOptions options, IChatStore store, AuditLog audit, Func<string, ValueTask<long?>> accountOf, Log log, TimeProvider? clock = null)
    {
        var chat = new Chat(options, store, audit, accountOf, log, clock ?? TimeProvider.System);
        chat._rooms.Load();
        await chat._rooms.EnsureLobbyAsync();
        return chat;
    }

    internal ChatOptions Options => _options;

    /// <summary>Enters a room, for one connection; dispose what is returned when it leaves.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="name">The room.</param>
    /// <param name="from">The first message wanted; null goes on behind what this device has read, or where it never read anything, a little before the end.</param>
    /// <param name="presence">Tell who comes and goes.</param>
    /// <param name="wake">Called when there may be news; must not block.</param>
    internal async ValueTask<RoomReader> JoinAsync(Caller caller, string name, long? from, bool presence, Action wake)
    {
        Require(caller);
        var room = await _rooms.FindAsync(caller, name);
        var next = from ?? NextOf(caller, room);
        var reader = new RoomReader(room, caller, Math.Clamp(next, 1, room.Log.Last + 1), wake) { WantsPresence = presence, Noticed = room.Presence.Notice?.Number ?? 0 };
        room.Presence.Enter(reader);
        return reader;
    }

    /// <summary>Says something. Completes when it has its number; the posting's task when it is durable and seen by others.</summary>
    /// <param name="text">Kept as it is, and not to be changed any more.</param>
    /// <param name="burst">What it is part of; null where it stands alone.</param>
    internal ValueTask<(Room Room, Posting Posting)> PostAsync(Caller caller, string name, string? key, byte[] text, PostBurst? burst = null)
    {
        Require(caller);
        MessageText.Check(text, _options.MessageBytes);
        return PostAsync(caller, name, Draft(MessageText.CheckedKey(key), text), burst);
    }

    /// <summary>Lets those who may be in a room read a file, by its content; the message's text is its name.</summary>
    internal async ValueTask<(Room Room, Posting Posting)> ShareAsync(Caller caller, string name, string? key, string fileName, byte[] sha256, long size)
    {
        Require(caller);
        return await PostAsync(caller, name, Draft(MessageText.CheckedKey(key), Encoding.UTF8.GetBytes(fileName)) with { Kind = MessageKind.File, File = new SharedContent(sha256, size) });
    }

    /// <summary>The content that a message lets the caller read, and whose it is.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.NotFound"/>: no such message, or it is not a file, or was taken away.</exception>
    internal async ValueTask<(long Owner, byte[] Sha256, string FileName)> SharedAsync(Caller caller, string name, long number)
    {
        Require(caller);
        var room = await _rooms.FindAsync(caller, name);
        return Find(room, number) is { File: { } content } message ? (message.Account, content.Sha256, Encoding.UTF8.GetString(message.Text))
            : throw new RefusedException(RefusalCode.NotFound, room.Name, $"no file is message {number}");
    }

    private async ValueTask<(Room Room, Posting Posting)> PostAsync(Caller caller, string name, ChatMessage draft, PostBurst? burst = null)
    {
        var room = await _rooms.FindAsync(caller, name);
        RequireVoice(caller, room);
        await HoldBackAsync(caller);
        var posting = room.Writer.Post(caller.AccountId, caller.Account, draft, burst);
        if (room.Kind is RoomKind.Private)
        {
            CallAfter(posting, room);
        }

        return (room, posting);
    }

    /// <summary>Calls back whenever something is said to an account in a conversation between two, until what is returned is disposed.</summary>
    internal IDisposable Follow(Caller caller, Action<string> called) => _followers.Add(caller.AccountId, called);

    internal async ValueTask SetTopicAsync(Caller caller, string name, string? topic)
    {
        Require(caller);
        var room = await _rooms.FindAsync(caller, name);
        RequireVoice(caller, room);
        topic = topic?.Trim() is { Length: > 0 } given ? given : null;
        if (Encoding.UTF8.GetByteCount(topic ?? "") > ChatOptions.TopicBytes)
        {
            throw new RefusedException(RefusalCode.OverLimit, "topic", $"at most {ChatOptions.TopicBytes} bytes");
        }

        await HoldBackAsync(caller);
        await room.SetTopicAsync(topic);
        var posting = room.Writer.Post(caller.AccountId, caller.Account, Draft(null, Encoding.UTF8.GetBytes(topic ?? "")) with { Kind = MessageKind.Topic });
        await posting.Durable;
    }

    /// <summary>The device has read everything up to a message.</summary>
    internal void Seen(Caller caller, Room room, long number) => _cursors.Move(caller, room.Id, Math.Min(number, room.Log.Last));

    /// <summary>Rooms that the caller may enter, with what is unread.</summary>
    internal IReadOnlyList<RoomEntry> Rooms(Caller caller)
    {
        Require(caller);
        var read = _cursors.Of(caller);
        return [.. _rooms.All.Where(room => room.IsOpenTo(caller) && (room.Kind is not RoomKind.Private || room.Log.Last > 0))
            .OrderBy(room => room.Name != ChatOptions.Lobby).ThenBy(room => room.Kind).ThenBy(room => room.Name, StringComparer.Ordinal).Select(room => Entry(room, read))];
    }

    internal async Task AddRoomAsync(Caller caller, string name, bool invited)
    {
        Require(caller);
        var normal = RoomNames.Normalize(name);
        await _rooms.AddAsync(normal, invited ? RoomKind.Invited : RoomKind.Public, invited ? [caller.AccountId] : [], _audit.Record(caller, AuditActions.RoomAdd, normal));
    }

    /// <summary>Lets an account into a room by invitation; one who is inside may do so. It lifts a ban only for a moderator.</summary>
    internal async Task InviteAsync(Caller caller, string name, string account)
    {
        Require(caller);
        var room = await _rooms.FindAsync(caller, name);
        if (room.Kind is not RoomKind.Invited)
        {
            throw new RefusedException(RefusalCode.BadRequest, room.Name, "everybody may enter it");
        }

        var member = room.Member(await IdOfAsync(account));
        if (member.Banned && !caller.Allow.HasFlag(Permissions.Admin))
        {
            throw new RefusedException(RefusalCode.Forbidden, account, "was removed from the room by a moderator");
        }

        await room.SetMemberAsync(member with { Invited = true, Banned = false }, _audit.Record(caller, AuditActions.RoomInvite, room.Name, account));
    }

    /// <summary>Gives up a room by invitation.</summary>
    internal async Task LeaveAsync(Caller caller, string name)
    {
        Require(caller);
        var room = await _rooms.FindAsync(caller, name);
        if (room.Kind is RoomKind.Invited)
        {
            await room.SetMemberAsync(room.Member(caller.AccountId) with { Invited = false }, null);
        }

        room.Presence.Expel(caller.AccountId);
    }

    internal async ValueTask<IReadOnlyList<PresentEntry>> WhoAsync(Caller caller, string name)
    {
        Require(caller);
        var room = await _rooms.FindAsync(caller, name);
        return [.. room.Presence.Who().Select(present => new PresentEntry { Account = present.Account, State = present.Away ? "away" : "here", Since = present.Since })];
    }

    /// <summary>A part of a room's history: from a message on, or the last ones, or those with all of some words.</summary>
    internal async ValueTask<IEnumerable<HistoryEntry>> HistoryAsync(Caller caller, string name, long? from, int? last, string? words)
    {
        Require(caller);
        var most = last is null or (> 0 and <= ChatOptions.MostHistory) ? last ?? ChatOptions.MostHistory
            : throw new RefusedException(RefusalCode.BadRequest, "last", $"1 to {ChatOptions.MostHistory}");
        var room = await _rooms.FindAsync(caller, name);
        if (words is not null)
        {
            while (await _store.IndexSomeAsync())
            {
            }

            return _store.Search(room.Id, words, most).SelectMany(number => _store.Read(room.Id, number, 1).Where(message => message.Number == number)).Select(message => message.ToEntry(room.Name));
        }

        var end = room.Log.Last;
        return Read(room, from ?? Math.Max(1, end - most + 1), from is null || last is null ? end : Math.Min(end, from.Value + most - 1)).Select(message => message.ToEntry(room.Name));
    }

    /// <summary>Keeps an account from speaking in a room for a while; zero lets it speak again.</summary>
    internal async Task MuteAsync(Caller caller, string name, string account, TimeSpan time)
    {
        RequireModerator(caller);
        var room = await _rooms.FindAsync(caller, name);
        long? until = time > TimeSpan.Zero ? _clock.Microseconds() + (long)Math.Min(time.TotalMicroseconds, long.MaxValue / 4.0) : null;
        await room.SetMemberAsync(room.Member(await IdOfAsync(account)) with { MutedUntil = until }, _audit.Record(caller, AuditActions.RoomMute, room.Name, $"{account} {time.TotalSeconds:0} s"));
    }

    /// <summary>Keeps an account out of a room, or lets it in again.</summary>
    internal async Task BanAsync(Caller caller, string name, string account, bool banned)
    {
        RequireModerator(caller);
        var room = await _rooms.FindAsync(caller, name);
        if (room.Name == ChatOptions.Lobby && banned)
        {
            throw new RefusedException(RefusalCode.BadRequest, room.Name, "everybody has the lobby; mute the account instead");
        }

        var member = room.Member(await IdOfAsync(account));
        await room.SetMemberAsync(member with { Banned = banned, Invited = member.Invited && !banned }, _audit.Record(caller, AuditActions.RoomBan, room.Name, (banned ? "" : "lifted: ") + account));
        if (banned)
        {
            room.Presence.Expel(member.Account);
        }
    }

    /// <summary>Takes a message away. That it stood there, whose it was, and who took it away remains.</summary>
    internal async Task RemoveMessageAsync(Caller caller, string name, long number)
    {
        Require(caller);
        var room = await _rooms.FindAsync(caller, name);
        var message = Find(room, number);
        if (message is null)
        {
            throw new RefusedException(RefusalCode.NotFound, room.Name, $"message {number}");
        }

        if (message.Account != caller.AccountId)
        {
            RequireModerator(caller);
        }

        var gone = message with { Kind = MessageKind.Gone, Text = [], File = null };
        await _store.ReplaceAsync(room.Id, gone, _audit.Record(caller, AuditActions.MessageRemove, room.Name, $"{number} of {message.From}"));
        room.Log.Renew(number);
        await room.Writer.Post(caller.AccountId, caller.Account, Draft(null, []) with { Kind = MessageKind.Removed, Target = number }).Durable;
    }

    public async ValueTask DisposeAsync()
    {
        await _tick.DisposeAsync();
        Volatile.Write(ref _closed, true);
        await _housekeeping;
        _cursors.Store();
    }

    private ChatMessage? Find(Room room, long number) =>
        number <= room.Log.Last ? _store.Read(room.Id, number, 1).FirstOrDefault(message => message.Number == number) : null;

    private static ChatMessage Draft(string? key, byte[] text) => new() { Number = 0, Time = 0, Account = 0, From = "", Key = key, Text = text };

    private static void Require(Caller caller)
    {
        caller.Require(Permissions.Chat);
        if (caller.IsOperator)
        {
            throw new RefusedException(RefusalCode.Forbidden, caller.Account, "the operator has no name to speak under; log in as an account");
        }
    }

    private static void RequireModerator(Caller caller)
    {
        Require(caller);
        caller.Require(Permissions.Admin);
    }

    private void CallAfter(Posting posting, Room room) => posting.Durable.ContinueWith(
        _ => _followers.Call(room.Invited(), room.Name), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);

    private void RequireVoice(Caller caller, Room room)
    {
        if (room.MutedUntil(caller.AccountId) is { } until && until - _clock.Microseconds() is > 0 and var left)
        {
            throw new RefusedException(new Refusal(RefusalCode.Muted) { Subject = room.Name, RetryAfter = left / 1e6 });
        }
    }

    private ValueTask HoldBackAsync(Caller caller)
    {
        var wait = _pace.Take(caller.AccountId)
            ?? throw new RefusedException(new Refusal(RefusalCode.OverLimit) { Subject = "text", Detail = $"more than {_options.Rate} messages a second", RetryAfter = _options.Patience.TotalSeconds });
        return wait > TimeSpan.Zero ? new ValueTask(Task.Delay(wait, _clock)) : ValueTask.CompletedTask;
    }

    private long NextOf(Caller caller, Room room) =>
        _cursors.Of(caller, room.Id) is { } read ? read + 1 : room.Log.Last - FirstSight + 1;

    /// <summary>Messages that a device sees of a room it never was in.</summary>
    private const int FirstSight = 50;

    private IEnumerable<ChatMessage> Read(Room room, long from, long until)
    {
        const int Piece = 256 << 10;
        while (from <= until && _store.Read(room.Id, from, Piece) is { Count: > 0 } found)
        {
            foreach (var message in found.Where(message => message.Number <= until))
            {
                yield return message;
            }

            from = found[^1].Number + 1;
        }
    }

    private async ValueTask<long> IdOfAsync(string account) =>
        await _accountOf(AccountName.Normalize(account)) ?? throw new RefusedException(RefusalCode.AccountUnknown, account);

    private static RoomEntry Entry(Room room, Dictionary<long, long> read) => new()
    {
        Name = room.Name,
        Kind = room.Kind switch { RoomKind.Public => "public", RoomKind.Invited => "invited", _ => "private" },
        Topic = room.Stored.Topic,
        Here = room.Presence.Here,
        Last = room.Log.Last,
        Read = read.TryGetValue(room.Id, out var number) ? number : null,
    };

    private void Tick()
    {
        foreach (var room in _rooms.All)
        {
            room.Presence.Tick();
        }

        _cursors.Store();
        _pace.Tick();
        if (_housekeeping.IsCompleted)
        {
            _housekeeping = Task.Run(KeepHouseAsync);
        }
    }

    private async Task IndexAsync()
    {
        var said = _rooms.All.Sum(room => room.Log.Last);
        var isBusy = said - _said > BusyMessages;
        _said = said;
        while (said != _indexed && !Volatile.Read(ref _closed))
        {
            if (!await _store.IndexSomeAsync())
            {
                _indexed = said;
            }
            else if (isBusy)
            {
                return;
            }
        }
    }

    private async Task KeepHouseAsync()
    {
        try
        {
            await IndexAsync();
            if ((_options.KeepFor ?? _options.KeepBytes as object) is not null && _clock.GetElapsedTime(_trimmed) > TrimEvery)
            {
                _trimmed = _clock.GetTimestamp();
                var olderThan = _options.KeepFor is { } time ? _clock.Microseconds() - (long)time.TotalMicroseconds : 0;
                foreach (var room in _rooms.All)
                {
                    while (!Volatile.Read(ref _closed) && await _store.TrimAsync(room.Id, olderThan, _options.KeepBytes) > 0)
                    {
                    }
                }
            }
        }
        catch (Exception e)
        {
            // A full disk or a closing database; whoever speaks is told. The next second tries again.
            _log.Debug("chat", $"looking after the rooms failed: {e.Message}");
        }
    }
}
