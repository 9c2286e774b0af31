using System.Net.Sockets;

namespace Switchboard.Lab.Sockets;

/// <summary>Errors by the names that manual pages and every language but this one use.</summary>
internal static class Errno
{
    public static string Name(SocketError error) => error switch
    {
        SocketError.ConnectionReset => "ECONNRESET",
        SocketError.Shutdown => "EPIPE",
        SocketError.WouldBlock => "EAGAIN",
        SocketError.InProgress => "EINPROGRESS",
        SocketError.TimedOut => "ETIMEDOUT",
        SocketError.MessageSize => "EMSGSIZE",
        SocketError.AddressAlreadyInUse => "EADDRINUSE",
        SocketError.AccessDenied => "EACCES",
        SocketError.ConnectionRefused => "ECONNREFUSED",
        SocketError.NotConnected => "ENOTCONN",
        SocketError.NetworkUnreachable => "ENETUNREACH",
        _ => error.ToString(),
    };
}
