using Switchboard.EndToEnd.Campaigns;

namespace Switchboard.EndToEnd.Commands;

/// <summary>The line may drop, the command does not.</summary>
[Collection(OneAtATime.Name)]
public sealed class BrokenLineTests
{
    [Fact]
    public async Task A_flood_over_a_line_that_is_cut_again_and_again_arrives_byte_for_byte()
    {
        await using CommandSite site = await CommandSite.StartAsync();
        await using CuttingRelay relay = new(site.Server.Port);
        // Slow enough that the cuts meet the middle.
        relay.Rate = 4 << 20;
        Random dice = new(Soak.Seed);
        int most = Soak.Rounds(12, 50), cuts = 0;
        using Command typed = Command.Start(["run", "--", "sh", "-c", "seq 1000000; seq 1000 >&2; sleep 3; exit 17"], site.Environment(port: relay.Port));
        await site.RunningAsync("seq 1000000");
        while (!typed.HasExited && cuts < most)
        {
            await Task.Delay(dice.Next(20, 250));
            relay.Cut();
            cuts++;
        }

        CommandResult result = (await typed.WaitAsync()).Expect(17);
        Assert.Equal(CommandSite.Numbered(1_000_000), result.Output);
        Assert.True(cuts > 1, $"{cuts} cuts");
    }

    [Fact]
    public async Task A_slow_talker_is_heard_whole_over_cuts_at_any_moment()
    {
        await using CommandSite site = await CommandSite.StartAsync();
        await using CuttingRelay relay = new(site.Server.Port);
        int lines = Soak.Rounds(2_000, 10_000);
        using Command typed = Command.Start(["run", "--quiet", "--", "sh", "-c", $"i=0; while [ $i -lt {lines} ]; do i=$((i+1)); echo $i; sleep 0.001; done; exit 3"], site.Environment(port: relay.Port));
        Random dice = new(Soak.Seed);
        int cuts = 0;
        // A server that cannot be reached in the first place is told at once.
        await site.RunningAsync("while");
        while (!typed.HasExited)
        {
            await Task.Delay(dice.Next(20, 400));
            relay.Cut();
            cuts++;
        }

        CommandResult result = (await typed.WaitAsync()).Expect(3);
        Assert.Equal(CommandSite.Numbered(lines), result.Output);
        Assert.Equal("", result.Error);
        Assert.True(cuts > 3, $"{cuts} cuts");
    }

    [Fact]
    public async Task Input_goes_on_at_the_byte_the_program_has()
    {
        await using CommandSite site = await CommandSite.StartAsync();
        await using CuttingRelay relay = new(site.Server.Port);
        byte[] input = new byte[8_000_000];
        Random dice = new(Soak.Seed);
        dice.NextBytes(input);
        int made = 0;
        void CutSoon() => relay.After(Way.Up, dice.Next(10_000, 1_500_000), () =>
        {
            relay.Cut();
            if (++made < 6)
            {
                CutSoon();
            }
        });
        CutSoon();
        using Command typed = Command.Start(["run", "--", "cat"], site.Environment(port: relay.Port), input);
        Assert.Equal(input, (await typed.WaitAsync()).Expect(0).Output);
        Assert.True(made > 0, $"{made} cuts");
    }

    [Fact]
    public async Task A_cut_before_the_first_answer_makes_no_second_job()
    {
        await using CommandSite site = await CommandSite.StartAsync();
        await using CuttingRelay relay = new(site.Server.Port);
        for (int i = 0; i < 12; i++)
        {
            // From the hello to the first bytes of the session.
            relay.After(Way.Down, 1_300 + (i * 150));
            CommandResult result = await Command.RunAsync(["run", "--quiet", "--", "sh", "-c", $"echo once >>times{i}; echo done"], site.Environment(port: relay.Port));
            relay.Disarm();
            if (result.ExitCode == 255)
            {
                // Cut before anybody was logged in: a server that cannot be reached in the first place is told at once.
                continue;
            }

            Assert.Equal("done\n", result.Expect(0).Text);
            Assert.Equal("once\n", File.ReadAllText(Path.Combine(site.Home, $"times{i}")));
        }
    }

    [Fact]
    public async Task A_client_that_is_killed_leaves_a_job_that_another_follows()
    {
        await using CommandSite site = await CommandSite.StartAsync();
        using Command typed = Command.Start(["run", "--", "sh", "-c", "seq 5; sleep 2; seq 6 10; exit 2"], site.Environment());
        string job = await site.RunningAsync("seq 5");
        typed.Kill9();
        Assert.Equal(CommandSite.Numbered(10), (await site.AttachAsync(job)).Expect(2).Output);
    }

    [Fact]
    public async Task A_server_killed_under_twenty_jobs_finds_them_all()
    {
        await using CommandSite site = await CommandSite.StartAsync();
        List<string> jobs = [];
        for (int i = 0; i < 20; i++)
        {
            // Some end while no server runs, some write more than a pipe holds, some read what is sent to them.
            jobs.Add(await site.DetachAsync("sh", "-c", $"seq 1 {100 * (i + 1)}; sleep {i % 4 * 0.7}; seq {(100 * (i + 1)) + 1} {20_000 * (i + 1)}; echo err{i} >&2; exit {i}"));
        }

        using Command followed = Command.Start(["run", "--quiet", "--", "sh", "-c", "sleep 3; cat; exit 40"], site.Environment(), CommandSite.Numbered(300_000));
        await site.RunningAsync("sleep 3; cat");
        await site.Server.Kill9Async();
        // Long enough for some of them to end unseen.
        await Task.Delay(1_500);
        await site.Server.StartAgainAsync();
        for (int i = 0; i < jobs.Count; i++)
        {
            CommandResult result = (await site.AttachAsync(jobs[i])).Expect(i);
            Assert.Equal(CommandSite.Numbered(20_000 * (i + 1)), result.Output);
            Assert.Contains($"err{i}\n", result.Error, StringComparison.Ordinal);
        }

        CommandResult echoed = await followed.WaitAsync();
        if (!echoed.Error.Contains("not known", StringComparison.Ordinal))
        {
            Assert.Equal(CommandSite.Numbered(300_000), echoed.Expect(40).Output);
        }

        await CommandSite.EventuallyAsync(() => Task.FromResult(jobs.TrueForAll(job => site.Server.JobProcesses(job).Count == 0)), "every holder was let go");
    }

    [Fact]
    public async Task A_terminal_ends_with_the_server_and_is_marked_lost()
    {
        await using CommandSite site = await CommandSite.StartAsync();
        string job = (await site.TypeAsync("run", "--pty", "--detach", "--", "sh", "-c", "trap '' HUP; echo hello; sleep 100")).Expect(0).Text.Trim();
        await CommandSite.EventuallyAsync(async () => (await site.JobAsync(job)).GetProperty("stdout").GetInt64() > 0, "it said hello");
        await site.Server.Kill9Async();
        await CommandSite.EventuallyAsync(() => Task.FromResult(site.Server.JobProcesses().Count == 0), "nothing runs on unseen");
        await site.Server.StartAgainAsync();
        Assert.Equal("lost", (await site.JobAsync(job)).GetProperty("state").GetString());
        Assert.Equal("hello\r\n", (await site.AttachAsync(job)).Expect(255).Text);
    }
}
