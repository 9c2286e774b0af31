using Switchboard.EndToEnd.Campaigns;
using Switchboard.EndToEnd.Commands;

namespace Switchboard.EndToEnd.Browser;

/// <summary>
/// The page in a real Chromium, driven by the scripts beside this file: each starts a server of its own, does what people do, and compares what is
/// on the disk with what they meant.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class BrowserTests
{
    private static readonly string[] s_browsers = ["chromium", "chromium-browser", "google-chrome"];

    [Theory]
    [InlineData("first-run")]
    [InlineData("files")]
    [InlineData("upload")]
    [InlineData("chat")]
    [InlineData("terminal")]
    [InlineData("sharing")]
    [InlineData("cut")]
    [InlineData("giving")]
    [InlineData("hostile")]
    [InlineData("screenshots")]
    public async Task The_page_does(string scenario)
    {
        Dictionary<string, string?> environment = new()
        {
            ["SWITCHBOARD_BIN"] = ProgramFile.Path,
            ["BROWSER_TEST_PROGRAM"] = BrowserOrSkip(),
        };
        if (scenario == "terminal")
        {
            Assert.SkipUnless(Programs.Has("bwrap") && Programs.Has("vim"), "skipped: bubblewrap or vim is not installed");
        }

        using Command command = Command.Start([Path.Combine(Scripts, scenario + ".mjs")], environment, program: Programs.Find("node"));
        CommandResult result = await command.WaitAsync();
        TestContext.Current.SendDiagnosticMessage(result.Text);
        result.Expect(0);
    }

    private static string Scripts => Path.Combine(ProgramFile.Checkout, "tests", "Switchboard.EndToEnd", "Browser");

    private static string BrowserOrSkip()
    {
        Assert.SkipUnless(Programs.Has("node"), "skipped: node is not installed");
        string? browser = s_browsers.Select(Programs.Find).FirstOrDefault(found => found is not null);
        Assert.SkipUnless(browser is not null, "skipped: chromium is not installed");
        Assert.SkipUnless(Directory.Exists(Path.Combine(ProgramFile.Checkout, "web", "node_modules", "playwright-core")), "skipped: the page was built without its packages (web/build.sh)");
        return browser!;
    }
}
