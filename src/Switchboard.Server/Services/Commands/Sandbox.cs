using System.Globalization;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Commands;

/// <summary>What an account's jobs see: a command line for bubblewrap, the same for all of them, so that sandboxes can be made ahead of time.</summary>
/// <remarks>
/// Everything not named here does not exist for the job: other homes, the server's data, other processes, the network. The home is the one place
/// it can write that lasts. The root and <c>/dev</c> are memory, so they are closed to writing; <c>/tmp</c> and <c>/dev/shm</c> have a size.
/// </remarks>
internal sealed record Sandbox
{
    private const string Program = "bwrap";

    // Where programs and their data lie, on distributions that keep to the FHS and on those that do not.
    private static readonly string[] SystemFolders = ["/usr", "/opt", "/nix/store", "/gnu/store", "/run/current-system"];

    // Links into /usr since the merge (Debian 12, Fedora, Arch), real folders before.
    private static readonly string[] RootFolders = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

    private static readonly string[] ProgramPath =
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/run/current-system/sw/bin"];

    private Sandbox(string home, string homeInside, IReadOnlyList<string> arguments) =>
        (Home, HomeInside, Arguments) = (home, homeInside, arguments);

    /// <summary>The home on the machine.</summary>
    public string Home { get; }

    /// <summary>The home as the job sees it.</summary>
    public string HomeInside { get; }

    /// <summary>The command line up to the shell that becomes the program.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>The same arguments make the same sandbox.</summary>
    public string Key => string.Join('\n', Arguments);

    /// <summary>Where a program without a slash in its name is looked for.</summary>
    public static string Path { get; } = string.Join(':', ProgramPath.Where(Directory.Exists));

    /// <summary>The environment every job begins with; its own comes on top.</summary>
    public static IEnumerable<(string Name, string Value)> Environment(string account, string home) =>
    [
        ("PATH", Path), ("HOME", home), ("USER", account), ("LOGNAME", account), ("LANG", "C.UTF-8"),
        ("SHELL", File.Exists("/bin/bash") ? "/bin/bash" : "/bin/sh"),
    ];

    /// <summary>Where bubblewrap is; null where it is not installed.</summary>
    public static string? Find() => ProgramPath.Select(folder => System.IO.Path.Combine(folder, Program)).FirstOrDefault(File.Exists);

    /// <param name="options">What the operator set.</param>
    /// <param name="bubblewrap">See <see cref="Find"/>.</param>
    /// <param name="account">Its name.</param>
    /// <param name="home">Its home on the machine.</param>
    /// <param name="allowed">What else it may see.</param>
    /// <param name="names">Files that stand for <c>/etc/passwd</c> and <c>/etc/group</c>: the real ones list whom a job has no business with.</param>
    public static Sandbox Of(CommandsOptions options, string bubblewrap, string account, string home, RunSettings allowed, (string Users, string Groups) names)
    {
        var inside = "/home/" + account;
        SharedPath[] shared = [.. allowed.Paths.Where(path => !IsWithin(path.Path, options.Data))];
        List<string> line =
        [
            bubblewrap, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--disable-userns",
            .. allowed.Network ? Array.Empty<string>() : ["--unshare-net"],
            "--die-with-parent", "--cap-drop", "ALL",
            .. SystemFolders.Where(Directory.Exists).SelectMany(folder => new[] { "--ro-bind", folder, folder }),
            .. RootFolders.SelectMany(RootFolder),
            "--ro-bind", "/etc", "/etc", "--ro-bind", names.Users, "/etc/passwd", "--ro-bind", names.Groups, "/etc/group",
            .. allowed.Network ? ["--ro-bind-try", "/run/systemd/resolve", "/run/systemd/resolve"] : Array.Empty<string>(),
            "--proc", "/proc", "--dev", "/dev",
            "--size", Bytes(options.TemporaryBytes), "--tmpfs", "/tmp", "--size", Bytes(options.TemporaryBytes), "--tmpfs", "/dev/shm",
            "--symlink", "../tmp", "/var/tmp",
            .. shared.SelectMany(Extra),
            .. Hidden(options, shared),
            "--bind", home, inside, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", inside,
            "--clearenv", .. Environment(account, inside).SelectMany(pair => new[] { "--setenv", pair.Name, pair.Value }),
            "--json-status-fd", Holder.SandboxStatus.ToString(CultureInfo.InvariantCulture),
            "--seccomp", Holder.Filter.ToString(CultureInfo.InvariantCulture),
        ];
        return new Sandbox(home, inside, line);
    }

    private static IEnumerable<string> RootFolder(string path) => new DirectoryInfo(path) switch
    {
        { Exists: false } => [],
        { LinkTarget: { } target } => ["--symlink", target, path],
        _ => ["--ro-bind", path, path],
    };

    private static IEnumerable<string> Extra(SharedPath shared) => shared switch
    {
        { IsDevice: true } => ["--dev-bind-try", shared.Path, shared.Path],
        { Writable: true } => ["--bind-try", shared.Path, shared.Path],
        _ => ["--ro-bind-try", shared.Path, shared.Path],
    };

    /// <summary>The server's own files may lie beneath a folder that jobs see; something empty is put over them.</summary>
    private static IEnumerable<string> Hidden(CommandsOptions options, IEnumerable<SharedPath> shared)
    {
        string[] seen = [.. SystemFolders, .. RootFolders, "/etc", .. shared.Select(path => path.Path)];
        bool IsSeen(string path) => seen.Any(folder => IsWithin(path, folder));
        return
        [
            .. IsSeen(options.Data) ? ["--tmpfs", options.Data] : Array.Empty<string>(),
            .. options.Secrets.Where(IsSeen).SelectMany(file => new[] { "--ro-bind", "/dev/null", file }),
        ];
    }

    private static bool IsWithin(string path, string folder) => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);

    private static string Bytes(long bytes) => bytes.ToString(CultureInfo.InvariantCulture);
}
