using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Switchboard.Addresses;

namespace Switchboard.Cli.Commands.Net;

/// <summary>The interfaces of this machine: the framework's list, with what only the kernel's own tables and the files of DHCP clients say.</summary>
internal static class InterfaceTable
{
    // include/uapi/linux/if_addr.h
    private const int Temporary = 0x01, Permanent = 0x80;

    // systemd-networkd names a lease after the number of the interface; the others keep one file for each interface or for all.
    private static readonly string[] s_leaseFolders = ["/run/systemd/netif/leases", "/var/lib/dhcp", "/var/lib/dhclient", "/var/lib/NetworkManager"];

    // NetworkManager's folder is root's alone.
    private static readonly EnumerationOptions s_readable = new() { IgnoreInaccessible = true };

    // A lease file is a few hundred bytes; dhclient's grows by one entry with each renewal.
    private const long LargestLeaseFile = 1 << 20;

    public static IReadOnlyList<InterfaceLine> Read()
    {
        Neighbour[] neighbours = [.. Neighbours()];
        AddressLife[] lives = [.. Netlink.Addresses() ?? []];
        (string Path, DhcpLease Lease)[] leases = [.. Leases()];
        return [.. NetworkInterface.GetAllNetworkInterfaces().Select(one => LineOf(one, neighbours, lives, leases))];
    }

    private static InterfaceLine LineOf(NetworkInterface one, Neighbour[] neighbours, AddressLife[] lives, (string Path, DhcpLease Lease)[] leases)
    {
        IPInterfaceProperties properties = one.GetIPProperties();
        byte[] mac = one.GetPhysicalAddress().GetAddressBytes();
        return new()
        {
            Interface = one.Name,
            State = StateOf(one),
            Mac = mac.Length == 6 && mac.Any(b => b != 0) ? InterfaceIdentifier.Text(new(mac)) : null,
            Mtu = MtuOf(one.Name),
            Addresses = [.. properties.UnicastAddresses.Select(address => AddressLineOf(one, address, lives, leases))],
            Gateways = [.. properties.GatewayAddresses.Select(gateway => IPv6Text.Short(gateway.Address)).Distinct()],
            Dns = [.. properties.DnsAddresses.Select(IPv6Text.Short).Distinct()],
            Neighbours = [.. neighbours.Where(neighbour => neighbour.Interface == one.Name).Select(neighbour => new NeighbourLine { Address = IPv6Text.Short(neighbour.Address), Mac = neighbour.Mac, State = neighbour.State })],
        };
    }

    private static InterfaceAddressLine AddressLineOf(NetworkInterface one, UnicastIPAddressInformation information, AddressLife[] lives, (string Path, DhcpLease Lease)[] leases)
    {
        // The zone is the interface, which stands above already.
        IPAddress address = new(information.Address.GetAddressBytes());
        DhcpLease? lease = leases.FirstOrDefault(found => found.Lease.Address.Equals(address) && (found.Lease.Interface ?? one.Name) == one.Name).Lease;
        AddressLife? life = Array.Find(lives, known => known.Address.Equals(address));
        return new()
        {
            Address = IPv6Text.Short(address),
            Prefix = information.PrefixLength,
            Network = IPv6Text.Short(address.NetworkOf(information.PrefixLength)),
            Origin = lease is not null ? "dhcp" : OriginOf(address, life),
            ValidSeconds = life?.ValidSeconds,
            DhcpServer = lease?.Server,
            DhcpLifetime = lease?.Lifetime,
        };
    }

    // Only IPv6 makes addresses by itself; an IPv4 address with an end to its life was given by somebody, most likely by DHCP, whose lease is not for us to read.
    private static string? OriginOf(IPAddress address, AddressLife? life) =>
        IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal ? "kernel"
        : life is null ? null
        : (life.Flags & Permanent) != 0 ? "manual"
        : address.AddressFamily == AddressFamily.InterNetwork ? "dynamic"
        : (life.Flags & Temporary) != 0 ? "temporary" : "autoconfigured";

    // The loopback interface has no carrier to be up or down by: the kernel says "unknown".
    private static string StateOf(NetworkInterface one) => one.OperationalStatus switch
    {
        OperationalStatus.Up => "up",
        OperationalStatus.Unknown when one.NetworkInterfaceType == NetworkInterfaceType.Loopback => "up",
        OperationalStatus.Unknown => "unknown",
        _ => "down",
    };

    private static int? MtuOf(string name) =>
        int.TryParse(Lines($"/sys/class/net/{name}/mtu").FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out int mtu) ? mtu : null;

    private static IEnumerable<Neighbour> Neighbours() => Netlink.Neighbours() ?? KernelTables.ArpTable(Lines("/proc/net/arp"));

    private static IEnumerable<(string Path, DhcpLease Lease)> Leases() => s_leaseFolders.Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*", s_readable)).Where(IsSmall)
        .SelectMany(path => DhcpLease.Read(Lines(path)).Select(lease => (path, lease)));

    private static bool IsSmall(string path) => new FileInfo(path).Length <= LargestLeaseFile;

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Not this kernel's, or not for us: what it would say is left out.
            return [];
        }
    }
}
