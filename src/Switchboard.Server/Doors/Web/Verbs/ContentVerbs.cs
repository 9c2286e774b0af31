using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>Files as they are: reading them whole or in part, and storing them in one request.</summary>
internal static class ContentVerbs
{
    public const string Prefix = WebVerbs.Api + "/files/";

    /// <summary>Between looking at a file and opening it, somebody may replace it; whoever does so this often in a row is not waited for.</summary>
    private const int MostTries = 4;

    public static Task GetAsync(WebRequest request) => SendAsync(request, new SharedFile(request.Caller, request.PathAfter(Prefix)));

    /// <summary>The file that a message of a room is.</summary>
    public static async Task GetSharedAsync(WebRequest request)
    {
        if (!long.TryParse(request.Route("number"), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            throw new RefusedException(RefusalCode.BadRequest, "number", "which message of the room");
        }

        var (owner, sha256, name) = await request.Door.Core.Chat.SharedAsync(request.Caller, request.Route("room"), number);
        await SendAsync(request, request.Door.Core.Files.Find(request.Caller, owner, sha256) with { ShownAs = name });
    }

    private static Task SendAsync(WebRequest request, SharedFile source)
    {
        Files files = request.Door.Core.Files;
        return SendAsync(request, () => files.State(source.Reader, source.Path), source.Show, (offset, length) => files.OpenReadAsync(source.Reader, source.Path, offset, length));
    }

    /// <param name="look">The file as it is now.</param>
    /// <param name="show">As the one who asks may see it.</param>
    /// <param name="open">Opens it; what it is by then decides.</param>
    public static async Task SendAsync(WebRequest request, Func<FileState> look, Func<Entry, Entry> show, Func<long, long?, Task<Download>> open)
    {
        for (int tries = 1; ; tries++)
        {
            FileState state = look();
            var answer = Conditions.Judge(request.Request, state);
            Describe(request, show(state.Entry), state, answer);
            if (answer.Length is not { } length || HttpMethods.IsHead(request.Request.Method))
            {
                return;
            }

            using Download download = await open(answer.Offset, length);
            // What a link leads to is bound to its content, and not to the state of a file.
            if (download.Version == state.Version || download.Sha256 == state.Version)
            {
                await Bodies.SendAsync(request, download);
                return;
            }

            if (tries == MostTries)
            {
                throw new RefusedException(new Refusal(RefusalCode.Busy) { Subject = state.Entry.Path, RetryAfter = 1 });
            }
        }
    }

    private static void Describe(WebRequest request, Entry shown, FileState state, Judgement answer)
    {
        HttpResponse response = request.Response;
        response.StatusCode = answer.Status;
        IHeaderDictionary headers = response.Headers;
        headers.ETag = Conditions.TagOf(state).ToString();
        headers.LastModified = HeaderUtilities.FormatDate(Conditions.TimeOf(state));
        headers.AcceptRanges = "bytes";
        headers.CacheControl = "private, no-cache";
        if (state.Sha256 is { } digest)
        {
            headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(digest)}:";
        }

        if (answer.Status is StatusCodes.Status206PartialContent or StatusCodes.Status416RangeNotSatisfiable)
        {
            headers.ContentRange = answer.Length is { } length
                ? new ContentRangeHeaderValue(answer.Offset, answer.Offset + length - 1, state.Entry.Size).ToString()
                : new ContentRangeHeaderValue(state.Entry.Size).ToString();
        }

        if (answer.Length is { } bytes)
        {
            response.ContentLength = bytes;
            Views.Describe(request, shown.Path[(shown.Path.LastIndexOf('/') + 1)..]);
        }
    }

    /// <summary>Stores the body as a file. One that is cut off is kept for resume, and a repeat begins anew over it.</summary>
    public static async Task PutAsync(WebRequest request)
    {
        Caller caller = request.Caller;
        string path = request.PathAfter(Prefix);
        IfExists ifExists = IfExistsOf(request);
        bool stood = await RequireMatchAsync(request, caller, path);
        var plan = new UploadPlan
        {
            Path = path,
            Total = request.Request.ContentLength,
            Modified = Bodies.NumberIn(request.Request.Headers["X-Modified"]),
            Preserve = request.Request.Headers.ContainsKey("X-Modified"),
            IfExists = ifExists,
            Parents = request.Flag("parents"),
        };
        await using Upload upload = await request.Door.Core.Files.BeginUploadAsync(caller, plan, request.Cancel);
        if (upload.Skip)
        {
            await request.AnswerAsync(new StoredBody("/" + path, 0, null, true), WebJson.Default.StoredBody);
            return;
        }

        long total = await Bodies.ReceiveAsync(request, upload, 0, null);
        Stored stored = await upload.CommitAsync(total, Bodies.DigestIn(request.Request.Headers));
        await request.AnswerAsync(
            new StoredBody(stored.Path, stored.Total, stored.Sha256, stored.Skipped ? true : null),
            WebJson.Default.StoredBody,
            stood && ifExists == IfExists.Overwrite ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private static IfExists IfExistsOf(WebRequest request) =>
        request.Request.Headers.IfNoneMatch.ToString().Trim() == "*" ? IfExists.Fail : IfExistsWords.Parse(request.Text("if_exists"));

    /// <returns>Whether a file stands there.</returns>
    private static ValueTask<bool> RequireMatchAsync(WebRequest request, Caller caller, string path)
    {
        bool wantsMatch = request.Request.Headers.IfMatch.Count > 0;
        try
        {
            FileState state = request.Door.Core.Files.State(caller, path);
            return !wantsMatch || Conditions.Matches(request.Request.GetTypedHeaders().IfMatch, state)
                ? new(true)
                : throw new RefusedException(RefusalCode.SourceChanged, "/" + path, "it is not the one that If-Match names");
        }
        catch (RefusedException e) when (e.Refusal.Code is RefusalCode.NotFound)
        {
            return wantsMatch ? throw new RefusedException(RefusalCode.NotFound, "/" + path) : new(false);
        }
    }
}
