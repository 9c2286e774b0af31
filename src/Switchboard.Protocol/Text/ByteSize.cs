using System.Globalization;

namespace Switchboard.Protocol;

/// <summary>Sizes as people read them.</summary>
public static class ByteSize
{
    private static readonly string[] Units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Such as <c>512 bytes</c>, <c>1.5 MiB</c>, <c>20 GiB</c>: binary units, one decimal below 10, rounded to nearest.</summary>
    public static string ToText(long bytes, Language language)
    {
        if (Math.Abs((double)bytes) < 1024)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} {Word(bytes, language)}");
        }
        var (value, unit) = Scale(bytes);
        var text = Math.Abs(value) < 9.95 ? value.ToString("0.#", CultureInfo.InvariantCulture) : value.ToString("0", CultureInfo.InvariantCulture);
        return $"{text} {Units[unit]}";
    }

    private static string Word(long bytes, Language language) =>
        language == Language.Chinese ? "字节" : bytes == 1 ? "byte" : "bytes";

    // 1023.5 KiB would be shown as "1024 KiB": it counts as the next unit already.
    private static (double Value, int Unit) Scale(long bytes)
    {
        var value = bytes / 1024.0;
        var unit = 0;
        while (Math.Abs(value) >= 1023.5)
        {
            value /= 1024;
            unit++;
        }
        return (value, unit);
    }
}
