using System.Globalization;
using Switchboard.Cli.Parsing;
using Switchboard.Protocol;

namespace Switchboard.Cli.Output;

/// <summary>Times and sizes, read and written as people do.</summary>
internal static class Amounts
{
    /// <summary>Local time to the second of microseconds since 1970 UTC.</summary>
    public static string Time(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(microseconds, 0, 253_402_300_799_000_000) * 10).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Permission bits as <c>ls -l</c> shows them.</summary>
    public static string Mode(string type, int mode)
    {
        Span<char> text = stackalloc char[10];
        text[0] = type switch { "folder" => 'd', "link" => 'l', "file" => '-', _ => '?' };
        for (int i = 0; i < 9; i++)
        {
            text[i + 1] = (mode & (0x100 >> i)) != 0 ? "rwx"[i % 3] : '-';
        }
        return new string(text);
    }

    /// <summary>Bytes: a number with K, M, G, T (binary; <c>KiB</c> and <c>KB</c> mean the same), fractions allowed; null when it is none.</summary>
    public static long? ParseSize(string text)
    {
        string number = text.TrimEnd('B', 'b').TrimEnd('i');
        int shift = number.Length == 0 ? 0 : char.ToUpperInvariant(number[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, 'P' => 50, _ => 0 };
        string digits = shift > 0 ? number[..^1] : number;
        bool read = decimal.TryParse(digits.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value);
        return read && value < (1L << 62) / (decimal)(1L << shift) ? (long)(value * (1L << shift)) : null;
    }

    /// <summary>A span such as <c>30s</c>, <c>10m</c>, <c>12h</c>, <c>7d</c>, <c>2w</c>; a bare number is seconds; null when it is none.</summary>
    public static TimeSpan? ParseSpan(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }
        int unit = char.ToLowerInvariant(text[^1]) switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, 'w' => 604_800, _ => 0 };
        string digits = unit > 0 ? text[..^1] : text;
        bool read = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value);
        return read && value * Math.Max(unit, 1) < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(value * Math.Max(unit, 1)) : null;
    }

    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } when span > TimeSpan.Zero => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###}s"),
        _ when span.TotalSeconds % 86_400 == 0 && span > TimeSpan.Zero => string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0}d"),
        _ when span.TotalSeconds % 3_600 == 0 && span > TimeSpan.Zero => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0}h"),
        _ when span.TotalSeconds % 60 == 0 && span > TimeSpan.Zero => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0}m"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###}s"),
    };

    /// <summary>A moment: a span from now (<c>30d</c>), a date, or a date and time (local unless it says otherwise); null when it is none.</summary>
    public static DateTimeOffset? ParseMoment(string text, DateTimeOffset now) =>
        ParseSpan(text) is { } span && !text.All(char.IsAsciiDigit) ? now + span
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var moment) ? moment
        : null;

    /// <exception cref="UsageException">Not a size.</exception>
    public static long Size(Flag flag, string text) => ParseSize(text)
        ?? throw ParseText.BadValue(flag.Dashed, text, ("A size is a number of bytes, or like 500M, 20G, 1.5T.", "大小写作字节数，或如 500M、20G、1.5T。"));
}
