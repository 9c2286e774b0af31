namespace Switchboard.Server.Services;

/// <summary>The one unit of time that is stored and sent.</summary>
internal static class UnixTime
{
    /// <summary>Microseconds since 1970 UTC.</summary>
    public static long Microseconds(this TimeProvider clock) => (clock.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
