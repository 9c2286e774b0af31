using System.Globalization;
using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Services.Commands;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>Jobs for programs; a page has its terminals over live connections.</summary>
internal static class JobVerbs
{
    private const int PieceBytes = 64 * 1024;

    public static Task ListAsync(WebRequest request) =>
        request.AnswerAsync(new JobsBody(request.Door.Core.Commands.List(request.Caller, request.Flag("all"))), WebJson.Default.JobsBody);

    public static Task ShowAsync(WebRequest request) =>
        request.AnswerAsync(Find(request).ToEntry(), WebJson.Default.JobEntry);

    public static async Task RunAsync(WebRequest request)
    {
        RunBody body = await request.ReadAsync(WebJson.Default.RunBody);
        IEnumerable<string> texts = body.Arguments.Concat((body.Environment ?? []).Select(pair => $"{pair.Key}={pair.Value}"));
        var (arguments, environment) = JobPlan.Texts(Encoding.UTF8.GetBytes(string.Concat(texts.Select(text => text + '\0'))), body.Arguments.Length);
        var plan = new JobPlan
        {
            Arguments = arguments,
            Environment = environment,
            Key = body.Key ?? Commands.NewKey(),
            Folder = body.Folder ?? "/",
            Shell = body.Shell == true,
            Timeout = JobPlan.TimeOf(body.Timeout),
            Detach = true,
        };
        Job job = await request.Door.Core.Commands.RunAsync(request.Caller, plan);
        await request.AnswerAsync(job.ToEntry(), WebJson.Default.JobEntry, status: 201);
    }

    public static Task OutputAsync(WebRequest request) => ReadAsync(request, JobOutput.Stdout);

    public static Task ErrorsAsync(WebRequest request) => ReadAsync(request, JobOutput.Stderr);

    public static async Task SignalAsync(WebRequest request)
    {
        SignalBody body = await request.ReadAsync(WebJson.Default.SignalBody);
        request.Door.Core.Commands.Signal(request.Caller, Find(request), body.Signal);
        await request.DoneAsync();
    }

    private static Job Find(WebRequest request) => request.Door.Core.Commands.Find(request.Caller, request.Route("id"));

    /// <summary>What is there now; <c>X-Next</c> is where the next request goes on. A part that is kept no more is passed over.</summary>
    private static async Task ReadAsync(WebRequest request, int stream)
    {
        var spool = Find(request).Output.Spools[stream];
        long from = Math.Min(request.Number("from") ?? 0, spool.End);
        long end = spool.End;
        from = spool.IsDropped(from) ? spool.GapEnd : from;
        request.Response.ContentType = "application/octet-stream";
        request.Response.Headers.CacheControl = "no-store";
        request.Response.Headers["X-Next"] = end.ToString(CultureInfo.InvariantCulture);
        byte[] piece = new byte[PieceBytes];
        while (from < end)
        {
            int read = 0;
            if (!spool.TryRead(from, (int)Math.Min(PieceBytes, end - from), length => piece.AsSpan(0, read = length)))
            {
                from = spool.GapEnd;
                continue;
            }

            await request.Response.Body.WriteAsync(piece.AsMemory(0, read), request.Cancel);
            from += read;
        }
    }
}
