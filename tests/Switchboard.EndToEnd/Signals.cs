using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Switchboard.EndToEnd;

/// <summary>Signals to processes the tests started; .NET itself only has kill -9.</summary>
internal static partial class Signals
{
    private const int NoSuchProcess = 3;

    public static void Send(Process process, int signal)
    {
        if (!process.HasExited)
        {
            Send(process.Id, signal);
        }
    }

    /// <summary>One that is gone is no error.</summary>
    public static void Send(int process, int signal)
    {
        if (Kill(process, signal) != 0 && Marshal.GetLastPInvokeError() != NoSuchProcess)
        {
            throw new InvalidOperationException($"kill -{signal} {process}: error {Marshal.GetLastPInvokeError()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
