using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using Switchboard.Addresses;

namespace Switchboard.Cli.Commands.Net;

/// <summary>A socket that waits on a port of this machine, and the program that has it, where we may see that.</summary>
internal sealed record PortOwner(string Protocol, IPAddress Address, int? Pid, string? Program);

/// <summary>Who listens here: the kernel's tables on Linux, with the sockets found again among the open files of processes; the framework's list elsewhere.</summary>
internal static class ListeningPorts
{
    private static readonly string[] s_tables = ["tcp", "tcp6", "udp", "udp6"];

    public static IReadOnlyList<PortOwner> At(int port)
    {
        if (!OperatingSystem.IsLinux())
        {
            IPGlobalProperties system = IPGlobalProperties.GetIPGlobalProperties();
            return [.. Elsewhere("tcp", system.GetActiveTcpListeners(), port), .. Elsewhere("udp", system.GetActiveUdpListeners(), port)];
        }
        ListeningSocket[] sockets = [.. s_tables.SelectMany(Table).Where(socket => socket.Port == port)];
        Dictionary<long, int> owners = sockets.Length == 0 ? [] : OwnersOf([.. sockets.Select(socket => socket.Inode)]);
        return [.. sockets.Select(socket => Owned(socket, owners.TryGetValue(socket.Inode, out int pid) ? pid : null))];
    }

    private static IEnumerable<PortOwner> Elsewhere(string protocol, IPEndPoint[] all, int port) =>
        all.Where(end => end.Port == port).Select(end => new PortOwner(protocol, end.Address, null, null));

    private static IEnumerable<ListeningSocket> Table(string name)
    {
        string path = "/proc/net/" + name;
        return File.Exists(path) ? KernelTables.Listeners(name[..3], File.ReadLines(path)) : [];
    }

    private static PortOwner Owned(ListeningSocket socket, int? pid) => new(socket.Protocol, socket.Address, pid, pid is { } known ? NameOf(known) : null);

    private static string? NameOf(int pid)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/comm")).TrimEnd();
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return null;
        }
    }

    private static Dictionary<long, int> OwnersOf(HashSet<long> inodes)
    {
        Dictionary<long, int> owners = [];
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                foreach (long inode in SocketsOf(folder).Where(inodes.Contains))
                {
                    owners.TryAdd(inode, pid);
                }
            }
        }
        return owners;
    }

    private static List<long> SocketsOf(string folder)
    {
        List<long> sockets = [];
        try
        {
            foreach (string handle in Directory.EnumerateFiles(Path.Combine(folder, "fd")))
            {
                // "socket:[12345]", where the number is the inode the tables name.
                if (new FileInfo(handle).LinkTarget is { } target && target.StartsWith("socket:[", StringComparison.Ordinal))
                {
                    sockets.Add(long.Parse(target["socket:[".Length..^1], CultureInfo.InvariantCulture));
                }
            }
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Somebody else's process, or one that ended.
            return sockets;
        }
        return sockets;
    }
}
