using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Chat;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Native;

/// <summary>Rooms from outside a session: looking, arranging, moderating.</summary>
internal sealed class RoomVerbs(NativeSession session, Chat chat, Files files)
{
    public ValueTask RoomsAsync(Frame frame)
    {
        RoomsRequest request = Messages.Read(frame, ProtocolJson.Default.RoomsRequest);
        return session.AnswerInTurnAsync(request.Id, (writer, cancel) =>
            writer.WriteItemsAsync(request.Id, chat.Rooms(session.Caller), ProtocolJson.Default.RoomEntry, cancel));
    }

    public async ValueTask AddAsync(Frame frame)
    {
        RoomAdd request = Messages.Read(frame, ProtocolJson.Default.RoomAdd);
        await chat.AddRoomAsync(session.Caller, request.Room, request.Invited == true);
        await session.DoneAsync(request.Id);
    }

    public async ValueTask InviteAsync(Frame frame)
    {
        RoomInvite request = Messages.Read(frame, ProtocolJson.Default.RoomInvite);
        await chat.InviteAsync(session.Caller, request.Room, request.Account);
        await session.DoneAsync(request.Id);
    }

    public async ValueTask LeaveAsync(Frame frame)
    {
        RoomLeave request = Messages.Read(frame, ProtocolJson.Default.RoomLeave);
        await chat.LeaveAsync(session.Caller, request.Room);
        await session.DoneAsync(request.Id);
    }

    /// <summary>Shows a file of the home in a room. Its digest is taken now: what the room may read is this content.</summary>
    public ValueTask SendAsync(Frame frame)
    {
        RoomSend request = Messages.Read(frame, ProtocolJson.Default.RoomSend);
        return session.AnswerInTurnAsync(request.Id, async (writer, cancel) =>
        {
            Entry entry = await files.StatWithDigestAsync(session.Caller, request.Path, cancel);
            byte[] digest = Convert.FromHexString(entry.Sha256 ?? throw new RefusedException(RefusalCode.IsAFolder, request.Path));
            string name = entry.Path[(entry.Path.LastIndexOf('/') + 1)..];
            var (room, posting) = await chat.ShareAsync(session.Caller, request.Room, request.Key, name, digest, entry.Size);
            await posting.Durable.WaitAsync(cancel);
            writer.Write(new PostAnswer { Id = request.Id, Room = room.Name, Number = posting.Number, Time = posting.Time }, ProtocolJson.Default.PostAnswer);
        });
    }

    public async ValueTask MuteAsync(Frame frame)
    {
        RoomMute request = Messages.Read(frame, ProtocolJson.Default.RoomMute);
        await chat.MuteAsync(session.Caller, request.Room, request.Account, TimeSpan.FromSeconds(Math.Clamp(request.Seconds, 0, TimeSpan.MaxValue.TotalSeconds / 4)));
        await session.DoneAsync(request.Id);
    }

    public async ValueTask BanAsync(Frame frame)
    {
        RoomBan request = Messages.Read(frame, ProtocolJson.Default.RoomBan);
        await chat.BanAsync(session.Caller, request.Room, request.Account, banned: request.Lift != true);
        await session.DoneAsync(request.Id);
    }

    public async ValueTask RemoveMessageAsync(Frame frame)
    {
        MessageRemove request = Messages.Read(frame, ProtocolJson.Default.MessageRemove);
        await chat.RemoveMessageAsync(session.Caller, request.Room, request.Number);
        await session.DoneAsync(request.Id);
    }

    public async ValueTask TopicAsync(Frame frame)
    {
        TopicRequest request = Messages.Read(frame, ProtocolJson.Default.TopicRequest);
        await chat.SetTopicAsync(session.Caller, request.Room, request.Text);
        await session.DoneAsync(request.Id);
    }

    public ValueTask WhoAsync(Frame frame)
    {
        WhoRequest request = Messages.Read(frame, ProtocolJson.Default.WhoRequest);
        return session.AnswerInTurnAsync(request.Id, async (writer, cancel) =>
            await writer.WriteItemsAsync(request.Id, await chat.WhoAsync(session.Caller, request.Room), ProtocolJson.Default.PresentEntry, cancel));
    }

    public ValueTask HistoryAsync(Frame frame)
    {
        HistoryRequest request = Messages.Read(frame, ProtocolJson.Default.HistoryRequest);
        return session.AnswerInTurnAsync(request.Id, async (writer, cancel) =>
        {
            var found = await chat.HistoryAsync(session.Caller, request.Room, request.From, request.Last, request.Words);
            await writer.WriteItemsAsync(request.Id, found, ProtocolJson.Default.HistoryEntry, cancel);
        });
    }
}
