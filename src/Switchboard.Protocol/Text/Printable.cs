using System.Globalization;
using System.Text;

namespace Switchboard.Protocol;

/// <summary>Text that others wrote, made safe to show on a terminal, in a log or on a page.</summary>
public static class Printable
{
    /// <summary>
    /// Shows as <c>\u{..}</c> (hex code point) what could move the cursor, forge a line or turn the order of what is read:
    /// C0 and C1 controls, line and paragraph separators, bidirectional overrides and isolates, and lone surrogates.
    /// Everything else stays.
    /// </summary>
    public static string Escape(string text)
    {
        var first = IndexOfUnsafe(text);
        return first < 0 ? text : EscapeFrom(text, first);
    }

    private static string EscapeFrom(string text, int first)
    {
        var shown = new StringBuilder(text.Length + 16).Append(text, 0, first);
        for (var i = first; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i))
            {
                shown.Append(text, i++, 2);
            }
            else if (IsUnsafe(text[i]))
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{{{(int)text[i]:x}}}");
            }
            else
            {
                shown.Append(text[i]);
            }
        }
        return shown.ToString();
    }

    private static int IndexOfUnsafe(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i))
            {
                i++;
            }
            else if (IsUnsafe(text[i]))
            {
                return i;
            }
        }
        return -1;
    }

    // U+2028, U+2029 break lines; U+202A to U+202E and U+2066 to U+2069 reorder text (the "Trojan Source" attack);
    // U+200E, U+200F and U+061C are invisible marks of direction.
    private static bool IsUnsafe(char c) =>
        char.IsControl(c) || char.IsSurrogate(c)
        || c is (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F' or '\u061C';
}
