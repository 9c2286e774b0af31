using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Switchboard.Protocol;
using Switchboard.Server.Connections;

namespace Switchboard.Tests.Connections;

/// <summary>Over Unix sockets in a temporary folder: no port is opened. The client is the runtime's own TLS.</summary>
public sealed class FtpTlsTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switchboard-ftp-tls-");
    private ServerCertificate _certificate = null!;
    private FtpTls _tls = null!;
    private Socket _near = null!;
    private Socket _far = null!;

    private static CancellationToken Limit => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _certificate = ServerCertificate.OpenOrCreate(_folder.FullName, TimeProvider.System);
        _tls = new FtpTls(() => _certificate);
        var address = new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, "s"));
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(address);
        listening.Listen();
        _far = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await _far.ConnectAsync(address);
        _near = await listening.AcceptAsync();
    }

    public ValueTask DisposeAsync()
    {
        _near.Dispose();
        _far.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task An_announced_end_is_clean(SslProtocols version)
    {
        (Stream server, SslStream client) = await SecureAsync(version);
        await client.WriteAsync("all of it"u8.ToArray(), Limit);
        await client.ShutdownAsync();
        _far.Shutdown(SocketShutdown.Send);

        Assert.Equal("all of it"u8.ToArray(), await ReadToEndAsync(server));
        Assert.True(FtpTls.EndedCleanly(server));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_bare_end_of_the_line_is_not(SslProtocols version)
    {
        (Stream server, SslStream client) = await SecureAsync(version);
        await client.WriteAsync("all of it?"u8.ToArray(), Limit);
        _far.Shutdown(SocketShutdown.Send);

        Assert.Equal("all of it?"u8.ToArray(), await ReadToEndAsync(server));
        Assert.False(FtpTls.EndedCleanly(server));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Closing_sends_what_was_gathered_and_announces_the_end(SslProtocols version)
    {
        (Stream server, SslStream client) = await SecureAsync(version);
        byte[] sent = new byte[700_001];
        new Random(4).NextBytes(sent);
        Task<byte[]> reading = ReadToEndAsync(client);
        await server.WriteAsync(sent, Limit);

        await FtpTls.CloseAsync(server, Limit);

        // The line is still open: only close_notify can have ended the client's reading.
        Assert.Equal(sent, await reading);
    }

    [Fact]
    public async Task After_closing_the_peers_last_words_can_still_be_read()
    {
        (Stream server, SslStream client) = await SecureAsync(SslProtocols.Tls13);
        await FtpTls.CloseAsync(server, Limit);

        await client.WriteAsync("and one thing more"u8.ToArray(), Limit);
        await client.ShutdownAsync();

        Assert.Equal("and one thing more"u8.ToArray(), await ReadToEndAsync(server));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task An_uploader_is_sent_nothing_that_it_would_have_to_read_before_its_end(SslProtocols version)
    {
        Task<Stream> accepting = _tls.SecureUploadAsync(_near, Limit);
        SslStream client = Client();
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = version }, Limit);
        Stream server = await accepting;

        // A byte that nobody reads would make the client's close a reset.
        Assert.Equal(0, _far.Available);

        await client.WriteAsync("all of it"u8.ToArray(), Limit);
        await client.ShutdownAsync();
        _far.Shutdown(SocketShutdown.Send);
        Assert.Equal("all of it"u8.ToArray(), await ReadToEndAsync(server));
        await FtpTls.CloseAsync(server, Limit);
        Assert.Empty(await ReadToEndAsync(client));
    }

    [Fact]
    public async Task A_version_that_is_no_longer_safe_is_refused()
    {
        // A ClientHello of TLS 1.1 (RFC 4346 7.4.1.2), four suites of its time, no extensions.
        byte[] body = [0x03, 0x02, .. new byte[32], 0, 0, 8, 0xC0, 0x09, 0xC0, 0x13, 0x00, 0x2F, 0x00, 0xFF, 1, 0];
        await _far.SendAsync((byte[])[0x16, 0x03, 0x01, 0, (byte)(body.Length + 4), 1, 0, 0, (byte)body.Length, .. body], Limit);

        await Assert.ThrowsAnyAsync<AuthenticationException>(() => _tls.SecureAsync(_near, Limit));

        // A fatal alert, protocol_version.
        byte[] answer = new byte[7];
        Assert.Equal(7, await _far.ReceiveAsync(answer, Limit));
        Assert.Equal([0x15, 2, 70], (byte[])[answer[0], answer[5], answer[6]]);
    }

    [Fact]
    public async Task A_peer_that_never_speaks_is_let_go_when_the_caller_says()
    {
        using var soon = new CancellationTokenSource();
        Task<Stream> accepting = _tls.SecureAsync(_near, soon.Token);

        await soon.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting);
        Assert.Equal(0, await _far.ReceiveAsync(new byte[1], Limit));
    }

    [Fact]
    public async Task A_peer_that_speaks_no_tls_is_refused()
    {
        await _far.SendAsync("USER anonymous\r\nPASS guest\r\n"u8.ToArray(), Limit);

        Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => _tls.SecureAsync(_near, Limit));

        Assert.True(refused is IOException or AuthenticationException, refused.ToString());
    }

    private async Task<(Stream Server, SslStream Client)> SecureAsync(SslProtocols version)
    {
        Task<Stream> accepting = _tls.SecureAsync(_near, Limit);
        SslStream client = Client();
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = version }, Limit);
        return (await accepting, client);
    }

    private SslStream Client() => new(new NetworkStream(_far), false, IsTheServers);

    private bool IsTheServers(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) =>
        shown is X509Certificate2 certificate && CertificateIdentity.Fingerprint(certificate) == _certificate.Fingerprint;

    private static async Task<byte[]> ReadToEndAsync(Stream from)
    {
        using var all = new MemoryStream();
        await from.CopyToAsync(all, Limit);
        return all.ToArray();
    }
}
