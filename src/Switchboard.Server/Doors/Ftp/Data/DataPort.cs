using System.Net;
using System.Net.Sockets;
using Switchboard.Protocol;
using Switchboard.Server.Connections;

namespace Switchboard.Server.Doors.Ftp.Data;

/// <summary>
/// Where the next data connection comes from: a port of ours that the client connects to, or one of the client's that we connect to.
/// Either way the other end has to be the peer of the control connection: no bounce to a third machine (RFC 2577, section 3), no theft
/// of a transfer by whoever connects first.
/// </summary>
internal sealed class DataPort(IPAddress peer) : IDisposable
{
    /// <summary>How long a client may take to connect, or we to reach it: three lost SYNs (1 + 2 + 4 s) and some seconds.</summary>
    public static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(15);

    /// <summary>One is expected; a stranger who knocks first must not keep the client out.</summary>
    private const int Backlog = 8;

    /// <summary>IPPROTO_IP and IP_BIND_ADDRESS_NO_PORT, ip(7); good for IPv6 too.</summary>
    private const int IpLevel = 0, BindAddressNoPort = 24;

    private Socket? _listening;
    private IPEndPoint? _target;

    public bool IsSet => _listening is not null || _target is not null;

    /// <summary>Listens anew on a port of the control connection's own address; what was set before is forgotten.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.Busy"/> when every port of the range is taken.</exception>
    public int Listen(IPAddress local, PortRange? range)
    {
        Forget();
        foreach (var port in range?.Shuffled() ?? EphemeralPorts.OfThisMachine.Candidates())
        {
            if (TryListen(new IPEndPoint(local, port)) is { } socket)
            {
                _listening = socket;
                return ((IPEndPoint)socket.LocalEndPoint!).Port;
            }
        }

        throw new RefusedException(new Refusal(RefusalCode.Busy) { Detail = "all passive ports are taken", RetryAfter = 1 });
    }

    /// <summary>Will connect to the client.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.Forbidden"/> for another machine, or a port below 1024, where services live.</exception>
    public void Aim(IPEndPoint target)
    {
        Forget();
        if (!target.Address.Equals(peer) || target.Port < 1024)
        {
            throw new RefusedException(RefusalCode.Forbidden, target.ToString(), "only the client's own address, and ports from 1024 on");
        }

        _target = target;
    }

    /// <summary>Opens the data connection, once.</summary>
    /// <exception cref="IOException">It did not come about in time.</exception>
    public async ValueTask<DataConnection> OpenAsync(IPAddress local)
    {
        try
        {
            var socket = _listening is { } listening ? await AcceptAsync(listening) : await ConnectAsync(_target!, local);
            socket.NoDelay = true;
            socket.Blocking = false;
            return new DataConnection(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            throw new IOException(e is SocketException broken ? broken.SocketErrorCode.ToString() : "nobody connected in time", e);
        }
        finally
        {
            Forget();
        }
    }

    public void Forget()
    {
        _listening?.Dispose();
        (_listening, _target) = (null, null);
    }

    public void Dispose() => Forget();

    private static Socket? TryListen(IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException)
        {
            // Taken, not ours to take, or no descriptor left: another port, or another moment, may do.
            socket.Dispose();
            return null;
        }
    }

    private async ValueTask<Socket> AcceptAsync(Socket listening)
    {
        if (listening.Poll(0, SelectMode.SelectRead) || SocketWait.Briefly(listening, SelectMode.SelectRead))
        {
            var first = listening.Accept();
            if (IsPeer(first))
            {
                return first;
            }

            first.Dispose();
        }

        using var limit = new CancellationTokenSource(OpenLimit);
        while (true)
        {
            var accepted = await listening.AcceptAsync(limit.Token);
            if (IsPeer(accepted))
            {
                return accepted;
            }

            accepted.Dispose();
        }
    }

    private bool IsPeer(Socket socket) => PeerAddress.Of(socket.RemoteEndPoint).Equals(peer);

    private static async ValueTask<Socket> ConnectAsync(IPEndPoint target, IPAddress local)
    {
        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // From the address the client knows us by: its firewall may let nobody else in. The port is found when the other end is
            // known, so that those of connections just closed need not be stepped over (see EphemeralPorts).
            socket.SetRawSocketOption(IpLevel, BindAddressNoPort, [1, 0, 0, 0]);
            socket.Bind(new IPEndPoint(local, 0));
            using var limit = new CancellationTokenSource(OpenLimit);
            await socket.ConnectAsync(target, limit.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
