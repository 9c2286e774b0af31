using System.Text.RegularExpressions;
using Switchboard.Cli.Parsing;

namespace Switchboard.Tests.Cli;

/// <summary>The pages of <c>net</c> in both languages: their examples are what the program says.</summary>
public sealed partial class NetPageTests
{
    // What these say depends on the machine and the moment.
    private static readonly string[] s_elsewhere = ["info", "ping", "host", "addr", "service", "kind 9527"];

    public static TheoryData<string, string, string> Examples => [.. Read("net.md", "en").Concat(Read("net.zh-CN.md", "zh"))];

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_is_what_the_program_says(string line, string language, string expected)
    {
        var result = await CommandLine.RunAsync(["net", .. line.Split(' '), "--lang", language]);
        Assert.Equal(expected, (result.Out + result.Error).TrimEnd('\n'));
    }

    [Theory]
    [InlineData("net.md")]
    [InlineData("net.zh-CN.md")]
    public void Every_command_has_its_example(string page)
    {
        string text = File.ReadAllText(PathOf(page));
        Command net = CommandLine.AllCommands().Single(command => command.Name == "net");
        Assert.All(net.Subcommands, command => Assert.Matches($"(?m)^## .*{command.Name}\\b", text));
        Assert.All(net.Subcommands.SelectMany(command => command.Flags), flag => Assert.Contains($"`{flag.Dashed}", text));
    }

    private static IEnumerable<TheoryDataRow<string, string, string>> Read(string page, string language) =>
        Block().Matches(File.ReadAllText(PathOf(page))).SelectMany(block => Shown().Matches(block.Groups[1].Value))
            .Where(shown => !Array.Exists(s_elsewhere, start => shown.Groups[1].Value.StartsWith(start, StringComparison.Ordinal)))
            .Select(shown => new TheoryDataRow<string, string, string>(shown.Groups[1].Value, language, shown.Groups[2].Value.TrimEnd('\n')));

    private static string PathOf(string page) => Path.Combine(HouseTests.Root, "docs", page);

    [GeneratedRegex("^```\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^\$ switchboard net (.*)\n((?:(?!\$ ).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Shown();
}
