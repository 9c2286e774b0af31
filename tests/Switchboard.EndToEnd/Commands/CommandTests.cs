using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Switchboard.EndToEnd.Commands;

/// <summary>One server for tests that leave nothing behind.</summary>
public sealed class SharedCommandSite : IAsyncLifetime
{
    public CommandSite Site { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Site = await CommandSite.StartAsync();
        await Site.AddAsync("bob", "files");
    }

    public ValueTask DisposeAsync() => Site.DisposeAsync();
}

/// <summary>What a person types and sees when a program runs over there.</summary>
public sealed class CommandTests(SharedCommandSite shared) : IClassFixture<SharedCommandSite>
{
    private readonly CommandSite _site = shared.Site;

    [Fact]
    public async Task Output_and_errors_stay_apart_and_the_exit_code_is_the_program_s()
    {
        CommandResult result = (await _site.RunAsync("sh", "-c", "echo out; echo err >&2; exit 3")).Expect(3);
        Assert.Equal(("out\n", "err\n"), (result.Text, result.Error));
    }

    [Theory]
    [InlineData("sh -c 'kill -TERM $$'", 128 + 15)]
    [InlineData("no-such-program", 127)]
    [InlineData("./no-such-program", 127)]
    [InlineData("/etc", 126)]
    [InlineData("/etc/passwd", 126)]
    public async Task Ends_without_an_exit_code_are_told_as_shells_tell_them(string line, int exit)
    {
        string[] words = line.StartsWith("sh ", StringComparison.Ordinal) ? ["sh", "-c", "kill -TERM $$"] : [line];
        CommandResult result = (await _site.RunAsync(words)).Expect(exit);
        Assert.Equal("", result.Text);
        Assert.Equal(exit < 128, result.Error.Length > 0);
    }

    [Fact]
    public async Task Arguments_arrive_byte_for_byte()
    {
        string[] odd = ["it's", "a b", "", "$HOME `id` \"x\" \\", "line\nbreak", "*", "-n", "中文 — ü"];
        CommandResult result = (await _site.RunAsync(["printf", "[%s]", .. odd])).Expect(0);
        Assert.Equal(string.Concat(odd.Select(text => $"[{text}]")), result.Text);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_arrive_too()
    {
        // .NET cannot start a program with such an argument, so a shell does.
        byte[] all = [.. Enumerable.Range(1, 255).Select(b => (byte)b)];
        string octal = string.Concat(all.Select(b => "\\" + Convert.ToString(b, 8).PadLeft(3, '0')));
        using Command typed = Command.Start(["-c", $"exec \"$0\" run -- printf %s \"$(printf '{octal}')\"", ProgramFile.Path], _site.Environment(), program: "/bin/sh");
        Assert.Equal(all, (await typed.WaitAsync()).Expect(0).Output);
    }

    [Fact]
    public async Task An_argument_may_be_as_long_as_the_kernel_takes()
    {
        string longest = new('x', (128 << 10) - 1);
        Assert.Equal(longest, (await _site.RunAsync("printf", "%s", longest)).Expect(0).Text);
    }

    [Fact]
    public async Task Only_a_shell_line_meets_a_shell()
    {
        Assert.Equal("$HOME\n", (await _site.RunAsync("echo", "$HOME")).Expect(0).Text);
        Assert.Equal("/home/ann\n", (await _site.TypeAsync("run", "--shell", "--", "echo $HOME")).Expect(0).Text);
    }

    [Fact]
    public async Task Input_streams_both_ways_and_ends()
    {
        byte[] bytes = new byte[5_000_000];
        new Random(1).NextBytes(bytes);
        using Command cat = Command.Start(["run", "--", "cat"], _site.Environment(), bytes);
        Assert.Equal(bytes, (await cat.WaitAsync()).Expect(0).Output);
        Assert.Equal("0\n", (await _site.RunAsync("wc", "-c")).Expect(0).Text);
    }

    [Fact]
    public async Task Output_without_a_line_s_end_and_of_no_encoding_is_untouched()
    {
        CommandResult result = (await _site.RunAsync("printf", @"\377\000\200no end")).Expect(0);
        Assert.Equal([0xFF, 0x00, 0x80, .. "no end"u8], result.Output);
    }

    [Fact]
    public async Task A_program_that_closes_its_output_goes_on_to_its_own_end()
    {
        Stopwatch watch = Stopwatch.StartNew();
        (await _site.RunAsync("sh", "-c", "exec >&- 2>&-; sleep 1; exit 5")).Expect(5);
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task The_environment_is_clean_and_takes_additions()
    {
        string[] lines = (await _site.TypeAsync("run", "--env", "COLOUR=deep blue", "--env", "EMPTY=", "--", "env")).Expect(0).Text.TrimEnd('\n').Split('\n');
        string[] names = [.. lines.Select(line => line.Split('=')[0]).Order()];
        Assert.Equal(["COLOUR", "EMPTY", "HOME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "SWITCHBOARD_JOB", "USER"], names);
        Assert.Contains("COLOUR=deep blue", lines);
        Assert.Contains("EMPTY=", lines);
    }

    [Fact]
    public async Task It_runs_in_the_home_or_in_a_folder_of_it()
    {
        (await _site.TypeAsync("mkdir", "-p", "/it's here/深")).Expect(0);
        Assert.Equal("/home/ann\n", (await _site.RunAsync("pwd")).Expect(0).Text);
        Assert.Equal("/home/ann/it's here/深\n", (await _site.TypeAsync("run", "--cwd", "it's here/深", "--", "pwd")).Expect(0).Text);
        CommandResult missing = (await _site.TypeAsync("run", "--cwd", "nowhere", "--", "pwd")).Expect(255);
        Assert.Contains("nowhere", missing.Error, StringComparison.Ordinal);
        (await _site.TypeAsync("run", "--cwd", "../..", "--", "pwd")).Expect(0);
    }

    [Fact]
    public async Task Files_it_makes_are_there_for_the_other_doors()
    {
        (await _site.RunAsync("sh", "-c", "echo made >made.txt")).Expect(0);
        Assert.Equal("made\n", (await _site.TypeAsync("get", "made.txt", "-")).Expect(0).Text);
    }

    [Fact]
    public async Task Without_the_permission_nothing_runs()
    {
        CommandResult refused = (await Command.RunAsync(["run", "--", "true"], _site.Environment("bob"))).Expect(255);
        Assert.Contains("run", refused.Error, StringComparison.Ordinal);
        (await Command.RunAsync(["run"], _site.Environment("bob"))).Expect(2);
    }

    [Fact]
    public async Task Nobody_sees_or_ends_another_s_job()
    {
        await _site.AddAsync("eve", "run");
        string job = await _site.DetachAsync("sleep", "60");
        Dictionary<string, string?> eve = _site.Environment("eve");
        (await Command.RunAsync(["attach", job], eve)).Expect(255);
        (await Command.RunAsync(["kill", job], eve)).Expect(4);
        (await Command.RunAsync(["job", job], eve)).Expect(4);
        Assert.Equal("", (await Command.RunAsync(["jobs", "--all", "--json"], eve)).Expect(0).Text);
        (await _site.TypeAsync("kill", job, "--signal", "KILL")).Expect(0);
    }

    [Fact]
    public async Task A_time_limit_ends_it_and_says_so()
    {
        CommandResult result = await _site.TypeAsync("run", "--timeout", "1s", "--", "sleep", "60");
        Assert.Equal(128 + 15, result.ExitCode);
        Assert.NotEqual("", result.Error);
        (await _site.TypeAsync("run", "--timeout", "1s", "--", "sh", "-c", "trap '' TERM; while :; do sleep 1; done")).Expect(128 + 9);
    }

    [Fact]
    public async Task A_terminal_whose_program_ends_at_once_ends_at_once()
    {
        // Without a person's terminal on this side; the end shows as an error of the terminal or as a status, whichever comes first.
        CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => _site.TypeAsync("run", "--pty", "--", "sh", "-c", "echo hello; exit 3")));
        Assert.All(results, result => Assert.Equal((3, "hello\r\n"), (result.ExitCode, result.Text)));
    }

    [Fact]
    public async Task A_signal_that_comes_late_hits_nobody()
    {
        for (int i = 0; i < 5; i++)
        {
            string job = await _site.DetachAsync("true");
            await Task.WhenAll(_site.TypeAsync("kill", job), _site.TypeAsync("kill", job, "--signal", "INT"));
        }

        Assert.True(_site.Server.Runs);
        Assert.Equal("still here\n", (await _site.RunAsync("echo", "still here")).Expect(0).Text);
    }

    [Fact]
    public async Task Interrupting_the_client_interrupts_the_program()
    {
        using Command typed = Command.Start(["run", "--", "sh", "-c", "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done"], _site.Environment());
        string job = await _site.RunningAsync("trap");
        await CommandSite.EventuallyAsync(async () => (await _site.JobAsync(job)).GetProperty("stdout").GetInt64() == 6, "ready");
        typed.Interrupt();
        Assert.Equal("ready\ncaught\n", (await typed.WaitAsync()).Expect(9).Text);
    }

    [Fact]
    public async Task Killing_takes_every_process_of_the_tree()
    {
        // A grandchild that left its session and outlives its parent, and one that ignores what can be ignored.
        string job = await _site.DetachAsync("sh", "-c", "(setsid sleep 7771 &) ; (trap '' TERM INT HUP; sleep 7772; sleep 7772) & exec sleep 7773");
        await CommandSite.EventuallyAsync(() => Task.FromResult(CommandSite.Sleepers(777) == 3), "three of them sleep");
        (await _site.TypeAsync("kill", job, "--signal", "KILL")).Expect(0);
        JsonElement ended = default;
        await CommandSite.EventuallyAsync(async () => (ended = await _site.JobAsync(job)).GetProperty("state").GetString() == "ended", "ended");
        Assert.Equal(("killed", 128 + 9), (ended.GetProperty("reason").GetString(), ended.GetProperty("exit").GetInt32()));
        await CommandSite.EventuallyAsync(() => Task.FromResult(CommandSite.Sleepers(777) == 0), "nobody sleeps");
    }

    [Fact]
    public async Task What_a_program_left_running_ends_with_it()
    {
        Assert.Equal("done\n", (await _site.RunAsync("sh", "-c", "sleep 7774 & echo done")).Expect(0).Text);
        await CommandSite.EventuallyAsync(() => Task.FromResult(CommandSite.Sleepers(777) == 0), "nobody sleeps");
    }

    [Fact]
    public async Task Commands_side_by_side_never_mix()
    {
        CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 24).Select(i =>
            _site.RunAsync("sh", "-c", $"for n in 1 2 3 4 5 6 7 8 9; do echo {i}-$n; echo {i}-$n >&2; done; exit {i}")));
        for (int i = 0; i < results.Length; i++)
        {
            string expected = string.Concat(Enumerable.Range(1, 9).Select(n => $"{i}-{n}\n"));
            Assert.Equal((i, expected, expected), (results[i].ExitCode, results[i].Text, results[i].Error));
        }
    }

    [Fact]
    public async Task A_list_of_jobs_tells_what_runs_and_what_ran()
    {
        string job = await _site.DetachAsync("sh", "-c", "echo 'with a quote'; exit 4");
        Assert.Matches("^[a-z0-9]{8}$", job);
        await CommandSite.EventuallyAsync(async () => (await _site.JobAsync(job)).GetProperty("state").GetString() == "ended", "ended");
        JsonElement told = (await _site.TypeAsync("jobs", "--all", "--json")).Expect(0).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).Single(entry => entry.GetProperty("id").GetString() == job);
        Assert.Equal(("ended", 4, 13L), (told.GetProperty("state").GetString(), told.GetProperty("exit").GetInt32(), told.GetProperty("stdout").GetInt64()));
        Assert.DoesNotContain(job, (await _site.TypeAsync("jobs", "--json")).Expect(0).Text, StringComparison.Ordinal);
        Assert.Equal("with a quote\n", (await _site.AttachAsync(job)).Expect(4).Text);
        (await _site.TypeAsync("attach", "nosuchjb")).Expect(255);
    }

    [Fact]
    public async Task The_local_door_does_the_same_without_a_password_crossing_a_line()
    {
        Dictionary<string, string?> environment = _site.Environment();
        environment["SWITCHBOARD_SERVER"] = "unix:" + _site.Server.UnixPath;
        environment.Remove("SWITCHBOARD_FINGERPRINT");
        Assert.Equal("here\n", (await Command.RunAsync(["run", "--", "echo", "here"], environment)).Expect(0).Text);
    }

    [Fact]
    public async Task Every_begin_end_and_kill_is_in_the_audit_log()
    {
        string job = await _site.DetachAsync("sleep", "7775");
        (await _site.TypeAsync("kill", job)).Expect(0);
        await CommandSite.EventuallyAsync(async () => (await _site.JobAsync(job)).GetProperty("state").GetString() == "ended", "ended");
        CommandResult audit = await Command.RunAsync(["audit", "--json", "--data", _site.Server.Data]);
        string[] actions = [.. audit.Expect(0).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(entry => entry.TryGetProperty("subject", out JsonElement subject) && subject.GetString() == job).Select(entry => entry.GetProperty("action").GetString()!)];
        Assert.Equal(["run", "kill", "run-end"], actions);
    }

    [Fact]
    public async Task A_disabled_account_s_jobs_end()
    {
        await _site.AddAsync("dan", "run");
        string job = (await Command.RunAsync(["run", "--detach", "--", "sleep", "7776"], _site.Environment("dan"))).Expect(0).Text.Trim();
        await CommandSite.EventuallyAsync(() => Task.FromResult(CommandSite.Sleepers(777) == 1), "it sleeps");
        (await Command.RunAsync(["account", "disable", "dan", "--data", _site.Server.Data])).Expect(0);
        await CommandSite.EventuallyAsync(() => Task.FromResult(CommandSite.Sleepers(777) == 0), "nobody sleeps");
        (await Command.RunAsync(["account", "enable", "dan", "--data", _site.Server.Data])).Expect(0);
        JsonElement told = JsonDocument.Parse((await Command.RunAsync(["job", job, "--json"], _site.Environment("dan"))).Expect(0).Text).RootElement;
        Assert.Equal("account_disabled", told.GetProperty("reason").GetString());
    }
}
