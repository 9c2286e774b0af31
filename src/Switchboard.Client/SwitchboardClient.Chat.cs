using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Client;

// Rooms, one question at a time (permission chat). To be in them: RemoteChat.
public sealed partial class SwitchboardClient
{
    /// <summary>Rooms that are open to the account.</summary>
    public IAsyncEnumerable<RoomEntry> ListRoomsAsync(CancellationToken ct = default) =>
        ListAsync(new RoomsRequest(), ProtocolJson.Default.RoomsRequest, ProtocolJson.Default.RoomEntry, ct);

    /// <exception cref="RefusedException"><see cref="RefusalCode.Exists"/>, <see cref="RefusalCode.OverLimit"/>, <see cref="RefusalCode.BadRequest"/>.</exception>
    public Task AddRoomAsync(string room, bool invited = false, CancellationToken ct = default) =>
        AskAsync(new RoomAdd { Room = room, Invited = invited ? true : null }, ProtocolJson.Default.RoomAdd, ProtocolJson.Default.Done, ct);

    /// <summary>Lets an account into a room by invitation.</summary>
    public Task InviteAsync(string room, string account, CancellationToken ct = default) =>
        AskAsync(new RoomInvite { Room = room, Account = account }, ProtocolJson.Default.RoomInvite, ProtocolJson.Default.Done, ct);

    /// <summary>Gives up a room by invitation, and leaves any room on all devices.</summary>
    public Task LeaveRoomAsync(string room, CancellationToken ct = default) =>
        AskAsync(new RoomLeave { Room = room }, ProtocolJson.Default.RoomLeave, ProtocolJson.Default.Done, ct);

    /// <summary>Keeps an account from speaking in a room; zero lets it speak again. Needs <c>admin</c>.</summary>
    public Task MuteAsync(string room, string account, TimeSpan time, CancellationToken ct = default) =>
        AskAsync(new RoomMute { Room = room, Account = account, Seconds = time.TotalSeconds }, ProtocolJson.Default.RoomMute, ProtocolJson.Default.Done, ct);

    /// <summary>Keeps an account out of a room, or lets it in again. Needs <c>admin</c>.</summary>
    public Task BanAsync(string room, string account, bool lift = false, CancellationToken ct = default) =>
        AskAsync(new RoomBan { Room = room, Account = account, Lift = lift ? true : null }, ProtocolJson.Default.RoomBan, ProtocolJson.Default.Done, ct);

    /// <summary>Takes a message away: one's own, or with <c>admin</c> anybody's.</summary>
    public Task RemoveMessageAsync(string room, long number, CancellationToken ct = default) =>
        AskAsync(new MessageRemove { Room = room, Number = number }, ProtocolJson.Default.MessageRemove, ProtocolJson.Default.Done, ct);

    /// <summary>Who is in a room now.</summary>
    public IAsyncEnumerable<PresentEntry> WhoAsync(string room, CancellationToken ct = default) =>
        ListAsync(new WhoRequest { Room = room }, ProtocolJson.Default.WhoRequest, ProtocolJson.Default.PresentEntry, ct);

    /// <summary>Sets a room's topic; null takes it away.</summary>
    public Task SetTopicAsync(string room, string? topic, CancellationToken ct = default) =>
        AskAsync(new TopicRequest { Room = room, Text = topic }, ProtocolJson.Default.TopicRequest, ProtocolJson.Default.Done, ct);

    /// <summary>A part of a room's history, in order.</summary>
    /// <param name="room">The room.</param>
    /// <param name="from">First message wanted; null counts back from the end.</param>
    /// <param name="last">How many, at most 10,000; null with <paramref name="from"/> means all.</param>
    /// <param name="words">Only messages with all of these words.</param>
    /// <param name="ct">Stops waiting.</param>
    public IAsyncEnumerable<HistoryEntry> HistoryAsync(string room, long? from = null, int? last = null, string? words = null, CancellationToken ct = default) =>
        ListAsync(new HistoryRequest { Room = room, From = from, Last = last, Words = words }, ProtocolJson.Default.HistoryRequest, ProtocolJson.Default.HistoryEntry, ct);

    /// <summary>Shows a file of the home in a room: whoever may be there may fetch this content (<see cref="Transfers.DownloadFromRoomAsync"/>).</summary>
    /// <returns>Its message.</returns>
    public Task<PostAnswer> ShareAsync(string room, string path, string? key = null, CancellationToken ct = default) =>
        AskAsync(new RoomSend { Room = room, Path = path, Key = key }, ProtocolJson.Default.RoomSend, ProtocolJson.Default.PostAnswer, ct);

    /// <summary>Says something; completes when it is durable. The same key again means the same message.</summary>
    public async Task<PostAnswer> PostAsync(string room, string text, string? key = null, CancellationToken ct = default)
    {
        var exchange = new Requests.SingleAnswer<PostAnswer>(ProtocolJson.Default.PostAnswer);
        var bytes = Encoding.UTF8.GetBytes(text);
        using (var turn = await conversation.BeginAsync(exchange, ct))
        {
            turn.Writer.WriteHeader(new Post { Id = turn.Id, Room = room, Key = key }, ProtocolJson.Default.Post, bytes.Length);
            turn.Writer.WritePayload(bytes);
            await turn.FlushAsync(ct);
        }

        return await exchange.Answer.WaitAsync(ct);
    }
}
