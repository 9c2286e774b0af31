using System.Globalization;
using System.Runtime.InteropServices;
using Switchboard.Addresses;

namespace Switchboard.Cli.Commands.Net;

/// <summary>Asks the Linux kernel over a netlink socket; needs no privilege.</summary>
internal static partial class Netlink
{
    private const int AddressFamily = 16, Raw = 3, CloseOnExec = 0x80000, Route = 0, DontWait = 0x40;

    // What the kernel puts into one answer of a dump at most (NLMSG_GOODSIZE and its 32 KiB ceiling).
    private const int LargestAnswer = 32 * 1024;

    /// <summary>Null where there is no such socket to be had.</summary>
    public static IReadOnlyList<AddressLife>? Addresses() => Ask(RouteNetlink.AskAddresses(), RouteNetlink.Addresses);

    public static IReadOnlyList<Neighbour>? Neighbours()
    {
        Dictionary<int, string> names = [];
        return Ask(RouteNetlink.AskNeighbours(), answer => RouteNetlink.Neighbours(answer, link => NameOf(link, names)));
    }

    private delegate IReadOnlyList<T> Reading<T>(ReadOnlySpan<byte> answer);

    private static List<T>? Ask<T>(byte[] request, Reading<T> read)
    {
        int socket = OperatingSystem.IsLinux() ? Open(AddressFamily, Raw | CloseOnExec, Route) : -1;
        if (socket < 0)
        {
            return null;
        }
        try
        {
            return Send(socket, request, request.Length, 0) == request.Length ? Receive(socket, read) : null;
        }
        finally
        {
            _ = Close(socket);
        }
    }

    // The kernel has an answer ready before send returns, and the next one before recv does: nothing to wait for.
    private static List<T> Receive<T>(int socket, Reading<T> read)
    {
        List<T> found = [];
        byte[] buffer = new byte[LargestAnswer];
        nint got;
        while ((got = Receive(socket, buffer, buffer.Length, DontWait)) > 0)
        {
            ReadOnlySpan<byte> answer = buffer.AsSpan(0, (int)got);
            found.AddRange(read(answer));
            if (RouteNetlink.IsLast(answer))
            {
                break;
            }
        }
        return found;
    }

    private static string? NameOf(int link, Dictionary<int, string> names)
    {
        if (names.Count == 0)
        {
            foreach (string folder in Directory.EnumerateDirectories("/sys/class/net"))
            {
                string number = File.ReadAllText(Path.Combine(folder, "ifindex"));
                names[int.Parse(number, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture)] = Path.GetFileName(folder);
            }
        }
        return names.GetValueOrDefault(link);
    }

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int Open(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send")]
    private static partial nint Send(int socket, byte[] bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv")]
    private static partial nint Receive(int socket, [Out] byte[] bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int socket);
}
