using System.Buffers;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Chat;

namespace Switchboard.Server.Doors.Native;

/// <summary>Being in rooms and speaking there. A connection has one chat session at most.</summary>
internal sealed class ChatVerbs(NativeSession session, Chat chat, FrameReader reader)
{
    private Task<ChatSession?> _opening = Task.FromResult<ChatSession?>(null);
    private ChatSession? _open;

    /// <summary>A chat session is under way.</summary>
    public bool IsOpen => Volatile.Read(ref _open) is not null;

    public async ValueTask JoinAsync(Frame frame)
    {
        JoinRoom request = Messages.Read(frame, ProtocolJson.Default.JoinRoom);
        if (await OpenAsync(request.Id) is { } open)
        {
            await open.EnterAsync(request);
            return;
        }

        var opening = new TaskCompletionSource<ChatSession?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _opening = opening.Task;
        await session.AnswerInTurnAsync(request.Id, async (writer, cancel) =>
        {
            var opened = new ChatSession(request.Id, session, chat);
            try
            {
                await opened.EnterFirstAsync(request);
                Volatile.Write(ref _open, opened);
                opening.SetResult(opened);
                await opened.FollowAsync(writer, cancel);
            }
            finally
            {
                opening.TrySetResult(null);
                Abandon();
                opened.Dispose();
            }
        });
    }

    public async ValueTask PostAsync(Frame frame)
    {
        Post request = Messages.Read(frame, ProtocolJson.Default.Post);
        long size = frame.Size;
        if (await OpenAsync(request.Id) is { } open)
        {
            await open.PostAsync(request, () => ReadTextAsync(size));
            return;
        }

        var (room, posting) = await chat.PostAsync(session.Caller, request.Room, request.Key, await ReadTextAsync(size));
        await session.AnswerLaterAsync(request.Id, async (writer, cancel) =>
        {
            await posting.Durable.WaitAsync(cancel);
            writer.Write(new PostAnswer { Id = request.Id, Room = room.Name, Number = posting.Number, Time = posting.Time }, ProtocolJson.Default.PostAnswer);
        });
    }

    public async ValueTask LeaveAsync(Frame frame)
    {
        LeaveRoom request = Messages.Read(frame, ProtocolJson.Default.LeaveRoom);
        (await OpenAsync(request.Id))?.Leave(request.Room);
    }

    public async ValueTask SeenAsync(Frame frame)
    {
        Seen request = Messages.Read(frame, ProtocolJson.Default.Seen);
        (await OpenAsync(request.Id))?.Seen(request.Room, request.Number);
    }

    public async ValueTask AwayAsync(Frame frame)
    {
        Away request = Messages.Read(frame, ProtocolJson.Default.Away);
        (await OpenAsync(request.Id))?.SetAway(request.Gone);
    }

    /// <summary>Once a second: a sign of life for the client.</summary>
    public void Tick(long now) => Volatile.Read(ref _open)?.Tick(now);

    /// <summary>The line is gone.</summary>
    public void Abandon() => Interlocked.Exchange(ref _open, null)?.Wake();

    // What the client sends at once after its first join is for a session that is only being opened: it waits for that.
    private async ValueTask<ChatSession?> OpenAsync(long? id)
    {
        ChatSession? open = await _opening.WaitAsync(session.Ended);
        return open is not null && open.Id == id && ReferenceEquals(open, Volatile.Read(ref _open)) ? open : null;
    }

    private async ValueTask<ReadOnlySequence<byte>> ReadTextAsync(long size)
    {
        if (size > chat.Options.MessageBytes)
        {
            throw new RefusedException(RefusalCode.OverLimit, "text", $"{size} bytes; a message has at most {chat.Options.MessageBytes}");
        }

        if (size == 0)
        {
            return default;
        }

        var payload = await reader.ReadPayloadAsync((int)size, session.Ended);
        // Copied: the reader's memory is its own again with the next frame.
        var text = new ReadOnlySequence<byte>(payload.Slice(0, size).ToArray());
        reader.AdvancePayload(size);
        return text;
    }
}
