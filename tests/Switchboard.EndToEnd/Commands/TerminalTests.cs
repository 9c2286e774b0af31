using Switchboard.EndToEnd.Campaigns;

namespace Switchboard.EndToEnd.Commands;

/// <summary>Full-screen programs and job control over there, looked at through a real terminal here.</summary>
[Collection(OneAtATime.Name)]
public sealed class TerminalTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private CommandSite _site = null!;
    private Tmux _tmux = null!;

    public async ValueTask InitializeAsync()
    {
        _site = await CommandSite.StartAsync();
        string bin = _folder.At("bin");
        Directory.CreateDirectory(bin);
        File.CreateSymbolicLink(Path.Combine(bin, "switchboard"), ProgramFile.Path);
        _tmux = await Tmux.StartAsync(_site.Environment(), _folder.Path);
        await _tmux.TypeAsync($"PATH={bin}:$PATH; clear");
        await _tmux.UntilAsync(screen => screen.TrimEnd() == "$", "a clear screen");
    }

    public async ValueTask DisposeAsync()
    {
        await _tmux.DisposeAsync();
        await _site.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Vim_draws_the_same_screen_there_as_here()
    {
        Assert.SkipUnless(Programs.Has("vim"), "skipped: vim is not installed");
        string text = string.Concat(Enumerable.Range(1, 60).Select(i => $"line {i} — 第{i}行\n"));
        File.WriteAllText(_folder.At("file.txt"), text);
        (await Command.RunAsync(["put", _folder.At("file.txt"), "/file.txt"], _site.Environment())).Expect(0);
        string[] screens = new string[2];
        string[] commands = ["vim -u NONE -N -i NONE -n file.txt", "switchboard run --pty -- vim -u NONE -N -i NONE -n file.txt"];
        for (int i = 0; i < 2; i++)
        {
            await _tmux.TypeAsync(commands[i]);
            await _tmux.UntilAsync(screen => screen.Contains("line 23", StringComparison.Ordinal) && screen.Contains("file.txt", StringComparison.Ordinal), "the file");
            await _tmux.PressAsync("3", "0", "G", "d", "d", "O", "新行 inserted", "Escape", ":set number", "Enter");
            screens[i] = await _tmux.UntilAsync(screen => screen.Contains("30 新行 inserted", StringComparison.Ordinal), "the edit");
            await _tmux.PressAsync(":wq", "Enter");
            await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith('$'), "the prompt");
            await _tmux.PressAsync("C-l");
        }

        Assert.Equal(screens[0], screens[1]);
        Assert.Equal(File.ReadAllText(_folder.At("file.txt")), (await _site.TypeAsync("get", "/file.txt", "-")).Expect(0).Text);
        await AssertTerminalIsGivenBackAsync();
    }

    [Fact]
    public async Task Top_shows_only_what_is_its_own_and_follows_the_size()
    {
        Assert.SkipUnless(Programs.Has("top"), "skipped: top is not installed");
        await _tmux.TypeAsync("switchboard run --pty -- top -d 0.5");
        string screen = await _tmux.UntilAsync(s => s.Contains("PID USER", StringComparison.Ordinal) && s.Contains(" top", StringComparison.Ordinal), "the list");
        string[] rows = [.. screen.Split('\n').SkipWhile(line => !line.Contains("PID USER", StringComparison.Ordinal)).Skip(1).Where(line => line.Trim().Length > 0)];
        Assert.InRange(rows.Length, 2, 4);
        Assert.All(rows, row => Assert.Contains("ann", row, StringComparison.Ordinal));
        await _tmux.ResizeAsync(60, 16);
        await _tmux.UntilAsync(s => s.Contains("PID USER", StringComparison.Ordinal) && s.TrimEnd('\n').Split('\n').All(line => line.Length <= 60), "a narrower list");
        await _tmux.PressAsync("q");
        await _tmux.UntilAsync(s => s.TrimEnd().EndsWith('$'), "the prompt");
        await AssertTerminalIsGivenBackAsync();
    }

    [Fact]
    public async Task Htop_draws_its_meters_in_colour_and_obeys_its_keys()
    {
        Assert.SkipUnless(Programs.Has("htop"), "skipped: htop is not installed");
        await _tmux.TypeAsync("switchboard run --pty -- htop -d 5");
        await _tmux.UntilAsync(s => s.Contains("Load average", StringComparison.Ordinal) && s.Contains("F10Quit", StringComparison.Ordinal) && s.Contains("htop -d 5", StringComparison.Ordinal), "its screen");
        Assert.Contains("\u001b[3", await _tmux.ColoursAsync(), StringComparison.Ordinal);
        await _tmux.PressAsync("F5");
        await _tmux.UntilAsync(s => s.Contains("F5List", StringComparison.Ordinal), "the tree");
        await _tmux.ResizeAsync(100, 30);
        await _tmux.UntilAsync(s => s.TrimEnd('\n').Split('\n')[^1].Contains("F10Quit", StringComparison.Ordinal) && s.TrimEnd('\n').Split('\n').Length == 30, "its bar on the new last row");
        await _tmux.PressAsync("F10");
        await _tmux.UntilAsync(s => s.TrimEnd().EndsWith('$'), "the prompt");
        await AssertTerminalIsGivenBackAsync();
    }

    [Fact]
    public async Task Less_shows_the_same_pages_there_as_here()
    {
        Assert.SkipUnless(Programs.Has("less"), "skipped: less is not installed");
        File.WriteAllText(_folder.At("long.txt"), string.Concat(Enumerable.Range(1, 500).Select(i => $"line {i} — 第{i}行\n")));
        (await Command.RunAsync(["put", _folder.At("long.txt"), "/long.txt"], _site.Environment())).Expect(0);
        List<string[]> seen = [];
        foreach (string command in (string[])["less long.txt", "switchboard run --pty -- less long.txt"])
        {
            await _tmux.TypeAsync(command);
            string[] screens = new string[3];
            screens[0] = await _tmux.UntilAsync(screen => screen.StartsWith("line 1 ", StringComparison.Ordinal) && screen.Contains("long.txt", StringComparison.Ordinal), "the first page");
            await _tmux.PressAsync("Space");
            screens[1] = await _tmux.UntilAsync(screen => screen.StartsWith("line 24 ", StringComparison.Ordinal), "the second page");
            await _tmux.PressAsync("/", "第321行", "Enter");
            screens[2] = await _tmux.UntilAsync(screen => screen.StartsWith("line 321 ", StringComparison.Ordinal), "what was looked for");
            seen.Add(screens);
            await _tmux.PressAsync("q");
            await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith('$'), "the prompt");
            await _tmux.PressAsync("C-l");
        }

        Assert.Equal(seen[0], seen[1]);
        await AssertTerminalIsGivenBackAsync();
    }

    [Fact]
    public async Task Python_talks_edits_its_line_and_is_interrupted()
    {
        await _tmux.TypeAsync("switchboard run --pty -- /usr/bin/python3 -q");
        await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith(">>>", StringComparison.Ordinal), "its prompt");
        await _tmux.TypeAsync("print('你好', 6 * 7)");
        await _tmux.UntilAsync(screen => screen.Contains("\n你好 42\n", StringComparison.Ordinal), "its answer");
        // Up brings the line again, two steps left and a digit put into it.
        await _tmux.PressAsync("Up", "Left", "0", "Enter");
        await _tmux.UntilAsync(screen => screen.Contains("\n你好 420\n", StringComparison.Ordinal), "the edited line's answer");
        await _tmux.TypeAsync("import time; print('asle' + 'ep', flush=True); time.sleep(100)");
        await _tmux.UntilAsync(screen => screen.Contains("\nasleep", StringComparison.Ordinal), "the sleep");
        await _tmux.PressAsync("C-c");
        await _tmux.UntilAsync(screen => screen.Contains("KeyboardInterrupt", StringComparison.Ordinal) && screen.TrimEnd().EndsWith(">>>", StringComparison.Ordinal), "the interrupt");
        await _tmux.PressAsync("C-d");
        await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith("\n$", StringComparison.Ordinal), "the prompt here");
        await AssertTerminalIsGivenBackAsync();
    }

    [Fact]
    public async Task Two_viewers_see_one_terminal_of_the_smaller_size()
    {
        await using Tmux other = await Tmux.StartAsync(_site.Environment(), _folder.Path);
        await _tmux.ResizeAsync(100, 30);
        await _tmux.TypeAsync("switchboard shell");
        await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith('$'), "the remote prompt");
        await _tmux.TypeAsync("PS1='there> '; stty size");
        await _tmux.UntilAsync(screen => screen.Contains("30 100", StringComparison.Ordinal), "its size");
        string job = await _site.RunningAsync("sh");

        await other.TypeAsync($"{_folder.At("bin/switchboard")} attach {job}");
        await other.UntilAsync(screen => screen.TrimEnd().EndsWith("there>", StringComparison.Ordinal), "the prompt on the second terminal");
        await other.TypeAsync("stty size");
        await other.UntilAsync(screen => screen.Contains("24 80", StringComparison.Ordinal), "the smaller size");
        await _tmux.UntilAsync(screen => screen.Contains("24 80", StringComparison.Ordinal), "the same on the first terminal");
        await _tmux.TypeAsync("echo from the $((1))st");
        await other.UntilAsync(screen => screen.Contains("from the 1st", StringComparison.Ordinal), "what was typed on the first terminal");

        await other.PressAsync("Enter", "~.");
        await other.UntilAsync(screen => screen.Contains("To come back", StringComparison.Ordinal), "the second one left");
        await _tmux.PressAsync("Enter");
        await _tmux.TypeAsync("clear; stty size");
        await _tmux.UntilAsync(screen => screen.Contains("30 100", StringComparison.Ordinal), "the first one's size again");
        await _tmux.TypeAsync("exit");
        await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith("\n$", StringComparison.Ordinal), "the prompt here");
        await AssertTerminalIsGivenBackAsync();
    }

    [Fact]
    public async Task A_shell_of_an_old_encoding_is_read_and_typed_in_it()
    {
        await _tmux.TypeAsync("switchboard run --pty --encoding gbk -- sh");
        await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith('$'), "the remote prompt");
        await _tmux.TypeAsync("printf '\\326\\320\\316\\304 %s\\n' in; read word; echo \"$word\" | od -An -tx1");
        await _tmux.UntilAsync(screen => screen.Contains("\n中文 in\n", StringComparison.Ordinal), "its text");
        await _tmux.TypeAsync("测试");
        await _tmux.UntilAsync(screen => screen.Contains("b2 e2 ca d4 0a", StringComparison.Ordinal), "the bytes that were typed");
        await _tmux.TypeAsync("exit");
        await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith("\n$", StringComparison.Ordinal), "the prompt here");
    }

    [Fact]
    public async Task A_shell_has_job_control_and_the_window_s_size()
    {
        await _tmux.TypeAsync("switchboard shell");
        await _tmux.UntilAsync(screen => screen.Contains("ann@", StringComparison.Ordinal) || screen.TrimEnd().EndsWith('$'), "the remote prompt");
        await _tmux.TypeAsync("PS1='there> '; tty; stty size");
        await _tmux.UntilAsync(screen => screen.Contains("24 80", StringComparison.Ordinal), "its size");
        await _tmux.ResizeAsync(100, 30);
        await _tmux.TypeAsync("stty size");
        await _tmux.UntilAsync(screen => screen.Contains("30 100", StringComparison.Ordinal), "its new size");

        // Ctrl-C ends the program and not the shell; Ctrl-Z stops one, fg takes it up again.
        await _tmux.TypeAsync("sh -c 'echo asleep$((99+1)); exec sleep 100'");
        await _tmux.UntilAsync(screen => screen.Contains("asleep100", StringComparison.Ordinal), "the sleep");
        await _tmux.PressAsync("C-c");
        await _tmux.TypeAsync("echo code $?");
        await _tmux.UntilAsync(screen => screen.Contains("code 130", StringComparison.Ordinal), "the code");
        await _tmux.TypeAsync("sh -c 'echo asleep$((99+2)); exec sleep 101'");
        await _tmux.UntilAsync(screen => screen.Contains("asleep101", StringComparison.Ordinal), "the sleep");
        await _tmux.PressAsync("C-z");
        await _tmux.UntilAsync(screen => screen.Contains("Stopped", StringComparison.Ordinal), "it stopped");
        await _tmux.TypeAsync("fg");
        await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith("exec sleep 101'", StringComparison.Ordinal), "it goes on");
        await _tmux.PressAsync("C-c");
        await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith("^C\nthere>", StringComparison.Ordinal), "it is interrupted");
        await _tmux.TypeAsync("exit 7");
        await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith("\n$", StringComparison.Ordinal), "the prompt here");
        await _tmux.TypeAsync("echo here $?");
        await _tmux.UntilAsync(screen => screen.Contains("here 7", StringComparison.Ordinal), "the shell's own exit code");
        await AssertTerminalIsGivenBackAsync();
    }

    [Fact]
    public async Task Leaving_and_coming_back_shows_the_same_screen()
    {
        Assert.SkipUnless(Programs.Has("vim"), "skipped: vim is not installed");
        // A vim that asks its terminal nothing (colours, cursor place, version): its answers would race with what is typed here.
        await _tmux.TypeAsync("switchboard run --pty -- vim -u NONE -N -i NONE -n --cmd 'set t_RV= t_u7= t_RF= t_RB= t_RC= t_RS='");
        await _tmux.UntilAsync(screen => screen.Contains("VIM", StringComparison.Ordinal), "vim");
        await _tmux.PressAsync("i", "what I typed", "Escape");
        string before = await _tmux.UntilAsync(screen => screen.StartsWith("what I typed\n", StringComparison.Ordinal), "the text");
        await _tmux.PressAsync("Enter", "~.");
        await _tmux.UntilAsync(screen => screen.Contains("To come back", StringComparison.Ordinal) && screen.TrimEnd().EndsWith('$') && !screen.Contains("what I typed", StringComparison.Ordinal), "the prompt, on the first screen");
        string job = await _site.RunningAsync("vim");
        await AssertTerminalIsGivenBackAsync();
        await _tmux.TypeAsync($"switchboard attach {job}");
        string after = await _tmux.UntilAsync(screen => screen.StartsWith("what I typed\n", StringComparison.Ordinal), "the text again");
        Assert.Equal(before.Split('\n')[..22], after.Split('\n')[..22]);
        await _tmux.PressAsync(":q!", "Enter");
        await _tmux.UntilAsync(screen => screen.TrimEnd().EndsWith('$'), "the prompt");
    }

    /// <summary>Echo and line mode are back: what is typed shows, once, and a line is a line.</summary>
    private async Task AssertTerminalIsGivenBackAsync()
    {
        await _tmux.TypeAsync("stty -a | tr ';' '\\n' | grep -cE '(^| )(icanon|echo|isig|onlcr)( |$)'; echo back");
        await _tmux.UntilAsync(screen => screen.Contains("\nback", StringComparison.Ordinal), "the terminal is given back");
    }
}
