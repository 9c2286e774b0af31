using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Switchboard.EndToEnd.Web;

/// <summary>
/// A browser (cookie and Origin) or a program (token) at a <see cref="WebSite"/>. Addresses are sent as they are written. Every answer is held
/// against the server's own description of it.
/// </summary>
public sealed class WebClient : IDisposable
{
    public const string CookieName = "__Host-switchboard";

    private readonly WebSite _site;
    private readonly HttpClient _http;

    /// <param name="from">The address it calls from; null for any.</param>
    public WebClient(WebSite site, IPAddress? from)
    {
        _site = site;
        Origin = site.Base.GetLeftPart(UriPartial.Authority);
        SocketsHttpHandler handler = new()
        {
            UseCookies = false,
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectCallback = (context, cancel) => ConnectAsync(site.At, from, cancel),
        };
        handler.SslOptions.RemoteCertificateValidationCallback = site.Trust;
        handler.SslOptions.ApplicationProtocols = [SslApplicationProtocol.Http11];
        _http = new HttpClient(handler) { BaseAddress = site.Base, Timeout = TimeSpan.FromMinutes(2) };
    }

    public string Account { get; init; } = WebSite.User;

    /// <summary>A program's.</summary>
    public string? Token { get; init; }

    /// <summary>A browser's, as it was last set.</summary>
    public string? Cookie { get; set; }

    /// <summary>Sent along with a cookie; null sends none.</summary>
    public string? Origin { get; set; }

    public string Language { get; set; } = "en";

    public async Task<WebAnswer> LoginAsync(string account, string password, string? device = null)
    {
        WebAnswer answer = await PostAsync("/session", new { user = account, password, device, label = "a test" });
        if (answer.Header("Set-Cookie") is { } set)
        {
            Cookie = set[(set.IndexOf('=', StringComparison.Ordinal) + 1)..set.IndexOf(';', StringComparison.Ordinal)];
        }

        return answer;
    }

    public Task<WebAnswer> GetAsync(string address, params string[] headers) => SendAsync(HttpMethod.Get, address, null, headers);

    public Task<WebAnswer> HeadAsync(string address, params string[] headers) => SendAsync(HttpMethod.Head, address, null, headers);

    public Task<WebAnswer> DeleteAsync(string address, params string[] headers) => SendAsync(HttpMethod.Delete, address, null, headers);

    public Task<WebAnswer> PostAsync(string address, object? body = null) => SendAsync(HttpMethod.Post, address, body is null ? null : Json(body));

    public Task<WebAnswer> PatchAsync(string address, object body) => SendAsync(HttpMethod.Patch, address, Json(body));

    public Task<WebAnswer> PutAsync(string address, byte[] content, params string[] headers) => SendAsync(HttpMethod.Put, address, new ByteArrayContent(content), headers);

    public Task<WebAnswer> SetPasswordAsync(string current, string password) => SendAsync(HttpMethod.Put, "/password", Json(new { current, password }));

    public static StringContent Json(object body) => new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    /// <param name="address">Below <c>/api/v1</c>, unless it begins with <c>//</c> or names something else of the server.</param>
    /// <param name="headers"><c>Name: value</c></param>
    public async Task<WebAnswer> SendAsync(HttpMethod method, string address, HttpContent? content = null, params string[] headers)
    {
        string target = Whole(address);
        using HttpRequestMessage request = Request(method, target, content);
        foreach (string[] field in headers.Select(line => line.Split(": ", 2)))
        {
            if (!request.Headers.TryAddWithoutValidation(field[0], field[1]))
            {
                request.Content!.Headers.Remove(field[0]);
                request.Content.Headers.TryAddWithoutValidation(field[0], field[1]);
            }
        }

        using HttpResponseMessage response = await _http.SendAsync(request);
        WebAnswer answer = new((int)response.StatusCode, response.Headers, response.Content.Headers, await response.Content.ReadAsByteArrayAsync());
        _site.Api?.Check(method.Method, target, answer);
        return answer;
    }

    /// <summary>The request as it would be sent, for those who read the answer piece by piece.</summary>
    public HttpRequestMessage Request(HttpMethod method, string target, HttpContent? content = null)
    {
        HttpRequestMessage request = new(method, new Uri(_site.Base.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })) { Content = content };
        request.Headers.TryAddWithoutValidation("Accept-Language", Language);
        if (Token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        }

        if (Cookie is not null)
        {
            request.Headers.TryAddWithoutValidation("Cookie", $"{CookieName}={Cookie}");
        }

        if (Origin is not null && Token is null && method != HttpMethod.Get)
        {
            request.Headers.TryAddWithoutValidation("Origin", Origin);
        }

        return request;
    }

    public Task<HttpResponseMessage> BeginAsync(HttpRequestMessage request, CancellationToken cancel = default)
        => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);

    public static string Whole(string address) => address is "/healthz" or "/ready" or "/metrics" or "/" || address.StartsWith("/api/", StringComparison.Ordinal)
        || address.StartsWith("/page/", StringComparison.Ordinal) ? address : "/api/v1" + address;

    /// <summary>Each name percent-encoded.</summary>
    public static string Encode(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    public void Dispose() => _http.Dispose();

    private static async ValueTask<Stream> ConnectAsync(IPEndPoint to, IPAddress? from, CancellationToken cancel)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (from is not null)
            {
                socket.Bind(new IPEndPoint(from, 0));
            }

            await socket.ConnectAsync(to, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>An answer, read whole.</summary>
public sealed record WebAnswer(int Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The code of a refusal.</summary>
    public string Code => Json.GetProperty("error").GetProperty("code").GetString()!;

    public string? Header(string name) => Headers.TryGetValues(name, out var values) || ContentHeaders.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    public WebAnswer Expect(int status)
    {
        Assert.True(Status == status, $"{Status} instead of {status}: {Text[..Math.Min(Text.Length, 500)]}");
        return this;
    }

    public WebAnswer Refused(int status, string code)
    {
        Assert.True(Status == status && Code == code, $"{Status} instead of {status} {code}: {Text[..Math.Min(Text.Length, 500)]}");
        return this;
    }
}
