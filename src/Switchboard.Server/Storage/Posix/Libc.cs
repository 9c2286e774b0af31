using System.Runtime.InteropServices;

namespace Switchboard.Server.Storage.Posix;

/// <summary>The C library's calls as they are; <see cref="Kernel"/> gives them types and errors.</summary>
/// <remarks>Names are NUL-terminated bytes, because names on disk need not be valid UTF-8.</remarks>
internal static unsafe partial class Libc
{
    private const string C = "libc";

    /// <summary>437 on every architecture, as all system calls since Linux 5.1.</summary>
    public const long SysOpenAt2 = 437;

    [LibraryImport(C, EntryPoint = "syscall", SetLastError = true)]
    public static partial long OpenAt2(long number, SafeHandle folder, byte* path, OpenHow* how, nuint size);

    [LibraryImport(C, EntryPoint = "open", SetLastError = true)]
    public static partial int Open(byte* path, int flags, uint mode);

    [LibraryImport(C, EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(SafeHandle folder, byte* name, int flags, uint mode);

    [LibraryImport(C, EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MkDirAt(SafeHandle folder, byte* name, uint mode);

    [LibraryImport(C, EntryPoint = "fchmodat", SetLastError = true)]
    public static partial int FChModAt(SafeHandle folder, byte* name, uint mode, int flags);

    [LibraryImport(C, EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(SafeHandle folder, byte* name, int flags);

    [LibraryImport(C, EntryPoint = "renameat2", SetLastError = true)]
    public static partial int RenameAt2(SafeHandle fromFolder, byte* from, SafeHandle toFolder, byte* to, uint flags);

    [LibraryImport(C, EntryPoint = "statx", SetLastError = true)]
    public static partial int StatX(SafeHandle folder, byte* name, int flags, uint mask, StatX* result);

    [LibraryImport(C, EntryPoint = "fstatvfs", SetLastError = true)]
    public static partial int FStatVfs(SafeHandle file, StatVfs* result);

    [LibraryImport(C, EntryPoint = "getdents64", SetLastError = true)]
    public static partial nint GetDents64(SafeHandle folder, byte* buffer, nuint size);

    [LibraryImport(C, EntryPoint = "pread", SetLastError = true)]
    public static partial nint PRead(SafeHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport(C, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PWrite(SafeHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport(C, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeHandle file, byte* buffer, nuint count);

    [LibraryImport(C, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeHandle file, byte* buffer, nuint count);

    [LibraryImport(C, EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(SafeHandle file);

    [LibraryImport(C, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(SafeHandle file);

    [LibraryImport(C, EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFs(SafeHandle file);

    [LibraryImport(C, EntryPoint = "sync_file_range", SetLastError = true)]
    public static partial int SyncFileRange(SafeHandle file, long offset, long count, uint flags);

    [LibraryImport(C, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int FTruncate(SafeHandle file, long length);

    [LibraryImport(C, EntryPoint = "futimens", SetLastError = true)]
    public static partial int FUTimeNs(SafeHandle file, TimeSpec* times);

    [LibraryImport(C, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int FChMod(SafeHandle file, uint mode);

    [LibraryImport(C, EntryPoint = "copy_file_range", SetLastError = true)]
    public static partial nint CopyFileRange(SafeHandle from, long* fromOffset, SafeHandle to, long* toOffset, nuint count, uint flags);
}

/// <summary>openat2(2), <c>struct open_how</c>.</summary>
internal struct OpenHow
{
    public ulong Flags;
    public ulong Mode;
    public ulong Resolve;
}

/// <summary><c>struct timespec</c> of 64-bit Linux.</summary>
internal struct TimeSpec
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary><c>struct statx_timestamp</c>.</summary>
internal struct StatXTime
{
    public long Seconds;
    public uint Nanoseconds;
    private readonly int _reserved;

    public readonly long TotalNanoseconds => (Seconds * 1_000_000_000) + Nanoseconds;
}

/// <summary><c>struct statx</c>: the same on every architecture, unlike <c>struct stat</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct StatX
{
    public uint Mask;
    public uint BlockSize;
    public ulong Attributes;
    public uint Links;
    public uint User;
    public uint Group;
    public ushort Mode;
    private readonly ushort _spare;
    public ulong Inode;
    public ulong Size;
    public ulong Blocks;
    public ulong AttributesMask;
    public StatXTime Accessed;
    public StatXTime Born;
    public StatXTime Changed;
    public StatXTime Modified;
    public uint DeviceOfNodeMajor;
    public uint DeviceOfNodeMinor;
    public uint DeviceMajor;
    public uint DeviceMinor;
}

/// <summary><c>struct statvfs</c> of 64-bit glibc and musl.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct StatVfs
{
    public ulong BlockSize;
    public ulong FragmentSize;
    public ulong Blocks;
    public ulong FreeBlocks;
    public ulong AvailableBlocks;
}
