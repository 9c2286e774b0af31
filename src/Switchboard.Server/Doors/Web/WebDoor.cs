using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Switchboard.Protocol;
using Switchboard.Server.Connections;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Web;

/// <summary>Serves a conversation of the native protocol for somebody who logged in over HTTP.</summary>
/// <param name="door">One of <see cref="DoorNames"/>.</param>
internal delegate Task LiveConversation(Connection connection, Caller caller, Language language, string door);

/// <summary>
/// The web door (docs/http.md): HTTP by Kestrel on connections that are handed over, the routes of <see cref="WebVerbs"/>, and the rules that
/// hold for every request: TLS, who is calling, from which page, and what a browser may do with the answer.
/// </summary>
internal sealed class WebDoor : IAsyncDisposable
{
    /// <summary>__Host-: a browser takes it only over TLS, for this host alone and for all paths (RFC 6265bis, 4.1.3.2).</summary>
    public const string Cookie = "__Host-switchboard";

    /// <summary>Where Kestrel leaves the Content-Length of a request that has a Transfer-Encoding too.</summary>
    private const string ReplacedLength = "X-Content-Length";

    /// <summary>Nothing but what we bring may run; a page of another site may not frame us.</summary>
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
        + "frame-src 'self' blob:; object-src 'none'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; require-trusted-types-for 'script'";

    /// <summary>What no address of the table takes: it is held to the same rules, and told so like everything else.</summary>
    private static readonly WebVerb Unrouted = new("other", "/{**path}", WebNeeds.Nothing, RefuseMethodAsync);

    /// <summary>Times the limit for a login: a connection between two requests may be anybody's, and whoever wants to go on opens another in a round trip.</summary>
    private const int IdleLogins = 3;

    private readonly HttpHandover _handover = new();
    private readonly WebApplication _app;

    public WebDoor(Func<ServerOptions> options, ServerCore core, Log log, LiveConversation live, Func<IReadOnlyList<ShownSetting>> settings)
    {
        (Options, Core, Log, Live, Settings) = (options, core, log, live, settings);
        Sessions = new WebSessions(core.Accounts, () => Options().IdleTimeout);
        Uploads = new HeldUploads();
        _app = Build();
    }

    /// <summary>As they are now: SIGHUP may change them.</summary>
    public Func<ServerOptions> Options { get; }

    public ServerCore Core { get; }

    public Log Log { get; }

    public LiveConversation Live { get; }

    public Func<IReadOnlyList<ShownSetting>> Settings { get; }

    public WebSessions Sessions { get; }

    public HeldUploads Uploads { get; }

    public WebCounters Counters { get; } = new();

    public bool IsStopping { get; private set; }

    public Task StartAsync() => _app.StartAsync();

    /// <summary>Serves a connection that speaks HTTP until it ends. One <paramref name="overLimit"/> is told so.</summary>
    public Task ServeAsync(Connection connection, bool overLimit) => _handover.ServeAsync(connection, overLimit);

    /// <summary>Looks once a second at who is gone.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await timer.WaitForNextTickAsync(stop))
        {
            long now = Environment.TickCount64;
            Sessions.Tick(now);
            await ParkAsync(now);
        }
    }

    private async Task ParkAsync(long now)
    {
        try
        {
            await Uploads.TickAsync(now);
        }
        catch (Exception e)
        {
            // One upload that the disk does not let go of must not keep those of all others busy from now on.
            Log.Error("web", "an upload could not be parked", e);
        }
    }

    /// <summary>Lets requests finish within <paramref name="limit"/>, then cuts them off and parks what they brought.</summary>
    public async Task StopAsync(TimeSpan limit)
    {
        IsStopping = true;
        using var time = new CancellationTokenSource(limit);
        await _app.StopAsync(time.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Uploads.ParkAllAsync();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private WebApplication Build()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IConnectionListenerFactory>(_handover);
        WebApplication app = builder.Build();
        app.UseWebSockets();
        app.UseRouting();
        app.Use((http, next) => http.GetEndpoint() is RouteEndpoint ? next(http) : RunAsync(new WebRequest(this, http), Unrouted));
        foreach (WebVerb verb in WebVerbs.Table)
        {
            string[] methods = verb.Method == "GET" ? ["GET", "HEAD"] : [verb.Method];
            app.MapMethods(verb.Pattern, methods, http => RunAsync(new WebRequest(this, http), verb));
        }

        return app;
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.RequestHeadersTimeout = Options().LoginTimeout;
        kestrel.Limits.KeepAliveTimeout = Options().LoginTimeout * IdleLogins;
        kestrel.Listen(_handover.EndPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => line => AwaitFirstByteAsync(line, next));
        });
    }

    /// <summary>Kestrel waits for a first request as long as for a next one; whoever asks for nothing holds no place longer than one who does not log in.</summary>
    private async Task AwaitFirstByteAsync(ConnectionContext line, ConnectionDelegate next)
    {
        CancellationToken stopping = line.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(line.ConnectionClosed, stopping);
        limit.CancelAfter(Options().LoginTimeout);
        try
        {
            ReadResult first = await line.Transport.Input.ReadAsync(limit.Token);
            line.Transport.Input.AdvanceTo(first.Buffer.Start);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await next(line);
    }

    private async Task RunAsync(WebRequest request, WebVerb verb)
    {
        long began = Counters.Begin();
        try
        {
            if (!await IsTurnedAwayAsync(request))
            {
                Protect(request.Response.Headers);
                await LetInAsync(request, verb);
            }
        }
        catch (RefusedException e)
        {
            await request.RefuseAsync(e.Refusal);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException e)
        {
            await request.RefuseAsync(new Refusal(e.StatusCode == StatusCodes.Status413PayloadTooLarge ? RefusalCode.OverLimit : RefusalCode.BadRequest) { Detail = e.Message });
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            Log.Debug("web", $"{request.Line.From}: {e.Message}");
            request.Http.Abort();
        }
        catch (Exception e)
        {
            Log.Error("web", $"{verb.Method} {verb.Pattern}", e);
            await request.RefuseAsync(new Refusal(RefusalCode.Internal));
        }
        finally
        {
            Counters.End(request.Response.StatusCode, began);
        }
    }

    private async Task LetInAsync(WebRequest request, WebVerb verb)
    {
        if (verb.Needs != WebNeeds.Nothing)
        {
            await LoginAsync(request);
            if (verb.Needs == WebNeeds.Login && request.IsFromPage && request.Caller.MustRenew)
            {
                throw new RefusedException(RefusalCode.Forbidden, null, "the password was chosen by somebody else: set your own first");
            }
        }

        if (request.Session is { } session)
        {
            request.EndWith(session.Ended);
        }

        request.Session?.Begin();
        try
        {
            await verb.Handle(request);
        }
        finally
        {
            request.Session?.Finish();
        }
    }

    /// <summary>Answers those who are not served at all: beyond the limit, ambiguous, or without TLS.</summary>
    private async Task<bool> IsTurnedAwayAsync(WebRequest request)
    {
        if (request.Line.IsOverLimit || IsStopping)
        {
            request.Response.Headers.Connection = "close";
            await request.RefuseAsync(new Refusal(IsStopping ? RefusalCode.Closing : RefusalCode.TooManyConnections) { RetryAfter = 5 });
            return true;
        }

        if (request.Request.Headers.ContainsKey(ReplacedLength))
        {
            // What one reader takes for a body another takes for the next request (RFC 9112, 6.1 and 11.2).
            request.Response.Headers.Connection = "close";
            throw new RefusedException(RefusalCode.BadRequest, HeaderNames.ContentLength, "a body has a length or is chunked, and not both");
        }

        if (request.Line.IsEncrypted || (Options().Insecure && System.Net.IPAddress.TryParse(request.Line.From, out var from) && System.Net.IPAddress.IsLoopback(from)))
        {
            return false;
        }

        // A login would have crossed the line in the clear already, so nothing but the page is led on (RFC 9110, 15.4.9).
        request.Response.Headers.Connection = "close";
        if (request.Request.Headers.ContainsKey(HeaderNames.Authorization) || !HttpMethods.IsGet(request.Request.Method))
        {
            await request.RefuseAsync(new Refusal(RefusalCode.TlsRequired));
            return true;
        }

        request.Response.Redirect($"https://{request.Request.Host}{request.Request.Path}{request.Request.QueryString}", permanent: false, preserveMethod: true);
        return true;
    }

    public static string DoorOf(WebRequest request) => request.IsFromPage ? DoorNames.Browser : DoorNames.Http;

    /// <summary>Routing's own answer is 405 with the methods that are taken in <c>Allow</c> (RFC 9110, 15.5.6); it has no body.</summary>
    private static async Task RefuseMethodAsync(WebRequest request)
    {
        await (request.Http.GetEndpoint()?.RequestDelegate?.Invoke(request.Http) ?? Task.CompletedTask);
        throw new RefusedException(RefusalCode.Unsupported, request.Request.Method);
    }

    private static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = PagePolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
    }

    private async ValueTask LoginAsync(WebRequest request)
    {
        string authorization = request.Request.Headers.Authorization.ToString();
        string? text = authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization[7..].Trim() : null;
        request.IsFromPage = text is null && request.Request.Cookies.ContainsKey(Cookie);
        text ??= request.Request.Cookies[Cookie];
        if (!DeviceToken.TryParse(text, out DeviceToken? token))
        {
            throw new RefusedException(RefusalCode.LoginRequired);
        }

        if (request.IsFromPage)
        {
            RequireOwnPage(request);
        }

        request.Session = await Sessions.EnterAsync(token, request.Line.From, DoorOf(request), request.Cancel);
    }

    /// <summary>
    /// A cookie goes along with whatever a browser sends, whoever made it send it. So what could change something, and a WebSocket, which no
    /// policy of the browser's holds back, has to come from a page of ours (RFC 6454, 7; SameSite=Strict says the same a second time).
    /// </summary>
    public static void RequireOwnPage(WebRequest request)
    {
        bool isHarmless = HttpMethods.IsGet(request.Request.Method) || HttpMethods.IsHead(request.Request.Method);
        if (isHarmless && !request.Http.WebSockets.IsWebSocketRequest)
        {
            return;
        }

        string origin = request.Request.Headers.Origin.ToString();
        if (!origin.Equals($"{request.Request.Scheme}://{request.Request.Host}", StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedException(RefusalCode.Forbidden, null, "with the cookie, only this server's own page may ask for that; a program uses a token");
        }
    }
}
