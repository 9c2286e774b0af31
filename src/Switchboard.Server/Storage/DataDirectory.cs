using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Switchboard.Server.Storage;

/// <summary>Why a data directory cannot be used.</summary>
public enum DataDirectoryProblem
{
    /// <summary>A server, or a command that manages its data, works on it at this moment.</summary>
    InUse,

    /// <summary>It belongs to another user of the system.</summary>
    NotOurs,

    /// <summary>It does not exist and was not to be made.</summary>
    Missing,
}

/// <summary>Carries a <see cref="DataDirectoryProblem"/> to the command that was given the directory.</summary>
public sealed class DataDirectoryException(DataDirectoryProblem problem, string path, string message) : IOException(message)
{
    public DataDirectoryProblem Problem { get; } = problem;

    public string Path { get; } = path;
}

/// <summary>
/// The directory that holds everything a server keeps (mode 0700), and its lock: one process at a time, held until disposed.
/// The kernel gives the lock free when the process ends, however it ends.
/// </summary>
/// <remarks>
/// <c>switchboard.db</c> the database; <c>homes/NAME</c> what an account stored; <c>partials/</c> unfinished uploads, on the same file system as
/// <c>homes</c>; <c>jobs/</c> what programs wrote, and the pipes to them; <c>tls/</c> the certificate and its key; <c>run/</c> the Unix socket; <c>lock</c>. See docs/decisions/0003-storage.md.
/// </remarks>
public sealed partial class DataDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int LockExclusive = 2, DoNotBlock = 4;
    private const int ReadWrite = 0x2, Create = 0x40, CloseOnExec = 0x80000;

    private readonly SafeFileHandle _lock;

    private DataDirectory(string path, SafeFileHandle held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    public string Database => DatabaseOf(Path);

    public string Homes => System.IO.Path.Combine(Path, "homes");

    public string Partials => System.IO.Path.Combine(Path, "partials");

    public string Jobs => System.IO.Path.Combine(Path, "jobs");

    public string Tls => System.IO.Path.Combine(Path, "tls");

    public string Run => System.IO.Path.Combine(Path, "run");

    /// <summary>The Unix socket of a server that runs on <paramref name="path"/>.</summary>
    public static string SocketOf(string path) => System.IO.Path.Combine(path, "run", "switchboard.sock");

    public static string DatabaseOf(string path) => System.IO.Path.Combine(path, "switchboard.db");

    /// <summary>Makes what is missing of the layout and takes the lock.</summary>
    /// <exception cref="DataDirectoryException">See <see cref="DataDirectoryProblem"/>.</exception>
    public static DataDirectory Open(string path, bool create = true)
    {
        path = System.IO.Path.GetFullPath(path);
        if (!create && !Directory.Exists(path))
        {
            throw new DataDirectoryException(DataDirectoryProblem.Missing, path, $"{path} does not exist");
        }

        Directory.CreateDirectory(path, OwnerOnly);
        RequireOwnership(path);
        var held = TryLock(path) ?? throw new DataDirectoryException(DataDirectoryProblem.InUse, path, $"{path} is in use by a running server");
        var directory = new DataDirectory(path, held);
        foreach (var part in new[] { directory.Homes, directory.Partials, directory.Jobs, directory.Tls, directory.Run })
        {
            Directory.CreateDirectory(part, OwnerOnly);
        }

        // A directory that was there before us may be open to others.
        File.SetUnixFileMode(path, OwnerOnly);
        return directory;
    }

    /// <summary>A server, or another holder of the lock, works on the directory now.</summary>
    public static bool IsInUse(string path)
    {
        if (!File.Exists(LockOf(path)))
        {
            return false;
        }

        using var held = TryLock(path);
        return held is null;
    }

    public void Dispose() => _lock.Dispose();

    private static string LockOf(string path) => System.IO.Path.Combine(path, "lock");

    // open(2) and flock(2) by ourselves: .NET's FileStream puts a shared lock of its own on the file, which its users can switch off.
    private static SafeFileHandle? TryLock(string path)
    {
        var file = OpenFile(LockOf(path), ReadWrite | Create | CloseOnExec, 0b110_000_000);
        if (file.IsInvalid)
        {
            throw new IOException($"{LockOf(path)}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        if (Flock(file, LockExclusive | DoNotBlock) == 0)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>The user and group a file or folder belongs to.</summary>
    public static unsafe (int User, int Group) OwnerOf(string path)
    {
        // struct statx: stx_uid and stx_gid are the 32-bit numbers at offset 20 and 24 on every architecture.
        var status = stackalloc uint[64];
        return StatX(-100, path, 0, 0x18, status) == 0
            ? ((int)status[5], (int)status[6])
            : throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static void RequireOwnership(string path)
    {
        var owner = OwnerOf(path).User;
        if (owner != EffectiveUser())
        {
            var who = owner.ToString(CultureInfo.InvariantCulture);
            throw new DataDirectoryException(DataDirectoryProblem.NotOurs, path, $"{path} belongs to another user (uid {who})");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFile(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial int EffectiveUser();

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatX(int folder, string path, int flags, uint mask, uint* result);
}
