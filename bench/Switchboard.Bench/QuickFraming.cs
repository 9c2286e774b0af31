using System.Diagnostics;

namespace Switchboard.Bench;

/// <summary>The benchmarks of <see cref="FramingBenchmarks"/> with a stopwatch: medians of several rounds, in seconds instead of minutes.</summary>
internal static class QuickFraming
{
    private const int Rounds = 15;
    private const int FramesPerRound = 100_000;

    public static void Run()
    {
        Console.WriteLine($"ns per frame, both ends on one thread; median of {Rounds} rounds of {FramesPerRound:N0} frames (CPU time, clock in brackets)");
        Console.WriteLine("| | payload 0 | payload 64 |");
        Console.WriteLine("|---|---|---|");
        Report("the pipe alone", FramingBenchmarks.Batch, bench => bench.Pipe_alone());
        Report("frames written and read", FramingBenchmarks.Batch, bench => bench.Frames());
        Report("the same, headers serialised from values", FramingBenchmarks.Batch, bench => bench.Frames_of_serialised_values());
        Report("frames read, copied in ready-made", FramingBenchmarks.Batch, bench => bench.Frames_read());
        Report("one frame per flush and read", 1, bench => bench.One_frame());
    }

    private static void Report(string what, int framesPerCall, Func<FramingBenchmarks, Task> act) =>
        Console.WriteLine($"| {what} | {Measure(0, framesPerCall, act)} | {Measure(64, framesPerCall, act)} |");

    private static string Measure(int payload, int framesPerCall, Func<FramingBenchmarks, Task> act)
    {
        var bench = new FramingBenchmarks { Payload = payload };
        bench.Setup();
        // The first rounds warm the code up, past tiered compilation.
        var rounds = Enumerable.Range(0, Rounds + 5).Select(_ => Round(bench, framesPerCall, act)).Skip(5).ToList();
        return $"{Median(rounds.Select(round => round.Cpu)):F0} ({Median(rounds.Select(round => round.Clock)):F0})";
    }

    private static (double Cpu, double Clock) Round(FramingBenchmarks bench, int framesPerCall, Func<FramingBenchmarks, Task> act)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.GetTimestamp();
        for (var i = 0; i < FramesPerRound / framesPerCall; i++)
            act(bench).GetAwaiter().GetResult();
        return ((Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / FramesPerRound, Stopwatch.GetElapsedTime(clock).TotalNanoseconds / FramesPerRound);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
