using System.Net;
using System.Net.Sockets;

namespace Switchboard.Server;

/// <summary>A door cannot be opened at its address: taken, privileged, or not this machine's.</summary>
public sealed class CannotListenException(IPEndPoint address, SocketException reason) : IOException($"cannot listen on {address}: {reason.SocketErrorCode}", reason)
{
    public IPEndPoint Address { get; } = address;

    public SocketError Reason { get; } = reason.SocketErrorCode;
}
