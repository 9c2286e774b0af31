using System.Net.Security;
using System.Net.Sockets;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>One data connection. It can end well, or in each of the ways in which a sender dies.</summary>
public sealed class FtpData(Socket socket, Stream stream) : IAsyncDisposable
{
    public Socket Socket => socket;
    public Stream Stream => stream;

    /// <summary>Everything until the server ends it.</summary>
    public async Task<byte[]> ReadAllAsync()
    {
        using CancellationTokenSource late = new(FtpWire.Patience);
        using MemoryStream all = new();
        await stream.CopyToAsync(all, late.Token);
        return all.ToArray();
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        using CancellationTokenSource late = new(FtpWire.Patience);
        await stream.WriteAsync(bytes, late.Token);
    }

    /// <summary>The end of the data as RFC 959 means it; under TLS with close_notify before it.</summary>
    public async Task FinishAsync()
    {
        if (stream is SslStream tls)
        {
            await tls.ShutdownAsync();
        }

        Cut();
    }

    /// <summary>A bare FIN: plainly the end of the file, under TLS a line that was cut.</summary>
    public void Cut()
    {
        if (socket.Connected)
        {
            socket.Shutdown(SocketShutdown.Send);
        }
    }

    /// <summary>A reset, as of a machine that lost its state.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        socket.Dispose();
    }
}
