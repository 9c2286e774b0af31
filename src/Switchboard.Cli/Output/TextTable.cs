using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;

namespace Switchboard.Cli.Output;

/// <summary>Aligned columns, wide characters counted as two. On a narrow terminal the last column is cut, not wrapped.</summary>
internal sealed class TextTable(Printer printer, Words[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Columns whose text stands to the right (numbers).</summary>
    public int[] Right { get; init; } = [];

    public void Row(params string[] cells) => _rows.Add([.. cells.Select(printer.Safe)]);

    public void Print()
    {
        if (_rows.Count == 0)
        {
            return;
        }
        string[] head = [.. columns.Select(printer.In)];
        int[] widths = [.. Enumerable.Range(0, head.Length).Select(i => _rows.Append(head).Max(r => TextWidth.Of(r[i])))];
        printer.Line(printer.Styled(Style.Faint, Laid(head, widths)));
        foreach (string[] row in _rows)
        {
            printer.Line(Laid(row, widths));
        }
    }

    private string Laid(string[] cells, int[] widths)
    {
        string line = string.Join("  ", cells.Select((c, i) => Right.Contains(i) ? new string(' ', widths[i] - TextWidth.Of(c)) + c : TextWidth.Pad(c, widths[i]))).TrimEnd();
        return printer.Options.OutputIsTerminal ? TextWidth.Cut(line, printer.Width) : line;
    }
}
