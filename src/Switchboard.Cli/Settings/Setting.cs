using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Settings;

/// <summary>One thing a server can be told: its key in the file, its variable, and its flag where it has one. The only declaration of it.</summary>
internal sealed record Setting(string Key, Words Help)
{
    /// <summary>As a person would write it; empty where there is none.</summary>
    public string Default { get; init; } = "";

    /// <summary>The flag of <c>serve</c> that sets it, or null.</summary>
    public Flag? Flag { get; init; }

    /// <summary>May have several values: a repeated flag, or a list with commas.</summary>
    public bool Many { get; init; }

    /// <summary>Null when a value is good, else what was expected.</summary>
    public Func<string, Words?> Check { get; init; } = _ => null;

    public string Variable => "SWITCHBOARD_" + Key.ToUpperInvariant().Replace('-', '_').Replace('.', '_');
}

/// <summary>What holds for one setting, and why: <c>flag</c>, <c>environment</c>, <c>file</c> (with its place) or <c>default</c>.</summary>
internal sealed record SettingValue(Setting Setting, string[] Values, string Origin)
{
    public string Text => string.Join(", ", Values);
}
