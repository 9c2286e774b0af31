using Switchboard.Protocol;

namespace Switchboard.Cli.Terminal;

/// <summary>What could stand where the cursor is.</summary>
/// <param name="Replaced">The part of the line that is being completed, as typed.</param>
/// <param name="Names">Whole replacements for it; those that end in a blank or <c>/</c> say so themselves.</param>
internal sealed record Completion(string Replaced, IReadOnlyList<string> Names)
{
    // More do not help; the rest is counted.
    private const int MostShown = 200;

    public static Completion None(string replaced) => new(replaced, []);

    /// <summary>What all names begin with.</summary>
    public string Insertion
    {
        get
        {
            string common = Names.Count == 0 ? Replaced : Names[0];
            foreach (string name in Names)
            {
                int length = common.AsSpan().CommonPrefixLength(name);
                // Never half of a surrogate pair.
                common = common[..(length > 0 && char.IsHighSurrogate(common[length - 1]) ? length - 1 : length)];
            }
            return common;
        }
    }

    /// <summary>The names in columns that fit.</summary>
    public IEnumerable<string> Columns(int width)
    {
        string[] names = [.. Names.Take(MostShown).Select(n => Printable.Escape(n.TrimEnd(' ')))];
        int column = Math.Min(width, names.Max(n => TextWidth.Of(n)) + 2);
        int across = Math.Max(1, width / column);
        foreach (string[] row in names.Chunk(across))
        {
            yield return string.Concat(row.Select(n => TextWidth.Pad(TextWidth.Cut(n, width - 1), column))).TrimEnd();
        }
        if (Names.Count > MostShown)
        {
            yield return $"… +{Names.Count - MostShown}";
        }
    }
}
