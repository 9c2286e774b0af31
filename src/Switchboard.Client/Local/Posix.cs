using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;

namespace Switchboard.Client.Local;

/// <summary>The few Linux calls that work relative to an opened folder; what .NET offers goes by whole paths, which others can swap under us.</summary>
internal static partial class Posix
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int Truncate = 0x200;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int RemoveFolderFlag = 0x200;
    public const uint NoReplace = 1;
    private const int StatNoFollow = 0x100;
    private const int StatNoAutomount = 0x800;
    private const uint BasicStats = 0x7ff;
    private const int CurrentFolder = -100;

    // open(2): two flags have other values on ARM.
    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64;

    public static int FolderOnly => Arm ? 0x4000 : 0x10000;

    public static int NoFollow => Arm ? 0x8000 : 0x20000;

    public static SafeFileHandle OpenAt(SafeFileHandle folder, string name, int flags, uint mode, string path)
    {
        var handle = TryOpenAt(folder, name, flags, mode, out var error);
        return handle ?? throw ErrnoException.Of(error, path);
    }

    public static SafeFileHandle? TryOpenAt(SafeFileHandle folder, string name, int flags, uint mode, out int error)
    {
        SafeFileHandle handle;
        do
        {
            handle = openat(folder, name, flags | CloseOnExec, mode);
            error = handle.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == ErrnoException.Interrupted);

        if (error == 0)
        {
            return handle;
        }

        handle.Dispose();
        return null;
    }

    /// <summary>0, or the errno.</summary>
    public static int MakeFolder(SafeFileHandle folder, string name, uint mode) => Result(mkdirat(folder, name, mode));

    public static int Rename(SafeFileHandle from, string fromName, SafeFileHandle to, string toName, uint flags) =>
        Result(renameat2(from, fromName, to, toName, flags));

    public static int Unlink(SafeFileHandle folder, string name, int flags) => Result(unlinkat(folder, name, flags));

    public static int Sync(SafeFileHandle handle) => Result(fsync(handle));

    /// <summary>Everything written to the file system that holds this folder: one call instead of one per small file.</summary>
    public static int SyncFileSystem(SafeFileHandle handle) => Result(syncfs(handle));

    /// <summary>What stands at a name, the name itself even when it is a link; null where nothing does.</summary>
    public static LocalEntry? Find(SafeFileHandle folder, string name, string path)
    {
        var error = Result(statx(folder, name, StatNoFollow | StatNoAutomount, BasicStats, out var found));
        return error == 0 ? found.ToEntry() : error == ErrnoException.NoEntry ? null : throw ErrnoException.Of(error, path);
    }

    /// <summary>What a path leads to, links followed; null where it leads nowhere.</summary>
    public static LocalEntry? Follow(string path)
    {
        var error = Result(statx(CurrentFolder, path, StatNoAutomount, BasicStats, out var found));
        return error == 0 ? found.ToEntry()
            : error is ErrnoException.NoEntry or ErrnoException.NotFolder or ErrnoException.Loop ? null
            : throw ErrnoException.Of(error, path);
    }

    private static int Result(int returned) => returned == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle openat(SafeFileHandle folder, string name, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdirat(SafeFileHandle folder, string name, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(SafeFileHandle from, string fromName, SafeFileHandle to, string toName, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(SafeFileHandle folder, string name, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle handle);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(SafeFileHandle handle);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(SafeFileHandle folder, string name, int flags, uint mask, out StatxResult result);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string name, int flags, uint mask, out StatxResult result);

    // struct statx, the same on every architecture (statx(2)).
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxResult
    {
        private const int KindMask = 0xF000, Folder = 0x4000, Regular = 0x8000, Link = 0xA000;

        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(112)] public long ModifiedSeconds;
        [FieldOffset(120)] public uint ModifiedNanoseconds;

        public readonly LocalEntry ToEntry() => new(
            (Mode & KindMask) switch { Regular => LocalKind.File, Folder => LocalKind.Folder, Link => LocalKind.Link, _ => LocalKind.Other },
            (long)Size,
            (ModifiedSeconds * 1_000_000) + (ModifiedNanoseconds / 1000),
            Mode & 0x1FF);
    }
}

/// <summary>What stands at a name on this machine.</summary>
internal enum LocalKind
{
    File,
    Folder,
    Link,
    Other,
}

/// <param name="Kind">What it is.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">Microseconds since 1970.</param>
/// <param name="Mode">Permission bits.</param>
internal readonly record struct LocalEntry(LocalKind Kind, long Size, long Modified, int Mode);

/// <summary>errno as the exceptions .NET itself would throw, so that they are translated in one place.</summary>
internal static class ErrnoException
{
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int Exists = 17;
    public const int NotFolder = 20;
    public const int IsFolder = 21;
    public const int Invalid = 22;
    public const int NotEmpty = 39;
    public const int Loop = 40;
    private const int NotPermitted = 1, NoAccess = 13, NameTooLong = 36;

    public static Exception Of(int error, string path) => error switch
    {
        NoEntry => new FileNotFoundException(Marshal.GetPInvokeErrorMessage(error), path),
        NotPermitted or NoAccess => new UnauthorizedAccessException(Marshal.GetPInvokeErrorMessage(error)),
        NameTooLong => new PathTooLongException(Marshal.GetPInvokeErrorMessage(error)),
        // Opened with O_NOFOLLOW, a link answers ELOOP, or ENOTDIR where a folder was wanted.
        Loop or NotFolder => LocalErrors.Refuse(RefusalCode.OutsideHome, path, "a symbolic link or a file stands where a folder is needed; links inside the target are not followed"),
        Exists => LocalErrors.Refuse(RefusalCode.Exists, path, "it stands already"),
        IsFolder => LocalErrors.Refuse(RefusalCode.IsAFolder, path, "a folder stands there"),
        NotEmpty => LocalErrors.Refuse(RefusalCode.NotEmpty, path, "the folder is not empty"),
        _ => new IOException(Marshal.GetPInvokeErrorMessage(error), error),
    };
}
