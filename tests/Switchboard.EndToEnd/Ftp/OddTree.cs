using System.Globalization;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>A tree whose names have tripped FTP clients and servers, and what became of it.</summary>
internal static class OddTree
{
    public static readonly string Longest = "名/" + new string('长', 80);

    /// <summary>Names every client here can carry.</summary>
    private static readonly string[] Names =
    [
        "with spaces  two", "名字 文件.txt", "quote \" double", "it's", "--help", "-la", "trailing dots...", "hash#tag", "percent%zz",
        "a;b&c|d", "star *?[x]", "back\\slash", "$HOME", "`id`", "~tilde", "Type=dir;x; y", "...dots", "empty.bin", "目录/-rf/深.bin", "größe/naïve.bin",
        new string('n', 200), Longest,
    ];

    /// <summary>Blanks at an end: what LIST shows cannot be told from the columns before it, and some clients cut or rewrite them.</summary>
    private static readonly string[] Blanks = [" leading", "目录/trailing "];

    /// <summary>Makes the tree and returns its digests.</summary>
    /// <param name="except">Names a client is known to change by itself.</param>
    public static Dictionary<string, string> Make(string folder, bool blanks = true, params string[] except)
    {
        int seed = 0;
        foreach (string name in Names.Concat(blanks ? Blanks : []).Except(except))
        {
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, FtpSite.RandomBytes(name == "empty.bin" ? 0 : 700_000 / (1 + seed), ++seed));
        }

        Directory.CreateDirectory(Path.Combine(folder, "empty folder"));
        return Read(folder);
    }

    /// <summary>Every file below a folder with its digest, and every folder, by relative path.</summary>
    public static Dictionary<string, string> Read(string folder) => Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(path => Path.GetRelativePath(folder, path), path => Directory.Exists(path) ? "folder" : FtpSite.DigestOf(path));

    /// <summary>Fails with the names that differ.</summary>
    public static void AssertSame(Dictionary<string, string> wanted, string folder)
    {
        Dictionary<string, string> found = Read(folder);
        string[] differing = [.. wanted.Keys.Union(found.Keys).Where(name => wanted.GetValueOrDefault(name) != found.GetValueOrDefault(name))];
        Assert.True(differing.Length == 0, string.Create(CultureInfo.InvariantCulture, $"{differing.Length} differ: {string.Join(", ", differing.Select(name => $"“{name}”"))}"));
    }
}
