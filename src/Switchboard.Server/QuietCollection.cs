namespace Switchboard.Server;

/// <summary>
/// Gives memory back when a server has become quiet. A collector that nothing drives any more keeps what a thousand logins left behind: half of
/// what an idle member of a room seemed to cost.
/// </summary>
internal sealed class QuietCollection
{
    /// <summary>What a server allocates in a second in which nobody does anything but be there.</summary>
    private const long QuietBytes = 1 << 20;

    /// <summary>Less than this since the last time is not worth a pause.</summary>
    private const long WorthBytes = 32 << 20;

    /// <summary>All threads stand still for about 1 ms for each MiB that lives; above this bound somebody would notice.</summary>
    private const long MostLiving = 192 << 20;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private long _before;
    private long _collected;

    /// <summary>Collects in quiet moments until <paramref name="stop"/>.</summary>
    public static async Task WatchAsync(CancellationToken stop)
    {
        var watch = new QuietCollection();
        using var timer = new PeriodicTimer(Second);
        while (await timer.WaitForNextTickAsync(stop))
        {
            if (watch.IsDue(GC.GetTotalAllocatedBytes(), GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes))
            {
                // Aggressive is the one mode that gives memory back to the system at once.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }
        }
    }

    /// <summary>Whether to collect now; asked once a second.</summary>
    /// <param name="allocated">Bytes since the process began.</param>
    /// <param name="living">Bytes that lived at the last collection.</param>
    public bool IsDue(long allocated, long living)
    {
        var isQuiet = allocated - _before < QuietBytes;
        _before = allocated;
        if (!isQuiet || allocated - _collected < WorthBytes || living > MostLiving)
        {
            return false;
        }

        _collected = allocated;
        return true;
    }
}
