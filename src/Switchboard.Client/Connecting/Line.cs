using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client.Connecting;

/// <summary>An open line to a server, before anything was said on it.</summary>
/// <param name="pipe">The bytes; disposed with the line where it can be.</param>
internal sealed class Line(IDuplexPipe pipe) : IAsyncDisposable
{
    private static readonly SslApplicationProtocol Native = new("switchboard/1");

    public IDuplexPipe Pipe { get; } = pipe;

    /// <summary>Of the server's public key; null without TLS.</summary>
    public string? Fingerprint { get; private init; }

    /// <summary><c>tls-server-end-point</c> (RFC 5929); null without TLS.</summary>
    public byte[]? ChannelBinding { get; private init; }

    public bool IsUnix { get; init; }

    /// <summary>Where the server is; null on a Unix socket.</summary>
    public IPAddress? Server { get; private init; }

    /// <summary>Nobody but the server reads what is sent, even before it has proved itself in the login.</summary>
    public bool IsPrivate => IsUnix || Fingerprint is not null;

    public static async Task<Line> OpenAsync(ConnectOptions options, CancellationToken ct)
    {
        if (options.Fingerprint is null && options.ConfirmFingerprint is not null && !options.Insecure && options.Address.UnixPath is null)
        {
            options = options with { Fingerprint = await AskAsync(options, ct) };
        }

        using var deadline = Deadline.After(options.ConnectTimeout, ct);
        return await deadline.RunAsync(token => DialAsync(options, token), options.Address.ToString());
    }

    /// <summary>A session over datagrams with the server of a line, whose keys came over it.</summary>
    public Line OverDatagrams(int port, DatagramKeys keys) =>
        new(new DatagramPipe(new(Server ?? IPAddress.Loopback, port), keys)) { Fingerprint = Fingerprint, Server = Server };

    /// <summary>Closes both directions at once, so that nobody waits on half a connection.</summary>
    public void Abort()
    {
        if (Pipe is ILinePipe own)
        {
            own.Abort();
        }

        Pipe.Output.CancelPendingFlush();
    }

    public async ValueTask DisposeAsync()
    {
        if (Pipe is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
            return;
        }

        await Pipe.Output.CompleteAsync();
        await Pipe.Input.CompleteAsync();
    }

    private static async Task<Line> DialAsync(ConnectOptions options, CancellationToken ct)
    {
        var opening = Dialer.ConnectAsync(options.Address, ct);
        var secured = options.Address.UnixPath is null && (options.Fingerprint is not null || !options.Insecure);
        if (secured && options.SkipSystemCertificates)
        {
            CertificateStore.Skip();
        }

        var stream = await opening;
        return secured
            ? await SecureAsync(stream, options.Address, new ServerIdentity(options.Fingerprint), ct)
            : new(new StreamPipe(stream)) { IsUnix = options.Address.UnixPath is not null, Server = stream.RemoteAddress };
    }

    // The person's answer may take longer than the server waits for a login, so the question has a connection of its own.
    private static async Task<string> AskAsync(ConnectOptions options, CancellationToken ct)
    {
        using var deadline = Deadline.After(options.ConnectTimeout, ct);
        var shown = new ServerIdentity(pin: null, acceptAny: true);
        await deadline.RunAsync(async token =>
        {
            await using var line = await SecureAsync(await Dialer.ConnectAsync(options.Address, token), options.Address, shown, token);
            return true;
        }, options.Address.ToString());
        return await options.ConfirmFingerprint!(shown.Fingerprint!)
            ? shown.Fingerprint!
            : throw new RefusedException(RefusalCode.ServerUntrusted, options.Address.ToString(), "the fingerprint was not confirmed: " + shown.Fingerprint);
    }

    private static async Task<Line> SecureAsync(SocketStream stream, ServerAddress address, ServerIdentity identity, CancellationToken ct)
    {
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(identity.ToTlsOptions(address.Host, Native), ct);
            stream.IsGathering = true;
            return tls.NegotiatedApplicationProtocol == Native
                ? new(new StreamPipe(tls)) { Fingerprint = identity.Fingerprint, ChannelBinding = identity.ChannelBinding, Server = stream.RemoteAddress }
                : throw new RefusedException(RefusalCode.Unsupported, address.ToString(), "no switchboard/1 there");
        }
        catch (Exception e)
        {
            await tls.DisposeAsync();
            throw e switch
            {
                AuthenticationException when identity.Rejected => identity.ToRefusal(address),
                AuthenticationException or IOException => new RefusedException(
                    new Refusal(RefusalCode.NoConnection) { Subject = address.ToString(), Detail = "no TLS 1.3: " + (e.InnerException ?? e).Message }, e),
                _ => e,
            };
        }
    }
}
