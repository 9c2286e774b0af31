using System.Globalization;
using System.Text;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Services.Shares;

/// <summary>Makes a name that a stranger gave one that does no harm in a home, on the systems it may be copied to, and on a terminal that lists it.</summary>
internal static class SharedNames
{
    /// <summary>Bytes of UTF-8: leaves room for the number of a second file of the name.</summary>
    private const int Limit = 200;

    private const string Nameless = "file";

    // What Windows reads as a path, a drive, a stream or a pattern.
    private const string Reserved = "\\/:*?\"<>|";

    public static string Safe(string? given)
    {
        var name = given ?? "";
        name = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var safe = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            Append(safe, rune);
        }

        // A leading dot would hide it, or make it a settings file of some program; Windows drops dots and spaces at the end.
        var text = Fit(safe.ToString().Trim().TrimEnd('.', ' '));
        return text.Length == 0 ? Nameless : text[0] == '.' ? "_" + text[1..] : text;
    }

    private static void Append(StringBuilder safe, Rune rune)
    {
        // Controls, and format characters that turn the order of what is read (U+202E): "exe.gpj" must not show as "jpg.exe".
        var category = Rune.GetUnicodeCategory(rune);
        if (rune == Rune.ReplacementChar || category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
        {
            return;
        }

        safe.Append(rune.IsAscii && Reserved.Contains((char)rune.Value, StringComparison.Ordinal) ? "_" : rune.ToString());
    }

    // The extension says what it is, so the stem is cut.
    private static string Fit(string name)
    {
        var dot = name.LastIndexOf('.');
        var tail = dot > 0 && Encoding.UTF8.GetByteCount(name.AsSpan(dot)) <= Limit / 4 ? name[dot..] : "";
        return KeepBothNames.Fit(name[..^tail.Length], Limit - Encoding.UTF8.GetByteCount(tail)) + tail;
    }
}
