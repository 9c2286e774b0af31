using System.Runtime.InteropServices;

namespace Switchboard.Cli.Terminal;

/// <summary>What the three standard streams are, and how wide the terminal is.</summary>
internal static partial class Tty
{
    /// <summary>The width assumed where none is known.</summary>
    public const int StandardWidth = 80;

    /// <summary>
    /// Back to the first screen and a line of its own, cursor shown, plain text; ordinary keys, no bracketed paste, no mouse (xterm's control sequences, DECSET).
    /// </summary>
    public static ReadOnlySpan<byte> LeaveFullScreen => "\e[?1049l\e[?25h\e[0m\e[?1l\e>\e[?2004l\e[?1000l\e[?1002l\e[?1006l\r\n"u8;

    public static bool InputIsTerminal => IsTerminal(0);

    public static bool OutputIsTerminal => IsTerminal(1);

    public static bool ErrorIsTerminal => IsTerminal(2);

    /// <summary>Columns of the terminal behind stderr or stdout; at least 20.</summary>
    public static int Width
    {
        get
        {
            int width = OperatingSystem.IsWindows() ? Console.WindowWidth : Columns(2) ?? Columns(1) ?? StandardWidth;
            return Math.Max(20, width);
        }
    }

    private static bool IsTerminal(int descriptor) => OperatingSystem.IsWindows()
        ? descriptor switch { 0 => !Console.IsInputRedirected, 1 => !Console.IsOutputRedirected, _ => !Console.IsErrorRedirected }
        : isatty(descriptor) == 1;

    /// <summary>Rows and columns of whichever standard stream is a terminal; null where none is.</summary>
    public static (int Rows, int Columns)? Size => OperatingSystem.IsWindows()
        ? OutputIsTerminal ? (Console.WindowHeight, Console.WindowWidth) : null
        : SizeOf(0) ?? SizeOf(1) ?? SizeOf(2);

    private static int? Columns(int descriptor) => SizeOf(descriptor)?.Columns;

    private static (int Rows, int Columns)? SizeOf(int descriptor)
    {
        Span<ushort> size = stackalloc ushort[4];
        nuint request = OperatingSystem.IsMacOS() ? 0x40087468u : 0x5413u; // TIOCGWINSZ
        return ioctl(descriptor, request, ref MemoryMarshal.GetReference(size)) == 0 && size[0] > 0 && size[1] > 0 ? (size[0], size[1]) : null;
    }

    [LibraryImport("libc")]
    private static partial int isatty(int descriptor);

    [LibraryImport("libc")]
    private static partial int ioctl(int descriptor, nuint request, ref ushort size);
}
