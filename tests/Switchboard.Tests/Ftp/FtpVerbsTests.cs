using Switchboard.Server.Doors.Ftp.Verbs;

namespace Switchboard.Tests.Ftp;

/// <summary>The table of verbs is the door; docs/ftp.md has to say the same.</summary>
public sealed class FtpVerbsTests
{
    [Fact]
    public void The_page_lists_the_verbs_as_they_are()
    {
        string[] page = [.. File.ReadLines(Path.Combine(HouseTests.Root, "docs/ftp.md"))
            .SkipWhile(line => line != "## The verbs").TakeWhile(line => line == "## The verbs" || !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
        Assert.Equal(FtpVerbs.All.Select(Row), page);
    }

    [Fact]
    public void No_verb_is_there_twice_and_all_fit_what_is_read_of_a_line()
    {
        Assert.Equal(FtpVerbs.All.Length, FtpVerbs.All.Select(verb => verb.Name).Distinct().Count());
        Assert.All(FtpVerbs.All, verb => Assert.InRange(verb.Name.Length, 3, 16));
    }

    [Fact]
    public void Every_verb_is_told_about_in_Chinese_too() =>
        Assert.Equal(FtpVerbs.All.Select(verb => verb.Name).Order(), ChineseHelp.Does.Keys.Order());

    [Fact]
    public void Old_names_are_known() => Assert.All(["XPWD", "XCWD", "XCUP", "XMKD", "XRMD"], name => Assert.NotNull(FtpVerbs.Find(name)));

    [Fact]
    public void What_touches_files_needs_the_permission() =>
        Assert.All(FtpVerbs.All.Where(verb => verb.Syntax.Contains("path", StringComparison.Ordinal)), verb => Assert.True(verb.Needs is Needs.Files || verb.Name is "STAT" or "SMNT", verb.Name));

    private static string Row(FtpVerb verb) =>
        $"| `{verb.Name}` | {(verb.Syntax.Length == 0 ? "" : $"`{verb.Syntax.Replace("|", "\\|", StringComparison.Ordinal)}`")} | {verb.Needs switch { Needs.Nothing => "", Needs.Login => "login", _ => "files" }} | {verb.Rfc} | {(verb.Feature is null ? "" : "yes")} | {verb.Does} |";
}
