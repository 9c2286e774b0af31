using System.Net;
using System.Net.Sockets;

namespace Switchboard.Server.Connections;

/// <summary>
/// Accepts connections on its sockets and hands each to <paramref name="serve"/> on a task of its own. Deciding who may come in,
/// and the handshake, happen on that task: a peer that dawdles there holds up nobody.
/// </summary>
public sealed class Listener(Log log, Func<Socket, Task> serve) : IDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _loops = [];
    private volatile bool _stopping;

    /// <summary>Binds a TCP endpoint. SO_REUSEADDR is set by the runtime, so a restart binds while old connections are in TIME_WAIT.</summary>
    /// <returns>What is actually bound.</returns>
    public IPEndPoint Bind(IPEndPoint endpoint, int backlog)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        if (endpoint.Address.Equals(IPAddress.IPv6Any))
        {
            socket.DualMode = true;
        }

        socket.Bind(endpoint);
        socket.Listen(backlog);
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Binds a Unix socket. A file left by a server that was killed is removed first: the data directory's lock says that none runs.</summary>
    public void BindUnix(string path, int backlog)
    {
        File.Delete(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _sockets.Add(socket);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(backlog);
    }

    public void Start() => _loops.AddRange(_sockets.Select(AcceptLoopAsync));

    /// <summary>Closes the listening sockets; connections go on.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        Dispose();
        return Task.WhenAll(_loops);
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private async Task AcceptLoopAsync(Socket listening)
    {
        while (!_stopping)
        {
            try
            {
                Socket accepted = await listening.AcceptAsync();
                _ = Task.Run(() => serve(accepted));
            }
            catch (Exception e) when (_stopping && e is SocketException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors or memory: the pending connection stays in the backlog. Without a pause this loop would spin.
                log.Warning("listen", $"accept: {e.SocketErrorCode}");
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }
    }
}
