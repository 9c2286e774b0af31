using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Switchboard.Protocol;
using Switchboard.Server.Connections;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Chat;

namespace Switchboard.Server.Doors.Native;

/// <summary>
/// One connection's chat: what is new in its rooms goes out as it comes, each room at this connection's own place in it; what the client says
/// arrives on the reading side. Nobody waits for this connection: one that is slow to read lags.
/// </summary>
[SuppressMessage("Design", "CA2213", Justification = "Nobody takes the semaphore's wait handle, and the reading side may still come to it.")]
internal sealed class ChatSession(long? id, NativeSession session, Chat chat) : IDisposable
{
    /// <summary>Silence after which the other end is told that the line is alive.</summary>
    private const long PulseMilliseconds = 15_000;

    private readonly WakeSignal _signal = new();
    // Made when something is said: its first segment is 2 KiB, and most who are in a room only listen.
    private ConcurrentQueue<Said>? _said;
    private readonly SemaphoreSlim _underWay = new(ChatOptions.PostsUnderWay);
    // Copied on change: the reading side adds, the writing side goes through them.
    private volatile Place[] _places = [];
    private Task _watched = Task.CompletedTask;
    private long _lastSent = Environment.TickCount64;
    private volatile bool _leaving;
    private bool _isOver;
    private IDisposable? _following;

    public void Wake() => _signal.Set();

    /// <summary>Writes what is new on the thread of the room, if nothing else is being written: handing each of a thousand members to a thread of the pool costs more than the write.</summary>
    private void Hear() => _signal.SetHere();

    /// <summary>Opens a session in a first room.</summary>
    public static async Task<ChatSession> OpenAsync(JoinRoom request, NativeSession session, Chat chat)
    {
        var opened = new ChatSession(request.Id, session, chat);
        await opened.AddAsync(request);
        if (request.Private == true)
        {
            opened._following = chat.Follow(session.Caller, room => _ = opened.EnterCalledAsync(new JoinRoom { Room = room, Presence = request.Presence }));
        }

        return opened;
    }

    /// <summary>Enters one more room; a refusal is told and the session goes on. One that it is in stays as it is.</summary>
    public async ValueTask EnterAsync(JoinRoom request)
    {
        try
        {
            await AddAsync(request);
        }
        catch (RefusedException e)
        {
            await TellAsync(request.Room, null, e);
        }

        Wake();
    }

    /// <summary>Says something. Waits while very much that was said is not durable yet.</summary>
    public async ValueTask PostAsync(Post request, ValueTask<byte[]> text, PostBurst burst)
    {
        try
        {
            var (room, posting) = await chat.PostAsync(session.Caller, request.Room, request.Key, await text, burst);
            await _underWay.WaitAsync(session.Ended);
            LazyInitializer.EnsureInitialized(ref _said).Enqueue(new Said(room.Name, request.Key, posting, null));
            Watch(posting.Durable);
        }
        catch (RefusedException e)
        {
            await TellAsync(request.Room, request.Key, e);
            Wake();
        }
    }

    public void Seen(string room, long number)
    {
        if (_places.FirstOrDefault(place => place.Reader.Room.Name == room) is { } place)
        {
            chat.Seen(session.Caller, place.Reader.Room, number);
        }
    }

    public void SetAway(bool away)
    {
        foreach (var place in _places)
        {
            place.Reader.Room.Presence.SetAway(session.Caller, away);
        }
    }

    public void Leave(string? room)
    {
        _leaving |= room is null;
        foreach (var place in _places.Where(place => place.Reader.Room.Name == room))
        {
            place.Leaving = true;
        }

        Wake();
    }

    public void Tick(long now)
    {
        if (now - Volatile.Read(ref _lastSent) >= PulseMilliseconds)
        {
            Wake();
        }
    }

    /// <summary>Writes what is new until the client leaves.</summary>
    public async ValueTask FollowAsync(AnswerWriter writer, CancellationToken cancel)
    {
        await using var ending = cancel.Register(Wake);
        while (!_leaving)
        {
            cancel.ThrowIfCancellationRequested();
            session.Caller.Require(Permissions.Chat);
            // First of all that the session is in the room: what the client said right behind its request may be durable already, where it is said again.
            TellJoined(writer);
            TellSaid(writer);
            foreach (var place in _places)
            {
                // One that came in just now is told in the next turn, which its coming has called for.
                if (place.IsTold)
                {
                    await WritePlaceAsync(writer, place, cancel);
                }
            }

            await FlushAsync(writer, cancel);
            await _signal.WaitAsync();
        }

        TellSaid(writer);
        writer.Write(new Done { Id = id }, ProtocolJson.Default.Done);
    }

    public void Dispose()
    {
        _following?.Dispose();
        lock (_signal)
        {
            Array.ForEach(_places, place => place.Reader.Dispose());
            _places = [];
            _isOver = true;
        }
    }

    private async ValueTask AddAsync(JoinRoom request)
    {
        if (_places.Length >= ChatOptions.RoomsPerSession)
        {
            throw new RefusedException(RefusalCode.OverLimit, request.Room, $"at most {ChatOptions.RoomsPerSession} rooms on one connection");
        }

        var reader = await chat.JoinAsync(session.Caller, request.Room, request.From, request.Presence == true, Hear);
        lock (_signal)
        {
            // A conversation may be entered at the same moment because somebody spoke there.
            if (!_isOver && !_places.Any(place => place.Reader.Room == reader.Room))
            {
                _places = [.. _places, new Place(reader)];
                return;
            }
        }

        reader.Dispose();
    }

    private async Task EnterCalledAsync(JoinRoom request)
    {
        // Most often it is in the room already.
        if (_places.Any(place => place.Reader.Room.Name == request.Room))
        {
            return;
        }

        try
        {
            await AddAsync(request);
        }
        catch (RefusedException e)
        {
            await TellAsync(request.Room, null, e);
        }

        Wake();
    }

    private async ValueTask TellAsync(string room, string? key, RefusedException refused)
    {
        await _underWay.WaitAsync(session.Ended);
        LazyInitializer.EnsureInitialized(ref _said).Enqueue(new Said(room, key, default, refused));
    }

    // Messages of one group share a task: one continuation wakes for all of them.
    private void Watch(Task durable)
    {
        if (durable.IsCompleted)
        {
            // Said again: it has its answer, and nothing more will happen to it.
            Wake();
        }
        else if (!ReferenceEquals(durable, _watched))
        {
            _watched = durable;
            durable.ContinueWith(static (_, session) => ((ChatSession)session!).Wake(), this, TaskScheduler.Default);
        }
    }

    private void TellSaid(AnswerWriter writer)
    {
        while (Volatile.Read(ref _said) is { } waiting && waiting.TryPeek(out var said) && said.IsKnown)
        {
            waiting.TryDequeue(out _);
            _underWay.Release();
            if (said.Refusal is { } refusal)
            {
                WriteRefused(writer, said, refusal);
            }
            else
            {
                ChatHeaders.Write(writer.Frames, new Posted { Id = id, Room = said.Room, Key = said.Key, Number = said.Posting.Number, Time = said.Posting.Time });
            }
        }
    }

    private void WriteRefused(AnswerWriter writer, Said said, Refusal refusal)
    {
        var error = session.Refuse(refusal);
        writer.Write(
            new RefusedInChat { Id = id, Room = said.Room, Key = said.Key, Code = error.Code, Message = error.Message, Hint = error.Hint, RetryAfter = error.RetryAfter },
            ProtocolJson.Default.RefusedInChat);
    }

    private async ValueTask WritePlaceAsync(AnswerWriter writer, Place place, CancellationToken cancel)
    {
        var reader = place.Reader;
        if (place.Leaving || reader.IsExpelled)
        {
            Part(writer, place);
            return;
        }

        while (reader.Take(out var skip) is { } batch)
        {
            var encoded = RoomFrames.Of(batch, reader.Room.Name);
            await writer.WriteFramesAsync(encoded.Frames.AsMemory(encoded.Starts[skip]), isAll: !reader.HasMore, cancel);
            Volatile.Write(ref _lastSent, Environment.TickCount64);
        }

        if (reader.WantsPresence && reader.Room.Presence.Notice is { } notice && notice.Number > reader.Noticed)
        {
            reader.Noticed = notice.Number;
            var told = new Presence { Id = id, Room = reader.Room.Name, Came = [.. notice.Came], Went = [.. notice.Went], Here = notice.Here };
            writer.Write(told, ProtocolJson.Default.Presence);
        }
    }

    private void TellJoined(AnswerWriter writer)
    {
        foreach (var place in _places)
        {
            if (!place.IsTold)
            {
                place.IsTold = true;
                writer.Write(Joined(place.Reader), ProtocolJson.Default.Joined);
            }
        }
    }

    private void Part(AnswerWriter writer, Place place)
    {
        lock (_signal)
        {
            _places = [.. _places.Where(other => other != place)];
        }

        place.Reader.Dispose();
        writer.Write(new Parted { Id = id, Room = place.Reader.Room.Name }, ProtocolJson.Default.Parted);
    }

    private Joined Joined(RoomReader reader) => new()
    {
        Id = id,
        Room = reader.Room.Name,
        Next = reader.Next,
        Last = reader.Room.Log.Last,
        Topic = reader.Room.Stored.Topic,
        Here = reader.Room.Presence.Here,
    };

    private async ValueTask FlushAsync(AnswerWriter writer, CancellationToken cancel)
    {
        if (writer.Frames.Unflushed == 0 && Environment.TickCount64 - _lastSent >= PulseMilliseconds)
        {
            writer.Write(new Pulse { Id = id }, ProtocolJson.Default.Pulse);
        }

        if (writer.Frames.Unflushed > 0)
        {
            await writer.FlushAsync(cancel);
            Volatile.Write(ref _lastSent, Environment.TickCount64);
        }
    }

    private sealed class Place(RoomReader reader)
    {
        public RoomReader Reader => reader;

        public bool IsTold { get; set; }

        public volatile bool Leaving;
    }

    /// <summary>What the client said, and what becomes of it.</summary>
    private readonly record struct Said(string Room, string? Key, Posting Posting, RefusedException? Refused)
    {
        public bool IsKnown => Refused is not null || Posting.Durable.IsCompleted;

        public Refusal? Refusal => Refused?.Refusal ?? (Posting.Durable?.Exception?.InnerException as RefusedException)?.Refusal;
    }
}
