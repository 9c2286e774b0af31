using System.Buffers;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Chat;

namespace Switchboard.Server.Doors.Native;

/// <summary>Being in rooms and speaking there. A connection has one chat session at most.</summary>
internal sealed class ChatVerbs(NativeSession session, Chat chat, FrameReader reader)
{
    private readonly SessionSlot<ChatSession> _slot = new(session);
    private readonly PostBurst _burst = new();

    /// <summary>A chat session is under way.</summary>
    public bool IsOpen => _slot.Open is not null;

    public async ValueTask JoinAsync(Frame frame)
    {
        JoinRoom request = Messages.Read(frame, ProtocolJson.Default.JoinRoom);
        if (await _slot.FindAsync(request.Id) is { } open)
        {
            await open.EnterAsync(request);
            return;
        }

        await _slot.BeginAsync(
            request.Id,
            () => ChatSession.OpenAsync(request, session, chat),
            (opened, writer, cancel) => opened.FollowAsync(writer, cancel),
            opened => opened.Dispose());
    }

    public async ValueTask PostAsync(Frame frame)
    {
        Post request = ChatHeaders.ReadPost(frame.Header.Span);
        long size = frame.Size;
        if (await _slot.FindAsync(request.Id) is { } open)
        {
            await open.PostAsync(request, ReadTextAsync(size), _burst);
            return;
        }

        var (room, posting) = await chat.PostAsync(session.Caller, request.Room, request.Key, await ReadTextAsync(size), _burst);
        await session.AnswerLaterAsync(request.Id, new DurableAnswer(request.Id, room.Name, posting).WriteAsync);
    }

    public async ValueTask LeaveAsync(Frame frame)
    {
        LeaveRoom request = Messages.Read(frame, ProtocolJson.Default.LeaveRoom);
        (await _slot.FindAsync(request.Id))?.Leave(request.Room);
    }

    public async ValueTask SeenAsync(Frame frame)
    {
        Seen request = Messages.Read(frame, ProtocolJson.Default.Seen);
        (await _slot.FindAsync(request.Id))?.Seen(request.Room, request.Number);
    }

    public async ValueTask AwayAsync(Frame frame)
    {
        Away request = Messages.Read(frame, ProtocolJson.Default.Away);
        (await _slot.FindAsync(request.Id))?.SetAway(request.Gone);
    }

    /// <summary>Once a second: a sign of life for the client.</summary>
    public void Tick(long now) => _slot.Open?.Tick(now);

    /// <summary>The reading side waits: for more, or for what it is doing.</summary>
    public void Rest() => _burst.End();

    /// <summary>The line is gone.</summary>
    public void Abandon()
    {
        _burst.End();
        _slot.Take()?.Wake();
    }

    private async ValueTask<byte[]> ReadTextAsync(long size)
    {
        if (size > chat.Options.MessageBytes)
        {
            throw new RefusedException(RefusalCode.OverLimit, "text", $"{size} bytes; a message has at most {chat.Options.MessageBytes}");
        }

        if (size == 0)
        {
            return [];
        }

        var payload = await reader.ReadPayloadAsync((int)size, session.Ended);
        // Copied: the reader's memory is its own again with the next frame.
        var text = payload.Slice(0, size).ToArray();
        reader.AdvancePayload(size);
        return text;
    }

    /// <summary>The answer to something said outside a session, once it is durable.</summary>
    private sealed class DurableAnswer(long? id, string room, Posting posting)
    {
        public ValueTask WriteAsync(AnswerWriter writer, CancellationToken cancel)
        {
            if (!posting.Durable.IsCompletedSuccessfully)
            {
                return WaitAsync(writer, cancel);
            }

            ChatHeaders.Write(writer.Frames, new PostAnswer { Id = id, Room = room, Number = posting.Number, Time = posting.Time });
            return ValueTask.CompletedTask;
        }

        private async ValueTask WaitAsync(AnswerWriter writer, CancellationToken cancel)
        {
            await posting.Durable.WaitAsync(cancel);
            await WriteAsync(writer, cancel);
        }
    }
}
