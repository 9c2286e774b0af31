using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Switchboard.Lab.Sockets;

/// <summary>A named pipe that never makes its caller wait: a read or write that would is told as "no more".</summary>
internal sealed partial class Fifo : IDisposable
{
    private const int ReadWrite = 2, NonBlocking = 0x800, OwnerOnly = 0x180;
    private const uint Available = 0x541B; // FIONREAD

    private readonly SafeFileHandle _handle;

    public Fifo(string path)
    {
        if (MakeFifo(path, OwnerOnly) != 0)
        {
            throw new IOException($"mkfifo: errno {Marshal.GetLastPInvokeError()}");
        }
        // Reading and writing: opening waits for nobody.
        _handle = Open(path, ReadWrite | NonBlocking);
        Path = path;
    }

    public string Path { get; }

    /// <summary>Bytes that lie in it.</summary>
    public int Held => Ioctl(_handle, Available, out int bytes) == 0 ? bytes : throw new IOException($"ioctl: errno {Marshal.GetLastPInvokeError()}");

    /// <returns>How many were taken; 0 when it is full.</returns>
    public int Write(byte[] bytes) => (int)Math.Max(0, Write(_handle, bytes, bytes.Length));

    /// <returns>How many came; 0 when it is empty.</returns>
    public int Read(byte[] into) => (int)Math.Max(0, Read(_handle, into, into.Length));

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle handle, nuint request, out int value);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle handle, byte[] bytes, nint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle handle, byte[] bytes, nint count);
}
