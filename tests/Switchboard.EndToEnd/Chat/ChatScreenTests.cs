using Switchboard.EndToEnd.Commands;

namespace Switchboard.EndToEnd.Chat;

/// <summary>A chat as a person sees it on a real terminal.</summary>
[Collection(Campaigns.OneAtATime.Name)]
public sealed class ChatScreenTests : IAsyncLifetime
{
    private const string Password = "a password for tests";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _tokens = [];
    private ServerProcess _server = null!;
    private Tmux _ann = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync();
        foreach (string account in (string[])["ann", "ben"])
        {
            await _server.AddAccountAsync(account, Password, null, "chat");
            _tokens[account] = await _server.AddTokenAsync(account);
        }

        string bin = _folder.At("bin");
        Directory.CreateDirectory(bin);
        File.CreateSymbolicLink(Path.Combine(bin, "switchboard"), ProgramFile.Path);
        _ann = await Tmux.StartAsync(_server.TokenEnvironment("ann", _tokens["ann"]), _folder.Path);
        await _ann.TypeAsync($"PATH={bin}:$PATH; clear");
        await _ann.UntilAsync(screen => screen.TrimEnd() == "$", "a clear screen");
    }

    public async ValueTask DisposeAsync()
    {
        await _ann.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_typed_stays_on_its_row_while_others_speak()
    {
        await EnterAsync();
        await _ann.PressAsync("-l", "我正在写 half a line");
        await _ann.UntilAsync(screen => LastRow(screen) == "lobby> 我正在写 half a line", "what is typed");
        await BenSaysAsync("the build is green", "@ann 看一下", "👍 ok");
        string screen = await _ann.UntilAsync(s => s.Contains("👍 ok", StringComparison.Ordinal), "what ben said");
        Assert.Equal("lobby> 我正在写 half a line", LastRow(screen));
        Assert.Matches(@"(?m)^\d\d:\d\d ben: the build is green$", screen);

        // Edited in the middle, where wide characters count twice, and sent.
        await _ann.PressAsync("Home", "Right", "Right", "BSpace", "没", "Enter");
        await _ann.UntilAsync(s => LastRow(s) == "lobby>" && s.Contains("我没在写 half a line", StringComparison.Ordinal), "the edited line, said");
        Assert.Contains("我没在写 half a line", (await _server.ClientAsync("ann", Password, "history", "lobby")).Expect(0).Text, StringComparison.Ordinal);
        await LeaveAsync("C-d");
    }

    [Fact]
    public async Task Page_up_brings_what_was_said_before()
    {
        await BenSaysAsync([.. Enumerable.Range(1, 120).Select(i => $"number {i}.")]);
        await EnterAsync();
        await _ann.UntilAsync(screen => screen.Contains("number 120.", StringComparison.Ordinal), "the latest");
        Assert.DoesNotContain("number 70.", await _ann.HistoryAsync(), StringComparison.Ordinal);
        foreach (int first in (int[])[51, 31])
        {
            await _ann.PressAsync("PPage");
            await _ann.UntilHistoryAsync(all => all.Contains($"ben: number {first}.", StringComparison.Ordinal) && all.Contains($"ben: number {first + 19}.", StringComparison.Ordinal), "older messages");
        }

        Assert.Equal("lobby>", LastRow(await _ann.ScreenAsync()));
        await LeaveAsync("/quit", "Enter");
    }

    [Fact]
    public async Task A_new_size_keeps_the_row_and_longer_lines_are_folded_to_it()
    {
        await EnterAsync();
        await _ann.PressAsync("-l", "still here");
        await _ann.ResizeAsync(50, 15);
        await BenSaysAsync(string.Concat(Enumerable.Repeat("一二三四五六七八九十 ", 6)).Trim());
        string narrow = await _ann.UntilAsync(screen => screen.Contains("六七八九十", StringComparison.Ordinal) && LastRow(screen) == "lobby> still here", "the narrower screen");
        Assert.All(narrow.Split('\n'), row => Assert.InRange(row.Sum(letter => letter > 0x2e80 ? 2 : 1), 0, 50));
        await _ann.ResizeAsync(110, 40);
        await _ann.UntilAsync(screen => LastRow(screen) == "lobby> still here", "the row on the wider screen");
        await _ann.PressAsync("Enter");
        await _ann.UntilAsync(screen => LastRow(screen) == "lobby>" && screen.Contains("ann", StringComparison.Ordinal), "it is said");
        await LeaveAsync("q", "Enter");
    }

    [Fact]
    public async Task Tab_completes_names_and_commands()
    {
        await EnterAsync();
        await BenSaysAsync("hello");
        await _ann.UntilAsync(screen => screen.Contains("hello", StringComparison.Ordinal), "ben");
        await _ann.PressAsync("-l", "/hist");
        await _ann.PressAsync("Tab");
        await _ann.UntilAsync(screen => LastRow(screen).StartsWith("lobby> /history", StringComparison.Ordinal), "the command");
        await _ann.PressAsync("C-u");
        await _ann.PressAsync("-l", "@be");
        await _ann.PressAsync("Tab");
        await _ann.UntilAsync(screen => LastRow(screen).StartsWith("lobby> @ben", StringComparison.Ordinal), "the name");
        await _ann.PressAsync("C-u");
        await LeaveAsync("C-d");
    }

    [Fact]
    public async Task A_server_that_goes_and_comes_back_is_told_and_nothing_is_missed()
    {
        await EnterAsync();
        await BenSaysAsync("before");
        await _ann.UntilAsync(screen => screen.Contains("before", StringComparison.Ordinal), "ben");
        await _server.Kill9Async();
        await _ann.UntilAsync(screen => screen.Contains("line", StringComparison.Ordinal) || screen.Contains("connection", StringComparison.Ordinal), "that the line is lost");
        await _ann.PressAsync("-l", "said into the gap");
        await _ann.PressAsync("Enter");
        await _server.StartAgainAsync();
        await BenSaysAsync("after");
        string screen = await _ann.UntilAsync(s => s.Contains("after", StringComparison.Ordinal) && s.Contains("said into the gap", StringComparison.Ordinal), "both are there");
        Assert.Equal("lobby>", LastRow(screen));
        await CommandSite.EventuallyAsync(async () => (await _server.ClientAsync("ann", Password, "history", "lobby")).Expect(0).Text.Split("said into the gap").Length == 2, "it is in the history, once");
        await LeaveAsync("C-d");
    }

    private async Task EnterAsync()
    {
        await _ann.TypeAsync("clear; switchboard chat");
        await _ann.UntilAsync(screen => LastRow(screen) == "lobby>", "the room");
    }

    private async Task LeaveAsync(params string[] keys)
    {
        await _ann.PressAsync(keys);
        await _ann.UntilAsync(screen => LastRow(screen) == "$", "the prompt");
    }

    private async Task BenSaysAsync(params string[] texts)
    {
        foreach (string text in texts)
        {
            (await Command.RunAsync(["say", "lobby", text], _server.TokenEnvironment("ben", _tokens["ben"]))).Expect(0);
        }
    }

    private static string LastRow(string screen) => screen.TrimEnd().Split('\n')[^1].TrimEnd();
}
