namespace Switchboard.Framing;

/// <summary>What one frame may be at most. A reader refuses what exceeds it before it waits for, or holds, the bytes; a writer refuses to send it.</summary>
public sealed record FrameLimits
{
    /// <summary>The limits in force where none are given.</summary>
    public static FrameLimits Default { get; } = new();

    /// <summary>Most bytes of a header, 2 (<c>{}</c>) to 2^24. Default 65,536: a message with one path of 4,096 bytes, every byte escaped, fits twice.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    public int MaxHeader
    {
        get;
        init => field = value is >= 2 and <= 1 << 24 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A header limit is 2 to 2^24 bytes.");
    } = 65_536;

    /// <summary>Most bytes of a payload. Default 2^63-1, all that a <c>size</c> can say: a payload is streamed, so its length costs no memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long MaxPayload
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A payload limit is not negative.");
    } = long.MaxValue;
}
