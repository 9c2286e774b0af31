using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Switchboard.Server.Doors.Web;

/// <summary>
/// How a stored file may be looked at in a browser. Whatever people upload is sent from our own origin, so nothing of it may run there: what a
/// browser would run as a page is shown as text or handed out as an attachment, and no type is guessed (nosniff).
/// </summary>
internal static class Views
{
    private const string Unknown = "application/octet-stream";

    private const string Pdf = "application/pdf";

    /// <summary>A document of its own without origin, script or network (CSP 3, 6.3.2), for an SVG that is opened by itself too.</summary>
    private const string Sandbox = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; frame-ancestors 'self'";

    /// <summary>A browser's PDF viewer does not open in a sandbox; a PDF's own scripts reach no page.</summary>
    private const string Document = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";

    private static readonly FileExtensionContentTypeProvider Types = new();

    private static readonly string[] Pictures = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/svg+xml", "image/x-icon"];

    public static void Describe(WebRequest request, string name)
    {
        bool isInline = request.Flag("inline");
        string type = isInline ? TypeOf(name) : Unknown;
        IHeaderDictionary headers = request.Response.Headers;
        headers.ContentSecurityPolicy = type == Pdf ? Document : Sandbox;
        request.Response.ContentType = type;
        var disposition = new ContentDispositionHeaderValue(isInline ? "inline" : "attachment");
        disposition.SetHttpFileName(name);
        headers.ContentDisposition = disposition.ToString();
    }

    /// <summary>What is no picture, sound, film or PDF is bytes to read: the page shows them as text, a browser too.</summary>
    private static string TypeOf(string name)
    {
        string type = Types.TryGetContentType(name, out string? known) ? known : Unknown;
        return Pictures.Contains(type) || type == Pdf || type.StartsWith("audio/", StringComparison.Ordinal) || type.StartsWith("video/", StringComparison.Ordinal)
            ? type
            : "text/plain; charset=utf-8";
    }
}
