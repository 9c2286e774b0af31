using System.Runtime.InteropServices;

namespace Switchboard.Cli.Terminal;

/// <summary>
/// Takes the terminal out of line mode and echo, and gives it back: on <see cref="Dispose"/>, on a signal, and when the process ends in any other orderly way.
/// Only one at a time. Not on Windows, where <see cref="Console"/> reads keys.
/// </summary>
internal sealed partial class RawMode : IDisposable
{
    // struct termios has 60 bytes on Linux and 72 on macOS; it is only passed along, never looked into.
    private const int TermiosSize = 128;
    private const int Now = 0;

    private static byte[]? s_before;
    private static bool s_exitHooked;

    private RawMode() { }

    public static bool IsActive => Volatile.Read(ref s_before) is not null;

    public static RawMode Enter()
    {
        byte[] settings = new byte[TermiosSize];
        if (tcgetattr(0, ref settings[0]) != 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
        if (!s_exitHooked)
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Restore();
            AppDomain.CurrentDomain.UnhandledException += (_, _) => Restore();
            s_exitHooked = true;
        }
        s_before = [.. settings];
        cfmakeraw(ref settings[0]);
        _ = tcsetattr(0, Now, ref settings[0]);
        return new RawMode();
    }

    /// <summary>Gives the terminal back if it was taken. Safe from a signal handler's thread.</summary>
    public static void Restore()
    {
        if (Interlocked.Exchange(ref s_before, null) is { } before)
        {
            _ = tcsetattr(0, Now, ref before[0]);
        }
    }

    public void Dispose() => Restore();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcgetattr(int descriptor, ref byte settings);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcsetattr(int descriptor, int when, ref byte settings);

    [LibraryImport("libc")]
    private static partial void cfmakeraw(ref byte settings);
}
