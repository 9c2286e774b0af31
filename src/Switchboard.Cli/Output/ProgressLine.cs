using System.Globalization;
using Switchboard.Cli.Terminal;
using Switchboard.Protocol;

namespace Switchboard.Cli.Output;

/// <summary>What one progress line is drawn from.</summary>
/// <param name="Bytes">Done.</param>
/// <param name="Total">Null while unknown.</param>
/// <param name="Files">Done.</param>
/// <param name="TotalFiles">Null while unknown.</param>
/// <param name="Name">Of the file under way.</param>
/// <param name="Speed">Bytes a second; 0 while unknown.</param>
internal readonly record struct ProgressState(long Bytes, long? Total, long Files, long? TotalFiles, string? Name, double Speed);

/// <summary>Draws progress on one line of a given width; the less room, the less is told, percent last to go.</summary>
internal static class ProgressLine
{
    private const int LeastName = 8, LeastBar = 10, MostBar = 30;

    public static string Render(ProgressState state, int width, Language language)
    {
        // The last column stays free: writing it makes some terminals wrap.
        int room = width - 1;
        string percent = Percent(state);
        string[] parts = [percent, Amount(state), Speed(state), Left(state, language), Files(state, language)];
        // From least to most wanted.
        foreach (int drop in (int[])[-1, 4, 3, 2, 1])
        {
            if (drop >= 0 && Joined(parts).Length > 0 && TextWidth.Of(Joined(parts)) > room)
            {
                parts[drop] = "";
            }
        }
        string numbers = Joined(parts);
        int left = room - TextWidth.Of(numbers) - 2;
        string name = left >= LeastName && state.Name is { } n ? TailFit(Printable.Escape(n), Math.Min(left, 32)) : "";
        string bar = Bar(state, left - TextWidth.Of(name) - (name.Length > 0 ? 2 : 0));
        return TextWidth.Cut(Joined([name, bar, numbers]), room);
    }

    private static string Joined(string[] parts) => string.Join("  ", parts.Where(p => p.Length > 0));

    // 99.9 % is not 100: rounding down keeps "100%" for what is done.
    private static string Percent(ProgressState state) => state.Total switch
    {
        null => "",
        0 => "100%",
        { } total => string.Create(CultureInfo.InvariantCulture, $"{Math.Min(100, (int)(100.0 * state.Bytes / total)),3}%"),
    };

    private static string Amount(ProgressState state) => state.Total is { } total
        ? $"{Size(state.Bytes)}/{Size(total)}"
        : Size(state.Bytes);

    private static string Speed(ProgressState state) => state.Speed > 0 ? Size((long)state.Speed) + "/s" : "";

    private static string Left(ProgressState state, Language language)
    {
        if (state.Total is not { } total || state.Speed <= 0 || state.Bytes >= total)
        {
            return "";
        }
        double seconds = Math.Ceiling((total - state.Bytes) / state.Speed);
        string time = Clock(seconds);
        return language == Language.Chinese ? $"剩 {time}" : $"{time} left";
    }

    private static string Files(ProgressState state, Language language)
    {
        if (state.TotalFiles is null or <= 1 && state.Files <= 1)
        {
            return "";
        }
        string count = state.TotalFiles is { } all
            ? string.Create(CultureInfo.InvariantCulture, $"{state.Files}/{all}")
            : state.Files.ToString(CultureInfo.InvariantCulture);
        return language == Language.Chinese ? $"{count} 个文件" : $"{count} files";
    }

    /// <summary>Minutes and seconds; beyond four days only that it is long.</summary>
    public static string Clock(double seconds) => seconds switch
    {
        < 3_600 => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 60}:{(int)seconds % 60:00}"),
        < 360_000 => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 3_600}:{(int)seconds / 60 % 60:00}:{(int)seconds % 60:00}"),
        _ => ">99h",
    };

    // One decimal below 10, so that a slow transfer is seen to move.
    private static string Size(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < 6)
        {
            (value, unit) = (value / 1024, unit + 1);
        }
        string number = value < 9.95 && unit > 0 ? value.ToString("0.0", CultureInfo.InvariantCulture) : value.ToString("0", CultureInfo.InvariantCulture);
        return number + " " + Units[unit];
    }

    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    private static string Bar(ProgressState state, int room)
    {
        int cells = Math.Min(room, MostBar) - 2;
        if (state.Total is not { } total || cells + 2 < LeastBar)
        {
            return "";
        }
        int full = total == 0 ? cells : (int)Math.Min(cells, cells * (double)state.Bytes / total);
        return "[" + new string('#', full) + new string('.', cells - full) + "]";
    }

    // The end of a path tells more than its beginning.
    private static string TailFit(string path, int width)
    {
        if (TextWidth.Of(path) <= width)
        {
            return path;
        }
        int start = path.Length, used = 1;
        while (start > 0)
        {
            int step = start > 1 && char.IsLowSurrogate(path[start - 1]) ? 2 : 1;
            int next = TextWidth.Of(path.AsSpan(start - step, step));
            if (used + next > width)
            {
                break;
            }
            (used, start) = (used + next, start - step);
        }
        return "…" + path[start..];
    }
}
