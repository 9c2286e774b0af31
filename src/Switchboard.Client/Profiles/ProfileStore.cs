using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Switchboard.Client.Local;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// The servers this installation knows, in <c>$XDG_CONFIG_HOME/switchboard</c> (or <c>~/.config/switchboard</c>; <c>%APPDATA%</c> on Windows),
/// readable by its owner only. Several processes may use it at once: a change is made under a lock and replaces the file whole.
/// </summary>
/// <remarks>Throws <see cref="RefusedException"/> when the files cannot be read or written.</remarks>
public sealed class ProfileStore(string? folder = null)
{
    private const int MostProfiles = 1000;
    private const int LongestName = 64;
    private const int LongestDevice = 64;
    private const int DeviceBytes = 12;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerOnly | UnixFileMode.UserExecute;
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockStep = TimeSpan.FromMilliseconds(20);

    private string? deviceId;

    /// <summary>Where the files are.</summary>
    public string Folder { get; } = folder ?? DefaultFolder();

    /// <summary>An id this installation made at first use; it names the device to servers.</summary>
    public string DeviceId => deviceId ??= LocalErrors.Run(DevicePath, ReadOrMakeDevice);

    /// <summary>The profile used when none is named: the chosen one, or the only one.</summary>
    public string? DefaultName => DefaultOf(Read());

    private string ProfilesPath => Path.Combine(Folder, "profiles.json");

    private string DevicePath => Path.Combine(Folder, "device");

    /// <summary>All profiles by name.</summary>
    public IReadOnlyList<Profile> List() => [.. Read().Profiles.OrderBy(p => p.Name, StringComparer.Ordinal)];

    /// <summary>A profile by name (null: the default one), or null.</summary>
    public Profile? Find(string? name = null)
    {
        var file = Read();
        name ??= DefaultOf(file);
        return file.Profiles.FirstOrDefault(p => p.Name == name);
    }

    /// <summary>Adds or replaces a profile; the first one becomes the default.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadName"/>, or <see cref="RefusalCode.OverLimit"/> beyond 1,000 profiles.</exception>
    public void Save(Profile profile, bool makeDefault = false)
    {
        ArgumentNullException.ThrowIfNull(profile);
        if (profile.Name.Length is 0 or > LongestName || profile.Name.Any(c => char.IsControl(c) || c == '/'))
        {
            throw new RefusedException(RefusalCode.BadName, profile.Name, $"a profile's name has 1 to {LongestName} characters, without slashes and control characters");
        }

        Change(file =>
        {
            var others = file.Profiles.Where(p => p.Name != profile.Name).ToArray();
            return others.Length < MostProfiles
                ? new() { Default = makeDefault || others.Length == 0 ? profile.Name : file.Default, Profiles = [.. others, profile] }
                : throw new RefusedException(RefusalCode.OverLimit, profile.Name, $"at most {MostProfiles} profiles");
        });
    }

    /// <summary>Forgets a profile; false when there was none.</summary>
    public bool Remove(string name)
    {
        var found = false;
        Change(file =>
        {
            found = file.Profiles.Any(p => p.Name == name);
            return new() { Default = file.Default == name ? null : file.Default, Profiles = [.. file.Profiles.Where(p => p.Name != name)] };
        });
        return found;
    }

    /// <summary>Chooses the default.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.NotFound"/>.</exception>
    public void SetDefault(string name) => Change(file => file.Profiles.Any(p => p.Name == name)
        ? file with { Default = name }
        : throw new RefusedException(RefusalCode.NotFound, name, "there is no such profile"));

    private static string DefaultFolder()
    {
        var configured = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
        // The XDG base directory specification has relative values ignored.
        var parent = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData)
            : !string.IsNullOrEmpty(configured) && Path.IsPathRooted(configured) ? configured
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
        return Path.Combine(parent, "switchboard");
    }

    private static string? DefaultOf(ProfileFile file) => file.Default ?? (file.Profiles.Length == 1 ? file.Profiles[0].Name : null);

    private ProfileFile Read() => LocalErrors.Run(ProfilesPath, () =>
    {
        if (!File.Exists(ProfilesPath))
        {
            return new ProfileFile();
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(ProfilesPath), ProfileJson.Default.ProfileFile) ?? new();
        }
        catch (JsonException e)
        {
            throw new RefusedException(new Refusal(RefusalCode.BadRequest) { Subject = ProfilesPath, Detail = e.Message }, e);
        }
    });

    private void Change(Func<ProfileFile, ProfileFile> change) => LocalErrors.Run(Folder, () =>
    {
        MakeFolder();
        using var held = Lock();
        Write(ProfilesPath, JsonSerializer.SerializeToUtf8Bytes(change(Read()), ProfileJson.Default.ProfileFile));
    });

    private string ReadOrMakeDevice()
    {
        if (ReadDevice() is { } known)
        {
            return known;
        }

        MakeFolder();
        using var held = Lock();
        if (ReadDevice() is { } raced)
        {
            return raced;
        }

        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(DeviceBytes));
        Write(DevicePath, System.Text.Encoding.ASCII.GetBytes(made + "\n"));
        return made;
    }

    private string? ReadDevice()
    {
        var text = File.Exists(DevicePath) ? File.ReadAllText(DevicePath).Trim() : "";
        return text.Length is > 0 and <= LongestDevice && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? text : null;
    }

    private void MakeFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Folder);
        }
        else
        {
            Directory.CreateDirectory(Folder, OwnerFolder);
        }
    }

    private FileStream Lock()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Folder, "lock"), Options(FileMode.OpenOrCreate));
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(started) < LockLimit)
            {
                Thread.Sleep(LockStep);
            }
        }
    }

    private static void Write(string path, byte[] bytes)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        using (var file = new FileStream(temporary, Options(FileMode.CreateNew)))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    // FileShare.None is an advisory lock on Unix and a real one on Windows.
    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }
}

/// <summary>The file's shape.</summary>
internal sealed record ProfileFile
{
    public string? Default { get; init; }

    public Profile[] Profiles { get; init; } = [];
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ProfileFile))]
internal sealed partial class ProfileJson : JsonSerializerContext;
