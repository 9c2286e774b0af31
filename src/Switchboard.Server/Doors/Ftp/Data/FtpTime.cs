using System.Globalization;

namespace Switchboard.Server.Doors.Ftp.Data;

/// <summary>Times as MDTM and MFMT write them: UTC, YYYYMMDDHHMMSS with an optional fraction (RFC 3659, section 2.3).</summary>
internal static class FtpTime
{
    private const long Day = 86_400_000_000;

    private static readonly string[] Forms = ["yyyyMMddHHmmss", "yyyyMMddHHmmss.FFFFFF", "yyyyMMddHHmm"];

    public static long DayOf(long microseconds) => (microseconds - Mod(microseconds, Day)) / Day;

    public static long SecondOfDay(long microseconds) => Mod(microseconds, Day) / 1_000_000;

    public static string ToText(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds).ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);

    /// <returns>Microseconds since 1970; null for what is no time.</returns>
    public static long? Parse(string text) =>
        DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? (long)(time - DateTimeOffset.UnixEpoch).TotalMicroseconds
            : null;

    // Files can be older than 1970.
    private static long Mod(long value, long by) => ((value % by) + by) % by;
}
