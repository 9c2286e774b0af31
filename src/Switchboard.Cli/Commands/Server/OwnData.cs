using Switchboard.Cli.Parsing;
using Switchboard.Cli.Settings;

namespace Switchboard.Cli.Commands.Server;

/// <summary>Where a server's own data is.</summary>
internal static class OwnData
{
    private const string OfTheSystem = "/var/lib/switchboard";

    /// <summary>What the settings say, else the standard place; absolute.</summary>
    public static string Of(IReadOnlyList<SettingValue> values) =>
        Path.GetFullPath(values.First(v => v.Setting.Key == "data").Values.FirstOrDefault() ?? Standard());

    /// <summary>For commands that manage a server's data: <c>--data</c>, else the variable, else the standard place, else the system's where only that exists.</summary>
    public static string Of(Invocation call)
    {
        string? named = call.Value(ServerSettings.Data) ?? Variable("SWITCHBOARD_DATA");
        string standard = Standard();
        return Path.GetFullPath(named ?? (!Directory.Exists(standard) && Directory.Exists(OfTheSystem) ? OfTheSystem : standard));
    }

    public static string SocketOf(string data) => Path.Combine(data, "run", "switchboard.sock");

    /// <summary>Commands find it without being told.</summary>
    public static bool IsStandard(string data) => Path.GetFullPath(Standard()) == data;

    // STATE_DIRECTORY is what systemd names by StateDirectory= (systemd.exec(5)); a service has no home.
    private static string Standard()
    {
        if (Variable("STATE_DIRECTORY") is { } state)
        {
            return state.Split(':')[0];
        }
        // Root's home is closed to the ordinary user that a server started by root becomes.
        string? home = Environment.IsPrivilegedProcess ? null : Variable("HOME");
        string? data = Variable("XDG_DATA_HOME") ?? (home is null ? null : Path.Combine(home, ".local", "share"));
        return data is null ? OfTheSystem : Path.Combine(data, "switchboard");
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
