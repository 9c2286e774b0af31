using System.Buffers;
using System.Text;
using Switchboard.Client.Requests;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>What the server says in a chat session.</summary>
internal sealed class ChatExchange(RoomPlaces rooms, ChatOutbox outbox, ChatOptions how, LineWatch watch, Action onBegun) : Exchange
{
    /// <summary>More than any server lets anybody say.</summary>
    private const int LongestText = 1 << 20;

    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool begun;

    public override Task Ended => ended.Task;

    public override async ValueTask<bool> TakeAsync(AnswerHead head, Frame frame, FrameReader reader)
    {
        watch.Hear();
        switch (head.Kind)
        {
            case AnswerKind.Message when begun:
                await TakeMessageAsync(Messages.Read(frame, ProtocolJson.Default.RoomMessage), frame.Size, reader);
                return false;
            case AnswerKind.Joined:
                TakeJoined(Messages.Read(frame, ProtocolJson.Default.Joined));
                return false;
            case AnswerKind.Posted when begun:
                outbox.Take(Messages.Read(frame, ProtocolJson.Default.Posted));
                return false;
            case AnswerKind.Refused when begun:
                TakeRefused(Messages.Read(frame, ProtocolJson.Default.RefusedInChat));
                return false;
            case AnswerKind.Presence when begun:
                how.OnPresence?.Invoke(Messages.Read(frame, ProtocolJson.Default.Presence));
                return false;
            case AnswerKind.Parted when begun:
                TakeParted(Messages.Read(frame, ProtocolJson.Default.Parted));
                return false;
            case AnswerKind.Pulse when begun:
                return false;
            case AnswerKind.Ok when begun:
                ended.TrySetResult();
                return true;
            default:
                throw head.Unexpected("join");
        }
    }

    public override void Fail(Exception reason)
    {
        ended.TrySetException(reason);
        _ = ended.Task.Exception;
    }

    private void TakeJoined(Joined joined)
    {
        rooms.Enter(joined);
        if (!begun)
        {
            begun = true;
            onBegun();
        }

        how.OnEntered?.Invoke(new(joined.Room, joined.Next, joined.Last, joined.Topic, joined.Here));
    }

    private async ValueTask TakeMessageAsync(RoomMessage message, long size, FrameReader reader)
    {
        if (size > LongestText)
        {
            throw new RefusedException(RefusalCode.BadFrame, message.Room, $"a message of {size} bytes");
        }

        var text = size == 0 ? "" : Encoding.UTF8.GetString((await reader.ReadPayloadAsync((int)size)).Slice(0, size));
        reader.AdvancePayload(size);
        var (missing, isNew) = rooms.Take(message);
        if (missing is { } from)
        {
            how.OnGap?.Invoke(message.Room, from, message.Number - 1);
        }

        if (isNew)
        {
            how.OnMessage?.Invoke(new(message.Room, message.Number, message.From, new DateTimeOffset(Times.ToDateTime(message.Time)), text) { Kind = message.Kind, Target = message.Target, Bytes = message.Bytes, Sha256 = message.Sha256 });
        }
    }

    private void TakeRefused(RefusedInChat refused)
    {
        var refusal = Errors.ToRefusal(new ErrorAnswer { Code = refused.Code, Message = refused.Message, Hint = refused.Hint, Subject = refused.Room, RetryAfter = refused.RetryAfter });
        if (!outbox.Take(refused, refusal) && refused.Key is null)
        {
            rooms.Remove(refused.Room);
            how.OnRefused?.Invoke(refused.Room, refusal);
        }
    }

    private void TakeParted(Parted parted)
    {
        rooms.Remove(parted.Room);
        how.OnLeft?.Invoke(parted.Room);
    }
}
