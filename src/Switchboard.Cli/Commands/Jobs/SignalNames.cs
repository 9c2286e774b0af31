using System.Globalization;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary>Signals as people write them: with or without <c>SIG</c>, in any case, or as the number that Linux gives them (signal(7)).</summary>
internal static class SignalNames
{
    private static readonly string[] s_byNumber =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>The name without <c>SIG</c>.</summary>
    /// <exception cref="UsageException">There is no such signal.</exception>
    public static string Parse(Flag flag, string text)
    {
        string name = text.ToUpperInvariant();
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 && number < s_byNumber.Length)
        {
            return s_byNumber[number];
        }
        name = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
        return name.Length > 0 && s_byNumber.Contains(name) ? name : throw ParseText.BadValue(flag.Dashed, text, Nearest.Of(name, s_byNumber.Skip(1)) is { } near
            ? ($"Did you mean '{near}'?", $"是不是想用 '{near}'？")
            : ("It is a name such as TERM, INT, HUP, KILL, USR1, or a number from 1 to 31.", "应为 TERM、INT、HUP、KILL、USR1 等名称，或 1 到 31 的数字。"));
    }
}
