using System.Net.Sockets;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client.Connecting;

/// <summary>Opens sockets so that small frames leave at once and a peer that vanished is noticed.</summary>
internal static class Dialer
{
    // A dead line is noticed after 15 s of silence and 3 probes 5 s apart.
    private const int SilenceSeconds = 15;
    private const int ProbeSeconds = 5;
    private const int Probes = 3;
    // TCP_USER_TIMEOUT (RFC 5482): bytes unacknowledged for this long end the connection, where retransmission alone would take 15 min.
    private const int TcpUserTimeout = 18;
    private const int UnacknowledgedMilliseconds = 30_000;

    public static async Task<SocketStream> ConnectAsync(ServerAddress address, CancellationToken ct)
    {
        var socket = address.UnixPath is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await (address.UnixPath is { } path ? socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct) : TcpAsync(socket, address, ct));
            return new SocketStream(socket);
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw e is SocketException or ArgumentOutOfRangeException ? NoConnection(address, e) : e;
        }
    }

    private static async ValueTask TcpAsync(Socket socket, ServerAddress address, CancellationToken ct)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, SilenceSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
        await socket.ConnectAsync(address.Host, address.Port, ct);
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(UnacknowledgedMilliseconds));
        }
    }

    private static RefusedException NoConnection(ServerAddress address, Exception e) =>
        new(new Refusal(RefusalCode.NoConnection) { Subject = address.ToString(), Detail = e is SocketException s ? s.SocketErrorCode.ToString() : e.Message }, e);
}
