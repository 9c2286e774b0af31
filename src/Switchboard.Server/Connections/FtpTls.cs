using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Switchboard.Framing;

namespace Switchboard.Server.Connections;

/// <summary>
/// TLS on the server's side of an FTP connection, control or data (RFC 4217). 1.2 is taken beside 1.3, because many FTP clients in use
/// have no 1.3; older versions are not (RFC 8996).
/// </summary>
public sealed class FtpTls(Func<ServerCertificate> certificate)
{
    /// <summary>
    /// Handshakes on an accepted socket whose plain bytes so far were read. The stream owns the socket, and gathers what is written
    /// until it is flushed; when the handshake fails, or <paramref name="cancel"/> ends it, the socket is closed.
    /// </summary>
    /// <exception cref="IOException">The line broke.</exception>
    /// <exception cref="AuthenticationException">The peer speaks no TLS, or none that we take.</exception>
    public async Task<Stream> SecureAsync(Socket socket, CancellationToken cancel)
    {
        var tls = await HandshakeAsync(socket, cancel);
        await tls.Line.FlushAsync(cancel);
        return tls;
    }

    /// <summary>
    /// The same for a connection on which the peer only sends. After a handshake of 1.3 OpenSSL writes session tickets. A client that never
    /// reads (curl, rclone) would close with them unread, and its kernel would reset the connection for that and throw away what it still had
    /// to send (RFC 1122, 4.2.2.13): one upload in ten came short. So they stay here until <see cref="CloseAsync"/>.
    /// </summary>
    /// <exception cref="IOException">The line broke.</exception>
    /// <exception cref="AuthenticationException">The peer speaks no TLS, or none that we take.</exception>
    public async Task<Stream> SecureUploadAsync(Socket socket, CancellationToken cancel)
    {
        var tls = await HandshakeAsync(socket, cancel);
        if (tls.SslProtocol is not SslProtocols.Tls13)
        {
            // In 1.2 our last words are part of the handshake, and the client waits for them.
            await tls.Line.FlushAsync(cancel);
        }

        return tls;
    }

    /// <summary>
    /// After a read returned 0: whether the peer said that this is all (close_notify: RFC 5246 7.2.1, RFC 8446 6.1). False for a bare
    /// end of the line, which anyone on the way can forge.
    /// </summary>
    /// <param name="tls">A stream from <see cref="SecureAsync"/>.</param>
    public static bool EndedCleanly(Stream tls) => !((LineTls)tls).Line.HasEnded;

    /// <summary>Sends what is gathered and then close_notify, so that the peer knows that it has all. The line stays open for reading.</summary>
    /// <param name="tls">A stream from <see cref="SecureAsync"/>.</param>
    /// <param name="cancel">Ends the wait for a peer that takes nothing; the stream is of no more use then.</param>
    /// <exception cref="IOException">The line broke.</exception>
    public static async Task CloseAsync(Stream tls, CancellationToken cancel)
    {
        var secured = (LineTls)tls;
        await secured.FlushAsync(cancel);
        await secured.ShutdownAsync().WaitAsync(cancel);
        await secured.Line.FlushAsync(cancel);
    }

    private async Task<LineTls> HandshakeAsync(Socket socket, CancellationToken cancel)
    {
        var line = new SocketStream(socket) { IsHolding = true };
        var tls = new LineTls(line);
        try
        {
            await tls.AuthenticateAsServerAsync(Options(), cancel);
        }
        catch
        {
            await TellWhyAsync(line, cancel);
            await tls.DisposeAsync();
            throw;
        }

        (line.IsHolding, line.IsGathering) = (false, true);
        return tls;
    }

    /// <summary>The alert that says what was wrong with the handshake (RFC 8446, section 6.2).</summary>
    private static async Task TellWhyAsync(SocketStream line, CancellationToken cancel)
    {
        try
        {
            line.IsHolding = false;
            await line.FlushAsync(cancel);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Whoever left need not be told.
        }
    }

    private SslServerAuthenticationOptions Options() => new()
    {
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ServerCertificateContext = certificate().Context,
        ClientCertificateRequired = false,

        // A peer could make us repeat the costly part of the handshake again and again on one TLS 1.2 connection.
        AllowRenegotiation = false,
    };

    /// <summary>TLS that knows the line below it: SslStream tells an end that the peer announced and a bare one apart for nobody.</summary>
    private sealed class LineTls(SocketStream line) : SslStream(line)
    {
        public SocketStream Line { get; } = line;
    }
}
