using System.Globalization;
using Switchboard.Cli.Output;
using Switchboard.Cli.Terminal;
using Switchboard.Lab;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Labs;

/// <summary>An outcome on the terminal: who called what, what it returned, why, and the verdict.</summary>
internal sealed class LabReport(Printer printer, Outcome outcome)
{
    // Beyond 100 columns lines get hard to read.
    private readonly int _width = Math.Min(printer.Width, 100);
    private readonly int _lanes = outcome.Trace.Events.Select(e => TextWidth.Of(printer.In(e.Lane.Name))).DefaultIfEmpty(0).Max();

    public void Print(bool explain)
    {
        printer.Line(printer.Styled(Style.Heading, printer.In(outcome.Experiment.Title)));
        Paragraph(printer.In(Outcome.ExpectedLabel) + printer.In(outcome.Experiment.Expects), 0);
        if (explain)
        {
            printer.Line();
            Paragraph(printer.In(outcome.Experiment.Background), 0);
        }
        Events();
        printer.Line();
        foreach (Claim claim in outcome.Trace.Claims)
        {
            Tell(claim);
        }
        printer.Line(printer.Styled(outcome.IsAsExpected ? Style.Good : Style.Bad, printer.In(outcome.Verdict)));
    }

    private void Events()
    {
        int part = -1;
        foreach (TraceEvent one in outcome.Trace.Events)
        {
            if (one.Part != part)
            {
                part = one.Part;
                printer.Line();
                if (part < outcome.Trace.Parts.Count)
                {
                    printer.Line(printer.Styled(Style.Heading, printer.In(outcome.Trace.Parts[part])));
                }
            }
            Tell(one);
        }
        if (outcome.Trace.Dropped > 0)
        {
            printer.Line(LabText.Dropped(outcome.Trace.Dropped));
        }
    }

    private void Tell(TraceEvent one)
    {
        string lane = Styles.Numbered(one.Lane.Color, TextWidth.Pad(printer.In(one.Lane.Name), _lanes), printer.Options.Color);
        string at = (one.At / 1000.0).ToString("0.0", CultureInfo.InvariantCulture).PadLeft(7);
        string returned = one.Returned is { } value ? $"  → {value}" : "";
        var lines = TextWidth.Wrap(one.Call + returned, _width - _lanes - 12);
        printer.Line($"{printer.Styled(Style.Faint, at)}  {lane}  {lines[0]}");
        foreach (string more in lines.Skip(1))
        {
            printer.Line(new string(' ', _lanes + 13) + more);
        }
        if (one.Why is { } why)
        {
            Paragraph(printer.In(why), _lanes + 13, Style.Faint);
        }
    }

    private void Tell(Claim claim)
    {
        (Style style, string mark) = claim.Holds ? (Style.Good, "✓") : (Style.Bad, "✗");
        var lines = TextWidth.Wrap(printer.In(claim.Expected), _width - 4);
        printer.Line($"  {printer.Styled(style, mark)} {lines[0]}");
        foreach (string more in lines.Skip(1))
        {
            printer.Line("    " + more);
        }
        if (!claim.Holds)
        {
            printer.Line("    " + printer.Styled(Style.Bad, printer.In(Outcome.SeenLabel) + claim.Seen));
        }
    }

    private void Paragraph(string text, int indent, Style style = Style.Plain)
    {
        foreach (string line in TextWidth.Wrap(text, _width - indent))
        {
            printer.Line(new string(' ', indent) + printer.Styled(style, line));
        }
    }
}
