using System.Security.Cryptography;

namespace Switchboard.Server.Connections;

/// <summary>
/// Ports for connections that need any port, named by us. Every closed connection keeps its port for a minute (TIME_WAIT), and a kernel that is
/// asked for port 0 steps over each of them: after some ten thousand small files that search took 3 ms a time. A port that is named may be
/// taken although an old connection lingers on it. Picked at random, it cannot be guessed either (RFC 6056, section 3.3.1).
/// </summary>
public sealed class EphemeralPorts(PortRange range, IReadOnlyList<PortRange> reserved)
{
    /// <summary>With nine in ten ports taken, one of so many is still free 29 times in 30.</summary>
    private const int Tries = 32;

    /// <summary>This machine's own range, less what its operator reserved (ip_local_port_range, ip_local_reserved_ports), as at the first use.</summary>
    public static EphemeralPorts OfThisMachine { get; } = Parse(Setting("ip_local_port_range"), Setting("ip_local_reserved_ports"));

    /// <param name="range">As the kernel writes it: two numbers.</param>
    /// <param name="reserved">As the kernel writes them: ports and ranges with commas between them, or nothing.</param>
    public static EphemeralPorts Parse(string range, string reserved)
    {
        // Linux's own default, for where the file cannot be read.
        PortRange all = PortRange.Parse(string.Join('-', range.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))) ?? new PortRange(32768, 60999);
        return new EphemeralPorts(all, [.. reserved.Trim().Split(',').Select(PortRange.Parse).OfType<PortRange>()]);
    }

    /// <summary>Some to try one after another; the last is 0, for the kernel to find one whatever it costs.</summary>
    public IEnumerable<int> Candidates() =>
        Enumerable.Range(0, Tries).Select(_ => RandomNumberGenerator.GetInt32(range.First, range.Last + 1)).Where(IsFree).Append(0);

    private bool IsFree(int port) => !reserved.Any(r => port >= r.First && port <= r.Last);

    private static string Setting(string name)
    {
        try
        {
            return File.ReadAllText("/proc/sys/net/ipv4/" + name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
