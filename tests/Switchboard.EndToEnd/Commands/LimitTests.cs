using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Switchboard.EndToEnd.Campaigns;

namespace Switchboard.EndToEnd.Commands;

/// <summary>What a job that wants too much is told, and that nobody else feels it.</summary>
[Collection(OneAtATime.Name)]
public sealed class LimitTests
{
    [Fact]
    public async Task A_fork_bomb_meets_its_limit_and_others_go_on()
    {
        await using CommandSite site = await CommandSite.StartAsync("commands.processes = 60");
        // bash, which tries again where a fork fails: a bomb of dash may burn out between two looks.
        string bomb = await site.DetachAsync("bash", "-c", "f() { f | f & }; f; sleep 60");
        Assert.Equal("still here\n", (await site.RunAsync("echo", "still here")).Expect(0).Text);
        await CommandSite.EventuallyAsync(async () => (await site.JobAsync(bomb)).GetProperty("state").GetString() == "ended", "the bomb ended");
        Assert.Equal("over_limit", (await site.JobAsync(bomb)).GetProperty("reason").GetString());
        await CommandSite.EventuallyAsync(() => Task.FromResult(site.Server.JobProcesses().Count < 20), "its processes are gone");
        (await site.RunAsync("true")).Expect(0);
    }

    [Fact]
    public async Task Without_confinement_only_administrators_run_anything()
    {
        await using CommandSite site = await CommandSite.StartAsync("commands.confinement = none");
        CommandResult refused = (await site.RunAsync("true")).Expect(255);
        Assert.Contains("administrators", refused.Error, StringComparison.Ordinal);
        await site.AddAsync("root", "files,run,admin");
        Dictionary<string, string?> root = site.Environment("root");
        CommandResult result = (await Command.RunAsync(["run", "--", "sh", "-c", "echo out; echo err >&2; pwd; exit 4"], root)).Expect(4);
        Assert.Equal(($"out\n{site.Server.HomeOf("root")}\n", "err\n"), (result.Text, result.Error));
        Assert.Equal("hello\r\n", (await Command.RunAsync(["run", "--pty", "--", "echo", "hello"], root)).Expect(0).Text);

        // The whole tree ends, whoever left the session.
        string job = (await Command.RunAsync(["run", "--detach", "--", "sh", "-c", "(setsid sleep 8881 &); sleep 8882"], root)).Expect(0).Text.Trim();
        await CommandSite.EventuallyAsync(() => Task.FromResult(CommandSite.Sleepers(888) == 2), "both sleep");
        (await Command.RunAsync(["kill", job, "--signal", "KILL"], root)).Expect(0);
        await CommandSite.EventuallyAsync(() => Task.FromResult(CommandSite.Sleepers(888) == 0), "nobody sleeps");
    }

    [Fact]
    public async Task Too_many_jobs_are_told_so_and_a_place_comes_free()
    {
        await using CommandSite site = await CommandSite.StartAsync("commands.max-per-account = 2");
        string first = await site.DetachAsync("sleep", "60");
        await site.DetachAsync("sleep", "60");
        CommandResult third = (await site.RunAsync("true")).Expect(255);
        Assert.Contains("2", third.Error, StringComparison.Ordinal);
        (await site.TypeAsync("kill", first, "--signal", "KILL")).Expect(0);
        await CommandSite.EventuallyAsync(async () => (await site.RunAsync("true")).ExitCode == 0, "a place is free");
    }

    [Fact]
    public async Task A_job_that_passes_the_quota_is_ended_and_one_that_keeps_it_is_not()
    {
        await using CommandSite site = await CommandSite.StartAsync();
        await site.Server.SetAccountAsync("ann", "--quota", "20M");
        (await site.RunAsync("sh", "-c", "head -c 5M /dev/zero >five; sleep 3")).Expect(0);
        CommandResult greedy = await site.RunAsync("sh", "-c", "while head -c 1M /dev/zero >>many; do sleep 0.05; done");
        Assert.Equal(128 + 15, greedy.ExitCode);
        JsonElement last = (await site.TypeAsync("jobs", "--all", "--json")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).Last();
        Assert.Equal("over_quota", last.GetProperty("reason").GetString());

        // Over it, one may read, remove and run, and not upload.
        await CommandSite.EventuallyAsync(async () => JsonDocument.Parse((await site.TypeAsync("df", "--json")).Text).RootElement.GetProperty("used").GetInt64() > 20 << 20, "all of it is counted");
        Assert.Equal("here\n", (await site.RunAsync("echo", "here")).Expect(0).Text);
        (await Command.RunAsync(["put", "-", "/more"], site.Environment(), "more")).Expect(6);
        (await site.RunAsync("rm", "many")).Expect(0);
        await CommandSite.EventuallyAsync(async () => (await Command.RunAsync(["put", "-", "/more"], site.Environment(), "more")).ExitCode == 0, "there is room again");
    }

    [Fact]
    public async Task A_detached_flood_loses_its_middle_and_says_so()
    {
        await using CommandSite site = await CommandSite.StartAsync("commands.log = 4M");
        string job = await site.DetachAsync("seq", "2000000");
        await CommandSite.EventuallyAsync(async () => (await site.JobAsync(job)).GetProperty("state").GetString() == "ended", "ended");
        JsonElement told = await site.JobAsync(job);
        byte[] whole = CommandSite.Numbered(2_000_000);
        Assert.Equal(whole.Length, told.GetProperty("stdout").GetInt64());
        int dropped = (int)told.GetProperty("dropped").GetInt64();
        Assert.InRange(whole.Length - dropped, 1 << 20, 4 << 20);
        CommandResult replay = (await site.AttachAsync(job)).Expect(0);
        Assert.Equal(whole.AsSpan(0, 1 << 20), replay.Output.AsSpan(0, 1 << 20));
        Assert.Equal(whole.AsSpan((1 << 20) + dropped), replay.Output.AsSpan(1 << 20));
        Assert.NotEqual("", replay.Error);
    }

    [Fact]
    public async Task One_that_asked_to_wait_loses_nothing()
    {
        await using CommandSite site = await CommandSite.StartAsync("commands.log = 2M");
        string job = (await site.TypeAsync("run", "--detach", "--wait-when-full", "--", "seq", "1000000")).Expect(0).Text.Trim();
        await CommandSite.EventuallyAsync(async () => (await site.JobAsync(job)).GetProperty("waiting").GetBoolean(), "it waits");
        Assert.Equal(CommandSite.Numbered(1_000_000), (await site.AttachAsync(job)).Expect(0).Output);
    }

    [Fact]
    public async Task A_reader_that_stops_reading_holds_up_its_own_program_and_nobody_else()
    {
        await using CommandSite site = await CommandSite.StartAsync("commands.log = 8M");
        ProcessStartInfo start = new(ProgramFile.Path, ["run", "--", "head", "-c", "300M", "/dev/zero"]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        Command.SetEnvironment(start, site.Environment());
        using Process stalled = Process.Start(start)!;
        stalled.StandardInput.Close();
        JsonElement job = default;
        await CommandSite.EventuallyAsync(async () =>
        {
            string line = (await site.TypeAsync("jobs", "--json")).Text.Split('\n')[0];
            return line.Length > 0 && (job = JsonDocument.Parse(line).RootElement).GetProperty("waiting").GetBoolean();
        }, "the program waits");
        Assert.InRange(job.GetProperty("stdout").GetInt64() - job.GetProperty("dropped").GetInt64(), 1, 8 << 20);
        long memory = ResidentOf(site.Server.Pid);
        Assert.True(memory < 300 << 20, $"the server holds {memory >> 20} MiB");
        Assert.Equal("quick\n", (await site.RunAsync("echo", "quick")).Expect(0).Text);

        // It goes on, and has lost nothing.
        long arrived = 0;
        byte[] buffer = new byte[1 << 16];
        for (int got; (got = await stalled.StandardOutput.BaseStream.ReadAsync(buffer)) > 0; arrived += got)
        {
            Assert.Equal(-1, buffer.AsSpan(0, got).IndexOfAnyExcept((byte)0));
        }

        await stalled.WaitForExitAsync();
        Assert.Equal((300L << 20, 0), (arrived, stalled.ExitCode));
    }

    private static long ResidentOf(int process) => long.Parse(
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")).First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) * 1024;
}
