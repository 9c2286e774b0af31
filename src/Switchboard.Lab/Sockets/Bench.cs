using System.Net;
using System.Net.Sockets;

namespace Switchboard.Lab.Sockets;

/// <summary>Where an experiment stands: an address of its own within 127/8, so that nothing else is seen, and the sockets, which end with it.</summary>
public sealed class Bench : IDisposable
{
    private readonly List<IDisposable> _kept = [];
    private readonly Lock _lock = new();
    private Segments? _segments;
    private bool _acknowledgements;

    internal Bench(Trace trace)
    {
        Trace = trace;
        Span<byte> host = stackalloc byte[3];
        Random.Shared.NextBytes(host);
        Address = new IPAddress([127, (byte)(1 + (host[0] % 253)), host[1], (byte)(1 + (host[2] % 253))]);
    }

    public Trace Trace { get; }

    internal IPAddress Address { get; }

    internal IPEndPoint AnyPort => new(Address, 0);

    internal T Keep<T>(T one)
        where T : IDisposable
    {
        lock (_lock)
        {
            _kept.Add(one);
        }
        return one;
    }

    /// <summary>Writes segments down too, where a raw socket is permitted.</summary>
    internal void WatchSegments(bool acknowledgements = false)
    {
        _acknowledgements = acknowledgements;
        _segments = Segments.TryOpen(Address) is { } opened ? Keep(opened) : null;
        if (_segments is null)
        {
            Trace.Add(Lane.Wire, "segments", null, ("not shown: a raw socket needs the capability CAP_NET_RAW", "不显示：原始套接字需要 CAP_NET_RAW 权限"));
        }
    }

    /// <summary>On loopback a segment has arrived when the call that sent it returns, so after each call what came is written down.</summary>
    internal void NoteSegments()
    {
        if (_segments is null)
        {
            return;
        }
        lock (_segments)
        {
            for (ReadOnlySpan<byte> packet; !(packet = _segments.Next()).IsEmpty;)
            {
                var (header, payload) = Segments.Split(packet);
                if (_acknowledgements || !Segments.IsBareAcknowledgement(header, payload))
                {
                    Trace.Add(Lane.Wire, Segments.Describe(header, payload));
                }
            }
        }
    }

    internal Peer Listen(Lane lane, int backlog = 16)
    {
        Peer listener = Open(lane, SocketType.Stream, ProtocolType.Tcp);
        listener.Socket.Bind(AnyPort);
        listener.Socket.Listen(backlog);
        return listener;
    }

    /// <summary>A connection and both its ends.</summary>
    internal (Peer Client, Peer Server) Tcp(Lane? client = null, Lane? server = null)
    {
        Peer listener = Listen(server ?? Lane.Receiver);
        Peer near = Open(client ?? Lane.Sender, SocketType.Stream, ProtocolType.Tcp);
        near.Connect(listener.Local);
        Peer far = listener.Accept();
        return (near, far);
    }

    /// <summary>A datagram socket with a port of its own.</summary>
    internal Peer Udp(Lane lane)
    {
        Peer peer = Open(lane, SocketType.Dgram, ProtocolType.Udp);
        peer.Socket.Bind(AnyPort);
        return peer;
    }

    internal Peer Open(Lane lane, SocketType type, ProtocolType protocol, AddressFamily family = AddressFamily.InterNetwork) => Adopt(lane, new Socket(family, type, protocol));

    internal Peer Adopt(Lane lane, Socket socket) => Keep(new Peer(this, lane, socket));

    public void Dispose()
    {
        foreach (IDisposable one in Enumerable.Reverse(_kept))
        {
            one.Dispose();
        }
    }
}
