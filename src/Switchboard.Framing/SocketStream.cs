using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Switchboard.Framing;

/// <summary>
/// A connected socket as the stream below TLS. An <see cref="System.Net.Security.SslStream"/> writes and reads one record of 16 KiB at a
/// time; this stream gathers the records between two flushes into one send, and receives many at once. That halves the system calls and
/// the wake-ups of bulk transfers; small messages are not delayed, for they are flushed.
/// </summary>
/// <remarks>One reader and one writer at a time. While nothing is buffered no memory is held, so an idle line is cheap.</remarks>
public sealed class SocketStream(Socket socket) : Stream
{
    /// <summary>A send or receive of this size costs as little per byte as larger ones, and the bytes are still in the second-level cache.</summary>
    private const int BufferBytes = 256 * 1024;

    /// <summary>Larger than a TLS record, of which many are gathered; who writes or reads so much at once in the plain has gathered it, or has the room.</summary>
    private const int DirectBytes = 20 * 1024;

    /// <summary>Two records: what a line that carries requests needs. What fills half of it is bulk.</summary>
    private const int QuietBytes = 32 * 1024;

    /// <summary>Some answers; or a certificate chain of three; or two session tickets and a farewell. The pool keeps as many large buffers as were ever in use at once, so they are for bulk.</summary>
    private const int SmallBytes = 8 * 1024;

    private byte[]? _incoming;
    private int _incomingStart;
    private int _incomingEnd;
    private bool _isBulk;
    private byte[]? _outgoing;
    private int _outgoingLength;

    /// <summary>
    /// Set once the TLS handshake is done and writers flush when they want bytes to leave. Before, every write is sent at once,
    /// for a handshake writes and then waits for the answer.
    /// </summary>
    public bool IsGathering { get; set; }

    /// <summary>
    /// Set during a TLS handshake: what is written leaves when the peer has to be waited for, and not before, flushed or not. What comes after
    /// the handshake's last wait (TLS 1.3: session tickets) then leaves with the first bytes of the conversation.
    /// </summary>
    public bool IsHolding { get; set; }

    /// <summary>
    /// The peer closed its direction and all that it sent was read. TLS returns 0 for that and for its own end alike; when this is false
    /// then, the peer has said close_notify.
    /// </summary>
    public bool HasEnded { get; private set; }

    /// <summary>Where the peer is, an IPv4 address as such even on a socket for both families; null on a Unix socket, and where the peer has gone already.</summary>
    public IPAddress? RemoteAddress
    {
        get
        {
            try
            {
                return socket.RemoteEndPoint is not IPEndPoint peer ? null : peer.Address.IsIPv4MappedToIPv6 ? peer.Address.MapToIPv4() : peer.Address;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Reset between the handshake and this question: whoever reads or writes next is told.
                return null;
            }
        }
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what is there; an empty <paramref name="buffer"/> waits until something is, without holding memory.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_incomingStart < _incomingEnd)
        {
            return new ValueTask<int>(TakeIncoming(buffer.Span));
        }

        // Straight, without a state of its own: it is what a quiet line waits in.
        bool isDirect = buffer.IsEmpty || buffer.Length >= DirectBytes;
        return isDirect && !IsHolding ? ReceiveAsync(buffer, cancellationToken) : ReceiveAheadAsync(buffer, isDirect, cancellationToken);
    }

    public override int Read(Span<byte> buffer)
    {
        if (_incomingStart < _incomingEnd)
        {
            return TakeIncoming(buffer);
        }

        int got = socket.Receive(buffer);
        HasEnded |= got == 0 && !buffer.IsEmpty;
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!IsGathering && !IsHolding)
        {
            await SendAsync(buffer, cancellationToken);
            return;
        }

        if (_outgoingLength + buffer.Length > (_outgoing?.Length ?? BufferBytes) && !GrowOutgoing(buffer.Length))
        {
            await SendGatheredAsync(cancellationToken);
        }

        if (buffer.Length > BufferBytes || (buffer.Length >= DirectBytes && _outgoing is null && !IsHolding))
        {
            await SendAsync(buffer, cancellationToken);
            return;
        }

        _outgoing ??= ArrayPool<byte>.Shared.Rent(IsHolding || buffer.Length <= SmallBytes ? Math.Max(SmallBytes, buffer.Length) : BufferBytes);
        buffer.CopyTo(_outgoing.AsMemory(_outgoingLength));
        _outgoingLength += buffer.Length;
    }

    /// <summary>Sends at once what has gathered and then <paramref name="bytes"/>, without a copy of them: for a writer who has nothing more.</summary>
    public ValueTask SendNowAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel) =>
        _outgoing is null ? SendAsync(bytes, cancel) : SendBehindAsync(bytes, cancel);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Flush();
        SendAll(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        IsHolding || _outgoing is null ? Task.CompletedTask : SendGatheredAsync(cancellationToken).AsTask();

    public override void Flush()
    {
        if (_outgoing is not { } outgoing)
        {
            return;
        }

        SendAll(outgoing.AsSpan(0, _outgoingLength));
        ReturnOutgoing();
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Closes the socket. Buffers go to the garbage collector, not back to the pool: an operation that is being cancelled may still touch them.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private int TakeIncoming(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _incomingEnd - _incomingStart);
        _incoming.AsSpan(_incomingStart, count).CopyTo(buffer);
        _incomingStart += count;
        if (_incomingStart == _incomingEnd && _incoming is { } empty)
        {
            _incoming = null;
            ArrayPool<byte>.Shared.Return(empty);
        }

        return count;
    }

    private async ValueTask SendGatheredAsync(CancellationToken cancel)
    {
        if (_outgoing is { } outgoing)
        {
            await SendAsync(outgoing.AsMemory(0, _outgoingLength), cancel);
            ReturnOutgoing();
        }
    }

    private async ValueTask SendBehindAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        await SendGatheredAsync(cancel);
        await SendAsync(bytes, cancel);
    }

    // What does not fit into the small buffer for answers becomes bulk; a handshake sends what it has.
    private bool GrowOutgoing(int more)
    {
        if (IsHolding || _outgoing is not { } small || _outgoingLength + more > BufferBytes)
        {
            return false;
        }

        _outgoing = ArrayPool<byte>.Shared.Rent(BufferBytes);
        small.AsSpan(0, _outgoingLength).CopyTo(_outgoing);
        ArrayPool<byte>.Shared.Return(small);
        return true;
    }

    private void ReturnOutgoing()
    {
        ArrayPool<byte>.Shared.Return(_outgoing!);
        _outgoing = null;
        _outgoingLength = 0;
    }

    private async ValueTask<int> ReceiveAheadAsync(Memory<byte> buffer, bool isDirect, CancellationToken cancel)
    {
        if (IsHolding)
        {
            await SendGatheredAsync(cancel);
        }

        if (isDirect)
        {
            return await ReceiveAsync(buffer, cancel);
        }

        _incoming ??= ArrayPool<byte>.Shared.Rent(_isBulk ? BufferBytes : QuietBytes);
        (_incomingStart, _incomingEnd) = (0, 0);
        _incomingEnd = await ReceiveAsync(_incoming, cancel);
        _isBulk = _incomingEnd >= QuietBytes / 2;
        return TakeIncoming(buffer.Span);
    }

    // Streams tell a broken line by IOException; what reads them need not know that it is a socket.
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        try
        {
            int got = await socket.ReceiveAsync(buffer, SocketFlags.None, cancel);
            HasEnded |= got == 0 && !buffer.IsEmpty;
            return got;
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            while (bytes.Length > 0)
            {
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancel)..];
            }
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }
}
