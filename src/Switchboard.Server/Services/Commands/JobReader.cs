using Switchboard.Server.Storage.Spools;

namespace Switchboard.Server.Services.Commands;

/// <summary>What comes next for a reader.</summary>
internal enum JobNewsKind
{
    /// <summary>A piece of output is there: <see cref="JobReader.TryRead"/>.</summary>
    Output,

    /// <summary>Bytes that are kept no more; the cursor stands behind them now.</summary>
    Gap,

    /// <summary>The program's input took more.</summary>
    Taken,

    /// <summary>It is over and everything was read.</summary>
    Ended,

    /// <summary>Nothing happened; <see cref="JobReader.Nudge"/> was called.</summary>
    Nudged,
}

/// <param name="Kind">What it is.</param>
/// <param name="Stream"><see cref="JobOutput.Stdout"/> or <see cref="JobOutput.Stderr"/>.</param>
/// <param name="Offset">Of the first byte; for <see cref="JobNewsKind.Taken"/>, how many were taken.</param>
/// <param name="Length">Of a gap.</param>
internal readonly record struct JobNews(JobNewsKind Kind, int Stream = 0, long Offset = 0, long Length = 0);

/// <summary>One session's cursor in what a job writes. For one caller at a time; it holds no buffer, and nobody waits for it but the job itself.</summary>
internal sealed class JobReader(Job job, string key, long stdout, long stderr) : IDisposable
{
    /// <summary>How much of the past a reader is shown that asks for none: a screen or two.</summary>
    private const int TailBytes = 16 * 1024;

    /// <summary>Input is acknowledged when so much of it was taken, or nothing else is to be said.</summary>
    private const long TakenStep = CommandsOptions.InputWindow / 16;

    private readonly long[] _next = [stdout, stderr];
    private readonly Changed _nudged = new();
    private long _takenTold;
    private int _turn;
    private bool _left;

    public Job Job => job;

    public string Key => key;

    /// <summary>The next byte of each stream.</summary>
    public (long Stdout, long Stderr) Next => (_next[JobOutput.Stdout], _next[JobOutput.Stderr]);

    /// <summary>Where a reader begins that does not say: at the beginning of a line, at most <see cref="TailBytes"/> before the end.</summary>
    internal static long TailOf(Spool spool)
    {
        var from = Math.Max(0, spool.End - TailBytes);
        if (from == 0 || spool.IsDropped(from))
        {
            return from;
        }

        var tail = new byte[TailBytes];
        var line = spool.TryRead(from, TailBytes, length => tail.AsSpan(0, length)) ? tail.AsSpan().IndexOf((byte)'\n') : -1;
        return from + line + 1;
    }

    /// <summary>Waits for what comes next.</summary>
    public async ValueTask<JobNews> NextAsync(CancellationToken cancel)
    {
        while (true)
        {
            var (changed, nudged) = (job.Changed.Next, _nudged.Next);
            // Asked first: what was written before the end is seen as output.
            var over = job.Ending is not null;
            if (Output() is { } output)
            {
                return IsMuchTaken(out var much) ? much : output;
            }

            if (IsTaken(1, out var taken))
            {
                return taken;
            }

            if (over)
            {
                return new JobNews(JobNewsKind.Ended);
            }

            if (await Task.WhenAny(changed, nudged).WaitAsync(cancel) == nudged)
            {
                return new JobNews(JobNewsKind.Nudged);
            }
        }
    }

    /// <summary>In a terminal, output up to here was drawn for others before this reader came.</summary>
    public long DrawnBefore { get; init; }

    /// <summary>Wakes who waits in <see cref="NextAsync"/>.</summary>
    public void Nudge() => _nudged.Pulse();

    /// <summary>Copies a piece of output to where <paramref name="target"/> says, and moves on.</summary>
    /// <returns>False when it was dropped at this very moment: ask <see cref="NextAsync"/> again.</returns>
    public bool TryRead(JobNews news, int most, Spool.Target target)
    {
        var read = 0;
        if (!job.Output.Spools[news.Stream].TryRead(news.Offset, most, length => target(read = length)))
        {
            return false;
        }

        _next[news.Stream] += read;
        return true;
    }

    /// <summary>The client has everything before these bytes.</summary>
    public void Received(long stdout, long stderr) => job.Received(key, Math.Min(stdout, Next.Stdout), Math.Min(stderr, Next.Stderr));

    /// <summary>Leaves and is not waited for.</summary>
    public void Leave() => LeaveOnce(forGood: true);

    /// <summary>Is gone, and may come back.</summary>
    public void Dispose() => LeaveOnce(forGood: false);

    private void LeaveOnce(bool forGood)
    {
        if (!Interlocked.Exchange(ref _left, true))
        {
            job.Leave(key, forGood);
        }
    }

    private JobNews? Output()
    {
        // In turn, so that a flood on one stream does not hide the other.
        for (var i = 0; i < 2; i++)
        {
            _turn = 1 - _turn;
            if (OutputOf(_turn) is { } news)
            {
                return news;
            }
        }

        return null;
    }

    private JobNews? OutputOf(int stream)
    {
        var spool = job.Output.Spools[stream];
        var at = _next[stream];
        if (spool.IsDropped(at))
        {
            _next[stream] = spool.GapEnd;
            return new JobNews(JobNewsKind.Gap, stream, at, _next[stream] - at);
        }

        return at < spool.End ? new JobNews(JobNewsKind.Output, stream, at) : null;
    }

    private bool IsMuchTaken(out JobNews news) => IsTaken(TakenStep, out news);

    private bool IsTaken(long step, out JobNews news)
    {
        var taken = job.Input?.TakenNow(key) ?? 0;
        news = new JobNews(JobNewsKind.Taken, Offset: taken);
        if (taken - _takenTold < step)
        {
            return false;
        }

        _takenTold = taken;
        return true;
    }
}
