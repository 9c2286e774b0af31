namespace Switchboard.Tests.Protocol;

/// <summary>docs/protocol.md as the tests read it: sections with their tables, and fenced blocks by their info string.</summary>
internal sealed class ProtocolDocument
{
    private static readonly Lazy<ProtocolDocument> Loaded = new(() => new ProtocolDocument(File.ReadAllLines(At("docs", "protocol.md"))));

    private ProtocolDocument(string[] lines)
    {
        string? fence = null;
        var (section, block) = (new Section(""), new List<string>());
        foreach (var line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                Toggle(ref fence, line[3..], ref block);
            }
            else if (fence is not null)
            {
                block.Add(line);
            }
            else if (line.StartsWith('#'))
            {
                Sections.Add(section = new Section(line.TrimStart('#', ' ')));
            }
            else if (line.StartsWith('|') && !line.StartsWith("|---", StringComparison.Ordinal))
            {
                section.Rows.Add([.. line.Trim('|', ' ').Split('|').Select(cell => cell.Trim())]);
            }
        }
    }

    public static ProtocolDocument Current => Loaded.Value;

    public List<Section> Sections { get; } = [];

    public List<(string Info, string[] Lines)> Blocks { get; } = [];

    public static string At(params string[] names)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Switchboard.slnx")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("the root of the source tree");
        }
        return Path.Combine([folder.FullName, .. names]);
    }

    public Section Section(string heading) => Sections.Single(section => section.Heading == heading);

    /// <summary>Vectors of all blocks with this info string: named values, an empty line between two of them.</summary>
    public IEnumerable<Dictionary<string, string>> Vectors(string info)
    {
        foreach (var lines in Blocks.Where(block => block.Info == info).Select(block => block.Lines))
        {
            foreach (var vector in string.Join('\n', lines).Split("\n\n"))
            {
                yield return vector.Split('\n').Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0].TrimEnd(':'), pair => pair.Length > 1 ? pair[1] : "");
            }
        }
    }

    private void Toggle(ref string? fence, string info, ref List<string> block)
    {
        if (fence is not null)
        {
            Blocks.Add((fence, [.. block]));
        }
        (fence, block) = (fence is null ? info : null, []);
    }
}

/// <summary>A heading and the rows of the tables under it, column titles included.</summary>
internal sealed record Section(string Heading)
{
    public List<string[]> Rows { get; } = [];

    /// <summary>The rows without titles, by their first column without back quotes.</summary>
    public Dictionary<string, string[]> ByName => Rows.Skip(1).ToDictionary(row => row[0].Trim('`'));
}
