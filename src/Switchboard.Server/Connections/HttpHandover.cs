using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Switchboard.Server.Connections;

/// <summary>
/// Gives Kestrel connections that were accepted, counted and decrypted by us. It takes the place of Kestrel's sockets, so that one port serves
/// every protocol, TLS runs on the socket itself, and a whole web server can be tested without a port.
/// </summary>
internal sealed class HttpHandover : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    // Whoever hands over waits for its connection to end, so at most as many wait here as connections are let in.
    private readonly Channel<HttpLine> _waiting = Channel.CreateUnbounded<HttpLine>(new UnboundedChannelOptions { SingleReader = true });

    public EndPoint EndPoint { get; } = new HandoverEndPoint();

    /// <summary>Serves a connection until it ends.</summary>
    public async Task ServeAsync(Connection connection, bool overLimit)
    {
        await using (connection)
        {
            var line = new HttpLine(connection, overLimit);
            if (_waiting.Writer.TryWrite(line))
            {
                await line.Done;
            }
            else
            {
                await line.DisposeAsync();
            }
        }
    }

    public bool CanBind(EndPoint endpoint) => endpoint is HandoverEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await _waiting.Reader.WaitToReadAsync(cancellationToken) && _waiting.Reader.TryRead(out HttpLine? line) ? line : null;

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _waiting.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    private sealed class HandoverEndPoint : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Unspecified;

        public override string ToString() => "handed over";
    }
}
