using System.Text;
using Switchboard.Client;
using Switchboard.Client.Connecting;
using Switchboard.Protocol;

namespace Switchboard.Tests.Client;

/// <summary>One session on one line: what is asked, heard, refused.</summary>
public sealed class JobTests
{
    private readonly Heard heard = new();

    private RunOptions Cat => RunOptions.Of("cat") with { OnOutput = heard.TakeAsync, Input = true };

    private static async Task<RefusalCode> RefusedAsync(Task task) => (await Assert.ThrowsAsync<RefusedException>(() => task)).Code;

    [Fact]
    public async Task Both_streams_and_the_exit_code_arrive()
    {
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            await peer.StdoutAsync(0, "hello ");
            await peer.StderrAsync(0, "oh");
            await peer.StdoutAsync(6, "world");
            await peer.ExitAsync(7);
        });
        await using var commands = peers.Commands();
        var job = commands.Run(Cat);
        Assert.Equal(new JobOutcome(JobPeer.Job, "ended", 7, null), await job.Completion);
        Assert.Equal(new JobStart(JobPeer.Job, false), await job.Started);
        Assert.Equal("hello world", heard.Stdout);
        Assert.Equal("oh", heard.Stderr);
        Assert.False(await job.WriteAsync("too late"u8.ToArray()));
        await job.SignalAsync("INT");
    }

    [Fact]
    public async Task A_run_says_what_was_wanted_byte_for_byte()
    {
        byte[] odd = [0xC4, 0xE3, 0xFF, 0x0A];
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            Assert.Equal(2, peer.Number("arguments"));
            Assert.Equal([.. "echo\0"u8, .. odd, .. "\0A=b c\0"u8], peer.Payload);
            Assert.Equal("/src", peer.Text("folder"));
            Assert.Equal("xterm", peer.Text("term"));
            Assert.Equal(1.5, peer.Header.GetProperty("timeout").GetDouble());
            Assert.Equal((30, 100), (peer.Number("rows"), peer.Number("columns")));
            Assert.All(["terminal", "wait_when_full"], field => Assert.True(peer.Header.GetProperty(field).GetBoolean()));
            Assert.All(["shell", "input", "detach"], field => Assert.False(peer.Header.TryGetProperty(field, out _)));
            await peer.ExitAsync();
        });
        await using var commands = peers.Commands();
        await commands.Run(new()
        {
            Arguments = ["echo"u8.ToArray(), odd],
            Environment = RunOptions.Texts(["A=b c"]),
            Folder = "/src",
            Terminal = true,
            Term = "xterm",
            Rows = 30,
            Columns = 100,
            Timeout = TimeSpan.FromSeconds(1.5),
            WaitWhenFull = true,
        }).Completion;
        await peers.FinishAsync();
    }

    [Fact]
    public async Task Input_never_exceeds_the_window_and_a_signal_overtakes_it()
    {
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync(window: 8);
            var input = new MemoryStream();
            await TakeInputAsync(peer, input, 8);
            full.SetResult();
            // More input would have come before this.
            await peer.ExpectAsync("signal");
            Assert.Equal("INT", peer.Text("signal"));
            for (var taken = 3; taken < 20; taken += 3)
            {
                await peer.TakenAsync(taken);
                await TakeInputAsync(peer, input, Math.Min(20, taken + 8));
            }

            await TakeEndAsync(peer, 20);
            Assert.Equal("0123456789abcdefghij", Encoding.UTF8.GetString(input.ToArray()));
            await peer.ExitAsync();
        });
        await using var commands = peers.Commands();
        var job = commands.Run(Cat);
        var writing = job.WriteAsync("0123456789abcdefghij"u8.ToArray());
        await full.Task;
        Assert.False(writing.IsCompleted);
        await job.SignalAsync("INT");
        Assert.True(await writing);
        await job.EndInputAsync();
        await job.Completion;
        await peers.FinishAsync();
    }

    [Fact]
    public async Task An_empty_input_ends_and_a_size_is_told()
    {
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            await peer.ExpectAsync("stdin");
            Assert.Equal(0, peer.Number("offset"));
            Assert.True(peer.Header.GetProperty("end").GetBoolean());
            Assert.Empty(peer.Payload);
            await peer.ExpectAsync("resize");
            Assert.Equal((50, 132), (peer.Number("rows"), peer.Number("columns")));
            await peer.ExitAsync();
        });
        await using var commands = peers.Commands();
        var job = commands.Run(Cat);
        await job.Started;
        await job.EndInputAsync();
        await job.ResizeAsync(50, 132);
        await job.Completion;
        await peers.FinishAsync();
    }

    [Fact]
    public async Task What_was_received_is_told_every_mebibyte()
    {
        var content = Scratch.Bytes(5 << 19);
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            var told = peer.ExpectAsync("received");
            for (var at = 0; at < content.Length; at += 1 << 19)
            {
                await peer.StdoutAsync(at, content[at..(at + (1 << 19))]);
            }

            await told;
            Assert.InRange(peer.Number("stdout"), 1 << 20, content.Length);
            await peer.ExitAsync();
        });
        await using var commands = peers.Commands();
        await commands.Run(Cat).Completion;
        await peers.FinishAsync();
        Assert.Equal(content, heard.Bytes);
    }

    [Fact]
    public async Task A_gap_is_told_and_the_stream_goes_on_behind_it()
    {
        var gaps = new List<JobGap>();
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync("attach");
            Assert.Equal((0, 0), (peer.Number("stdout"), peer.Number("stderr")));
            await peer.StdoutAsync(0, "begin");
            await peer.SendAsync(new OutputGap { Id = peer.Id, Stream = "stdout", Offset = 5, Length = 1000 }, ProtocolJson.Default.OutputGap);
            await peer.StdoutAsync(1005, "end");
            await peer.ExitAsync();
        });
        await using var commands = peers.Commands();
        await commands.Attach(new() { Job = JobPeer.Job, FromStart = true, OnOutput = heard.TakeAsync, OnGap = gaps.Add }).Completion;
        await peers.FinishAsync();
        Assert.Equal([new JobGap(JobOutput.Stdout, 5, 1000)], gaps);
        Assert.Equal("beginend", heard.Stdout);
    }

    [Fact]
    public async Task An_attach_lets_the_server_choose_where_it_begins()
    {
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync("attach", stdout: 900, stderr: 5);
            Assert.False(peer.Header.TryGetProperty("stdout", out _));
            await peer.StdoutAsync(900, "tail");
            await peer.ExitAsync(137, reason: "timeout");
        });
        await using var commands = peers.Commands();
        var outcome = await commands.Attach(new() { Job = JobPeer.Job, OnOutput = heard.TakeAsync }).Completion;
        await peers.FinishAsync();
        Assert.Equal(new(JobPeer.Job, "ended", 137, "timeout"), outcome);
        Assert.Equal("tail", heard.Stdout);
    }

    [Fact]
    public async Task A_job_is_left_and_the_line_serves_the_next_one()
    {
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            await peer.ExpectAsync("detach");
            await peer.ExitAsync(null, "running");
            await peer.StartAsync();
            await peer.ExitAsync();
        });
        await using var commands = peers.Commands();
        var job = commands.Run(Cat);
        await job.Started;
        Assert.Throws<InvalidOperationException>(() => commands.Run(Cat));
        Assert.Equal(new(JobPeer.Job, "running", null, null), await job.DetachAsync());
        Assert.Equal(0, (await commands.Run(Cat).Completion).Exit);
        Assert.Equal(1, peers.Connections);
        Assert.Equal(ScriptedPeer.User, commands.Login!.Account);
    }

    [Theory]
    [InlineData(RefusalCode.Forbidden)]
    [InlineData(RefusalCode.Busy)]
    public async Task A_refused_run_is_told_at_once(RefusalCode code)
    {
        await using var peers = new Peers(async peer =>
        {
            await peer.ExpectAsync("run");
            await peer.RefuseAsync(new(code) { RetryAfter = 1 });
        });
        await using var commands = peers.Commands();
        var job = commands.Run(Cat);
        Assert.Equal(code, await RefusedAsync(job.Completion));
        Assert.Equal(code, await RefusedAsync(job.Started));
        await job.EndInputAsync();
    }

    [Fact]
    public async Task Refused_input_and_signals_are_told_and_the_job_is_followed_on()
    {
        var refused = new List<string>();
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync("attach");
            await peer.ExpectAsync("signal");
            await peer.RefuseAsync(new(RefusalCode.BadRequest) { Subject = "signal" });
            await peer.StartAsync("attach");
            await peer.ExpectAsync("stdin");
            await peer.StdoutAsync(0, "before");
            await peer.RefuseAsync(new(RefusalCode.BadRequest) { Subject = "stdin", Detail = "no input was announced" });
            await peer.ExpectAsync("attach");
            Assert.False(peer.Header.TryGetProperty("input", out _));
            Assert.Equal(6, peer.Number("stdout"));
            await peer.SendAsync(new JobStarted { Id = peer.Id, Job = JobPeer.Job, Stdout = 6, Stderr = 0, Stdin = 0, Window = 1 }, ProtocolJson.Default.JobStarted);
            await peer.StdoutAsync(6, "after");
            await peer.ExitAsync();
        });
        await using var commands = peers.Commands();
        var job = commands.Attach(new() { Job = JobPeer.Job, FromStart = true, Input = true, OnOutput = heard.TakeAsync, OnRefused = refusal => refused.Add(refusal.Subject!) });
        await job.SignalAsync("NONE");
        await ReattachTests.UntilAsync(() => refused.Count == 1);
        await job.WriteAsync("typed"u8.ToArray());
        Assert.Equal(0, (await job.Completion).Exit);
        await peers.FinishAsync();
        Assert.Equal("beforeafter", heard.Stdout);
        Assert.Equal(["signal", "stdin"], refused);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_at_once()
    {
        await using var commands = new RemoteCommands(_ => throw new RefusedException(RefusalCode.NoConnection));
        Assert.Equal(RefusalCode.NoConnection, await RefusedAsync(commands.Run(Cat).Completion));
    }

    [Fact]
    public async Task What_the_sink_throws_comes_out_and_nothing_is_tried_again()
    {
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            await peer.StdoutAsync(0, "x");
        });
        await using var commands = peers.Commands();
        var job = commands.Run(Cat with { OnOutput = (_, _) => throw new IOException("closed pipe") });
        Assert.Equal("closed pipe", (await Assert.ThrowsAsync<IOException>(() => job.Completion)).Message);
    }

    private static readonly Dictionary<string, Func<ScriptedPeer, Task>> LiesByName = new()
    {
        ["output that is not the next"] = async peer => { await peer.StartAsync(); await peer.StdoutAsync(1, "x"); },
        ["output again"] = async peer => { await peer.StartAsync(); await peer.StdoutAsync(0, "x"); await peer.StdoutAsync(0, "x"); },
        ["output before the start"] = async peer => { await peer.ExpectAsync("run"); await peer.StdoutAsync(0, "x"); },
        ["another beginning"] = peer => peer.StartAsync(stdout: 10),
        ["a negative beginning"] = peer => peer.StartAsync(stdout: -1),
        ["two beginnings"] = async peer => { await peer.StartAsync(); await peer.SendAsync(new JobStarted { Id = peer.Id, Job = JobPeer.Job, Stdout = 0, Stderr = 0, Stdin = 0, Window = 1 }, ProtocolJson.Default.JobStarted); },
        ["input nobody sent"] = peer => peer.StartAsync(stdin: 1),
        ["no window"] = peer => peer.StartAsync(window: 0),
        ["taken what was not sent"] = async peer => { await peer.StartAsync(); await peer.TakenAsync(1); },
        ["a gap elsewhere"] = async peer => { await peer.StartAsync(); await peer.SendAsync(new OutputGap { Id = peer.Id, Stream = "stdout", Offset = 3, Length = 1 }, ProtocolJson.Default.OutputGap); },
        ["a gap without end"] = async peer => { await peer.StartAsync(); await peer.StdoutAsync(0, "x"); await peer.SendAsync(new OutputGap { Id = peer.Id, Stream = "stdout", Offset = 1, Length = long.MaxValue }, ProtocolJson.Default.OutputGap); },
        ["a gap in no stream"] = async peer => { await peer.StartAsync(); await peer.SendAsync(new OutputGap { Id = peer.Id, Stream = "stdlog", Offset = 0, Length = 1 }, ProtocolJson.Default.OutputGap); },
        ["the end of another job"] = async peer => { await peer.StartAsync(); await peer.ExitAsync(job: "other"); },
        ["an end without a beginning"] = async peer => { await peer.ExpectAsync("run"); await peer.ExitAsync(); },
        ["an answer to something else"] = async peer => { await peer.StartAsync(); await peer.SendAsync(new Items { Id = peer.Id, Count = 0 }, ProtocolJson.Default.Items); },
    };

    public static TheoryData<string> Lies => [.. LiesByName.Keys];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_server_that_says_what_cannot_be_is_left(string lie)
    {
        await using var peers = new Peers(LiesByName[lie]);
        await using var commands = peers.Commands();
        Assert.Equal(RefusalCode.BadFrame, await RefusedAsync(commands.Run(Cat).Completion));
    }

    [Fact]
    public async Task The_run_rides_with_the_login_and_nothing_is_believed_before_the_proof()
    {
        await using var peer = new ScriptedPeer();
        // Unix lines may send requests early.
        await using var line = new Line(peer.Line.Pipe) { IsUnix = true };
        await using var commands = new RemoteCommands(ct => SwitchboardClient.ConnectAsync(line, ScriptedPeer.Options with { EarlyRequests = true }, ct));
        var job = commands.Run(Cat);
        await peer.LogInUpToProofAsync();
        // Both are there before the server has said anything to the proof.
        await peer.ExpectAsync("auth");
        var login = peer.LoginOf("v=" + Convert.ToBase64String(new byte[32]));
        await peer.StartAsync();
        await peer.StdoutAsync(0, "forged");
        await peer.SendAsync(login, ProtocolJson.Default.LoginAnswer);
        await Assert.ThrowsAsync<RefusedException>(() => job.Completion);
        Assert.Equal("", heard.Stdout);
        Assert.False(job.Started.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Small_commands_follow_one_another_on_one_line_and_other_requests_wait_for_them()
    {
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            await peer.ExpectAsync("stdin");
            Assert.True(peer.Header.GetProperty("end").GetBoolean());
            await peer.StdoutAsync(0, peer.Payload);
            await peer.StderrAsync(0, "e");
            await peer.ExitAsync(3);
            await peer.ExpectAsync("ping");
            await peer.DoneAsync();
            for (var i = 0; i < 10; i++)
            {
                await peer.StartAsync();
                await peer.StdoutAsync(0, "0123456789");
                await peer.ExitAsync(i);
            }
        });
        await using var client = await peers.ConnectAsync();
        var first = client.RunAsync(RunOptions.Of("cat"), "text"u8.ToArray());
        var ping = client.PingAsync();
        var result = await first;
        Assert.Equal((3, "text", "e", false), (result.Exit, Encoding.UTF8.GetString(result.Stdout.Span), Encoding.UTF8.GetString(result.Stderr.Span), result.IsTruncated));
        await ping;
        for (var i = 0; i < 10; i++)
        {
            result = await client.RunAsync(RunOptions.Of("echo"), most: 4);
            Assert.Equal((i, "0123", true), (result.Exit, Encoding.UTF8.GetString(result.Stdout.Span), result.IsTruncated));
        }

        await peers.FinishAsync();
    }

    [Fact]
    public async Task A_small_command_that_is_given_up_is_killed_and_frees_the_line()
    {
        using var impatient = new CancellationTokenSource();
        await using var peers = new Peers(async peer =>
        {
            await peer.StartAsync();
            await impatient.CancelAsync();
            await peer.ExpectAsync("signal");
            Assert.Equal("KILL", peer.Text("signal"));
            await peer.ExpectAsync("detach");
            await peer.ExitAsync(null, "running");
            await peer.ExpectAsync("ping");
            await peer.DoneAsync();
        });
        await using var client = await peers.ConnectAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.RunAsync(RunOptions.Of("sleep"), ct: impatient.Token));
        await client.PingAsync();
        await peers.FinishAsync();
    }

    [Fact]
    public async Task Jobs_are_listed_described_and_killed()
    {
        const string Entry = """{"id":"k3v9t2mq","command":"make","folder":"/","state":"running","started":5,"terminal":false,"readers":1,"stdout":1,"stderr":2,"dropped":0,"waiting":false}""";
        await using var peers = new Peers(async peer =>
        {
            await peer.ExpectAsync("jobs");
            Assert.True(peer.Header.GetProperty("all").GetBoolean());
            await peer.SendAsync(new Items { Id = peer.Id, Count = 1 }, ProtocolJson.Default.Items, Encoding.UTF8.GetBytes(Entry + "\n"));
            await peer.DoneAsync();
            await peer.ExpectAsync("job");
            Assert.Equal("k3v9t2mq", peer.Text("job"));
            await peer.RefuseAsync(new(RefusalCode.JobUnknown));
            await peer.ExpectAsync("kill");
            Assert.Equal(("k3v9t2mq", "HUP"), (peer.Text("job"), peer.Text("signal")));
            await peer.DoneAsync();
        });
        await using var client = await peers.ConnectAsync();
        var jobs = new List<JobEntry>();
        await foreach (var job in client.ListJobsAsync(all: true))
        {
            jobs.Add(job);
        }

        Assert.Equal("make", Assert.Single(jobs).Command);
        Assert.Equal(RefusalCode.JobUnknown, await RefusedAsync(client.GetJobAsync("k3v9t2mq")));
        await client.KillAsync("k3v9t2mq", "HUP");
        await peers.FinishAsync();
    }

    /// <summary>The end of the input comes with its last bytes or, where it was said later, by itself.</summary>
    internal static async Task TakeEndAsync(ScriptedPeer peer, long at)
    {
        if (!peer.Header.TryGetProperty("end", out _))
        {
            await peer.ExpectAsync("stdin");
            Assert.Equal((at, 0), (peer.Number("offset"), peer.Payload.Length));
        }

        Assert.True(peer.Header.GetProperty("end").GetBoolean());
    }

    internal static async Task TakeInputAsync(ScriptedPeer peer, MemoryStream input, long until)
    {
        while (input.Length < until)
        {
            await peer.ExpectAsync("stdin");
            Assert.Equal(input.Length, peer.Number("offset"));
            input.Write(peer.Payload);
            Assert.True(input.Length <= until, "more than the window");
        }
    }
}
