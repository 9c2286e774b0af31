using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Switchboard.Protocol;
using Switchboard.Server.Connections;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Web;

/// <summary>One HTTP request, in the words of this product: who asks, for which path, in which language.</summary>
internal sealed class WebRequest(WebDoor door, HttpContext http)
{
    /// <summary>Bytes of a JSON body: a list of permissions and paths is far below it.</summary>
    public const int LongestBody = 256 * 1024;

    public WebDoor Door => door;

    public HttpContext Http => http;

    public HttpRequest Request => http.Request;

    public HttpResponse Response => http.Response;

    public HttpLine Line { get; } = http.Features.Get<HttpLine>()!;

    public WebSession? Session { get; set; }

    /// <summary>The login came by cookie: from a page, and not from a program.</summary>
    public bool IsFromPage { get; set; }

    public Caller Caller => Session?.Caller ?? throw new RefusedException(RefusalCode.LoginRequired);

    /// <summary>The request was given up, or its session ended.</summary>
    public CancellationToken Cancel { get; set; } = http.RequestAborted;

    /// <summary>The request ends too when this is cancelled.</summary>
    public void EndWith(CancellationToken end)
    {
        var both = CancellationTokenSource.CreateLinkedTokenSource(Cancel, end);
        Response.RegisterForDispose(both);
        Cancel = both.Token;
    }

    /// <summary>The first of the languages the browser names that we speak (RFC 9110, 12.5.4), without their weights: browsers send them in order.</summary>
    public Language Language => Languages.Parse(
        ((string?)Request.Query["lang"] ?? Request.Headers.AcceptLanguage.ToString().Split(',').FirstOrDefault(tag => tag.TrimStart().StartsWith("zh", StringComparison.OrdinalIgnoreCase)
            || tag.TrimStart().StartsWith("en", StringComparison.OrdinalIgnoreCase)))?.Trim().Split(';')[0]);

    /// <summary>
    /// What follows <paramref name="prefix"/> in the address, name by name as it was sent: the server's own idea of a path has already merged
    /// what was written as <c>%2e%2e</c>, and a name with an encoded slash would be two.
    /// </summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadName"/>.</exception>
    public string PathAfter(string prefix)
    {
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        int end = target.AsSpan().IndexOfAny('?', '#');
        string path = end < 0 ? target : target[..end];
        if (!path.StartsWith(prefix, StringComparison.Ordinal))
        {
            throw new RefusedException(RefusalCode.BadRequest, "path", "an address in its plain form, without . and .. and doubled slashes");
        }

        return string.Join('/', path[prefix.Length..].Split('/').Select(NameOf));
    }

    public string Route(string name) => (string)Request.RouteValues[name]!;

    public bool Flag(string name) => Request.Query.TryGetValue(name, out var value) && value.ToString() is not ("0" or "false" or "no");

    public string? Text(string name) => Request.Query.TryGetValue(name, out var value) ? value.ToString() : null;

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/> for what is no number.</exception>
    public long? Number(string name) => Text(name) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
        : throw new RefusedException(RefusalCode.BadRequest, name, "a number");

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>, <see cref="RefusalCode.OverLimit"/>.</exception>
    public async ValueTask<T> ReadAsync<T>(JsonTypeInfo<T> info)
    {
        if (Request.ContentType?.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            // A form of another site can send text/plain without asking; it cannot send this (Fetch, "CORS-safelisted request-header").
            Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            throw new RefusedException(RefusalCode.Unsupported, "Content-Type", "application/json");
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = LongestBody;
        }

        try
        {
            return await JsonSerializer.DeserializeAsync(Request.Body, info, Cancel) ?? throw new RefusedException(RefusalCode.BadRequest, "body", "a JSON object");
        }
        catch (JsonException e)
        {
            throw new RefusedException(RefusalCode.BadRequest, e.Path ?? "body", "not the JSON this address takes");
        }
    }

    public async Task AnswerAsync<T>(T body, JsonTypeInfo<T> info, int status = StatusCodes.Status200OK)
    {
        Response.StatusCode = status;
        Response.ContentType = "application/json; charset=utf-8";
        Response.Headers.CacheControl = "no-store";
        await JsonSerializer.SerializeAsync(Response.Body, body, info, Cancel);
    }

    public Task DoneAsync()
    {
        Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public async Task TextAsync(string text, int status = StatusCodes.Status200OK)
    {
        Response.StatusCode = status;
        Response.ContentType = "text/plain; charset=utf-8";
        Response.Headers.CacheControl = "no-store";
        await Response.WriteAsync(text, Cancel);
    }

    /// <summary>Tells why not. What is already half sent is cut off instead, so that nobody takes it for whole.</summary>
    public async Task RefuseAsync(Refusal refusal)
    {
        if (Response.HasStarted)
        {
            http.Abort();
            return;
        }

        ErrorAnswer error = Errors.ToAnswer(refusal, null, Language);
        Response.Headers.Remove(HeaderNames.ContentLength);
        Response.Headers.Remove(HeaderNames.ETag);
        if (refusal.RetryAfter is { } seconds)
        {
            Response.Headers.RetryAfter = Math.Ceiling(seconds).ToString(CultureInfo.InvariantCulture);
        }

        if (refusal.Code is RefusalCode.LoginRequired)
        {
            Response.Headers.WWWAuthenticate = "Bearer";
        }

        // "unsupported" has three statuses: whoever says so of a method or a media type has set its own.
        bool isSet = Response.StatusCode is StatusCodes.Status405MethodNotAllowed or StatusCodes.Status415UnsupportedMediaType;
        var words = new ErrorBody.Words
        {
            Code = error.Code,
            Message = error.Message,
            // Most hints name a command to type, which is no help in a page; that of "unsupported" is about versions.
            Hint = isSet || error.Hint?.Contains("switchboard ", StringComparison.Ordinal) == true ? null : error.Hint,
            Subject = error.Subject,
            Detail = error.Detail,
            Free = error.Free,
            Missing = error.Missing,
            RetryAfter = error.RetryAfter,
        };
        await AnswerAsync(new ErrorBody(words), WebJson.Default.ErrorBody, isSet ? Response.StatusCode : WebErrors.Status(refusal.Code));
    }

    private static string NameOf(string encoded)
    {
        string name = Uri.UnescapeDataString(encoded);
        return name.Contains('/', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal)
            ? throw new RefusedException(RefusalCode.BadName, name, "a name holds no slash")
            : name;
    }
}
