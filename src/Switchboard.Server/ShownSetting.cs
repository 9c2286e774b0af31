namespace Switchboard.Server;

/// <summary>A setting as an administrator is shown it.</summary>
/// <param name="Name">As in the settings file.</param>
/// <param name="Value">As text; secrets are left out.</param>
/// <param name="Origin">Where it comes from: a flag, the environment, the file, or the default.</param>
public sealed record ShownSetting(string Name, string? Value, string Origin);
