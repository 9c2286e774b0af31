using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Switchboard.Tests;

/// <summary>Holds the walls of docs/architecture.md: who may know whom, how files are named, and that the pages keep up.</summary>
public sealed partial class HouseTests
{
    private const int LongestFile = 600;

    internal static readonly string Root = FindRoot();

    private static readonly Dictionary<string, string[]> References = new()
    {
        ["Switchboard.Addresses"] = [],
        ["Switchboard.Framing"] = [],
        ["Switchboard.Protocol"] = ["Switchboard.Framing"],
        ["Switchboard.Client"] = ["Switchboard.Protocol"],
        ["Switchboard.Lab"] = ["Switchboard.Protocol"],
        ["Switchboard.Server"] = ["Switchboard.Lab", "Switchboard.Protocol"],
        ["Switchboard.Cli"] = ["Switchboard.Addresses", "Switchboard.Client", "Switchboard.Lab", "Switchboard.Server"],
    };

    /// <summary>A folder of src, what its files must not name, and why.</summary>
    public static TheoryData<string, string, string> Walls => new()
    {
        { "Switchboard.Addresses", @"Switchboard\.(Framing|Protocol|Client|Lab|Server|Cli)\b|System\.(Timers|Threading)|\b(File|Socket|Dns|Thread|Task|Process|DateTime|DateTimeOffset|NetworkInterface)\b\.", "arithmetic and texts alone: no I/O, no clock, no threads" },
        { "Switchboard.Framing", @"Switchboard\.(Protocol|Client|Lab|Server|Cli)\b", "a stranger uses this library alone" },
        { "Switchboard.Protocol", @"Switchboard\.(Client|Lab|Server|Cli)\b", "arrows point down" },
        { "Switchboard.Protocol", @"System\.(Net\.Sockets|Net\.Security|Timers|Threading)|\b(File|Socket|Thread|Task\.Run|DateTime\.UtcNow|DateTimeOffset\.UtcNow)\b\.?", "no I/O, no clock, no threads" },
        { "Switchboard.Client", @"Switchboard\.(Lab|Server|Cli)\b", "arrows point down" },
        { "Switchboard.Lab", @"Switchboard\.(Client|Server|Cli)\b", "an experiment needs no server and no account" },
        { "Switchboard.Server", @"Switchboard\.(Client|Cli)\b", "arrows point down" },
        { "Switchboard.Server/Doors", @"Switchboard\.Server\.Storage|Microsoft\.Data\.Sqlite|\b(File|Directory|FileStream|FileInfo)\b[.(]", "a door turns bytes into calls of services" },
        { "Switchboard.Server/Services", @"Switchboard\.Server\.(Doors|Connections)|System\.Net\.(Sockets|Security)|System\.IO\.Pipelines|System\.Text\.Json|Microsoft\.AspNetCore|\bHttpContext\b", "services never see a socket, JSON, a pipe or an HttpContext" },
        { "Switchboard.Server/Storage", @"Switchboard\.Server\.(Doors|Connections|Services)|System\.Net\.|Microsoft\.AspNetCore", "Doors > Services > Storage" },
        { "Switchboard.Server/Connections", @"Switchboard\.Server\.Storage|Microsoft\.Data\.Sqlite", "connections carry bytes" },
    };

    [Theory]
    [MemberData(nameof(Walls))]
    public void A_folder_does_not_name_what_is_above_it(string folder, string forbidden, string why)
    {
        Regex named = new(forbidden, RegexOptions.CultureInvariant);
        string[] broken = [.. SourcesBelow(folder).SelectMany(file => CodeLines(file).Where(line => named.IsMatch(line.Text)).Select(line => $"{line.Where}: {line.Text.Trim()}"))];
        Assert.True(broken.Length == 0, $"{why}:\n{string.Join('\n', broken)}");
    }

    [Theory]
    [InlineData("/Commands/Server", "Switchboard.Server")]
    [InlineData("/Commands/Labs", "Switchboard.Lab")]
    public void Only_its_own_commands_reach_it(string commands, string project)
    {
        string[] outside = [.. SourcesBelow("Switchboard.Cli")
            .Where(file => !Relative(file).Contains(commands, StringComparison.Ordinal))
            .Where(file => CodeLines(file).Any(line => line.Text.Contains(project, StringComparison.Ordinal))).Select(Relative)];
        Assert.Empty(outside);
    }

    [Fact]
    public void A_door_does_not_know_another_door()
    {
        string doors = Path.Combine(Root, "src/Switchboard.Server/Doors");
        string[] names = Directory.Exists(doors) ? [.. Directory.GetDirectories(doors).Select(path => Path.GetFileName(path))] : [];
        foreach (string door in names)
        {
            string others = string.Join('|', names.Where(name => name != door));
            Regex named = new($@"Switchboard\.Server\.Doors\.({others})\b");
            Assert.DoesNotContain(SourcesBelow("Switchboard.Server/Doors/" + door), file => others.Length > 0 && CodeLines(file).Any(line => named.IsMatch(line.Text)));
        }
    }

    [Fact]
    public void Project_references_are_those_of_the_map()
    {
        foreach ((string project, string[] expected) in References)
        {
            XDocument file = XDocument.Load(Path.Combine(Root, "src", project, project + ".csproj"));
            string[] actual = [.. file.Descendants("ProjectReference").Select(e => Path.GetFileNameWithoutExtension(e.Attribute("Include")!.Value)).Order()];
            Assert.Equal(expected.Order(), actual);
        }

        Assert.Equal(References.Keys.Order(), Directory.GetDirectories(Path.Combine(Root, "src")).Select(path => Path.GetFileName(path)).Order());
    }

    [Fact]
    public void No_file_is_too_long_to_read()
        => Assert.DoesNotContain(SourcesBelow(""), file => File.ReadLines(file).Count() > LongestFile);

    [Fact]
    public void Nothing_is_called_manager_helper_or_utils()
    {
        IEnumerable<string> sources = SourcesBelow("").Concat(Sources(Path.Combine(Root, "tests")));
        Assert.DoesNotContain(sources, file => Evasive().IsMatch(Path.GetFileNameWithoutExtension(file)) || CodeLines(file).Any(line => EvasiveType().IsMatch(line.Text)));
    }

    [Fact]
    public void Namespaces_follow_folders()
    {
        string[] strays = [.. SourcesBelow("").Where(file => !Relative(file).StartsWith("src/Switchboard.Protocol/", StringComparison.Ordinal))
            .Where(file => CodeLines(file).Select(line => FileNamespace().Match(line.Text)).FirstOrDefault(match => match.Success) is { } match
                && match.Groups[1].Value != Path.GetDirectoryName(Relative(file))!["src/".Length..].Replace('/', '.'))
            .Select(Relative)];

        // The client's folders only sort its files: a C# program that uses it writes one using line.
        Assert.DoesNotContain(strays, file => !file.StartsWith("src/Switchboard.Client/", StringComparison.Ordinal));
    }

    [Fact]
    public void Links_between_pages_lead_somewhere()
    {
        string[] broken = [.. Pages().SelectMany(page => Link().Matches(CodeBlock().Replace(File.ReadAllText(page), "")).Select(match => match.Groups[1].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith('#') && !link.StartsWith("mailto:", StringComparison.Ordinal))
            .Where(link => !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, link.Split('#')[0])))
            .Select(link => $"{Relative(page)}: {link}"))];
        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }

    [Fact]
    public void Every_package_has_its_reason_written_down()
    {
        string reasons = File.ReadAllText(Path.Combine(Root, "docs/decisions/0002-dependencies.md"));
        XDocument packages = XDocument.Load(Path.Combine(Root, "Directory.Packages.props"));
        Assert.DoesNotContain(
            packages.Descendants("PackageVersion").Select(e => e.Attribute("Include")!.Value),
            package => !reasons.Contains($"`{package}`", StringComparison.Ordinal));
    }

    [Fact]
    public void Both_readmes_have_the_same_headings()
    {
        static string[] Levels(string page) => [.. File.ReadLines(Path.Combine(Root, page)).Select(line => Heading().Match(line).Value).Where(level => level.Length > 0)];
        Assert.Equal(Levels("README.md"), Levels("README.zh-CN.md"));
    }

    [Fact]
    public void Types_and_methods_that_the_map_names_exist()
    {
        string code = string.Join('\n', SourcesBelow("").Concat(Sources(Path.Combine(Root, "tests"))).Select(File.ReadAllText));
        string[] unknown = [.. Quoted().Matches(File.ReadAllText(Path.Combine(Root, "docs/architecture.md"))).Select(match => match.Groups[1].Value)
            .Where(name => !name.Split('.').All(part => Regex.IsMatch(code, $@"\b(class|record|struct|interface|enum)( struct| class)? {part}\b|[\w>\])?] {part}\b")))];
        Assert.True(unknown.Length == 0, string.Join('\n', unknown));
    }

    private static IEnumerable<string> SourcesBelow(string folder) => Sources(Path.Combine(Root, "src", folder));

    private static IEnumerable<string> Sources(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
        : [];

    private static IEnumerable<string> Pages() => Directory.EnumerateFiles(Root, "*.md")
        .Concat(new[] { "docs", "src", "bench", "tests" }.Select(folder => Path.Combine(Root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.md", SearchOption.AllDirectories)));

    /// <summary>Lines that the compiler reads, without comments; the namespace a file declares is not a use of it.</summary>
    private static IEnumerable<(string Where, string Text)> CodeLines(string file) => File.ReadLines(file)
        .Select((text, index) => (Where: $"{Relative(file)}:{index + 1}", Text: Comment().Replace(text, "")));

    private static string Relative(string file) => Path.GetRelativePath(Root, file);

    private static string FindRoot()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "Switchboard.slnx")))
        {
            at = Path.GetDirectoryName(at);
        }

        return at ?? throw new InvalidOperationException($"No Switchboard.slnx above {AppContext.BaseDirectory}.");
    }

    [GeneratedRegex(@"(^|\s)//.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("^namespace ([A-Za-z.]+);")]
    private static partial Regex FileNamespace();

    [GeneratedRegex("(Manager|Helpers?|Utils?|Utilities)$")]
    private static partial Regex Evasive();

    [GeneratedRegex(@"\b(class|record|struct|interface|enum)\s+(struct\s+|class\s+)?\w*(Manager|Helpers?|Utils?|Utilities)\b")]
    private static partial Regex EvasiveType();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([A-Z][A-Za-z]+(?:\\.[A-Z][A-Za-z]+)?)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("^#+ ")]
    private static partial Regex Heading();
}
