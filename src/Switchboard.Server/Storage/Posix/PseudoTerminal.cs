using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Switchboard.Server.Storage.Posix;

/// <summary>A terminal made of two ends (pty(7)): the program has the slave, we keep the master.</summary>
internal static unsafe partial class PseudoTerminal
{
    private static readonly bool PowerOrMips = RuntimeInformation.ProcessArchitecture is Architecture.Ppc64le;

    // asm-generic/ioctls.h; PowerPC has its own numbers.
    private static readonly nuint SetSize = PowerOrMips ? 0x80087467 : 0x5414u;
    private static readonly nuint ForegroundGroup = PowerOrMips ? 0x40047477 : 0x540Fu;

    /// <summary>Opens both ends; the slave does not become this process's terminal.</summary>
    public static (SafeFileHandle Master, SafeFileHandle Slave) Open(int rows, int columns)
    {
        var master = new SafeFileHandle(posix_openpt(Kernel.ReadWrite | Kernel.NoTerminal | Kernel.CloseOnExec | Kernel.NonBlocking), ownsHandle: true);
        try
        {
            var name = stackalloc byte[64];
            if (master.IsInvalid || grantpt(master) != 0 || unlockpt(master) != 0 || ptsname_r(master, name, 64) != 0)
            {
                throw PosixErrors.ToRefusal(PosixErrors.Last, "terminal");
            }

            Resize(master, rows, columns);
            return (master, Pipes.Open(Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)), Kernel.ReadWrite));
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }

    /// <summary>The kernel tells the foreground processes by SIGWINCH when the size is another one.</summary>
    public static void Resize(SafeFileHandle master, int rows, int columns)
    {
        var size = stackalloc ushort[] { (ushort)rows, (ushort)columns, 0, 0 };
        _ = ioctl(master, SetSize, size);
    }

    /// <summary>The process group in the foreground, as a number of this process's own namespace; 0 for none.</summary>
    public static int Foreground(SafeFileHandle master)
    {
        int group;
        return ioctl(master, ForegroundGroup, &group) == 0 ? group : 0;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int posix_openpt(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int grantpt(SafeHandle master);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlockpt(SafeHandle master);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ptsname_r(SafeHandle master, byte* name, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeHandle master, nuint request, void* argument);
}
