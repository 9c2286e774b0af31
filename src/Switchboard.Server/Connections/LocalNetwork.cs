using System.Net;
using System.Net.NetworkInformation;

namespace Switchboard.Server.Connections;

/// <summary>Which addresses are on networks that this machine is on itself. Looked up anew after ten seconds, for cables are pulled and plugged.</summary>
internal sealed class LocalNetwork
{
    private const long FreshMilliseconds = 10_000;

    private IPNetwork[] _own = [];
    private long _asOf = long.MinValue / 2;

    public bool Holds(IPAddress address)
    {
        address = PeerAddress.Plain(address);
        if (IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal)
        {
            return true;
        }

        if (Environment.TickCount64 - _asOf > FreshMilliseconds)
        {
            (_own, _asOf) = (LookUp(), Environment.TickCount64);
        }

        return Array.Exists(_own, own => own.Contains(address));
    }

    private static IPNetwork[] LookUp() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces().Where(one => one.OperationalStatus == OperationalStatus.Up)
            .SelectMany(one => one.GetIPProperties().UnicastAddresses).Select(one => new IPNetwork(Base(one.Address, one.PrefixLength), one.PrefixLength))
    ];

    private static IPAddress Base(IPAddress address, int prefix)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int bit = prefix; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPAddress(bytes);
    }
}
