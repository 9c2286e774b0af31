using System.Globalization;
using System.Text;

namespace Switchboard.Cli.Terminal;

/// <summary>How many columns text takes on a terminal: East Asian wide and fullwidth characters and emoji two, combining marks none (Unicode UAX #11).</summary>
internal static class TextWidth
{
    // Ranges of East_Asian_Width W and F, and of emoji shown as pictures; ends included, in order.
    private static readonly int[] s_wide =
    [
        0x1100, 0x115F, 0x231A, 0x231B, 0x2329, 0x232A, 0x23E9, 0x23EC, 0x23F0, 0x23F0, 0x23F3, 0x23F3,
        0x25FD, 0x25FE, 0x2614, 0x2615, 0x2648, 0x2653, 0x267F, 0x267F, 0x2693, 0x2693, 0x26A1, 0x26A1,
        0x26AA, 0x26AB, 0x26BD, 0x26BE, 0x26C4, 0x26C5, 0x26CE, 0x26CE, 0x26D4, 0x26D4, 0x26EA, 0x26EA,
        0x26F2, 0x26F3, 0x26F5, 0x26F5, 0x26FA, 0x26FA, 0x26FD, 0x26FD, 0x2705, 0x2705, 0x270A, 0x270B,
        0x2728, 0x2728, 0x274C, 0x274C, 0x274E, 0x274E, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797,
        0x27B0, 0x27B0, 0x27BF, 0x27BF, 0x2B1B, 0x2B1C, 0x2B50, 0x2B50, 0x2B55, 0x2B55,
        0x2E80, 0x303E, 0x3041, 0x33FF, 0x3400, 0x4DBF, 0x4E00, 0xA4CF, 0xA960, 0xA97C, 0xAC00, 0xD7A3,
        0xF900, 0xFAFF, 0xFE10, 0xFE19, 0xFE30, 0xFE6F, 0xFF00, 0xFF60, 0xFFE0, 0xFFE6,
        0x16FE0, 0x18CFF, 0x1AFF0, 0x1B2FF, 0x1F004, 0x1F004, 0x1F0CF, 0x1F0CF, 0x1F18E, 0x1F18E,
        0x1F191, 0x1F19A, 0x1F200, 0x1F320, 0x1F32D, 0x1F335, 0x1F337, 0x1F37C, 0x1F37E, 0x1F393,
        0x1F3A0, 0x1F3CA, 0x1F3CF, 0x1F3D3, 0x1F3E0, 0x1F3F0, 0x1F3F4, 0x1F3F4, 0x1F3F8, 0x1F43E,
        0x1F440, 0x1F440, 0x1F442, 0x1F4FC, 0x1F4FF, 0x1F53D, 0x1F54B, 0x1F54E, 0x1F550, 0x1F567,
        0x1F57A, 0x1F57A, 0x1F595, 0x1F596, 0x1F5A4, 0x1F5A4, 0x1F5FB, 0x1F64F, 0x1F680, 0x1F6C5,
        0x1F6CC, 0x1F6CC, 0x1F6D0, 0x1F6D2, 0x1F6D5, 0x1F6D7, 0x1F6DC, 0x1F6DF, 0x1F6EB, 0x1F6EC,
        0x1F6F4, 0x1F6FC, 0x1F7E0, 0x1F7EB, 0x1F7F0, 0x1F7F0, 0x1F90C, 0x1F93A, 0x1F93C, 0x1F945,
        0x1F947, 0x1F9FF, 0x1FA70, 0x1FAFF, 0x20000, 0x3FFFD,
    ];

    public static int Of(ReadOnlySpan<char> text)
    {
        int width = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            width += Of(rune);
        }
        return width;
    }

    public static int Of(Rune rune)
    {
        if (rune.Value is >= 0x20 and < 0x7F)
        {
            return 1;
        }
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.Control => 0,
            _ when rune.Value is >= 0x1160 and <= 0x11FF => 0, // vowels and finals that join the wide initial before them
            _ => IsWide(rune.Value) ? 2 : 1,
        };
    }

    /// <summary>Cuts or fills to exactly <paramref name="width"/> columns; what is cut ends in <c>…</c>.</summary>
    public static string Fit(string text, int width)
    {
        string cut = Cut(text, width);
        return cut + new string(' ', Math.Max(0, width - Of(cut)));
    }

    /// <summary>At most <paramref name="width"/> columns; what is cut ends in <c>…</c>.</summary>
    public static string Cut(string text, int width)
    {
        if (Of(text) <= width)
        {
            return text;
        }
        if (width <= 0)
        {
            return "";
        }
        var kept = new StringBuilder();
        int left = width - 1;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if ((left -= Of(rune)) < 0)
            {
                break;
            }
            kept.Append(rune.ToString());
        }
        return kept.Append('…').ToString();
    }

    /// <summary>Fills with blanks on the right up to <paramref name="width"/> columns; never cuts.</summary>
    public static string Pad(string text, int width) => text + new string(' ', Math.Max(0, width - Of(text)));

    /// <summary>Breaks at blanks, and anywhere beside a wide character; a line never starts with closing punctuation.</summary>
    public static List<string> Wrap(string text, int width)
    {
        List<string> lines = [];
        var line = new StringBuilder();
        foreach (string piece in Pieces(text))
        {
            if (line.Length > 0 && Of(line.ToString()) + Of(piece.TrimEnd()) > width)
            {
                lines.Add(line.ToString().TrimEnd());
                line.Clear();
            }
            line.Append(line.Length == 0 ? piece.TrimStart() : piece);
        }
        lines.Add(line.ToString().TrimEnd());
        return lines;
    }

    private static IEnumerable<string> Pieces(string text)
    {
        int start = 0;
        for (int i = 1; i < text.Length; i++)
        {
            bool breakable = text[i - 1] == ' ' || (text[i] != ' ' && (IsWide(text[i - 1]) || IsWide(text[i])));
            if (breakable && !IsClosing(text[i]) && !IsOpening(text[i - 1]))
            {
                yield return text[start..i];
                start = i;
            }
        }
        yield return text[start..];
    }

    private static bool IsClosing(char c) => "，。、；：？！）》」』】…,.;:?!)".Contains(c, StringComparison.Ordinal);

    private static bool IsOpening(char c) => "（《「『【(".Contains(c, StringComparison.Ordinal);

    private static bool IsWide(int value)
    {
        int found = Array.BinarySearch(s_wide, value);
        // Not found: ~found is where it would stand; inside a range exactly when that is an end (odd).
        return found >= 0 || (~found & 1) == 1;
    }
}
