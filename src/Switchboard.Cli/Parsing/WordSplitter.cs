using System.Text;

namespace Switchboard.Cli.Parsing;

/// <summary>Splits a line into words as a POSIX shell does, quotes and backslashes only: no variables, no globs.</summary>
internal static class WordSplitter
{
    /// <exception cref="UsageException">A quote is not closed.</exception>
    public static string[] Split(string line)
    {
        var (words, open) = Read(line);
        return open == '\0' ? words : throw new UsageException(($"The quote {open} is not closed.", $"引号 {open} 没有闭合。"));
    }

    /// <summary>For completion: the words begun so far (the last may be empty) and where the last one starts.</summary>
    public static (string[] Words, int LastStart) SplitOpen(string line)
    {
        int start = LastStart(line);
        return ([.. Read(line[..start]).Words, string.Concat(Read(line[start..]).Words)], start);
    }

    /// <summary>As <see cref="Split"/> would need it to be one word.</summary>
    public static string Escape(string word)
    {
        var safe = new StringBuilder();
        foreach (char c in word)
        {
            if (char.IsWhiteSpace(c) || c is '\'' or '"' or '\\')
            {
                safe.Append('\\');
            }
            safe.Append(c);
        }
        return safe.ToString();
    }

    private static (string[] Words, char Open) Read(string line)
    {
        List<string> words = [];
        StringBuilder? word = null;
        char quote = '\0';
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                Finish(words, ref word);
            }
            else if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '\'' or '"' && quote == '\0')
            {
                (quote, word) = (c, word ?? new());
            }
            else if (c == '\\' && quote != '\'' && i + 1 < line.Length)
            {
                (word ??= new()).Append(line[++i]);
            }
            else
            {
                (word ??= new()).Append(c);
            }
        }
        Finish(words, ref word);
        return ([.. words], quote);
    }

    private static int LastStart(string line)
    {
        char quote = '\0';
        int start = 0;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '\\' && quote != '\'')
            {
                i++;
            }
            else if (quote != '\0' || c is '\'' or '"')
            {
                quote = quote == '\0' ? c : c == quote ? '\0' : quote;
            }
            else if (char.IsWhiteSpace(c))
            {
                start = i + 1;
            }
        }
        return start;
    }

    private static void Finish(List<string> words, ref StringBuilder? word)
    {
        if (word is not null)
        {
            words.Add(word.ToString());
            word = null;
        }
    }
}
