using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Switchboard.Lab.Sockets;

/// <summary>Calls of the system itself, where the framework is kinder than it: its bind sets SO_REUSEADDR by itself.</summary>
internal static partial class PlainSocket
{
    private const int Inet = 2, Stream = 1, SocketLevel = 1, ReuseAddress = 2, AddressInUse = 98;

    /// <returns><c>0</c>, or the name of the error.</returns>
    public static string TryBind(IPEndPoint to, bool reuse)
    {
        int socket = OpenSocket(Inet, Stream, 0);
        int on = 1;
        if (reuse)
        {
            _ = SetOption(socket, SocketLevel, ReuseAddress, in on, sizeof(int));
        }
        byte[] address = new byte[16];
        BinaryPrimitives.WriteInt16LittleEndian(address, Inet);
        BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(2), (ushort)to.Port);
        to.Address.TryWriteBytes(address.AsSpan(4), out _);
        int errno = Bind(socket, address, address.Length) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Close(socket);
        return errno switch { 0 => "0", AddressInUse => "EADDRINUSE", _ => $"errno {errno}" };
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int name, in int value, int length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int socket, byte[] address, int length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int socket);
}
