namespace Switchboard.Protocol;

/// <summary>Limits of one end of a datagram connection. Times are in microseconds.</summary>
public sealed record DatagramOptions
{
    /// <summary>Bytes written and not yet acknowledged, a power of two: beyond it <see cref="DatagramConnection.Write"/> takes nothing, and who writes waits.</summary>
    public int SendBuffer { get; init; } = 256 * 1024;

    /// <summary>Bytes received and not yet read, a power of two: the peer sends no more than this ahead.</summary>
    public int ReceiveWindow { get; init; } = 256 * 1024;

    /// <summary>The largest datagram tried: an Ethernet frame of 1,500 bytes without the headers of IPv6 and UDP.</summary>
    public int LargestDatagram { get; init; } = 1_452;

    /// <summary>Silence after which this end says something, so that routers on the way keep the path open; zero never. Many forget a UDP flow after 30 s (RFC 4787, REQ-5).</summary>
    public long KeepAlive { get; init; }

    /// <summary>Silence after which the connection is given up.</summary>
    public long GiveUp { get; init; } = 45_000_000;
}

/// <summary>Which end this is.</summary>
public enum DatagramRole
{
    /// <summary>Says the first word, may change its address, and believes what comes from whatever address.</summary>
    Client,

    /// <summary>Sends no more than three times what came from an address that has not proved itself.</summary>
    Server,
}

/// <summary>What both ends know before the first datagram; made anew for each login and told under TLS.</summary>
/// <param name="Session">Names the session in every datagram.</param>
/// <param name="Secret">32 random bytes, used for nothing else.</param>
/// <param name="ResetToken">16 bytes by which a server that has forgotten the session says so (RFC 9000, 10.3).</param>
public sealed record DatagramKeys(ulong Session, byte[] Secret, byte[] ResetToken);

/// <summary>An address and port, as bytes: the connection compares and hands back, and knows nothing of families.</summary>
public readonly record struct DatagramPath(ulong High, ulong Low, uint Scope, ushort Port);

/// <summary>Why a connection is over.</summary>
public enum DatagramEnd
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>This end closed it.</summary>
    Closed,

    /// <summary>The peer closed it.</summary>
    ClosedByPeer,

    /// <summary>Nothing came for <see cref="DatagramOptions.GiveUp"/>.</summary>
    Silence,

    /// <summary>The peer knows the session no more: it was started anew.</summary>
    Reset,

    /// <summary>The peer broke the protocol, under a valid seal.</summary>
    Violation,
}
