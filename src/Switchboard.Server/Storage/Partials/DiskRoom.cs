using System.Diagnostics;
using Switchboard.Protocol;

namespace Switchboard.Server.Storage.Partials;

/// <summary>The disk's room: what is free, less what uploads under way have been promised and not yet written, less a reserve.</summary>
/// <param name="ask">Bytes free on the disk.</param>
internal sealed class DiskRoom(Func<long> ask, long reserve)
{
    // Asking costs as much as a small write, so it is asked at most every 20 ms and counted down in between.
    private static readonly long AskEvery = Stopwatch.Frequency / 50;

    private readonly Lock _gate = new();
    private long _asked = long.MinValue / 2;
    private long _free;
    private long _promised;

    /// <summary>Bytes that may still be promised.</summary>
    public long Free
    {
        get
        {
            lock (_gate)
            {
                return Math.Max(0, Unpromised());
            }
        }
    }

    /// <summary>Half of the reserve is gone: not by uploads, which leave it alone, but by what writes past us.</summary>
    public bool IsReserveInUse
    {
        get
        {
            lock (_gate)
            {
                return Unpromised() + _promised < -(reserve / 2);
            }
        }
    }

    /// <summary>Promises room for bytes that will be written.</summary>
    /// <returns>Null when it is promised, else <see cref="RefusalCode.DiskFull"/> with what is free and what is missing.</returns>
    public Refusal? TryPromise(long bytes, string subject)
    {
        lock (_gate)
        {
            if (bytes > Unpromised())
            {
                _asked = long.MinValue / 2;
                var free = Math.Max(0, Unpromised());
                if (bytes > free)
                {
                    return new Refusal(RefusalCode.DiskFull) { Subject = subject, Free = free, Missing = bytes - free };
                }
            }

            _promised += bytes;
            return null;
        }
    }

    /// <summary>Bytes that were promised are written now.</summary>
    public void Written(long bytes)
    {
        lock (_gate)
        {
            _promised -= bytes;
            _free -= bytes;
        }
    }

    /// <summary>Bytes that were promised will not be written.</summary>
    public void Withdraw(long bytes)
    {
        lock (_gate)
        {
            _promised -= bytes;
        }
    }

    private long Unpromised()
    {
        var now = Stopwatch.GetTimestamp();
        if (now - _asked > AskEvery)
        {
            _free = ask();
            _asked = now;
        }

        return _free - _promised - reserve;
    }
}
