using System.Net.WebSockets;
using Switchboard.Protocol;
using Switchboard.Server.Connections;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>The live connection: the native protocol over a WebSocket, for whoever the request's cookie or token says.</summary>
internal static class LiveVerbs
{
    public static async Task OpenAsync(WebRequest request)
    {
        if (!request.Http.WebSockets.IsWebSocketRequest)
        {
            request.Response.Headers.Upgrade = "websocket";
            throw new RefusedException(RefusalCode.BadRequest, "Upgrade", "this address is a WebSocket");
        }

        using WebSocket socket = await request.Http.WebSockets.AcceptWebSocketAsync();
        await using var stream = new LiveStream(socket);
        var connection = new Connection(stream, ConnectionKind.Tls, request.Line.From, request.Http.Abort);
        await request.Door.Live(connection, request.Caller, request.Language, WebDoor.DoorOf(request));
    }
}
