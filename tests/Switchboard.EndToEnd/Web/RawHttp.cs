using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Switchboard.EndToEnd.Web;

/// <summary>HTTP byte by byte, as no library would send it. Every wait fails after <see cref="Patience"/>.</summary>
public sealed class RawHttp : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Stream _stream;

    private RawHttp(Stream stream) => _stream = stream;

    public static async Task<RawHttp> ConnectAsync(WebSite site, bool tls = true, bool alpn = true, IPAddress? from = null)
    {
        using CancellationTokenSource late = new(Patience);
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
        {
            socket.Bind(new IPEndPoint(from, 0));
        }

        await socket.ConnectAsync(site.At, late.Token);
        NetworkStream stream = new(socket, ownsSocket: true);
        if (!tls)
        {
            return new RawHttp(stream);
        }

        SslStream secure = new(stream, leaveInnerStreamOpen: false, site.Trust);
        await secure.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = alpn ? [SslApplicationProtocol.Http11] : null }, late.Token);
        return new RawHttp(secure);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using CancellationTokenSource late = new(Patience);
        await _stream.WriteAsync(bytes, late.Token);
        await _stream.FlushAsync(late.Token);
    }

    /// <summary>All that comes until the server closes, or until it holds <paramref name="until"/>.</summary>
    public async Task<string> ReadAsync(string? until = null)
    {
        using CancellationTokenSource late = new(Patience);
        StringBuilder all = new();
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int got;
            while ((until is null || !all.ToString().Contains(until, StringComparison.Ordinal)) && (got = await _stream.ReadAsync(buffer, late.Token)) > 0)
            {
                all.Append(Encoding.Latin1.GetString(buffer, 0, got));
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return all.ToString();
    }

    /// <summary>Sends one request and reads until the server closes; gives the status of the first answer, 0 where none came.</summary>
    public static async Task<int> StatusAsync(WebSite site, string request, bool tls = true)
    {
        await using RawHttp raw = await ConnectAsync(site, tls);
        try
        {
            await raw.SendAsync(request);
        }
        catch (IOException)
        {
            // It was ended before it was sent whole; what was answered is read all the same.
        }

        return StatusOf(await raw.ReadAsync("\r\n"));
    }

    public static int StatusOf(string answer) => answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture) : 0;

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
