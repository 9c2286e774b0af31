namespace Switchboard.Client;

/// <summary>When this end of a session has to give a sign of life, and when the other one has been silent for too long (docs/protocol.md, chapter 10).</summary>
internal sealed class LineWatch
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(45);

    private readonly TimeProvider clock;
    private long heard;
    private long said;
    private volatile bool isDeaf;

    public LineWatch(TimeProvider clock)
    {
        this.clock = clock;
        heard = said = clock.GetTimestamp();
    }

    public bool HasToSay => Since(ref said) >= SayEvery;

    /// <summary>Nothing was heard although we listened.</summary>
    public bool IsSilent => !isDeaf && Since(ref heard) >= LongestSilence;

    /// <summary>When to look again.</summary>
    public TimeSpan Next
    {
        get
        {
            var say = SayEvery - Since(ref said);
            var silence = isDeaf ? LongestSilence : LongestSilence - Since(ref heard);
            var next = say < silence ? say : silence;
            return next > TimeSpan.Zero ? next : TimeSpan.FromMilliseconds(1);
        }
    }

    public void Hear() => Volatile.Write(ref heard, clock.GetTimestamp());

    public void Say() => Volatile.Write(ref said, clock.GetTimestamp());

    /// <summary>While output is being taken nothing is read: that silence is this side's own, for a pager may stand still for hours.</summary>
    public void StopListening() => isDeaf = true;

    public void ListenAgain()
    {
        Hear();
        isDeaf = false;
    }

    private TimeSpan Since(ref long moment) => clock.GetElapsedTime(Volatile.Read(ref moment));
}
