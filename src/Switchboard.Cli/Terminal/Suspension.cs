using System.Runtime.InteropServices;

namespace Switchboard.Cli.Terminal;

/// <summary>Stops this process as Ctrl-Z at a shell does.</summary>
internal static partial class Suspension
{
    public static bool IsPossible => !OperatingSystem.IsWindows();

    /// <summary>Gives the terminal back, stops, and returns when somebody let the process go on.</summary>
    public static void Stop()
    {
        RawMode.Restore();
        // To this thread, and not by kill: that may come after it has returned, with the terminal taken again.
        _ = raise(OperatingSystem.IsMacOS() ? 18 : 20); // SIGTSTP
    }

    [LibraryImport("libc")]
    private static partial int raise(int signal);
}
