namespace Switchboard.Cli.Parsing;

/// <summary>Which known word someone probably meant.</summary>
internal static class Nearest
{
    /// <summary>The candidate fewest edits away, or null when none is near enough to be a slip of the fingers.</summary>
    public static string? Of(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        // A third of the letters wrong is no longer a slip; two are allowed in short words so that "pt" finds "put" and "cmopletion" its target.
        int bound = Math.Max(2, word.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            int distance = Distance(word, candidate);
            if (distance < bound && distance < Math.Max(word.Length, candidate.Length))
            {
                (best, bound) = (candidate, distance);
            }
        }
        return best;
    }

    /// <summary>Optimal string alignment: insertions, deletions, substitutions, and swaps of neighbours count one each.</summary>
    public static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                cost[i, j] = i == 0 ? j : j == 0 ? i : Cell(cost, a, b, i, j);
            }
        }
        return cost[a.Length, b.Length];
    }

    private static int Cell(int[,] cost, string a, string b, int i, int j)
    {
        int change = a[i - 1] == b[j - 1] ? 0 : 1;
        int least = Math.Min(cost[i - 1, j - 1] + change, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
        bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
        return swapped ? Math.Min(least, cost[i - 2, j - 2] + 1) : least;
    }
}
