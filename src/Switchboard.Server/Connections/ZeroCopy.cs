using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Switchboard.Server.Connections;

/// <summary>File to socket inside the kernel: half the server's CPU of a copy through user space.</summary>
public static partial class ZeroCopy
{
    /// <summary>What the kernel is asked for at once. It takes what the socket has room for; a bound keeps one call from holding its thread for long.</summary>
    private const int MostAtOnce = 8 << 20;

    private const int Again = 11, Interrupted = 4;

    /// <summary>Sends from <paramref name="offset"/> what the non-blocking socket has room for.</summary>
    /// <returns>Bytes sent; 0 at the end of the file; -1 when there is no room now.</returns>
    /// <exception cref="IOException">The line broke, or the disk cannot be read.</exception>
    public static long TrySend(Socket socket, SafeFileHandle file, long offset, long count)
    {
        while (true)
        {
            var sent = sendfile(socket.SafeHandle, file, ref offset, (nint)Math.Min(count, MostAtOnce));
            if (sent >= 0)
            {
                return sent;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Again:
                    return -1;
                case Interrupted:
                    break;
                case var error:
                    throw new IOException($"sendfile: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendfile(SafeSocketHandle target, SafeFileHandle source, ref long offset, nint count);
}
