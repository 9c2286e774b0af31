using System.Net.Sockets;
using Switchboard.Lab.Sockets;
using Switchboard.Protocol;

namespace Switchboard.Lab;

/// <summary>Something that books only claim, tried on real sockets: both ends on loopback, bounded in time, without privileges.</summary>
/// <param name="Name">As it is typed.</param>
/// <param name="Title">What it is about.</param>
/// <param name="Run">Carries it out and states, fact by fact, what was expected.</param>
public sealed record Experiment(string Name, Words Title, Action<Bench> Run)
{
    // The slowest, keep-alive, waits four seconds for the kernel; ten times that on a machine that is busy.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>What shall be seen, before it is.</summary>
    public required Words Expects { get; init; }

    /// <summary>Why it is so.</summary>
    public required Words Background { get; init; }

    /// <summary>Runs it on a thread of its own.</summary>
    public Task<Outcome> RunAsync(CancellationToken stop) => RunAsync(null, stop);

    /// <summary>As <see cref="RunAsync(CancellationToken)"/>, with one expectation turned round: the verdict must then be the other one.</summary>
    internal async Task<Outcome> RunAsync(int? turned, CancellationToken stop)
    {
        var trace = new Trace { Turned = turned };
        Task run = Task.Factory.StartNew(() => Guarded(trace), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await run.WaitAsync(Limit, stop);
        }
        catch (TimeoutException)
        {
            // What still runs may still write: the outcome looks at a trace of its own.
            trace = new Trace();
            trace.Expect(("it comes to an end", "实验能结束"), false, $"{Limit.TotalSeconds} s");
        }
        return new(this, trace);
    }

    private void Guarded(Trace trace)
    {
        using var bench = new Bench(trace);
        try
        {
            Run(bench);
        }
        catch (Exception error) when (error is SocketException or IOException or TimeoutException or InvalidOperationException or UnauthorizedAccessException)
        {
            trace.Expect(("it runs to its end", "实验能运行到底"), false, error.Message);
        }
    }
}

/// <summary>Experiments that belong together.</summary>
public sealed record ExperimentGroup(string Id, Words Title, Experiment[] Experiments);

/// <summary>An experiment that was carried out.</summary>
public sealed record Outcome(Experiment Experiment, Trace Trace)
{
    /// <summary>What stands before <see cref="Experiment.Expects"/>, wherever it is shown.</summary>
    public static readonly Words ExpectedLabel = ("Expected: ", "预期：");

    /// <summary>What stands before <see cref="Claim.Seen"/>.</summary>
    public static readonly Words SeenLabel = ("seen: ", "实际：");

    /// <summary>Whether reality was as expected, in everything that was stated; nothing stated proves nothing.</summary>
    public bool IsAsExpected => Trace.Claims.Count > 0 && Trace.Claims.All(claim => claim.Holds);

    /// <summary>The same for people.</summary>
    public Words Verdict => IsAsExpected ? ("As expected.", "与预期一致。") : ("Not as expected.", "与预期不符。");
}
