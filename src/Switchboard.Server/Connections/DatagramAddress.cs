using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Switchboard.Protocol;

namespace Switchboard.Server.Connections;

/// <summary>Between the kernel's form of an address (ip(7), ipv6(7)) and the protocol's, without an object for each datagram.</summary>
internal static class DatagramAddress
{
    private const int PortAt = 2;
    private const int V4At = 4;
    private const int V6At = 8;
    private const int ScopeAt = 24;

    public static DatagramPath Read(SocketAddress address)
    {
        ReadOnlySpan<byte> bytes = address.Buffer.Span;
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(bytes[PortAt..]);
        return address.Family == AddressFamily.InterNetwork
            ? new DatagramPath(0, BinaryPrimitives.ReadUInt32BigEndian(bytes[V4At..]), 0, port)
            : new DatagramPath(
                BinaryPrimitives.ReadUInt64BigEndian(bytes[V6At..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[(V6At + sizeof(ulong))..]),
                BitConverter.ToUInt32(bytes[ScopeAt..]),
                port);
    }

    /// <summary>Fills in an address of the socket's family.</summary>
    public static void Write(in DatagramPath path, SocketAddress address)
    {
        Span<byte> bytes = address.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[PortAt..], path.Port);
        if (address.Family == AddressFamily.InterNetwork)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes[V4At..], (uint)path.Low);
            return;
        }

        BinaryPrimitives.WriteUInt64BigEndian(bytes[V6At..], path.High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[(V6At + sizeof(ulong))..], path.Low);
        BitConverter.TryWriteBytes(bytes[ScopeAt..], path.Scope);
    }
}
