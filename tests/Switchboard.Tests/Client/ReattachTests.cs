using System.Text;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Tests.Client;

/// <summary>A job over lines that drop: the exact byte, the same job, and signs of life.</summary>
public sealed class ReattachTests
{
    private readonly Heard heard = new();
    private readonly List<RefusalCode> retries = [];
    private int reconnects;

    private RunOptions Cat => RunOptions.Of("cat") with
    {
        OnOutput = heard.TakeAsync,
        Input = true,
        OnRetry = (reason, _) => retries.Add(reason.Code),
        OnReconnected = _ => reconnects++,
    };

    [Fact]
    public async Task Before_the_job_is_known_the_same_run_is_said_again()
    {
        string? key = null;
        await using var peers = new Peers(
            async peer =>
            {
                await peer.ExpectAsync("run");
                key = peer.Text("key");
                await peer.CutAsync();
            },
            async peer =>
            {
                await peer.StartAsync();
                Assert.Equal(key, peer.Text("key"));
                Assert.Equal("cat\0", Encoding.UTF8.GetString(peer.Payload));
                await peer.ExitAsync();
            });
        await using var commands = peers.Commands();
        Assert.Equal(0, (await commands.Run(Cat).Completion).Exit);
        await peers.FinishAsync();
        Assert.Matches("^[0-9a-f]{32}$", key);
        Assert.Equal([RefusalCode.NoConnection], retries);
        Assert.Equal(1, reconnects);
    }

    [Fact]
    public async Task Output_goes_on_at_the_exact_byte_wherever_the_line_is_cut()
    {
        var content = Scratch.Bytes(700_000);
        string? key = null;
        await using var peers = new Peers(
            async peer =>
            {
                await peer.StartAsync();
                key = peer.Text("key");
                await peer.StdoutAsync(0, content[..300_000]);
                await peer.CutInsideAsync(300_000, content[300_000..600_000], 123_456);
            },
            async peer =>
            {
                var at = await ReattachAsync(peer, key);
                Assert.Equal(heard.Bytes.Length, at);
                Assert.InRange(at, 0, 423_456);
                await peer.CutInsideAsync(at, content[(int)at..], 1);
            },
            async peer =>
            {
                var at = await ReattachAsync(peer, key);
                await peer.StdoutAsync(at, content[(int)at..]);
                await peer.CutAsync();
            },
            async peer =>
            {
                Assert.Equal(content.Length, await ReattachAsync(peer, key));
                await peer.ExitAsync();
            });
        await using var commands = peers.Commands();
        Assert.Equal(0, (await commands.Run(Cat).Completion).Exit);
        await peers.FinishAsync();
        Assert.Equal(content, heard.Bytes);
        Assert.Equal(3, reconnects);
    }

    [Fact]
    public async Task Input_goes_on_at_the_byte_that_was_taken()
    {
        var content = Scratch.Bytes(3_000_000);
        const int Window = 100_000;
        var input = new MemoryStream();
        await using var peers = new Peers(
            async peer =>
            {
                await peer.StartAsync(window: Window);
                await JobTests.TakeInputAsync(peer, input, Window);
                await peer.TakenAsync(60_000);
                await JobTests.TakeInputAsync(peer, input, 60_000 + Window);
                await peer.CutAsync();
            },
            async peer =>
            {
                // More than was told as taken, less than was sent; and a smaller window than before.
                input.SetLength(75_001);
                await peer.StartAsync("attach", stdin: input.Length, window: Window / 10);
                Assert.True(peer.Header.GetProperty("input").GetBoolean());
                while (input.Length < content.Length)
                {
                    await JobTests.TakeInputAsync(peer, input, Math.Min(content.Length, input.Length + (Window / 10)));
                    await peer.TakenAsync(input.Length);
                }

                await JobTests.TakeEndAsync(peer, content.Length);
                await peer.CutAsync();
            },
            async peer =>
            {
                // Everything was taken; that it ended is said again.
                await peer.StartAsync("attach", stdin: input.Length);
                await peer.ExpectAsync("stdin");
                Assert.Equal((content.Length, 0, true), (peer.Number("offset"), peer.Payload.Length, peer.Header.GetProperty("end").GetBoolean()));
                await peer.ExitAsync();
            });
        await using var commands = peers.Commands();
        var job = commands.Run(Cat);
        Assert.True(await job.WriteAsync(content));
        await job.EndInputAsync();
        await job.Completion;
        await peers.FinishAsync();
        Assert.Equal(content, input.ToArray());
    }

    [Fact]
    public async Task A_server_cannot_have_taken_what_was_not_sent()
    {
        await using var peers = new Peers(
            async peer =>
            {
                await peer.StartAsync(window: 100_000);
                await JobTests.TakeInputAsync(peer, new MemoryStream(), 100_000);
                await peer.CutAsync();
            },
            peer => peer.StartAsync("attach", stdin: 100_001));
        await using var commands = peers.Commands();
        var job = commands.Run(Cat);
        await job.WriteAsync(Scratch.Bytes(100_000));
        Assert.Equal(RefusalCode.BadFrame, (await Assert.ThrowsAsync<RefusedException>(() => job.Completion)).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_lost_count_gets_no_more_input_and_the_output_goes_on(bool isMissed)
    {
        var refused = new List<RefusalCode>();
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var wasTold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peers = new Peers(
            async peer =>
            {
                await peer.StartAsync();
                await JobTests.TakeInputAsync(peer, new MemoryStream(), 1000);
                await peer.TakenAsync(1000);
                await peer.StdoutAsync(0, "x");
                await UntilAsync(() => heard.Stdout == "x");
                taken.SetResult();
                await wasTold.Task;
                await peer.CutAsync();
            },
            async peer =>
            {
                await peer.StartAsync("attach", stdout: 1, stdin: 999);
                await peer.StdoutAsync(1, "y");
                await peer.ExitAsync(4);
            });
        await using var commands = peers.Commands();
        var job = commands.Run(Cat with { OnRefused = refusal => refused.Add(refusal.Code) });
        await job.WriteAsync(Scratch.Bytes(1000));
        await taken.Task;
        if (!isMissed)
        {
            await job.EndInputAsync();
        }

        wasTold.SetResult();
        Assert.Equal(4, (await job.Completion).Exit);
        Assert.Equal("xy", heard.Stdout);
        Assert.Equal(isMissed ? [RefusalCode.BadOffset] : [], refused);
    }

    [Fact]
    public async Task A_signal_and_a_size_said_while_the_line_is_down_are_sent_when_it_is_back()
    {
        RemoteJob? job = null;
        Task? signalled = null;
        await using var peers = new Peers(
            async peer =>
            {
                await peer.StartAsync();
                await peer.CutAsync();
            },
            async peer =>
            {
                await peer.StartAsync("attach");
                Assert.Equal((40, 90), (peer.Number("rows"), peer.Number("columns")));
                await peer.ExpectAsync("signal");
                Assert.Equal("TERM", peer.Text("signal"));
                await signalled!;
                await peer.ExitAsync(143);
            });
        await using var commands = peers.Commands();
        job = commands.Run(Cat with
        {
            OnRetry = (_, _) =>
            {
                _ = job!.ResizeAsync(40, 90);
                signalled = job.SignalAsync("TERM");
            },
        });
        Assert.Equal(143, (await job.Completion).Exit);
        await peers.FinishAsync();
    }

    [Fact]
    public async Task A_job_is_left_at_once_while_the_line_is_down()
    {
        var down = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            await peer.CutAsync();
        });
        // Its clock stands still, so that it would wait for ever.
        await using var commands = peers.Commands(new TimerClock());
        var job = commands.Run(Cat with { OnRetry = (_, _) => down.SetResult() });
        await down.Task;
        Assert.Equal(new(JobPeer.Job, "running", null, null), await job.DetachAsync());
    }

    [Fact]
    public async Task A_job_that_is_to_run_by_itself_is_asked_for_again_and_not_followed()
    {
        await using var peers = new Peers(
            async peer =>
            {
                await peer.StartAsync();
                await peer.CutAsync();
            },
            async peer =>
            {
                await peer.StartAsync();
                await peer.ExitAsync(null, "running");
            });
        await using var commands = peers.Commands();
        Assert.True((await commands.Run(RunOptions.Of("make") with { Detach = true }).Completion).IsRunning);
        await peers.FinishAsync();
    }

    [Fact]
    public async Task Another_job_behind_the_same_id_is_refused()
    {
        await using var peers = new Peers(
            async peer =>
            {
                await peer.StartAsync();
                await peer.CutAsync();
            },
            peer => peer.StartAsync("attach", job: "another1"));
        await using var commands = peers.Commands();
        Assert.Equal(RefusalCode.BadFrame, (await Assert.ThrowsAsync<RefusedException>(() => commands.Run(Cat).Completion)).Code);
    }

    [Fact]
    public async Task A_job_the_server_has_forgotten_is_told()
    {
        await using var peers = new Peers(
            async peer =>
            {
                await peer.StartAsync();
                await peer.CutAsync();
            },
            async peer =>
            {
                await peer.ExpectAsync("attach");
                await peer.RefuseAsync(new(RefusalCode.JobUnknown) { Subject = JobPeer.Job });
            });
        await using var commands = peers.Commands();
        Assert.Equal(RefusalCode.JobUnknown, (await Assert.ThrowsAsync<RefusedException>(() => commands.Run(Cat).Completion)).Code);
    }

    [Fact]
    public async Task Without_patience_a_lost_line_is_told()
    {
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            await peer.CutAsync();
        });
        await using var commands = peers.Commands();
        var job = commands.Run(Cat with { MaxTrying = TimeSpan.Zero });
        Assert.Equal(RefusalCode.NoConnection, (await Assert.ThrowsAsync<RefusedException>(() => job.Completion)).Code);
        Assert.False(await job.WriteAsync("x"u8.ToArray()));
    }

    [Fact]
    public async Task An_idle_session_gives_a_sign_every_15_seconds_and_is_taken_for_broken_after_45_of_silence()
    {
        var clock = new TimerClock();
        var back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peers = new Peers(
            async peer =>
            {
                await peer.StartAsync();
                await peer.StdoutAsync(0, "x");
                await peer.StderrAsync(0, "e");
                await UntilAsync(() => heard.Stderr == "e");
                for (var i = 0; i < 2; i++)
                {
                    clock.Advance(TimeSpan.FromSeconds(14.9));
                    clock.Advance(TimeSpan.FromSeconds(0.1));
                    await peer.ExpectAsync("received");
                    Assert.Equal((1, 1), (peer.Number("stdout"), peer.Number("stderr")));
                }

                clock.Advance(TimeSpan.FromSeconds(14.9));
                Assert.Empty(retries);
                clock.Advance(TimeSpan.FromSeconds(0.1));
                await UntilAsync(() => retries.Count == 1);
                await UntilAsync(() =>
                {
                    clock.Advance(TimeSpan.FromSeconds(1));
                    return back.Task.IsCompleted;
                });
            },
            async peer =>
            {
                await peer.StartAsync("attach", 1, 1);
                back.SetResult();
                await peer.ExitAsync();
            });
        await using var commands = peers.Commands(clock);
        Assert.Equal(0, (await commands.Run(Cat).Completion).Exit);
        await peers.FinishAsync();
        Assert.Equal([RefusalCode.NoConnection], retries);
        Assert.Equal(1, reconnects);
    }

    [Fact]
    public async Task Pulses_keep_the_line()
    {
        var clock = new TimerClock();
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            for (var i = 0; i < 20; i++)
            {
                clock.Advance(TimeSpan.FromSeconds(15));
                await peer.ExpectAsync("received");
                await peer.PulseAsync();
                // The pulse is heard when what comes behind it is.
                await peer.StdoutAsync(i, ".");
                await UntilAsync(() => heard.Stdout.Length == i + 1);
            }

            await peer.ExitAsync();
        });
        await using var commands = peers.Commands(clock);
        await commands.Run(Cat).Completion;
        await peers.FinishAsync();
        Assert.Empty(retries);
    }

    [Fact]
    public async Task A_pager_that_stands_still_is_not_taken_for_a_broken_line()
    {
        var clock = new TimerClock();
        var page = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var standing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            await peer.StdoutAsync(0, "page");
            await standing.Task;
            for (var i = 0; i < 20; i++)
            {
                clock.Advance(TimeSpan.FromSeconds(15));
                await peer.ExpectAsync("received");
                // Not what was not yet taken.
                Assert.Equal(0, peer.Number("stdout"));
            }

            page.SetResult();
            await peer.ExitAsync();
        });
        await using var commands = peers.Commands(clock);
        var job = commands.Run(Cat with
        {
            OnOutput = async (_, _) =>
            {
                standing.SetResult();
                await page.Task;
            },
        });
        Assert.Equal(0, (await job.Completion).Exit);
        await peers.FinishAsync();
        Assert.Empty(retries);
    }

    private static async Task<long> ReattachAsync(ScriptedPeer peer, string? key)
    {
        await peer.ExpectAsync("attach");
        Assert.Equal((JobPeer.Job, key), (peer.Text("job"), peer.Text("key")));
        Assert.Equal(0, peer.Number("stderr"));
        var at = peer.Number("stdout");
        var started = new JobStarted { Id = peer.Id, Job = JobPeer.Job, Stdout = at, Stderr = 0, Stdin = 0, Window = 1 };
        await peer.SendAsync(started, ProtocolJson.Default.JobStarted);
        return at;
    }

    // For what another thread is about to do and no frame tells.
    internal static async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            await Task.Delay(1);
        }
    }
}
