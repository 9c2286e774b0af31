using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using Switchboard.Framing;

namespace Switchboard.Server.Connections;

/// <summary>
/// Turns an accepted socket into a <see cref="Connection"/>: the first byte tells TLS (0x16), a native frame in the plain (0x00,
/// for a header is at most 64 KiB long) and HTTP apart; TLS is terminated on the socket itself, not through pipes, which costs
/// half the CPU of an upload (docs/decisions/0001-shape-of-the-program.md).
/// </summary>
public sealed class Handshake(Func<ServerCertificate> certificate)
{
    private const byte TlsHandshakeRecord = 0x16;
    private const byte NativeFrame = 0x00;
    private static readonly SslApplicationProtocol Native = new("switchboard/1");

    /// <returns>The connection, or null when the peer left.</returns>
    public async Task<Connection?> OpenAsync(Socket socket, CancellationToken cancel)
    {
        if (socket.AddressFamily == AddressFamily.Unix)
        {
            return Plain(socket, ConnectionKind.Unix, "unix");
        }

        Prepare(socket);
        byte[] first = new byte[1];
        if (await socket.ReceiveAsync(first, SocketFlags.Peek, cancel) == 0)
        {
            return null;
        }

        string from = NameOf(socket);
        switch (first[0])
        {
            case TlsHandshakeRecord:
                return await SecureAsync(socket, from, cancel);
            case var other:
                return Plain(socket, ConnectionKind.Plain, from, isHttp: other != NativeFrame);
        }
    }

    /// <summary>What every accepted connection is given, whatever its door.</summary>
    public static void Prepare(Socket socket)
    {
        // Without it Nagle and delayed acknowledgement stall small answers by 40 ms.
        socket.NoDelay = true;

        // A peer that lost its line is found after 60 + 4 x 15 s, and what it was uploading is no longer busy.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
    }

    private async Task<Connection?> SecureAsync(Socket socket, string from, CancellationToken cancel)
    {
        ServerCertificate identity = certificate();
        var line = new SocketStream(socket);
        var tls = new SslStream(line);
        var options = new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            ServerCertificateContext = identity.Context,
            ApplicationProtocols = [Native, SslApplicationProtocol.Http11],
            ClientCertificateRequired = false,
        };
        await tls.AuthenticateAsServerAsync(options, cancel);
        line.IsGathering = true;
        bool isHttp = tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http11;
        Stream stream = tls;
        if (tls.NegotiatedApplicationProtocol == default)
        {
            // An old client, or twenty lines of Python: its first byte tells.
            var begun = new BegunStream(tls);
            isHttp = await begun.PeekAsync(cancel) is not (NativeFrame or null);
            stream = begun;
        }

        return new Connection(stream, ConnectionKind.Tls, from, () => Abort(socket))
        {
            Tls = tls,
            HalfClose = () => socket.Shutdown(SocketShutdown.Send),
            ChannelBinding = identity.ChannelBinding,
            IsHttp = isHttp,
        };
    }

    private static Connection Plain(Socket socket, ConnectionKind kind, string from, bool isHttp = false) =>
        new(new SocketStream(socket) { IsGathering = true }, kind, from, () => Abort(socket))
        {
            HalfClose = () => socket.Shutdown(SocketShutdown.Send),
            IsHttp = isHttp,
            PeerMayAdminister = kind == ConnectionKind.Unix && IsOurselvesOrRoot(socket),
        };

    private static void Abort(Socket socket) => socket.Close(timeout: 0);

    private static string NameOf(Socket socket) => PeerAddress.Of(socket.RemoteEndPoint).ToString();

    /// <summary>The kernel's word on who connected (unix(7), SO_PEERCRED: struct ucred of pid, uid, gid).</summary>
    private static bool IsOurselvesOrRoot(Socket socket)
    {
        const int SolSocket = 1;
        const int SoPeerCred = 17;
        Span<int> credentials = stackalloc int[3];
        int length = socket.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(credentials));
        return length == 12 && (credentials[1] == 0 || credentials[1] == Privileges.EffectiveUser);
    }
}
