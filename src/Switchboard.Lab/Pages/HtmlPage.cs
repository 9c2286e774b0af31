using System.Globalization;
using System.Net;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Lab.Pages;

/// <summary>
/// An outcome as one page that needs nothing else: lanes side by side, time downwards, each byte of a stream in the colour of the send it came from.
/// It is well-formed XML and shows everything without its script; the script only steps through it. Fit for a sandboxed frame.
/// </summary>
public static class HtmlPage
{
    // More bytes than this are no picture; the count is told beside them.
    private const int MostShown = 64;

    public static string Render(Outcome outcome, Language language)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        var page = new StringBuilder("<!DOCTYPE html>\n");
        Lane[] lanes = [.. outcome.Trace.Events.Select(one => one.Lane).Distinct()];
        Head(page, outcome, language, lanes.Length);
        Controls(page, language);
        int part = -1;
        var sends = Sends(outcome.Trace.Events);
        page.Append("<div class=\"grid\">");
        Lanes(page, lanes, language);
        foreach (TraceEvent one in outcome.Trace.Events)
        {
            if (one.Part != part)
            {
                part = one.Part;
                Part(page, outcome, part, language);
            }
            Event(page, one, Array.IndexOf(lanes, one.Lane), sends, language);
        }
        page.Append("</div>");
        Claims(page, outcome, language);
        return page.Append("<script>").Append(PageParts.Script).Append("</script></body></html>\n").ToString();
    }

    private static void Head(StringBuilder page, Outcome outcome, Language language, int lanes)
    {
        string title = Text(outcome.Experiment.Title.In(language));
        page.Append(CultureInfo.InvariantCulture, $"""
            <html lang="{language.Tag()}"><head><meta charset="utf-8" /><meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'" />
            <title>{title}</title><style>{PageParts.Style}.grid{"{"}grid-template-columns:4.5rem repeat({Math.Max(1, lanes)},minmax(9rem,1fr)){"}"}</style></head>
            <body><h1>{title}</h1><p><b>{Text(Outcome.ExpectedLabel.In(language))}</b>{Text(outcome.Experiment.Expects.In(language))}</p>
            <details><summary>{Text(PageParts.Background.In(language))}</summary><p>{Text(outcome.Experiment.Background.In(language))}</p></details>

            """);
    }

    private static void Controls(StringBuilder page, Language language) => page.Append(CultureInfo.InvariantCulture, $"""
        <div class="controls" id="controls" hidden="hidden"><button id="first" type="button">|◀</button><button id="back" type="button">◀ {Text(PageParts.Back.In(language))}</button>
        <button id="next" type="button">{Text(PageParts.Next.In(language))} ▶</button><button id="all" type="button">▶| {Text(PageParts.All.In(language))}</button><output id="place"></output></div>

        """);

    private static void Lanes(StringBuilder page, Lane[] lanes, Language language)
    {
        page.Append("<div class=\"lane time\">ms</div>");
        foreach (Lane lane in lanes)
        {
            page.Append(CultureInfo.InvariantCulture, $"<div class=\"lane c{lane.Color}\">{Text(lane.Name.In(language))}</div>");
        }
    }

    private static void Part(StringBuilder page, Outcome outcome, int part, Language language)
    {
        if (part < outcome.Trace.Parts.Count)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2 class=\"step\">{Text(outcome.Trace.Parts[part].In(language))}</h2>");
        }
    }

    private static void Event(StringBuilder page, TraceEvent one, int lane, List<Sent> sends, Language language)
    {
        page.Append(CultureInfo.InvariantCulture, $"<div class=\"time step\">{one.At / 1000.0:0.0}</div>");
        page.Append(CultureInfo.InvariantCulture, $"<div class=\"event step c{one.Lane.Color}\" style=\"grid-column:{lane + 2}\"><code>{Text(one.Call)}</code>");
        if (one.Returned is { } returned)
        {
            page.Append(CultureInfo.InvariantCulture, $" <span class=\"returned\">→ <code>{Text(returned)}</code></span>");
        }
        Bytes(page, one, sends);
        if (one.Why is { } why)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>{Text(why.In(language))}</p>");
        }
        page.Append("</div>\n");
    }

    private static void Bytes(StringBuilder page, TraceEvent one, List<Sent> sends)
    {
        if (one.Stretch is not { } stretch || one.Bytes is not { Length: > 0 } bytes)
        {
            return;
        }
        page.Append("<div class=\"bytes\">");
        for (int i = 0; i < Math.Min(bytes.Length, MostShown); i++)
        {
            int send = sends.FindIndex(sent => sent.Stream == stretch.Stream && sent.From <= stretch.Offset + i && stretch.Offset + i < sent.To);
            page.Append(CultureInfo.InvariantCulture, $"<i class=\"b{(send < 0 ? 0 : send % 6)}\" title=\"0x{bytes[i]:x2}\">{Shown(bytes[i])}</i>");
        }
        page.Append(bytes.Length > MostShown ? string.Create(CultureInfo.InvariantCulture, $"<i>… {bytes.Length:N0}</i></div>") : "</div>");
    }

    private static void Claims(StringBuilder page, Outcome outcome, Language language)
    {
        page.Append("<ul class=\"claims\">");
        foreach (Claim claim in outcome.Trace.Claims)
        {
            string seen = claim.Holds ? "" : $" <b>{Text(Outcome.SeenLabel.In(language))}<code>{Text(claim.Seen)}</code></b>";
            page.Append(CultureInfo.InvariantCulture, $"<li class=\"{(claim.Holds ? "good" : "bad")}\">{(claim.Holds ? "✓" : "✗")} {Text(claim.Expected.In(language))}{seen}</li>");
        }
        page.Append(CultureInfo.InvariantCulture, $"</ul><p class=\"verdict {(outcome.IsAsExpected ? "good" : "bad")}\">{Text(outcome.Verdict.In(language))}</p>");
    }

    private static List<Sent> Sends(IEnumerable<TraceEvent> events) =>
        [.. events.Where(one => one.Stretch is { IsSent: true }).Select(one => new Sent(one.Stretch!.Stream, one.Stretch.Offset, one.Stretch.Offset + (one.Bytes?.Length ?? 0)))];

    private static string Shown(byte value) => value is > 0x20 and < 0x7F ? Text(((char)value).ToString()) : value.ToString("x2", CultureInfo.InvariantCulture);

    // What XML does not allow was escaped by ByteText before it came here.
    private static string Text(string text) => WebUtility.HtmlEncode(Printable.Escape(text));

    private readonly record struct Sent(string Stream, long From, long To);
}
