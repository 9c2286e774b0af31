using System.Globalization;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary><c>ls</c>: sorted where that is cheap, streaming where the folder is large.</summary>
internal static class ListCommand
{
    // Sorting means waiting for the last name and holding all of them; beyond this many they are shown as they come.
    private const int MostSorted = 10_000;

    private static readonly Flag s_long = new("long", ("Also permissions, size and time", "同时显示权限、大小和时间")) { Short = 'l' };
    private static readonly Flag s_recursive = new("recursive", ("Everything below, with its path", "列出其下所有内容及路径")) { Short = 'R' };

    public static Command Build() => new("ls", ("List a folder", "列出文件夹"))
    {
        OnlyAsks = true,
        Arguments = [FileCommands.RemoteArgument("PATH") with { Optional = true }],
        Flags = [s_long, s_recursive],
        Connects = true,
        Run = ListAsync,
    };

    private static async Task<int> ListAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        var entries = client.ListAsync(lease.Remote.Resolve(call.Word(0)), call.Has(s_recursive), call.Stop);
        if (call.Printer.IsJson)
        {
            await foreach (Entry entry in entries)
            {
                call.Printer.Json(entry, CliJson.Default.Entry);
            }
            return ExitCode.Done;
        }
        await PrintAsync(call, entries);
        return ExitCode.Done;
    }

    private static async Task PrintAsync(Invocation call, IAsyncEnumerable<Entry> entries)
    {
        List<Entry>? held = [];
        Action<IReadOnlyList<Entry>> print = call.Has(s_long) ? e => PrintLong(call.Printer, e)
            : call.Printer.Options.OutputIsTerminal && !call.Has(s_recursive) ? e => PrintColumns(call.Printer, e)
            : e => PrintNames(call.Printer, e);
        await foreach (Entry entry in entries)
        {
            held.Add(entry);
            if (held.Count >= MostSorted)
            {
                print(held);
                held.Clear();
            }
        }
        held.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        print(held);
    }

    private static void PrintNames(Printer printer, IReadOnlyList<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            printer.Line(Name(printer, entry));
        }
    }

    private static void PrintLong(Printer printer, IReadOnlyList<Entry> entries)
    {
        // 20 GiB in bytes has 11 digits; columns that were printed before must not move when more come.
        foreach (Entry entry in entries)
        {
            string size = entry.Type == "file" ? entry.Size.ToString(CultureInfo.InvariantCulture) : "-";
            printer.Line($"{Amounts.Mode(entry.Type, entry.Mode)}  {size,12}  {Amounts.Time(entry.Modified)}  {Name(printer, entry)}");
        }
    }

    public static void PrintColumns(Printer printer, IReadOnlyList<Entry> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }
        int column = Math.Min(printer.Width, entries.Max(e => TextWidth.Of(Marked(printer, e))) + 2);
        int across = Math.Max(1, printer.Width / column);
        // Down the columns, as ls does: neighbours in the alphabet stand below one another.
        int rows = (entries.Count + across - 1) / across;
        for (int row = 0; row < rows; row++)
        {
            var cells = Enumerable.Range(0, across).Select(c => (c * rows) + row).Where(i => i < entries.Count).Select(i => entries[i]);
            printer.Line(string.Concat(cells.Select(e => Name(printer, e) + new string(' ', Math.Max(1, column - TextWidth.Of(Marked(printer, e)))))).TrimEnd());
        }
    }

    private static string Name(Printer printer, Entry entry) =>
        entry.Type == "folder" ? printer.Styled(Style.Name, Marked(printer, entry)) : Marked(printer, entry);

    // On a terminal a folder is told from a file without colour too; through a pipe names are names.
    private static string Marked(Printer printer, Entry entry) =>
        printer.Safe(entry.Path) + (printer.Options.OutputIsTerminal && entry.Type == "folder" ? "/" : "");
}
