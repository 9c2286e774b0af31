using Microsoft.AspNetCore.Http;
using Switchboard.Lab;
using Switchboard.Lab.Pages;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>The laboratory (docs/lab.md) in a browser: its experiments run on the server's own loopback, one at a time.</summary>
internal static class LabVerbs
{
    /// <summary>What runs has its own script, to be stepped through. It comes from us and is confined all the same: no origin, no network.</summary>
    private const string Policy = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; frame-ancestors 'self'";

    /// <summary>Experiments measure the machine, and two at once measure each other.</summary>
    private static readonly SemaphoreSlim Bench = new(1, 1);

    /// <summary>The longest takes some seconds; whoever waits longer for the bench is told to come back.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static Task ListAsync(WebRequest request)
    {
        Language language = request.Language;
        var groups = Laboratory.Groups.Select(group => new LabGroupBody(
            group.Id,
            group.Title.In(language),
            [.. group.Experiments.Select(one => new LabExperimentBody(one.Name, one.Title.In(language), one.Expects.In(language), one.Background.In(language)))]));
        return request.AnswerAsync(new LabBody(groups), WebJson.Default.LabBody);
    }

    /// <summary>Runs one and answers with its page. Needs the permission to run something on the server, for that is what it does.</summary>
    public static async Task RunAsync(WebRequest request)
    {
        request.Caller.Require(Permissions.Run);
        string name = request.Route("name");
        Experiment experiment = Laboratory.Find(name) ?? throw new RefusedException(RefusalCode.NotFound, name);
        if (!await Bench.WaitAsync(Patience, request.Cancel))
        {
            throw new RefusedException(new Refusal(RefusalCode.Busy) { Subject = name, RetryAfter = Patience.TotalSeconds });
        }

        try
        {
            string page = HtmlPage.Render(await experiment.RunAsync(request.Cancel), request.Language);
            request.Response.ContentType = "text/html; charset=utf-8";
            request.Response.Headers.ContentSecurityPolicy = Policy;
            request.Response.Headers.CacheControl = "no-store";
            await request.Response.WriteAsync(page, request.Cancel);
        }
        finally
        {
            Bench.Release();
        }
    }
}
