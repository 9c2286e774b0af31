using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;

namespace Switchboard.Cli.Commands.Net;

/// <summary>Labels with their values below each other.</summary>
internal sealed class FactSheet(Printer printer)
{
    private readonly List<(string Label, string Value)> _rows = [];

    public void Row(Words label, string value) => _rows.Add((printer.In(label), printer.Safe(value)));

    public void Row(Words label, Words value) => Row(label, printer.In(value));

    public void Print()
    {
        int width = _rows.Select(row => TextWidth.Of(row.Label)).DefaultIfEmpty(0).Max();
        foreach ((string label, string value) in _rows)
        {
            List<string> lines = printer.Options.OutputIsTerminal ? TextWidth.Wrap(value, Math.Max(20, printer.Width - width - 4)) : [value];
            printer.Line("  " + printer.Styled(Style.Faint, TextWidth.Pad(label, width)) + "  " + lines[0]);
            foreach (string line in lines.Skip(1))
            {
                printer.Line(new string(' ', width + 4) + line);
            }
        }
    }
}
