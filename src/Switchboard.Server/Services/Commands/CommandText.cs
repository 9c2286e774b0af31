using System.Text;

namespace Switchboard.Server.Services.Commands;

/// <summary>A command as people read it in lists and in the audit log.</summary>
internal static class CommandText
{
    private const int Most = 1_000;

    public static string Of(JobPlan plan)
    {
        var text = plan.Shell ? plan.Arguments[0].ToString() : string.Join(' ', plan.Arguments.Select(word => Quoted(word.ToString())));
        return text.Length <= Most ? text : text[..(char.IsHighSurrogate(text[Most - 2]) ? Most - 2 : Most - 1)] + "…";
    }

    private static string Quoted(string word) =>
        word.Length > 0 && word.All(letter => char.IsLetterOrDigit(letter) || "-_./:=+,@%".Contains(letter, StringComparison.Ordinal))
            ? word
            : new StringBuilder("'").Append(word.Replace("'", @"'\''", StringComparison.Ordinal)).Append('\'').ToString();
}
