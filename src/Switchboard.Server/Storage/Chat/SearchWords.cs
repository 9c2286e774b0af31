using System.Globalization;
using System.Text;

namespace Switchboard.Server.Storage.Chat;

/// <summary>
/// Text as the word index takes it. Its tokenizer ends a word at a blank, which Chinese, Japanese and Thai do not write: so each of their
/// characters becomes a word, and what is looked for a phrase of them.
/// </summary>
internal static class SearchWords
{
    /// <summary>Words of one question; more only cost time.</summary>
    private const int MostWords = 16;

    public static string Of(string text)
    {
        var words = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (StandsAlone(rune))
            {
                words.Append(' ').Append(rune.ToString()).Append(' ');
            }
            else
            {
                words.Append(rune.ToString());
            }
        }

        return words.ToString();
    }

    /// <summary>A question in FTS5's language that finds messages with all of these words, the last one perhaps longer; null where there is no word.</summary>
    public static string? Query(string words)
    {
        var phrases = words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(word => word.EnumerateRunes().Any(rune => Rune.IsLetterOrDigit(rune)))
            .Take(MostWords).Select(word => "\"" + Of(word).Replace("\"", "\"\"", StringComparison.Ordinal) + "\"").ToList();
        return phrases.Count == 0 ? null : string.Join(" AND ", phrases) + " *";
    }

    private static bool StandsAlone(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherLetter
        && rune.Value is (>= 0x0E00 and <= 0x0EFF) or (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);
}
