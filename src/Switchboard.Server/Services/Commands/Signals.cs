using Switchboard.Protocol;

namespace Switchboard.Server.Services.Commands;

/// <summary>Signals by name, as they are on every Linux (signal(7)).</summary>
internal static class Signals
{
    private static readonly Dictionary<string, int> Numbers = new(StringComparer.Ordinal)
    {
        ["HUP"] = 1, ["INT"] = 2, ["QUIT"] = 3, ["ABRT"] = 6, ["KILL"] = 9, ["USR1"] = 10, ["USR2"] = 12, ["PIPE"] = 13, ["ALRM"] = 14, ["TERM"] = 15,
        ["CONT"] = 18, ["STOP"] = 19, ["TSTP"] = 20, ["TTIN"] = 21, ["TTOU"] = 22, ["WINCH"] = 28,
    };

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>.</exception>
    public static int Parse(string name) => Numbers.TryGetValue(name, out var number)
        ? number
        : throw new RefusedException(RefusalCode.BadRequest, "signal", "one of " + string.Join(' ', Numbers.Keys));
}
