namespace Switchboard.Client;

/// <summary>The protocol counts microseconds since 1970-01-01 UTC.</summary>
internal static class Times
{
    public static long ToMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static long ToMicroseconds(DateTime utc) => (utc.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Clamped to what a <see cref="DateTime"/> can hold: the number may come from a stranger.</summary>
    public static DateTime ToDateTime(long microseconds)
    {
        var most = (DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        return DateTime.UnixEpoch.AddTicks(Math.Clamp(microseconds, 0, most) * TimeSpan.TicksPerMicrosecond);
    }
}
