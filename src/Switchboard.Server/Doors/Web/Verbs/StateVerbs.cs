using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>The server itself: whether it serves, how much, and what it understands.</summary>
internal static class StateVerbs
{
    private const string Description = "openapi.json";

    public static Task HealthAsync(WebRequest request) => request.TextAsync("ok\n");

    /// <summary>Whether it can do its work: the database answers, and the disk has room for it.</summary>
    public static async Task ReadyAsync(WebRequest request)
    {
        string? trouble = request.Door.IsStopping ? "stopping" : await request.Door.Core.TroubleAsync();
        await request.TextAsync(trouble is null ? "ready\n" : trouble + "\n", trouble is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    public static Task DescribeAsync(WebRequest request) => PageVerbs.SendAsync(request, Description);

    /// <summary>In the text format of Prometheus, version 0.0.4.</summary>
    public static async Task MetricsAsync(WebRequest request)
    {
        request.Caller.Require(Permissions.Admin);
        var text = new StringBuilder();
        ServerCore core = request.Door.Core;
        WebCounters web = request.Door.Counters;
        Add(text, "switchboard_info", "gauge", "The version that runs.", 1, $"{{version=\"{ServerHost.Version}\"}}");
        Add(text, "switchboard_users", "gauge", "Accounts that are logged in.", core.Accounts.Sessions.Users);
        AddSessions(text, core.Accounts.ListSessions(request.Caller));
        Add(text, "switchboard_jobs_running", "gauge", "Jobs that run.", core.Commands.RunningCount);
        Add(text, "switchboard_http_requests_under_way", "gauge", "HTTP requests being answered.", web.UnderWay);
        AddAnswers(text, web);
        Add(text, "switchboard_http_seconds_total", "counter", "Time spent on HTTP requests.", web.Seconds);
        Add(text, "switchboard_http_content_received_bytes_total", "counter", "Bytes of files that came by HTTP.", web.Content.Received);
        Add(text, "switchboard_http_content_sent_bytes_total", "counter", "Bytes of files that went by HTTP.", web.Content.Sent);
        Add(text, "process_cpu_seconds_total", "counter", "CPU time of the server.", Environment.CpuUsage.TotalTime.TotalSeconds);
        Add(text, "process_resident_memory_bytes", "gauge", "Memory of the server.", Environment.WorkingSet);
        Add(text, "dotnet_gc_heap_size_bytes", "gauge", "Managed memory.", GC.GetTotalMemory(forceFullCollection: false));
        request.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await request.Response.WriteAsync(text.ToString(), request.Cancel);
    }

    private static void AddSessions(StringBuilder text, IReadOnlyList<SessionEntry> sessions)
    {
        Head(text, "switchboard_sessions", "gauge", "Sessions by the door they came in.");
        foreach (var door in sessions.GroupBy(session => session.Door))
        {
            Value(text, "switchboard_sessions", door.Count(), $"{{door=\"{door.Key}\"}}");
        }
    }

    private static void AddAnswers(StringBuilder text, WebCounters web)
    {
        Head(text, "switchboard_http_requests_total", "counter", "HTTP requests by the class of their status.");
        for (int status = 1; status <= 5; status++)
        {
            Value(text, "switchboard_http_requests_total", web.Answered(status), $"{{status=\"{status}xx\"}}");
        }
    }

    private static void Add(StringBuilder text, string name, string type, string help, double value, string labels = "")
    {
        Head(text, name, type, help);
        Value(text, name, value, labels);
    }

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Value(StringBuilder text, string name, double value, string labels) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value}\n");
}
