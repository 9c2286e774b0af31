using System.Globalization;
using System.Net;

namespace Switchboard.Addresses;

/// <summary>A socket that waits: a TCP listener, or a UDP socket without a peer.</summary>
public sealed record ListeningSocket(string Protocol, IPAddress Address, int Port, int User, long Inode);

/// <summary>A neighbour on the same link and its hardware address.</summary>
/// <param name="State">The kernel's own word, such as <c>reachable</c> or <c>stale</c>; null where the source does not say.</param>
public sealed record Neighbour(IPAddress Address, string? Mac, string Interface, string? State);

/// <summary>Reads tables as the Linux kernel prints them (proc(5)).</summary>
public static class KernelTables
{
    // include/net/tcp_states.h: TCP_CLOSE is 7 and what an unconnected UDP socket is in, TCP_LISTEN is 10.
    private const int Closed = 7, Listen = 10;

    // include/uapi/linux/if_arp.h: ATF_COM and ATF_PERM.
    private const int Complete = 2, Permanent = 4;

    /// <summary><c>/proc/net/tcp</c>, <c>tcp6</c>, <c>udp</c> or <c>udp6</c>: only those that wait.</summary>
    public static IEnumerable<ListeningSocket> Listeners(string protocol, IEnumerable<string> lines)
    {
        int waiting = protocol == "tcp" ? Listen : Closed;
        foreach (string[] words in lines.Skip(1).Select(Words).Where(words => words.Length >= 10))
        {
            string[] local = words[1].Split(':');
            if (Hex(words[3]) == waiting)
            {
                yield return new(protocol, NativeAddress(local[0]), Hex(local[1]), Decimal(words[7]), long.Parse(words[9], CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary><c>/proc/net/arp</c>: IPv4 neighbours.</summary>
    public static IEnumerable<Neighbour> ArpTable(IEnumerable<string> lines)
    {
        foreach (string[] words in lines.Skip(1).Select(Words).Where(words => words.Length >= 6))
        {
            int flags = Hex(words[2][2..]);
            string state = (flags & Permanent) != 0 ? "permanent" : (flags & Complete) != 0 ? "complete" : "incomplete";
            yield return new(IPAddress.Parse(words[0]), state == "incomplete" ? null : words[3], words[5], state);
        }
    }

    // The kernel prints each 32-bit word as a number of the machine's own order, so its bytes come back through a number of that order.
    private static IPAddress NativeAddress(string text)
    {
        byte[] bytes = [.. text.Chunk(8).SelectMany(word => BitConverter.GetBytes(uint.Parse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)))];
        return new(bytes);
    }

    private static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static int Decimal(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
