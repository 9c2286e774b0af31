using System.Net.Security;

namespace Switchboard.Server.Connections;

/// <summary>How the bytes of a connection travel.</summary>
public enum ConnectionKind
{
    Tls,
    Plain,
    Unix,

    /// <summary>Sealed datagrams; the login came before, over one of the others.</summary>
    Datagram,
}

/// <summary>One accepted connection, as a door sees it: a stream of bytes and what is known about the other end.</summary>
public sealed class Connection(Stream stream, ConnectionKind kind, string from, Action abort) : IAsyncDisposable
{
    public Stream Stream { get; } = stream;

    public ConnectionKind Kind { get; } = kind;

    /// <summary>The peer's address without its port, or <c>unix</c>.</summary>
    public string From { get; } = from;

    /// <summary>What a login is bound to under TLS (RFC 5929, tls-server-end-point); null otherwise.</summary>
    public byte[]? ChannelBinding { get; init; }

    /// <summary>On the Unix socket: the peer runs as the server's own user or as root (SO_PEERCRED).</summary>
    public bool PeerMayAdminister { get; init; }

    /// <summary>The peer speaks HTTP, by ALPN or by its first byte.</summary>
    public bool IsHttp { get; init; }

    /// <summary>Where TLS protects it.</summary>
    public SslStream? Tls { get; init; }

    /// <summary>Ends the sending direction of a socket behind all that was written; null where there is none.</summary>
    public Action? HalfClose { get; init; }

    /// <summary>
    /// Says that no more follows: TLS by its own goodbye, so that the other end knows that nothing was cut off (RFC 8446, 6.1), then TCP. What was
    /// written may still be on its way.
    /// </summary>
    public async Task EndWritingAsync(CancellationToken cancel)
    {
        await (Tls?.ShutdownAsync() ?? Task.CompletedTask);
        await Stream.FlushAsync(cancel);
        HalfClose?.Invoke();
    }

    /// <summary>Ends both directions at once; reads and writes under way fail, and what was written and did not leave yet is dropped.</summary>
    public void Abort() => abort();

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
