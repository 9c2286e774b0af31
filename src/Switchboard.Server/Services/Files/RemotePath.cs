using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Server.Services.Files;

/// <summary>
/// A path as an account gives it, brought into one form: <c>.</c>, empty names and <c>..</c> are worked out against <c>/</c>, so that going up
/// from the home stays at home. Letters are left as they came (no normalisation): a name comes back as it was sent.
/// </summary>
public readonly record struct RemotePath
{
    /// <summary>Bytes of UTF-8 in one name: NAME_MAX of Linux's file systems.</summary>
    public const int NameLimit = 255;

    /// <summary>Bytes of UTF-8 in a whole path: PATH_MAX (4096) less the NUL.</summary>
    public const int PathLimit = 4095;

    /// <summary>Names in a path: what fits into <see cref="PathLimit"/> with names of one letter.</summary>
    public const int DepthLimit = 2048;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private RemotePath(string relative) => Relative = relative;

    /// <summary>Without a leading slash; empty is the home.</summary>
    public string Relative { get; }

    public bool IsHome => Relative.Length == 0;

    /// <summary>The last name; empty for the home.</summary>
    public string Name => Relative[(Relative.LastIndexOf('/') + 1)..];

    /// <summary>Without a leading slash; empty when the path is directly in the home, or the home.</summary>
    public string Parent => Relative.LastIndexOf('/') is > 0 and var cut ? Relative[..cut] : "";

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadName"/>, saying which rule.</exception>
    public static RemotePath Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return new RemotePath("");
        }

        // A path that is far too long is not even split.
        if (text.Length > 4 * PathLimit)
        {
            throw Bad(text[..64] + "…", $"a path has at most {PathLimit} bytes");
        }

        Check(text);
        var path = IsNormal(text) ? text : Normalise(text);
        CheckLengths(path);
        return new RemotePath(path);
    }

    /// <summary>The folder that holds a path, both starting with <c>/</c>.</summary>
    public static string FolderOf(string path) => path.LastIndexOf('/') is > 0 and var cut ? path[..cut] : "/";

    /// <summary>All folders above a path, the home last.</summary>
    public static IReadOnlyList<string> FoldersAbove(string path)
    {
        List<string> folders = [];
        for (var folder = FolderOf(path); ; folder = FolderOf(folder))
        {
            folders.Add(folder);
            if (folder == "/")
            {
                return folders;
            }
        }
    }

    /// <summary>From the home, starting with <c>/</c>.</summary>
    public override string ToString() => "/" + Relative;

    private static void Check(string text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c))
            {
                throw Bad(text, $"control character U+{(int)c:X4}");
            }
        }

        try
        {
            Strict.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            throw Bad(text, "not valid Unicode");
        }
    }

    private static void CheckLengths(string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > PathLimit)
        {
            throw Bad(path[..64] + "…", $"a path has at most {PathLimit} bytes");
        }

        foreach (var name in path.AsSpan().Split('/'))
        {
            if (Encoding.UTF8.GetByteCount(path.AsSpan()[name]) > NameLimit)
            {
                throw Bad(path[name], $"a name has at most {NameLimit} bytes");
            }
        }
    }

    private static bool IsNormal(string text)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == '/')
            {
                var name = text.AsSpan(start, i - start);
                if (name.Length == 0 || name is "." or "..")
                {
                    return false;
                }

                start = i + 1;
            }
        }

        return true;
    }

    private static string Normalise(string text)
    {
        var names = new List<string>();
        foreach (var name in text.Split('/'))
        {
            if (name is "..")
            {
                names.RemoveRange(Math.Max(0, names.Count - 1), Math.Min(1, names.Count));
            }
            else if (name is not ("" or "."))
            {
                names.Add(name);
            }
        }

        return names.Count <= DepthLimit ? string.Join('/', names) : throw Bad(text[..64] + "…", $"a path has at most {DepthLimit} names");
    }

    private static RefusedException Bad(string text, string rule) => new(RefusalCode.BadName, text, rule);
}
