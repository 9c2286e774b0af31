using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Switchboard.Server.Connections;

namespace Switchboard.Server.Doors.Ftp.Control;

/// <summary>
/// The control connection: command lines in, replies out, in the plain or under TLS. While it waits it holds no buffer, so thousands of
/// idle sessions cost little.
/// </summary>
internal sealed class ControlChannel : IAsyncDisposable
{
    private const int BufferBytes = 4096;

    private readonly Socket _socket;
    private readonly CommandDecoder _decoder = new();
    private Stream? _tls;
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private bool _isBrisk;

    public ControlChannel(Socket socket)
    {
        _socket = socket;
        // The data mark of an ABOR (RFC 959, section 4.1.3) is sent as urgent data: without this the kernel takes it out of the stream,
        // and the byte after IAC is missing.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
        socket.Blocking = false;
    }

    public bool IsSecure => _tls is not null;

    public IPAddress LocalAddress => PeerAddress.Of(_socket.LocalEndPoint);

    /// <summary>The next line; null when the peer ended the connection.</summary>
    /// <param name="mayStay">Whether the wait may keep the caller's thread for a moment; not when the caller waits for something else beside it.</param>
    /// <exception cref="IOException">The line broke.</exception>
    public async ValueTask<CommandLine?> ReadLineAsync(bool mayStay = true)
    {
        while (true)
        {
            if (_start < _end)
            {
                var found = _decoder.TryRead(_buffer.AsSpan(_start, _end - _start), out var used, out var line);
                _start += used;
                if (found)
                {
                    return line;
                }
            }

            if (!await FillAsync(mayStay))
            {
                return null;
            }
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> reply)
    {
        if (_tls is not null)
        {
            await _tls.WriteAsync(reply);
            await _tls.FlushAsync();
            return;
        }

        for (var rest = reply; !rest.IsEmpty;)
        {
            var sent = _socket.Send(rest.Span, SocketFlags.None, out var error);
            rest = rest[Math.Max(0, sent)..];
            if (error is SocketError.WouldBlock)
            {
                rest = rest[await SocketWait.SendAsync(_socket, rest)..];
            }
            else if (error is not SocketError.Success)
            {
                throw new IOException($"the control connection broke: {error}");
            }
        }
    }

    /// <summary>
    /// Begins TLS. What stands in the buffer was sent before the handshake, where anyone on the way could have put it: it is thrown away,
    /// never carried out (the STARTTLS injection of CVE-2011-0411).
    /// </summary>
    public async Task SecureAsync(FtpTls tls, CancellationToken cancel)
    {
        ReturnBuffer();
        _tls = await tls.SecureAsync(_socket, cancel);
    }

    /// <summary>Whether something has arrived that was not read: more commands, or the end of the line.</summary>
    public bool HasNews()
    {
        try
        {
            return _start < _end || _socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>
    /// Whether the peer has neither closed nor reset the connection. Asked of the kernel, because an end that stands behind a command not
    /// yet read (a NOOP that kept the line alive) cannot be read before it.
    /// </summary>
    public bool IsHeldByPeer()
    {
        const int tcp = 6, tcpInfo = 11;
        const byte established = 1;
        Span<byte> state = [0];
        try
        {
            return _socket.GetRawSocketOption(tcp, tcpInfo, state) > 0 && state[0] == established;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Makes a read that waits come back as if the peer had ended the connection; replies can still be sent.</summary>
    public void StopReading()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already, which is what was wanted.
        }
    }

    public async ValueTask DisposeAsync()
    {
        ReturnBuffer();
        if (_tls is not null)
        {
            await _tls.DisposeAsync();
        }

        _socket.Dispose();
    }

    /// <summary>The peer's last words may still be on their way; closing with unread input would reset the connection and our last reply with it (RFC 1122, 4.2.2.13).</summary>
    public async ValueTask CloseOrderlyAsync(CancellationToken limit)
    {
        if (_tls is not null)
        {
            await FtpTls.CloseAsync(_tls, limit);
        }

        _socket.Shutdown(SocketShutdown.Send);
        var sink = new byte[1024];
        while (await _socket.ReceiveAsync(sink, SocketFlags.None, limit) > 0)
        {
        }
    }

    private async ValueTask<bool> FillAsync(bool mayStay)
    {
        ReturnBuffer();
        var got = _tls is null ? await ReceiveAsync(mayStay && _isBrisk) : await ReadTlsAsync(_tls);
        return got > 0;
    }

    private async ValueTask<int> ReceiveAsync(bool stay)
    {
        // A client amid a chain of commands answers within microseconds: staying on the thread that long is cheaper than two switches.
        if (TryReceive(out var got) || (stay && SocketWait.Briefly(_socket, SelectMode.SelectRead) && TryReceive(out got)))
        {
            return got;
        }

        var began = Environment.TickCount64;
        do
        {
            await SocketWait.ReadableAsync(_socket);
        }
        while (!TryReceive(out got));
        _isBrisk = Environment.TickCount64 - began <= SocketWait.BriskMilliseconds;
        return got;
    }

    private bool TryReceive(out int got)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        got = _socket.Receive(_buffer, SocketFlags.None, out var error);
        (_start, _end) = (0, Math.Max(0, got));
        if (got > 0)
        {
            return true;
        }

        ReturnBuffer();
        return error switch
        {
            SocketError.WouldBlock => false,
            SocketError.Success => true,
            _ => throw new IOException($"the control connection broke: {error}"),
        };
    }

    private async ValueTask<int> ReadTlsAsync(Stream tls)
    {
        _ = await tls.ReadAsync(Memory<byte>.Empty);
        _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        _start = 0;
        _end = await tls.ReadAsync(_buffer);
        return _end;
    }

    private void ReturnBuffer()
    {
        if (_buffer is { } buffer)
        {
            (_buffer, _start, _end) = (null, 0, 0);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
