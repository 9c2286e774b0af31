namespace Switchboard.Client;

/// <summary>
/// The servers this installation knows, in <c>$XDG_CONFIG_HOME/switchboard</c> (or <c>~/.config/switchboard</c>; <c>%APPDATA%</c> on Windows),
/// readable by its owner only.
/// </summary>
public sealed class ProfileStore(string? folder = null)
{
    /// <summary>Where the files are.</summary>
    public string Folder { get; } = folder ?? "";

    /// <summary>An id this installation made at first use; it names the device to servers.</summary>
    public string DeviceId => "";

    /// <summary>All profiles by name.</summary>
    public IReadOnlyList<Profile> List() => [];

    /// <summary>The profile used when none is named: the chosen one, or the only one.</summary>
    public string? DefaultName => null;

    /// <summary>A profile by name (null: the default one), or null.</summary>
    public Profile? Find(string? name = null) => null;

    /// <summary>Adds or replaces a profile; the first one becomes the default.</summary>
    public void Save(Profile profile, bool makeDefault = false) => throw new NotSupportedException(profile.Name);

    /// <summary>Forgets a profile; false when there was none.</summary>
    public bool Remove(string name) => throw new NotSupportedException(name);

    /// <summary>Chooses the default.</summary>
    public void SetDefault(string name) => throw new NotSupportedException(name);
}
