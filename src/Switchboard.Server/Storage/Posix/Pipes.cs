using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Switchboard.Server.Storage.Posix;

/// <summary>Named pipes, and bytes between pipes and files.</summary>
internal static unsafe partial class Pipes
{
    private const int GetPipeSize = 1032, SetPipeSize = 1031, DuplicateCloseOnExec = 1030;
    private const uint SpliceNonBlocking = 2;

    // FIONREAD of asm-generic/ioctls.h.
    private const nuint BytesToRead = 0x541B;
    private const int PunchHole = 2, KeepSize = 1;

    /// <summary>What the kernel allows an ordinary user (pipe-max-size).</summary>
    public const int LargestPipe = 1 << 20;

    public static void Make(string path)
    {
        fixed (byte* name = FileName.From(path))
        {
            Kernel.Check(mkfifo(name, 0b110_000_000) == 0 ? Errno.None : PosixErrors.Last, null);
        }
    }

    /// <summary>Opens a file or a named pipe by its path on the machine: for the server's own, never for a name an account gave.</summary>
    public static Errno TryOpen(string path, int flags, out SafeFileHandle handle, uint mode = 0)
    {
        fixed (byte* name = FileName.From(path))
        {
            var descriptor = Libc.Open(name, flags | Kernel.CloseOnExec | Kernel.NoTerminal, mode);
            handle = new SafeFileHandle(descriptor, ownsHandle: true);
            return descriptor >= 0 ? Errno.None : PosixErrors.Last;
        }
    }

    public static SafeFileHandle Open(string path, int flags, uint mode = 0)
    {
        Kernel.Check(TryOpen(path, flags, out var handle, mode), null);
        return handle;
    }

    /// <summary>An unnamed pipe, both ends closed on exec.</summary>
    public static (SafeFileHandle Read, SafeFileHandle Write) Unnamed()
    {
        var ends = stackalloc int[2];
        Kernel.Check(pipe2(ends, Kernel.CloseOnExec) == 0 ? Errno.None : PosixErrors.Last, null);
        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>A second descriptor of the same open file.</summary>
    public static SafeFileHandle Duplicate(SafeFileHandle handle)
    {
        var second = new SafeFileHandle(fcntl(handle, DuplicateCloseOnExec, 0), ownsHandle: true);
        Kernel.Check(second.IsInvalid ? PosixErrors.Last : Errno.None, null);
        return second;
    }

    /// <summary>Whether a pipe holds anything now.</summary>
    public static bool HasBytes(SafeFileHandle pipe)
    {
        int bytes;
        return ioctl(pipe, BytesToRead, &bytes) == 0 && bytes > 0;
    }

    /// <summary>Whether anybody has the reading end of a pipe open, asked of its writing end.</summary>
    public static bool IsRead(SafeFileHandle pipe)
    {
        var added = false;
        pipe.DangerousAddRef(ref added);
        try
        {
            var asked = new PollDescriptor { Descriptor = (int)pipe.DangerousGetHandle() };
            return poll(&asked, 1, 0) == 0;
        }
        finally
        {
            pipe.DangerousRelease();
        }
    }

    /// <summary>Lets a pipe hold more, if the kernel gives it: all pipes of a user share a bound (pipe-user-pages-soft).</summary>
    public static void Enlarge(SafeFileHandle pipe, int bytes)
    {
        if (fcntl(pipe, GetPipeSize, 0) < bytes)
        {
            _ = fcntl(pipe, SetPipeSize, bytes);
        }
    }

    /// <summary>
    /// Moves what a pipe holds into a file inside the kernel: a byte leaves the pipe as it enters the file, so that a server killed at any
    /// moment has neither lost nor doubled it.
    /// </summary>
    /// <returns>Bytes moved; 0 when there are none now.</returns>
    public static Errno TrySplice(SafeFileHandle pipe, SafeFileHandle file, long offset, long most, out long moved)
    {
        moved = splice(pipe, null, file, &offset, (nuint)most, SpliceNonBlocking);
        if (moved >= 0)
        {
            return Errno.None;
        }

        moved = 0;
        return PosixErrors.Last is Errno.EAGAIN or Errno.EINTR ? Errno.None : PosixErrors.Last;
    }

    /// <summary>Gives the disk back what lies in a range; it reads as zeros from then on.</summary>
    public static Errno TryPunch(SafeFileHandle file, long offset, long length) =>
        fallocate(file, PunchHole | KeepSize, offset, length) == 0 ? Errno.None : PosixErrors.Last;

    /// <summary>Reads what is there, once. 0 bytes at the end; EAGAIN where there is nothing now.</summary>
    public static Errno TryRead(SafeFileHandle from, Span<byte> buffer, out int read)
    {
        fixed (byte* bytes = buffer)
        {
            return Count(Libc.Read(from, bytes, (nuint)buffer.Length), out read);
        }
    }

    /// <summary>Writes what there is room for, once.</summary>
    public static Errno TryWrite(SafeFileHandle to, ReadOnlySpan<byte> buffer, out int written)
    {
        fixed (byte* bytes = buffer)
        {
            return Count(Libc.Write(to, bytes, (nuint)buffer.Length), out written);
        }
    }

    private static Errno Count(nint result, out int count)
    {
        count = (int)Math.Max(0, result);
        return result >= 0 ? Errno.None : PosixErrors.Last;
    }

    // struct pollfd (poll(2)); errors are told without being asked for.
    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Wanted, Found;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollDescriptor* first, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mkfifo(byte* path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeHandle descriptor, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeHandle descriptor, nuint request, int* argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint splice(SafeHandle from, long* fromOffset, SafeHandle to, long* toOffset, nuint count, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeHandle file, int mode, long offset, long length);
}
