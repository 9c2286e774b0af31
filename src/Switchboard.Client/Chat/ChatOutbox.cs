using System.Diagnostics.CodeAnalysis;
using System.Text;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>What one chat has to say: rooms to enter and leave, messages until the server has them, how far was read. Keeps it over broken lines.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Nobody takes its wait handle, so there is nothing to give back.")]
internal sealed class ChatOutbox(RoomPlaces rooms, bool presence)
{
    /// <summary>Messages that are not durable yet; the server hears no more either.</summary>
    private const int MostUnderWay = 1_000;

    private readonly Lock sync = new();
    private readonly List<Draft> drafts = [];
    private readonly Queue<LeaveRoom> leaving = new();
    private readonly Dictionary<string, long> seen = [];
    private readonly SemaphoreSlim places = new(MostUnderWay);
    private Action? send;
    private bool? away;
    private bool hasToSay;
    private bool isClosed;

    /// <summary>Takes a message; the task completes with its number when it is durable.</summary>
    public async Task<Posted> PostAsync(string room, string text, string key, CancellationToken ct)
    {
        await places.WaitAsync(ct);
        var draft = new Draft(room, key, Encoding.UTF8.GetBytes(text));
        lock (sync)
        {
            if (isClosed)
            {
                throw new RefusedException(RefusalCode.NoConnection, room, "the chat has ended");
            }

            drafts.Add(draft);
        }

        send?.Invoke();
        return await draft.Done.Task.WaitAsync(ct);
    }

    public void Enter(string room, long? from) => Change(() => rooms.Add(room, from));

    /// <summary>Leaves a room, also where the line breaks before the server hears of it; without one, all of them.</summary>
    public void Leave(string? room) => Change(() => leaving.Enqueue(new LeaveRoom { Room = room is null ? null : rooms.Remove(room) }));

    public void SetAway(bool gone) => Change(() => away = gone);

    public void See(string room, long number) => Change(() => seen[room] = Math.Max(seen.GetValueOrDefault(room), number));

    /// <summary>A sign of life is due.</summary>
    public void Pulse() => Change(() => hasToSay = true);

    /// <summary>A connection stands: what is not known to have arrived is sent again over it.</summary>
    public JoinRoom Open(Action sender)
    {
        lock (sync)
        {
            drafts.ForEach(draft => draft.IsSent = false);
            rooms.Restart();
            send = sender;
            return NextJoin() ?? throw new RefusedException(RefusalCode.Closing, null, "no room is left");
        }
    }

    public void Pause() => send = null;

    public void Close(Exception reason)
    {
        Draft[] left;
        lock (sync)
        {
            isClosed = true;
            left = [.. drafts];
            drafts.Clear();
        }

        // Whoever waits for a place comes through and is told.
        places.Release(int.MaxValue / 2);

        foreach (var draft in left)
        {
            draft.Done.TrySetException(reason);
            _ = draft.Done.Task.Exception;
        }
    }

    /// <summary>Writes what is due.</summary>
    /// <returns>False when there is nothing.</returns>
    public bool Write(FrameWriter writer, long id)
    {
        lock (sync)
        {
            return WriteJoin(writer, id) || WriteDraft(writer, id) || WriteSeen(writer, id) || WriteAway(writer, id) || WriteLeave(writer, id);
        }
    }

    public void Take(Posted posted)
    {
        if (Remove(posted.Key) is { } draft)
        {
            draft.Done.TrySetResult(posted);
        }
    }

    /// <summary>Takes a refusal; false where it is not about a message.</summary>
    public bool Take(RefusedInChat refused, Refusal refusal)
    {
        if (Remove(refused.Key) is not { } draft)
        {
            return false;
        }

        draft.Done.TrySetException(new RefusedException(refusal));
        return true;
    }

    private Draft? Remove(string? key)
    {
        lock (sync)
        {
            var at = key is null ? -1 : drafts.FindIndex(draft => draft.Key == key);
            if (at < 0)
            {
                return null;
            }

            var draft = drafts[at];
            drafts.RemoveAt(at);
            places.Release();
            return draft;
        }
    }

    private void Change(Action change)
    {
        lock (sync)
        {
            change();
        }

        send?.Invoke();
    }

    private JoinRoom? NextJoin() => rooms.NextJoin() is { } join ? join with { Presence = presence ? true : null, Private = true } : null;

    private bool WriteJoin(FrameWriter writer, long id)
    {
        if (NextJoin() is not { } join)
        {
            return false;
        }

        writer.WriteHeader(join with { Id = id }, ProtocolJson.Default.JoinRoom);
        return true;
    }

    private bool WriteDraft(FrameWriter writer, long id)
    {
        if (drafts.Find(draft => !draft.IsSent) is not { } draft)
        {
            return false;
        }

        draft.IsSent = true;
        writer.WriteHeader(new Post { Id = id, Room = draft.Room, Key = draft.Key }, ProtocolJson.Default.Post, draft.Text.Length);
        writer.WritePayload(draft.Text);
        return true;
    }

    private bool WriteSeen(FrameWriter writer, long id)
    {
        var (room, number) = seen.FirstOrDefault();
        if (room is null && !hasToSay)
        {
            return false;
        }

        // With nothing new to tell, a cursor that does not move is a sign of life too.
        hasToSay = false;
        seen.Remove(room ?? "");
        writer.WriteHeader(new Seen { Id = id, Room = room ?? "", Number = number }, ProtocolJson.Default.Seen);
        return true;
    }

    private bool WriteAway(FrameWriter writer, long id)
    {
        if (away is not { } gone)
        {
            return false;
        }

        away = null;
        writer.WriteHeader(new Away { Id = id, Gone = gone }, ProtocolJson.Default.Away);
        return true;
    }

    private bool WriteLeave(FrameWriter writer, long id)
    {
        if (!leaving.TryDequeue(out var leave))
        {
            return false;
        }

        writer.WriteHeader(leave with { Id = id }, ProtocolJson.Default.LeaveRoom);
        return true;
    }

    private sealed class Draft(string room, string key, byte[] text)
    {
        public string Room => room;

        public string Key => key;

        public byte[] Text => text;

        public bool IsSent { get; set; }

        public TaskCompletionSource<Posted> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
