namespace Switchboard.Client;

/// <summary>A token bucket: at most so many bytes per second, with bursts of an eighth of a second.</summary>
internal sealed class RateLimit(long? bytesPerSecond, TimeProvider? clock = null)
{
    private const int MostPiece = 256 * 1024;
    private const int LeastPiece = 1024;

    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private readonly Lock sync = new();
    private long freeAt;

    /// <summary>How many bytes to move at once, so that a slow rate stays smooth.</summary>
    public int Piece { get; } = (int)Math.Clamp((bytesPerSecond ?? long.MaxValue) / 8, LeastPiece, MostPiece);

    /// <summary>Waits until so many bytes may move.</summary>
    public ValueTask TakeAsync(long bytes, CancellationToken ct)
    {
        if (bytesPerSecond is not { } rate || rate <= 0)
        {
            return ValueTask.CompletedTask;
        }

        TimeSpan wait;
        lock (sync)
        {
            var now = clock.GetTimestamp();
            var start = Math.Max(freeAt, now - (clock.TimestampFrequency / 8));
            freeAt = start + (long)((double)bytes / rate * clock.TimestampFrequency);
            wait = clock.GetElapsedTime(now, freeAt);
        }

        return wait > TimeSpan.Zero ? new(Task.Delay(wait, clock, ct)) : ValueTask.CompletedTask;
    }
}
