using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Switchboard.Protocol;

namespace Switchboard.Server.Connections;

/// <summary>The datagram door's socket. Several datagrams to one peer leave in one system call, which the kernel cuts (udp(7), UDP_SEGMENT): thirty times cheaper than one call each.</summary>
internal sealed partial class DatagramSocket : IDisposable
{
    /// <summary>What the kernel takes at once: 64 datagrams, 64 KiB.</summary>
    public const int MostSegments = 64;
    public const int MostBytes = 65_000;

    /// <summary>For the moments when a room of a thousand answers at once.</summary>
    private const int BufferBytes = 4 << 20;

    private const int Ip = 0;
    private const int AddMembership = 35;
    private const int Udp = 17;
    private const int UdpSegment = 103;

    private readonly Socket _socket;
    private volatile bool _cannotSegment;

    public DatagramSocket(IPEndPoint endpoint)
    {
        _socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (endpoint.Address.Equals(IPAddress.IPv6Any))
            {
                _socket.DualMode = true;
            }

            _socket.ReceiveBufferSize = BufferBytes;
            _socket.SendBufferSize = BufferBytes;
            ForbidFragments();
            _socket.Bind(endpoint);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Hears the multicast questions of all interfaces. A network without multicast is no reason not to serve.</summary>
    /// <returns>Whether one group at least was joined.</returns>
    public bool JoinSearch()
    {
        bool isJoined = false;
        foreach (NetworkInterface card in NetworkInterface.GetAllNetworkInterfaces().Where(one => one.OperationalStatus == OperationalStatus.Up))
        {
            isJoined |= TryJoin(card);
        }

        return isJoined;
    }

    public IPEndPoint Bound => (IPEndPoint)_socket.LocalEndPoint!;

    public AddressFamily Family => _socket.AddressFamily;

    /// <summary>An address of this socket's family, to be filled in.</summary>
    public SocketAddress NewAddress() => new IPEndPoint(Family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0).Serialize();

    public ValueTask<int> ReceiveAsync(Memory<byte> into, SocketAddress from, CancellationToken cancel) =>
        _socket.ReceiveFromAsync(into, SocketFlags.None, from, cancel);

    /// <summary>Sends datagrams of <paramref name="size"/> bytes, the last one perhaps shorter. One that the kernel has no room for is lost, as on any path.</summary>
    public void Send(ReadOnlySpan<byte> bytes, int size, SocketAddress to)
    {
        if (bytes.Length > size && !_cannotSegment && TrySendSegments(bytes, size, to))
        {
            return;
        }

        for (; bytes.Length > 0; bytes = bytes[Math.Min(size, bytes.Length)..])
        {
            SendOne(bytes[..Math.Min(size, bytes.Length)], to);
        }
    }

    public void Dispose() => _socket.Dispose();

    private bool TryJoin(NetworkInterface card)
    {
        try
        {
            // A socket for both families joins the groups of both. The properties throw where the card lacks a family.
            if (Family == AddressFamily.InterNetworkV6)
            {
                _socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(IPAddress.Parse(ServerSearch.Group6), card.GetIPProperties().GetIPv6Properties().Index));
            }

            _socket.SetRawSocketOption(Ip, AddMembership, Membership(card.GetIPProperties().GetIPv4Properties().Index));

            return true;
        }
        catch (Exception e) when (e is SocketException or NetworkInformationException)
        {
            return false;
        }
    }

    /// <summary>struct ip_mreqn (ip(7)): group, no address, interface. Raw, for the runtime does not set an option of IPv4 on a socket for both families.</summary>
    private static byte[] Membership(int card) => [.. IPAddress.Parse(ServerSearch.Group4).GetAddressBytes(), 0, 0, 0, 0, .. BitConverter.GetBytes(card)];

    private void SendOne(ReadOnlySpan<byte> datagram, SocketAddress to)
    {
        try
        {
            _socket.SendTo(datagram, SocketFlags.None, to);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // No room, no way there, too large for the path: to the protocol a datagram that did not arrive.
        }
    }

    private unsafe bool TrySendSegments(ReadOnlySpan<byte> bytes, int size, SocketAddress to)
    {
        Segmentation control = new() { Length = Segmentation.Used, Level = Udp, Kind = UdpSegment, Size = (ushort)size };
        fixed (byte* data = bytes)
        fixed (byte* address = to.Buffer.Span)
        {
            IoVector vector = new() { Base = data, Length = (nuint)bytes.Length };
            MessageHeader message = new()
            {
                Name = address, NameLength = (uint)to.Size, Vectors = &vector, VectorCount = 1, Control = &control, ControlLength = (nuint)sizeof(Segmentation),
            };
            if (sendmsg(_socket.SafeHandle, &message, 0) >= 0)
            {
                return true;
            }
        }

        // EIO: this machine's interfaces cannot, now or later. EINVAL: these are too large for the interface there, and go one by one, as a
        // path's size is found out. Anything else is a datagram lost.
        const int InputOutput = 5, Invalid = 22;
        int error = Marshal.GetLastPInvokeError();
        _cannotSegment |= error == InputOutput;
        return error is not (InputOutput or Invalid);
    }

    /// <summary>Routers shall not cut our datagrams, nor the kernel believe who says it knows the path: its size is found by trying (ip(7), IP_PMTUDISC_PROBE).</summary>
    private void ForbidFragments()
    {
        const int MtuDiscover = 10, Ipv6 = 41, Ipv6MtuDiscover = 23, Probe = 3;
        _socket.SetRawSocketOption(Ip, MtuDiscover, BitConverter.GetBytes(Probe));
        if (Family == AddressFamily.InterNetworkV6)
        {
            _socket.SetRawSocketOption(Ipv6, Ipv6MtuDiscover, BitConverter.GetBytes(Probe));
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint sendmsg(SafeSocketHandle socket, MessageHeader* message, int flags);

    private unsafe struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    private unsafe struct MessageHeader
    {
        public byte* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public Segmentation* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>cmsg(3) with two bytes of data, padded to eight.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 24)]
    private struct Segmentation
    {
        public const int Used = 18;

        public nuint Length;
        public int Level;
        public int Kind;
        public ushort Size;
    }
}
