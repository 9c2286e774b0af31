namespace Switchboard.Client;

/// <summary>Counts what moves and tells it at most ten times a second.</summary>
internal sealed class ProgressMeter(IProgress<TransferProgress>? progress)
{
    private const long Interval = 100;

    private long bytes;
    private long kept;
    private long moved;
    private long files;
    private long totalBytes = -1;
    private long totalFiles = -1;
    private long lastReport;
    private string? path;

    /// <summary>Somebody listens: worth counting totals for.</summary>
    public bool IsHeard => progress is not null;

    /// <summary>Grows with every byte on the line, lost ones included: a sign of life.</summary>
    public long Moved => Volatile.Read(ref moved);

    public void Begin(string file)
    {
        path = file;
        Report();
    }

    public void Move(long count)
    {
        Interlocked.Add(ref moved, count);
        Interlocked.Add(ref bytes, count);
        Report();
    }

    /// <summary>Bytes that were there before.</summary>
    public void Keep(long count)
    {
        Interlocked.Add(ref kept, count);
        Interlocked.Add(ref bytes, count);
        Report();
    }

    /// <summary>Bytes that were counted as done and have to be done again.</summary>
    public void Lose(long count) => Interlocked.Add(ref bytes, -count);

    public void FileDone()
    {
        Interlocked.Increment(ref files);
        Report();
    }

    public void SetTotal(long allBytes, long allFiles)
    {
        Volatile.Write(ref totalBytes, allBytes);
        Volatile.Write(ref totalFiles, allFiles);
    }

    public void Finish() => progress?.Report(Now());

    private void Report()
    {
        var now = Environment.TickCount64;
        var last = Volatile.Read(ref lastReport);
        if (progress is not null && now - last >= Interval && Interlocked.CompareExchange(ref lastReport, now, last) == last)
        {
            progress.Report(Now());
        }
    }

    private TransferProgress Now() => new(
        Volatile.Read(ref bytes), Known(ref totalBytes), Volatile.Read(ref files), Known(ref totalFiles), path, Volatile.Read(ref kept));

    private static long? Known(ref long value) => Volatile.Read(ref value) is >= 0 and var known ? known : null;
}
