using System.Net.WebSockets;
using Switchboard.Server.Connections;

namespace Switchboard.Server.Doors.Web;

/// <summary>
/// A WebSocket as the stream of bytes that it carries. The framework's own stream (<see cref="WebSocketStream"/>) refuses to be read once the
/// other end has said goodbye, where any other stream ends; and a line that broke is no <see cref="IOException"/> there.
/// </summary>
internal sealed class LiveStream(WebSocket socket) : ByteStream
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);

    private readonly WebSocketStream _inner = WebSocketStream.Create(socket, WebSocketMessageType.Binary, Goodbye);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return socket.State is WebSocketState.Open or WebSocketState.CloseSent ? await _inner.ReadAsync(buffer, cancellationToken) : 0;
        }
        catch (WebSocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await _inner.WriteAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is WebSocketException or NotSupportedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync();
        await base.DisposeAsync();
    }
}
