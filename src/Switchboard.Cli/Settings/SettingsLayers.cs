using System.Collections;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Settings;

/// <summary>Flag over environment over file over default.</summary>
internal sealed class SettingsLayers(IReadOnlyList<Setting> table)
{
    private const string Prefix = "SWITCHBOARD_";

    // Variables with our prefix that are not a server's settings.
    private static readonly string[] s_others = ["SERVER", "USER", "PASSWORD", "TOKEN", "FINGERPRINT", "PROFILE", "CONFIG", "BIN", "LAUNCHER"];

    /// <summary>Variables that look like ours and are none, too far from any setting to be a slip.</summary>
    public List<string> Ignored { get; } = [];

    /// <param name="flags">As given to <c>serve</c>.</param>
    /// <param name="environment">All variables.</param>
    /// <param name="file">Null when there is none.</param>
    /// <exception cref="FailedException">An unknown key (with the nearest), or a value that its setting does not take.</exception>
    public IReadOnlyList<SettingValue> Resolve(IReadOnlyList<(Flag Flag, string Value)> flags, IReadOnlyDictionary<string, string> environment, SettingsFile? file)
    {
        CheckNames(environment, file);
        return [.. table.Select(s => Checked(FromFlag(s, flags) ?? FromEnvironment(s, environment) ?? FromFile(s, file) ?? new(s, s.Default.Length == 0 ? [] : [s.Default], "default")))];
    }

    /// <summary>The process's variables.</summary>
    public static Dictionary<string, string> Environment() =>
        System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)(e.Value ?? ""));

    private void CheckNames(IReadOnlyDictionary<string, string> environment, SettingsFile? file)
    {
        string[] keys = [.. table.Select(s => s.Key)];
        foreach (SettingsLine line in file?.Lines ?? [])
        {
            if (!keys.Contains(line.Key))
            {
                throw SettingsText.UnknownKey($"{file!.Path}, {line.Number}", line.Key, Nearest.Of(line.Key, keys));
            }
        }
        string[] names = [.. table.Select(s => s.Variable)];
        foreach (string name in environment.Keys.Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            if (!names.Contains(name) && !s_others.Contains(name[Prefix.Length..]))
            {
                CheckVariable(name, names);
            }
        }
    }

    // The environment is shared with scripts that may use the prefix for themselves: only what looks like a slip is an error.
    private void CheckVariable(string name, string[] names)
    {
        string? nearest = Nearest.Of(name[Prefix.Length..], names.Select(n => n[Prefix.Length..]));
        if (nearest is not null)
        {
            throw SettingsText.UnknownKey("environment", name, Prefix + nearest);
        }
        Ignored.Add(name);
    }

    private static SettingValue? FromFlag(Setting setting, IReadOnlyList<(Flag Flag, string Value)> flags)
    {
        string[] values = [.. flags.Where(f => f.Flag == setting.Flag).Select(f => f.Flag.Value is null ? "yes" : f.Value)];
        return values.Length == 0 ? null : new(setting, setting.Many ? [.. values.SelectMany(Listed)] : [values[^1]], "flag");
    }

    private static SettingValue? FromEnvironment(Setting setting, IReadOnlyDictionary<string, string> environment) =>
        environment.TryGetValue(setting.Variable, out string? value) && value.Length > 0
            ? new(setting, setting.Many ? Listed(value) : [value], "environment " + setting.Variable)
            : null;

    private static SettingValue? FromFile(Setting setting, SettingsFile? file)
    {
        SettingsLine[] lines = [.. (file?.Lines ?? []).Where(l => l.Key == setting.Key)];
        if (lines.Length == 0)
        {
            return null;
        }
        string where = $"file {file!.Path}, {lines[^1].Number}";
        return lines.Length > 1 && !setting.Many
            ? throw SettingsText.OneValue(where, setting.Key)
            : new(setting, setting.Many ? [.. lines.SelectMany(l => Listed(l.Value))] : [lines[0].Value], where);
    }

    private static string[] Listed(string value) => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static SettingValue Checked(SettingValue value)
    {
        foreach (string one in value.Values)
        {
            if (value.Setting.Check(one) is { } expected)
            {
                throw SettingsText.BadValue(value.Origin == "flag" ? value.Setting.Flag!.Dashed : value.Origin, value.Setting.Key, one, expected);
            }
        }
        return value;
    }
}
