using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>Rooms for programs; a page follows them over its live connection.</summary>
internal static class RoomVerbs
{
    public static Task ListAsync(WebRequest request) =>
        request.AnswerAsync(new RoomsBody(request.Door.Core.Chat.Rooms(request.Caller)), WebJson.Default.RoomsBody);

    public static async Task HistoryAsync(WebRequest request)
    {
        int? last = request.Number("last") is { } number ? (int)Math.Min(number, int.MaxValue) : null;
        var found = await request.Door.Core.Chat.HistoryAsync(request.Caller, RoomOf(request), request.Number("from"), last, request.Text("words"));
        await request.AnswerAsync(new MessagesBody(found), WebJson.Default.MessagesBody);
    }

    public static async Task PostAsync(WebRequest request)
    {
        PostBody body = await request.ReadAsync(WebJson.Default.PostBody);
        var (room, posting) = await request.Door.Core.Chat.PostAsync(request.Caller, RoomOf(request), body.Key, Encoding.UTF8.GetBytes(body.Text));
        await posting.Durable.WaitAsync(request.Cancel);
        await request.AnswerAsync(new PostedBody(room.Name, posting.Number, posting.Time), WebJson.Default.PostedBody);
    }

    private static string RoomOf(WebRequest request) => request.Route("room");
}
