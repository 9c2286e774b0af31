using System.Net;

namespace Switchboard.Server.Connections;

/// <summary>One form for one machine: a socket for both families tells IPv4 peers as IPv6 (RFC 4291, section 2.5.5.2).</summary>
public static class PeerAddress
{
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    public static IPAddress Of(EndPoint? endpoint) => Plain(((IPEndPoint)endpoint!).Address);
}
