using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;

namespace Switchboard.Server.Storage.Posix;

/// <summary>
/// The file system by handles: every call is relative to an open folder, so no name is ever resolved from the root of the machine.
/// Calls named <c>Try…</c> give the error number; the others throw the refusal for it, about <c>subject</c>.
/// </summary>
internal static unsafe class Kernel
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NoTerminal = 0x100;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;

    private const uint RenameNoReplace = 1;
    private const int AtRemoveFolder = 0x200;
    private const int AtNoFollow = 0x100;
    private const int AtEmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const ulong ResolveNoMagicLinks = 2;
    private const ulong ResolveBeneath = 8;
    private const uint SyncRangeWrite = 2;

    // EAGAIN says that a rename or mount ran beside the walk and the kernel could not prove it safe (openat2(2)).
    private const int OpenTries = 64;

    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    /// <summary>O_DIRECTORY and O_NOFOLLOW are the flags whose numbers depend on the architecture.</summary>
    public static int Folder { get; } = Arm ? 0x4000 : 0x10000;

    public static int NoFollow { get; } = Arm ? 0x8000 : 0x20000;

    /// <summary>Opens a folder by its path on the machine, following links: for what the operator set up, never for a name an account gave.</summary>
    public static Errno TryOpenRoot(string path, int flags, out SafeFileHandle handle)
    {
        fixed (byte* name = FileName.From(path))
        {
            return Take(Libc.Open(name, flags | Folder | CloseOnExec, 0), out handle);
        }
    }

    /// <summary>openat2 with RESOLVE_BENEATH: the kernel refuses whatever leads outside <paramref name="root"/>, by <c>..</c>, link, or race.</summary>
    public static Errno TryOpenBeneath(SafeFileHandle root, in FileName path, int flags, out SafeFileHandle handle)
    {
        var how = new OpenHow { Flags = (ulong)(uint)(flags | CloseOnExec | NoTerminal), Resolve = ResolveBeneath | ResolveNoMagicLinks };
        if ((flags & PathOnly) != 0)
        {
            how.Flags &= ~(ulong)NoTerminal;
        }

        fixed (byte* name = path)
        {
            for (var tries = 1; ; tries++)
            {
                var error = Take((int)Libc.OpenAt2(Libc.SysOpenAt2, root, name, &how, (nuint)sizeof(OpenHow)), out handle);
                if (error is not (Errno.EAGAIN or Errno.EINTR) || tries == OpenTries)
                {
                    return error;
                }
            }
        }
    }

    /// <summary>Opens one name directly in a folder, never following a link.</summary>
    public static Errno TryOpenIn(SafeFileHandle folder, in FileName name, int flags, uint mode, out SafeFileHandle handle)
    {
        fixed (byte* bytes = name)
        {
            return Take(Libc.OpenAt(folder, bytes, flags | NoFollow | CloseOnExec | NoTerminal, mode), out handle);
        }
    }

    public static Errno TryStatus(SafeFileHandle folder, in FileName name, out FileStatus status)
    {
        StatX result;
        fixed (byte* bytes = name)
        {
            var error = Result(Libc.StatX(folder, bytes, AtNoFollow, BasicStats, &result));
            status = new FileStatus(result);
            return error;
        }
    }

    public static FileStatus Status(SafeFileHandle file, string? subject)
    {
        StatX result;
        fixed (byte* bytes = FileName.Empty)
        {
            Check(Result(Libc.StatX(file, bytes, AtEmptyPath, BasicStats, &result)), subject);
        }

        return new FileStatus(result);
    }

    public static Errno TryMakeFolder(SafeFileHandle parent, in FileName name, uint mode)
    {
        fixed (byte* bytes = name)
        {
            return Result(Libc.MkDirAt(parent, bytes, mode));
        }
    }

    /// <summary>Gives the owner all rights to a folder, by name, following a link: only where nobody else can put one.</summary>
    public static Errno TrySetFolderMode(SafeFileHandle parent, in FileName name)
    {
        fixed (byte* bytes = name)
        {
            return Result(Libc.FChModAt(parent, bytes, 0b111_000_000, 0));
        }
    }

    public static Errno TryUnlink(SafeFileHandle parent, in FileName name, bool folder)
    {
        fixed (byte* bytes = name)
        {
            return Result(Libc.UnlinkAt(parent, bytes, folder ? AtRemoveFolder : 0));
        }
    }

    public static Errno TryRename(SafeFileHandle fromFolder, in FileName from, SafeFileHandle toFolder, in FileName to, bool replace)
    {
        fixed (byte* source = from)
        fixed (byte* target = to)
        {
            return Result(Libc.RenameAt2(fromFolder, source, toFolder, target, replace ? 0 : RenameNoReplace));
        }
    }

    /// <summary>Bytes an unprivileged user may still write on the file's disk.</summary>
    public static long DiskFree(SafeFileHandle file)
    {
        StatVfs result;
        Check(Result(Libc.FStatVfs(file, &result)), null);
        return (long)Math.Min(result.AvailableBlocks * result.FragmentSize, long.MaxValue);
    }

    /// <summary>Data and metadata of a file, or the entries of a folder, to the disk.</summary>
    public static void Sync(SafeFileHandle file, string? subject) => Check(Result(Libc.FSync(file)), subject);

    public static void SyncData(SafeFileHandle file, string? subject) => Check(Result(Libc.FDataSync(file)), subject);

    /// <summary>Everything of the file's disk to the disk: cheaper than file by file from some dozens on.</summary>
    public static void SyncAll(SafeFileHandle file) => Check(Result(Libc.SyncFs(file)), null);

    /// <summary>Lets the kernel begin to write; an error shows up in the sync that follows.</summary>
    public static void StartWriting(SafeFileHandle file, long offset, long length) => _ = Libc.SyncFileRange(file, offset, length, SyncRangeWrite);

    public static void Truncate(SafeFileHandle file, long length, string? subject) => Check(Result(Libc.FTruncate(file, length)), subject);

    public static void SetMode(SafeFileHandle file, int mode, string? subject)
    {
        Check(Result(Libc.FChMod(file, (uint)mode & 0b111_111_111)), subject);
    }

    public static void SetModified(SafeFileHandle file, long microseconds, string? subject)
    {
        var seconds = Math.DivRem(microseconds, 1_000_000, out var rest);
        if (rest < 0)
        {
            (seconds, rest) = (seconds - 1, rest + 1_000_000);
        }

        const long utimeOmit = 0x3ffffffe;
        var times = stackalloc TimeSpec[2];
        times[0] = new TimeSpec { Nanoseconds = utimeOmit };
        times[1] = new TimeSpec { Seconds = seconds, Nanoseconds = rest * 1000 };
        Check(Result(Libc.FUTimeNs(file, times)), subject);
    }

    /// <summary>Reads up to the buffer's size; less only at the end of the file.</summary>
    public static int Read(SafeFileHandle file, Span<byte> buffer, long offset, string? subject)
    {
        var done = 0;
        fixed (byte* bytes = buffer)
        {
            while (done < buffer.Length)
            {
                var n = Libc.PRead(file, bytes + done, (nuint)(buffer.Length - done), offset + done);
                if (n > 0)
                {
                    done += (int)n;
                }
                else if (n == 0)
                {
                    break;
                }
                else if (PosixErrors.Last is not Errno.EINTR)
                {
                    throw PosixErrors.ToRefusal(PosixErrors.Last, subject);
                }
            }
        }

        return done;
    }

    /// <summary>Writes all of the buffer.</summary>
    /// <param name="written">Bytes that were written, also when an error cut it short.</param>
    public static Errno TryWrite(SafeFileHandle file, ReadOnlySpan<byte> buffer, long offset, out int written)
    {
        written = 0;
        fixed (byte* bytes = buffer)
        {
            while (written < buffer.Length)
            {
                var n = Libc.PWrite(file, bytes + written, (nuint)(buffer.Length - written), offset + written);
                if (n >= 0)
                {
                    written += (int)n;
                }
                else if (PosixErrors.Last is not Errno.EINTR)
                {
                    return PosixErrors.Last;
                }
            }
        }

        return Errno.None;
    }

    /// <summary>Entries of an open folder; 0 bytes at the end.</summary>
    public static int ReadEntries(SafeFileHandle folder, Span<byte> buffer, string? subject)
    {
        fixed (byte* bytes = buffer)
        {
            var n = (int)Libc.GetDents64(folder, bytes, (nuint)buffer.Length);
            // ENOENT: the folder was removed while it was read, so nothing is left in it.
            return n >= 0 ? n : PosixErrors.Last is Errno.ENOENT ? 0 : throw PosixErrors.ToRefusal(PosixErrors.Last, subject);
        }
    }

    /// <summary>Copies within the kernel, by reference where the file system can.</summary>
    /// <returns>Bytes copied; 0 at the end of the source.</returns>
    public static Errno TryCopy(SafeFileHandle from, SafeFileHandle to, long offset, long length, out long copied)
    {
        long source = offset, target = offset;
        copied = Libc.CopyFileRange(from, &source, to, &target, (nuint)length, 0);
        return copied >= 0 ? Errno.None : PosixErrors.Last;
    }

    public static void Check(Errno error, string? subject)
    {
        if (error is not Errno.None)
        {
            throw PosixErrors.ToRefusal(error, subject);
        }
    }

    private static Errno Result(int result) => result >= 0 ? Errno.None : PosixErrors.Last;

    private static Errno Take(int fd, out SafeFileHandle handle)
    {
        var error = Result(fd);
        handle = new SafeFileHandle(fd, ownsHandle: true);
        return error;
    }
}
