using System.Text;
using System.Text.RegularExpressions;

namespace Switchboard.Client;

/// <summary>Names to leave out, in the manner of gitignore: see <see cref="SyncOptions.Exclude"/>.</summary>
internal sealed class GlobFilter
{
    // A pattern of many stars could otherwise take minutes on one name.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly List<(Regex Pattern, bool FoldersOnly)> rules = [];

    public GlobFilter(IEnumerable<string> globs)
    {
        foreach (var glob in globs)
        {
            var pattern = glob.TrimEnd('/');
            if (pattern.Length > 0)
            {
                rules.Add((new Regex(ToRegex(pattern), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Limit), glob.EndsWith('/')));
            }
        }
    }

    /// <summary>Whether this very path is named; what is below an excluded folder is not asked for.</summary>
    public bool Matches(string relative, bool isFolder) => rules.Any(r => (isFolder || !r.FoldersOnly) && r.Pattern.IsMatch(relative));

    /// <summary>Whether this path or a folder above it is named.</summary>
    public bool Covers(string relative, bool isFolder)
    {
        if (rules.Count == 0)
        {
            return false;
        }

        for (var slash = relative.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = relative.IndexOf('/', slash + 1))
        {
            if (Matches(relative[..slash], isFolder: true))
            {
                return true;
            }
        }

        return Matches(relative, isFolder);
    }

    private static string ToRegex(string glob)
    {
        var anchored = glob.Contains('/', StringComparison.Ordinal);
        var regex = new StringBuilder(anchored ? "^" : "^(?:.*/)?");
        var text = glob.TrimStart('/');
        for (var i = 0; i < text.Length; i++)
        {
            i += Append(regex, text, i);
        }

        return regex.Append('$').ToString();
    }

    /// <summary>Appends what stands at <paramref name="at"/>; returns how many more characters it took.</summary>
    private static int Append(StringBuilder regex, string text, int at)
    {
        if (string.CompareOrdinal(text, at, "**/", 0, 3) == 0)
        {
            regex.Append("(?:.*/)?");
            return 2;
        }

        if (string.CompareOrdinal(text, at, "**", 0, 2) == 0)
        {
            regex.Append(".*");
            return 1;
        }

        regex.Append(text[at] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
        return 0;
    }
}
