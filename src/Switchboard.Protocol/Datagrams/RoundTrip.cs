namespace Switchboard.Protocol;

/// <summary>The round-trip time as RFC 9002, section 5, estimates it; microseconds.</summary>
internal struct RoundTrip
{
    /// <summary>Before the first sample (RFC 9002, 6.2.2).</summary>
    private const long Initial = 333_000;

    /// <summary>Below this no timer of a system is to be trusted (RFC 9002, 6.1.2).</summary>
    public const long Granularity = 1_000;

    /// <summary>How long either end may keep an acknowledgement (RFC 9000, 18.2).</summary>
    public const long MaxAckDelay = 25_000;

    private long _least;
    private long _variation;

    public RoundTrip() => (Smoothed, _variation) = (Initial, Initial / 2);

    public long Smoothed { get; private set; }

    public long Latest { get; private set; }

    /// <summary>Without an answer for this long, something is sent to ask for one (RFC 9002, 6.2.1).</summary>
    public readonly long ProbeTimeout => Smoothed + Math.Max(4 * _variation, Granularity) + MaxAckDelay;

    /// <summary>A datagram overtaken by a later one is lost after this long (RFC 9002, 6.1.2: 9/8 of a round trip).</summary>
    public readonly long LossDelay => Math.Max(Math.Max(Smoothed, Latest) * 9 / 8, Granularity);

    public void Add(long sample, long delay)
    {
        bool isFirst = Latest == 0;
        Latest = Math.Max(1, sample);
        if (isFirst)
        {
            (_least, Smoothed, _variation) = (Latest, Latest, Latest / 2);
            return;
        }

        _least = Math.Min(_least, Latest);
        long adjusted = Latest - Math.Min(delay, MaxAckDelay);
        adjusted = adjusted >= _least ? adjusted : Latest;
        _variation = ((3 * _variation) + Math.Abs(Smoothed - adjusted)) / 4;
        Smoothed = ((7 * Smoothed) + adjusted) / 8;
    }
}
