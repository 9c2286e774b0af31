using System.Diagnostics;

namespace Switchboard.Server.Doors.Ftp.Data;

/// <summary>Holds one transfer to a rate.</summary>
/// <param name="rate">Bytes per second; null means as fast as the line.</param>
internal sealed class Pace(long? rate)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _moved;

    /// <summary>Of what could be moved at once, so much: a quarter of a second's worth, so that it flows.</summary>
    public long Piece(long most) => rate is { } limit ? Math.Clamp(limit / 4, 1, most) : most;

    public ValueTask KeepAsync(long bytes)
    {
        if (rate is not { } limit)
        {
            return ValueTask.CompletedTask;
        }

        _moved += bytes;
        var ahead = TimeSpan.FromSeconds((double)_moved / limit) - Stopwatch.GetElapsedTime(_started);
        return ahead > TimeSpan.FromMilliseconds(5) ? new ValueTask(Task.Delay(ahead)) : ValueTask.CompletedTask;
    }
}
