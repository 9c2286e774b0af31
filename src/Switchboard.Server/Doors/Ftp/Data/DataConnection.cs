using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Switchboard.Server.Connections;

namespace Switchboard.Server.Doors.Ftp.Data;

/// <summary>One data connection: bytes of one transfer, in the plain or under TLS. Aborting it ends whatever waits on it.</summary>
internal sealed class DataConnection(Socket socket) : IAsyncDisposable
{
    /// <summary>Moved at once: one system call, one record run and one hash call per piece, and the piece stays in the second-level cache.</summary>
    public const int PieceBytes = 256 * 1024;

    /// <summary>The most that one record holds (RFC 8446, section 5.1).</summary>
    private const int RecordBytes = 1 << 14;

    private Stream? _tls;
    private bool _isAborted;

    public bool IsSecure => _tls is not null;

    /// <summary>After a read gave 0: the peer said that this is all. In the plain a FIN is all that can be said; under TLS a FIN alone is what a cut line, or a cutter, gives.</summary>
    public bool EndedCleanly => _tls is null || FtpTls.EndedCleanly(_tls);

    /// <param name="isUpload">Bytes will only come in.</param>
    public async Task SecureAsync(FtpTls tls, bool isUpload, CancellationToken cancel) =>
        _tls = await (isUpload ? tls.SecureUploadAsync(socket, cancel) : tls.SecureAsync(socket, cancel));

    /// <returns>0 at the end.</returns>
    /// <exception cref="IOException">The line broke or was aborted.</exception>
    public ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        if (_tls is not null)
        {
            return _tls.ReadAsync(buffer);
        }

        return TryReceive(buffer.Span, out var got) ? ValueTask.FromResult(got) : ReceiveAsync(buffer);
    }

    /// <summary>
    /// Whether it pays to read on before what came is written: TLS gives one record at a time, and a full one is seldom the last of what
    /// has arrived. Less than a record of room would split the next.
    /// </summary>
    public bool HasMoreAtHand(int got, int room) => _tls is not null && got == RecordBytes && room >= RecordBytes;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_tls is not null)
        {
            // The records of one piece leave in one send.
            await _tls.WriteAsync(bytes);
            await _tls.FlushAsync();
            return;
        }

        while (!bytes.IsEmpty)
        {
            var sent = TrySend(bytes.Span);
            bytes = bytes[sent..];
            if (!bytes.IsEmpty && sent == 0 && !SocketWait.Briefly(socket, SelectMode.SelectWrite))
            {
                bytes = bytes[await SocketWait.SendAsync(socket, bytes)..];
            }
        }
    }

    /// <summary>Sends part of a file inside the kernel, as far as the socket takes it without waiting long.</summary>
    /// <returns>Bytes sent; 0 when the peer is slow, so that the next bytes are better sent by <see cref="WriteAsync"/>, which waits without a thread.</returns>
    public long SendFile(SafeFileHandle file, long offset, long count)
    {
        var sent = ZeroCopy.TrySend(socket, file, offset, count);
        if (sent < 0 && SocketWait.Briefly(socket, SelectMode.SelectWrite))
        {
            sent = ZeroCopy.TrySend(socket, file, offset, count);
        }

        return sent == 0 ? throw new IOException("the file became shorter while it was sent") : Math.Max(0, sent);
    }

    /// <summary>Tells the peer that this was all.</summary>
    public async ValueTask CompleteAsync(CancellationToken limit)
    {
        if (_tls is not null)
        {
            await _tls.FlushAsync(limit);
            await FtpTls.CloseAsync(_tls, limit);
        }

        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Resets the connection: the peer must not take what it has for the whole.</summary>
    public void Abort()
    {
        if (!Interlocked.Exchange(ref _isAborted, true))
        {
            socket.Close(timeout: 0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_tls is not null && !_isAborted)
        {
            await _tls.DisposeAsync();
        }

        socket.Dispose();
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        int got;
        while (!TryReceive(buffer.Span, out got))
        {
            if (!SocketWait.Briefly(socket, SelectMode.SelectRead))
            {
                await SocketWait.ReadableAsync(socket);
            }
        }

        return got;
    }

    private bool TryReceive(Span<byte> buffer, out int got)
    {
        try
        {
            got = Math.Max(0, socket.Receive(buffer, SocketFlags.None, out var error));
            return error switch
            {
                SocketError.Success => true,
                SocketError.WouldBlock => false,
                _ => throw new IOException($"the data connection broke: {error}"),
            };
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException("the data connection was aborted", e);
        }
    }

    private int TrySend(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var sent = socket.Send(bytes, SocketFlags.None, out var error);
            return error switch
            {
                SocketError.Success => sent,
                SocketError.WouldBlock => 0,
                _ => throw new IOException($"the data connection broke: {error}"),
            };
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException("the data connection was aborted", e);
        }
    }
}
