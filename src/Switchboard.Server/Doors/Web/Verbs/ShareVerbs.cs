using Microsoft.AspNetCore.Http;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Services.Shares;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>
/// Links: making and revoking one's own, and using somebody's without an account. The secret is behind the # of a link, which no browser sends;
/// the page sends it in a body, and gets a cookie for this one link, so that a download is an ordinary one.
/// </summary>
internal static class ShareVerbs
{
    public const string Prefix = WebVerbs.Api + "/shared/";

    /// <summary>__Secure-: a browser takes it only over TLS (RFC 6265bis, 4.1.3.1); its path keeps links apart.</summary>
    private const string Cookie = "__Secure-switchboard-share";

    private const string Scheme = "Share ";

    private static readonly TimeSpan CookieLifetime = TimeSpan.FromHours(1);

    public static async Task ListAsync(WebRequest request) =>
        await request.AnswerAsync(new SharesBody(await request.Door.Core.Shares.ListAsync(request.Caller)), WebJson.Default.SharesBody);

    public static async Task AddAsync(WebRequest request)
    {
        NewShareBody body = await request.ReadAsync(WebJson.Default.NewShareBody);
        var plan = new SharePlan
        {
            Path = body.Path,
            Upload = body.Upload == true,
            Expires = body.Expires,
            Count = body.Count,
            Bytes = body.Bytes,
            Label = body.Label,
        };
        SharedLink link = await request.Door.Core.Shares.AddAsync(request.Caller, plan);
        string address = $"{request.Request.Scheme}://{request.Request.Host}/s/{link.Entry.Id}#{link.Secret}";
        await request.AnswerAsync(new ShareBody(link.Entry, link.Secret, address), WebJson.Default.ShareBody, StatusCodes.Status201Created);
    }

    public static async Task RevokeAsync(WebRequest request)
    {
        await request.Door.Core.Shares.RevokeAsync(request.Caller, request.Route("id"));
        await request.DoneAsync();
    }

    /// <summary>Shows what a link leads to, to whoever has its secret.</summary>
    public static async Task EnterAsync(WebRequest request)
    {
        SecretBody body = await request.ReadAsync(WebJson.Default.SecretBody);
        string id = request.Route("id");
        OpenShare share = await request.Door.Core.Shares.OpenAsync(id, body.Secret, request.Line.From);
        request.Response.Cookies.Append(Cookie, body.Secret, new CookieOptions
        {
            HttpOnly = true,
            Secure = true,
            SameSite = SameSiteMode.Strict,
            Path = Prefix + id,
            MaxAge = CookieLifetime,
        });
        ShareEntry entry = share.Entry;
        var shown = new SharedBody
        {
            Kind = entry.Kind,
            Name = share.Name,
            Size = share.Size,
            Sha256 = share.Sha256,
            Expires = entry.Expires,
            BytesLeft = entry.Bytes - entry.UsedBytes,
            FilesLeft = entry.Kind == "upload" ? entry.Count - entry.UsedCount : null,
        };
        await request.AnswerAsync(shown, WebJson.Default.SharedBody);
    }

    public static async Task ContentAsync(WebRequest request)
    {
        OpenShare share = await OpenAsync(request);
        if (share.Size is not { } size)
        {
            throw new RefusedException(RefusalCode.ShareUnknown);
        }

        var entry = new Entry { Path = share.Name, Type = "file", Size = size, Modified = share.Entry.Created };
        var state = new FileState(entry, share.Sha256!, Convert.FromHexString(share.Sha256!));
        await ContentVerbs.SendAsync(request, () => state, shown => shown, share.OpenReadAsync);
    }

    /// <summary>No reading back: digests of what its sender sent, by an id that only its sender knows.</summary>
    public static async Task LeavesAsync(WebRequest request) =>
        await EntryVerbs.LeavesAsync(request, new ShareUploads(await OpenAsync(request)), request.Route("upload"));

    /// <summary>The link that a request has the secret of.</summary>
    /// <param name="toLook">See <see cref="Shares.OpenAsync"/>.</param>
    public static async Task<OpenShare> OpenAsync(WebRequest request, bool toLook = false)
    {
        string authorization = request.Request.Headers.Authorization.ToString();
        bool isHeader = authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);
        if (!isHeader)
        {
            WebDoor.RequireOwnPage(request);
        }

        string secret = isHeader ? authorization[Scheme.Length..].Trim() : request.Request.Cookies[Cookie] ?? "";
        OpenShare share = await request.Door.Core.Shares.OpenAsync(request.Route("id"), secret, request.Line.From, toLook);
        request.EndWith(share.Ended);
        return share;
    }
}
