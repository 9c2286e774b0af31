using System.Globalization;
using Switchboard.Cli.Output;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Chats;

/// <summary>Messages as lines of text: time, room where it is not the usual one, name, text; what is too long goes on beneath the text.</summary>
internal sealed class MessageLines(Printer printer, NameColors colors, string? self)
{
    private DateOnly? _day;

    /// <summary>Lines for one message, each at most <paramref name="width"/> columns.</summary>
    /// <param name="line">The message.</param>
    /// <param name="shownRoom">Its room where that has to be said; else null.</param>
    /// <param name="width">Columns.</param>
    public IEnumerable<string> Of(ChatLine line, string? shownRoom, int width)
    {
        if (DayOf(line) is { } day)
        {
            yield return Rule(day, width);
        }
        string time = line.Time.ToLocalTime().ToString("HH:mm", CultureInfo.InvariantCulture);
        string room = shownRoom is null ? "" : $"[{Printable.Escape(shownRoom)}] ";
        string name = Printable.Escape(line.From);
        if (line.Kind is "topic" or "removed")
        {
            string told = printer.In(line.Kind == "topic" ? ChatText.Topic(name, Printable.Escape(line.Text)) : ChatText.Removed(name, line.Target ?? 0));
            yield return printer.Styled(Style.Faint, TextWidth.Cut($"{time} {room}– {told}", width));
            yield break;
        }
        bool meant = Mentions(line);
        string mark = meant ? "» " : "";
        int indent = Math.Min(TextWidth.Of(time) + 1 + TextWidth.Of(room) + TextWidth.Of(mark) + TextWidth.Of(name) + 2, width / 2);
        bool first = true;
        foreach (string row in Rows(line, Math.Max(10, width - indent)))
        {
            string text = meant ? printer.Styled(Style.Heading, row) : row;
            yield return first
                ? $"{printer.Styled(Style.Faint, time)} {printer.Styled(Style.Faint, room)}{printer.Styled(Style.Warning, mark)}{colors.Apply(line.From, name)}: {text}"
                : new string(' ', indent) + text;
            first = false;
        }
    }

    /// <summary>Somebody else names this person.</summary>
    public bool Mentions(ChatLine line) => self is not null && line.From != self && line.Kind is null && IsNamed(line.Text, self);

    /// <summary>A line across the screen with some words in it.</summary>
    public string Rule(string words, int width)
    {
        string text = $"── {words} ";
        return printer.Styled(Style.Faint, TextWidth.Cut(text + new string('─', Math.Max(0, Math.Min(60, width) - TextWidth.Of(text))), width));
    }

    private IEnumerable<string> Rows(ChatLine line, int width)
    {
        string text = line.Kind switch
        {
            "gone" => printer.In(ChatText.Gone),
            "file" => printer.In(ChatText.SharedFile(line.Text, ByteSize.ToText(line.Bytes ?? 0, printer.Language), line.Number)),
            _ => line.Text,
        };
        foreach (string row in text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n'))
        {
            foreach (string piece in TextWidth.Wrap(Printable.Escape(row.Replace("\t", "    ", StringComparison.Ordinal)), width).SelectMany(piece => Broken(piece, width)))
            {
                yield return piece;
            }
        }
    }

    // A word longer than the screen, such as an address.
    private static IEnumerable<string> Broken(string piece, int width)
    {
        int used = 0, start = 0, at = 0;
        foreach (var rune in piece.EnumerateRunes())
        {
            int step = TextWidth.Of(rune);
            if (used + step > width)
            {
                yield return piece[start..at];
                (start, used) = (at, 0);
            }
            used += step;
            at += rune.Utf16SequenceLength;
        }
        yield return piece[start..];
    }

    private string? DayOf(ChatLine line)
    {
        var day = DateOnly.FromDateTime(line.Time.ToLocalTime().DateTime);
        if (day == _day)
        {
            return null;
        }
        bool said = _day is not null || day != DateOnly.FromDateTime(DateTime.Now);
        _day = day;
        return said ? day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null;
    }

    private static bool IsNamed(string text, string name)
    {
        for (int at = text.IndexOf(name, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            bool begins = at == 0 || !char.IsLetterOrDigit(text[at - 1]);
            bool ends = at + name.Length == text.Length || !char.IsLetterOrDigit(text[at + name.Length]);
            if (begins && ends)
            {
                return true;
            }
        }
        return false;
    }
}
