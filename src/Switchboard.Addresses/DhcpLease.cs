using System.Net;

namespace Switchboard.Addresses;

/// <summary>What a DHCP client wrote down about an address it was given. Only what the file says; the rest is null.</summary>
/// <param name="Server">Who gave it.</param>
/// <param name="Lifetime">Seconds, or the moment of the end, in the client's own words.</param>
public sealed record DhcpLease(IPAddress Address, string? Interface, string? Server, string? Lifetime)
{
    /// <summary>The leases in a file: <c>KEY=VALUE</c> of systemd-networkd and NetworkManager, or the <c>lease { … }</c> of dhclient (dhclient.leases(5)), where the last one of an address counts.</summary>
    public static IReadOnlyList<DhcpLease> Read(IEnumerable<string> lines)
    {
        string[] all = [.. lines.Select(line => line.Trim())];
        return all.Any(line => line.StartsWith("lease {", StringComparison.Ordinal)) ? Blocks(all) : One(all) is { } lease ? [lease] : [];
    }

    private static DhcpLease? One(IEnumerable<string> lines)
    {
        ILookup<string, string> values = lines.Where(line => !line.StartsWith('#')).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToLookup(pair => pair[0], pair => pair[1]);
        return IPAddress.TryParse(values["ADDRESS"].FirstOrDefault(), out IPAddress? address)
            ? new(address, null, values["SERVER_ADDRESS"].FirstOrDefault(), values["LIFETIME"].FirstOrDefault())
            : null;
    }

    private static List<DhcpLease> Blocks(string[] lines)
    {
        Dictionary<IPAddress, DhcpLease> leases = [];
        Dictionary<string, string> block = [];
        foreach (string line in lines)
        {
            if (line == "}" && IPAddress.TryParse(block.GetValueOrDefault("fixed-address"), out IPAddress? address))
            {
                leases[address] = new(address, block.GetValueOrDefault("interface"), block.GetValueOrDefault("option dhcp-server-identifier"), block.GetValueOrDefault("expire"));
            }
            if (line is "}" or "lease {")
            {
                block.Clear();
                continue;
            }
            // "option dhcp-server-identifier 10.0.0.1;" has two words before its value, all others one.
            int space = line.IndexOf(' ', line.StartsWith("option ", StringComparison.Ordinal) ? "option ".Length : 0);
            if (space > 0)
            {
                block[line[..space]] = line[(space + 1)..].TrimEnd(';').Trim('"');
            }
        }
        return [.. leases.Values];
    }
}
