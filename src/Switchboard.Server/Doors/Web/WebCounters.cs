using System.Diagnostics;

namespace Switchboard.Server.Doors.Web;

/// <summary>What <c>/metrics</c> tells of the web door.</summary>
internal sealed class WebCounters
{
    private readonly long[] _byClass = new long[6];
    private long _ticks;
    private long _underWay;
    private long _received;
    private long _sent;

    public long UnderWay => Interlocked.Read(ref _underWay);

    /// <summary>Bytes of content that came and went.</summary>
    public (long Received, long Sent) Content => (Interlocked.Read(ref _received), Interlocked.Read(ref _sent));

    public double Seconds => (double)Interlocked.Read(ref _ticks) / Stopwatch.Frequency;

    /// <summary>Answers by the first digit of their status.</summary>
    public long Answered(int statusClass) => Interlocked.Read(ref _byClass[statusClass]);

    public long Begin()
    {
        Interlocked.Increment(ref _underWay);
        return Stopwatch.GetTimestamp();
    }

    public void End(int status, long began)
    {
        Interlocked.Decrement(ref _underWay);
        Interlocked.Increment(ref _byClass[Math.Clamp(status / 100, 0, 5)]);
        Interlocked.Add(ref _ticks, Stopwatch.GetTimestamp() - began);
    }

    public void Received(long bytes) => Interlocked.Add(ref _received, bytes);

    public void Sent(long bytes) => Interlocked.Add(ref _sent, bytes);
}
