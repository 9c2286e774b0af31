using System.Globalization;
using System.Text;

namespace Switchboard.Protocol;

/// <summary>The sentences a person sees for a refusal, the same at every door.</summary>
public static class RefusalText
{
    /// <summary>What happened and where. Names are quoted and escaped (<see cref="Printable"/>), sizes humanised, the detail stands behind it in brackets.</summary>
    public static string Sentence(Refusal refusal, Language language)
    {
        var sentence = Fill(RefusalSentences.Of(refusal.Code, language).Sentence, refusal, language);
        return refusal.Detail is null ? sentence : WithDetail(sentence, Printable.Escape(refusal.Detail), language);
    }

    /// <summary>What to do next.</summary>
    public static string? Hint(Refusal refusal, Language language) =>
        Fill(RefusalSentences.Of(refusal.Code, language).Hint, refusal, language);

    private static string WithDetail(string sentence, string detail, Language language) =>
        language == Language.Chinese ? $"{sentence[..^1]}（{detail}）。" : $"{sentence[..^1]} ({detail}).";

    // Templates: {name|what to say without it}, and [a part that is left out when a value in it is missing].
    private static string Fill(string template, Refusal refusal, Language language)
    {
        var text = new StringBuilder(template.Length + 32);
        for (var rest = template.AsSpan(); !rest.IsEmpty;)
        {
            var at = rest.IndexOfAny('[', '{');
            text.Append(at < 0 ? rest : rest[..at]);
            rest = at < 0 ? [] : rest[at..];
            if (!rest.IsEmpty)
            {
                var end = rest.IndexOf(rest[0] == '[' ? ']' : '}');
                text.Append(rest[0] == '[' ? Optional(rest[1..end], refusal, language) : Value(rest[1..end], refusal, language));
                rest = rest[(end + 1)..];
            }
        }
        return text.ToString();
    }

    private static string Optional(ReadOnlySpan<char> part, Refusal refusal, Language language)
    {
        var text = new StringBuilder();
        for (var start = part.IndexOf('{'); start >= 0; start = part.IndexOf('{'))
        {
            var end = part.IndexOf('}');
            if (Value(part[(start + 1)..end], refusal, language) is not { } value)
            {
                return "";
            }
            text.Append(part[..start]).Append(value);
            part = part[(end + 1)..];
        }
        return text.Append(part).ToString();
    }

    private static string? Value(ReadOnlySpan<char> placeholder, Refusal refusal, Language language)
    {
        var bar = placeholder.IndexOf('|');
        var name = bar < 0 ? placeholder : placeholder[..bar];
        return Known(name, refusal, language) ?? (bar < 0 ? null : placeholder[(bar + 1)..].ToString());
    }

    private static string? Known(ReadOnlySpan<char> name, Refusal refusal, Language language) => name switch
    {
        "subject" when refusal.Subject is { } subject => $"“{Printable.Escape(subject)}”",
        "free" when refusal.Free is { } free => ByteSize.ToText(free, language),
        "missing" when refusal.Missing is { } missing => ByteSize.ToText(missing, language),
        "wait" when refusal.RetryAfter is { } seconds => Duration(seconds, language),
        _ => null,
    };

    private static string Duration(double seconds, Language language)
    {
        var whole = Math.Max(1, Math.Ceiling(seconds)).ToString(CultureInfo.InvariantCulture);
        return language == Language.Chinese ? $"{whole} 秒" : $"{whole} s";
    }
}
