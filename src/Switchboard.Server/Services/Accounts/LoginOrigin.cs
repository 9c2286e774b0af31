using System.Net;

namespace Switchboard.Server.Services.Accounts;

/// <summary>Where a login comes from.</summary>
/// <param name="From">The peer's address without port, or <c>unix</c>.</param>
/// <param name="Device">The id the client's installation made itself; null when it told none.</param>
/// <param name="Trusted">Came over the Unix socket.</param>
/// <param name="ChannelBinding">Under TLS, SHA-256 of the server's certificate (RFC 5929).</param>
public sealed record LoginOrigin(string From, string? Device, bool Trusted, byte[]? ChannelBinding)
{
    /// <summary>What failed logins are counted against. One IPv6 subscriber has a whole /64 and could use a new address for each try.</summary>
    internal string Source
    {
        get
        {
            if (!IPAddress.TryParse(From, out var address))
            {
                return From;
            }

            var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
            if (bytes.Length == 4)
            {
                return new IPAddress(bytes).ToString();
            }

            bytes.AsSpan(8).Clear();
            return new IPAddress(bytes) + "/64";
        }
    }
}
