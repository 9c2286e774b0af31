using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;

namespace Switchboard.Cli.Output;

/// <summary>Help, laid out from the declarations for the width at hand; wide characters count two.</summary>
internal sealed class HelpPage(Printer printer, bool session = false)
{
    private readonly string _start = session ? "" : "switchboard ";

    // Beyond 100 columns lines get hard to read.
    private readonly int _width = Math.Min(printer.Width, 100);

    /// <summary>The overview: all commands, in groups.</summary>
    public void Overview(IReadOnlyList<CommandEntry> table)
    {
        Paragraph(HelpText.Tagline);
        printer.Line();
        Usage(printer.In(HelpText.Usage), "switchboard", ["COMMAND", "[ARG…]", "[--flags]"]);
        Command[] commands = [.. table.Select(e => e.Build())];
        int names = commands.Max(c => c.Name.Length);
        foreach (var group in table.Zip(commands).GroupBy(e => e.First.Group))
        {
            Heading(HelpText.Of(group.Key));
            foreach (var (_, command) in group)
            {
                Row(command.Name, command.Summary, names);
            }
        }
        Examples(HelpText.FirstSteps);
        printer.Line();
        Paragraph(HelpText.More);
    }

    /// <summary>Only names and what they do.</summary>
    public void Brief(IReadOnlyList<CommandEntry> table)
    {
        Command[] commands = [.. table.Select(e => e.Build())];
        int names = commands.Max(c => c.Name.Length);
        foreach (Command command in commands)
        {
            Row(command.Name, command.Summary, names);
        }
    }

    public void Of(Command command, string path)
    {
        Paragraph(command.Summary);
        printer.Line();
        string label = printer.In(HelpText.Usage);
        foreach (var (inner, innerPath) in UsageLines(command, path))
        {
            Usage(label, _start + innerPath, UsageWords(inner));
            label = new string(' ', TextWidth.Of(label));
        }
        if (command.Details is { } details)
        {
            printer.Line();
            Paragraph(details);
        }
        Section(HelpText.Subcommands, command.Subcommands.Select(c => (c.Name, c.Summary)));
        Section(HelpText.Arguments, command.Arguments.Select(a => (a.Usage, a.Help)));
        Flag[] own = [.. command.Flags.Concat(command.Subcommands.SelectMany(c => c.Flags)).Distinct()];
        Section(HelpText.Flags, own.Select(Described));
        bool connects = command.Connects || command.Subcommands.Any(c => c.Connects);
        Section(HelpText.ConnectionFlags, (connects && !session ? GlobalFlags.Connection.Where(c => !Array.Exists(own, f => f.Name == c.Name)) : []).Select(Described));
        Section(HelpText.GlobalFlags, GlobalFlags.Global.Select(Described));
        Examples(session ? [] : command.Examples);
    }

    private static IEnumerable<(Command, string)> UsageLines(Command command, string path) => command.Subcommands.Length == 0
        ? [(command, path)]
        : command.Subcommands.DistinctBy(c => c.IsOneOfMany ? "" : c.Name).Select(c => (c, $"{path} {(c.IsOneOfMany ? "NAME" : c.Name)}"));

    // Behind a program that takes the rest, a flag would be the program's.
    private static string[] UsageWords(Command command) => command.Arguments is [{ TakesRest: true }, ..]
        ? [.. command.Flags.Select(FlagUsage), "[--]", .. command.Arguments.Select(a => a.Usage)]
        : [.. command.Arguments.Select(a => a.Usage), .. command.Flags.Select(FlagUsage)];

    private static string FlagUsage(Flag flag)
    {
        string name = flag.Short == '\0' ? flag.Dashed : $"-{flag.Short}";
        return $"[{name}{(flag.Value is null ? "" : " " + flag.Placeholder)}]{(flag.Repeats ? "…" : "")}";
    }

    private static (string, Words) Described(Flag flag)
    {
        string name = flag.Short == '\0' ? flag.Dashed : $"-{flag.Short}, {flag.Dashed}";
        return (flag.Value is null ? name : $"{name} {flag.Placeholder}", flag.Help);
    }

    private void Section(Words title, IEnumerable<(string Name, Words Help)> rows)
    {
        var list = rows.ToArray();
        if (list.Length == 0)
        {
            return;
        }
        Heading(title);
        // A very long name gets a line of its own rather than pushing every explanation to the right edge.
        int most = Math.Max(12, _width * 2 / 5);
        int names = list.Select(r => TextWidth.Of(r.Name)).Where(w => w <= most).DefaultIfEmpty(12).Max();
        foreach (var (name, help) in list)
        {
            Row(name, help, names);
        }
    }

    private void Heading(Words title)
    {
        printer.Line();
        printer.Line(printer.Styled(Style.Heading, printer.In(title)));
    }

    private void Row(string name, Words help, int names)
    {
        int indent = names + 4;
        bool narrow = _width - indent < 20;
        bool ownLine = narrow || TextWidth.Of(name) > names;
        string shown = printer.Styled(Style.Name, name);
        var lines = TextWidth.Wrap(printer.In(help), narrow ? _width - 6 : _width - indent);
        if (ownLine)
        {
            printer.Line("  " + shown);
        }
        else
        {
            printer.Line("  " + shown + new string(' ', indent - 2 - TextWidth.Of(name)) + lines[0]);
        }
        foreach (string line in ownLine ? lines : lines.Skip(1))
        {
            printer.Line(new string(' ', narrow ? 6 : indent) + line);
        }
    }

    private void Usage(string label, string start, string[] words)
    {
        string line = label + start;
        int longest = words.Select(w => TextWidth.Of(w)).DefaultIfEmpty(0).Max();
        int indent = Math.Clamp(_width - longest, 1, TextWidth.Of(line) + 1);
        foreach (string word in words)
        {
            if (TextWidth.Of(line) + 1 + TextWidth.Of(word) > _width)
            {
                printer.Line(line);
                line = new string(' ', indent - 1);
            }
            line += " " + word;
        }
        printer.Line(line);
    }

    private void Examples(Example[] examples)
    {
        if (examples.Length == 0)
        {
            return;
        }
        Heading(HelpText.Examples);
        foreach (Example example in examples)
        {
            foreach (string line in TextWidth.Wrap(printer.In(example.Does), _width - 2))
            {
                printer.Line("  " + printer.Styled(Style.Faint, line));
            }
            printer.Line("    " + printer.Styled(Style.Name, example.Line));
        }
    }

    private void Paragraph(Words words)
    {
        foreach (string part in printer.In(words).Split('\n'))
        {
            foreach (string line in TextWidth.Wrap(part, _width))
            {
                printer.Line(line);
            }
        }
    }
}
