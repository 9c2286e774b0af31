using System.Diagnostics;
using System.Net;
using Switchboard.Protocol;

namespace Switchboard.Server.Connections;

/// <summary>One session's stream over datagrams: a lock around its <see cref="DatagramConnection"/>, a timer, and whoever waits to read or to write.</summary>
/// <remarks>One reader and one writer at a time. What is written leaves with the next flush, so that small frames share datagrams.</remarks>
internal sealed class DatagramLine : ByteStream
{
    [ThreadStatic]
    private static byte[]? t_buffer;

    private readonly Lock _sync = new();
    private readonly DatagramConnection _connection;
    private readonly DatagramSocket _socket;
    private readonly SocketAddress _to;
    private readonly Action _onEnd;
    private readonly ITimer _timer;
    private readonly WakeSignal _readable = new();
    private readonly WakeSignal _writable = new();
    private DatagramPath _toPath;
    private long _wakeAt = long.MaxValue;
    private bool _isClosed;

    /// <param name="connection">Owned.</param>
    /// <param name="socket">Shared by all lines.</param>
    /// <param name="onEnd">Called once when the line is over.</param>
    public DatagramLine(DatagramConnection connection, DatagramSocket socket, Action onEnd)
    {
        (_connection, _socket, _onEnd, _to) = (connection, socket, onEnd, socket.NewAddress());
        _timer = TimeProvider.System.CreateTimer(static line => ((DatagramLine)line!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public static long Now => (long)(Stopwatch.GetTimestamp() * (1_000_000.0 / Stopwatch.Frequency));

    /// <summary>Takes a datagram of this session.</summary>
    /// <returns>Whether it was genuine and new.</returns>
    public bool Take(Span<byte> datagram, in DatagramPath from)
    {
        bool isGenuine;
        lock (_sync)
        {
            isGenuine = !_isClosed && _connection.Receive(datagram, from, Now);
            if (isGenuine)
            {
                Pump();
            }
        }

        Wake();
        return isGenuine;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using CancellationTokenRegistration cancelling = cancellationToken.UnsafeRegister(static signal => ((WakeSignal)signal!).Set(), _readable);
        while (true)
        {
            if (TryRead(buffer.Span, out int count))
            {
                return count;
            }

            await _readable.WaitAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using CancellationTokenRegistration cancelling = cancellationToken.UnsafeRegister(static signal => ((WakeSignal)signal!).Set(), _writable);
        while (true)
        {
            buffer = buffer[Write(buffer.Span, isMoreToCome: true)..];
            if (buffer.IsEmpty)
            {
                return;
            }

            await _writable.WaitAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        Flush();
        return Task.CompletedTask;
    }

    public override void Flush() => Write([], isMoreToCome: false);

    /// <summary>Ends the line at once; the peer is told by one datagram.</summary>
    public void Abort()
    {
        lock (_sync)
        {
            if (_isClosed)
            {
                return;
            }

            _connection.Close();
            Pump();
            _isClosed = true;
            _connection.Dispose();
        }

        _timer.Dispose();
        Wake();
        _onEnd();
    }

    public override ValueTask DisposeAsync()
    {
        Abort();
        return base.DisposeAsync();
    }

    private bool TryRead(Span<byte> into, out int count)
    {
        lock (_sync)
        {
            count = _connection.Read(into);
            if (count > 0)
            {
                Pump();
                return true;
            }

            ThrowIfOver();
            return _connection.IsAtEnd || (into.IsEmpty && _connection.Readable > 0);
        }
    }

    private int Write(ReadOnlySpan<byte> bytes, bool isMoreToCome)
    {
        lock (_sync)
        {
            ThrowIfOver();
            int taken = _connection.Write(bytes);
            if (!isMoreToCome || taken < bytes.Length)
            {
                Pump();
            }

            return taken;
        }
    }

    private void ThrowIfOver()
    {
        if (_isClosed || _connection.End != DatagramEnd.None)
        {
            throw new IOException($"the datagram session is over: {_connection.End}");
        }
    }

    private void Tick()
    {
        lock (_sync)
        {
            if (_isClosed)
            {
                return;
            }

            _wakeAt = long.MaxValue;
            _connection.Tick(Now);
            Pump();
        }

        Wake();
    }

    /// <summary>Sends what can be sent, many datagrams in a call, and sets the timer.</summary>
    private void Pump()
    {
        byte[] buffer = t_buffer ??= new byte[DatagramSocket.MostBytes + DatagramConnection.LargestDatagram];
        long now = Now;
        int filled = 0, size = 0, count = 0;
        for (int length; (length = _connection.TrySend(buffer.AsSpan(filled), now, out DatagramPath to)) > 0;)
        {
            if (filled > 0 && (length > size || to != _toPath))
            {
                _socket.Send(buffer.AsSpan(0, filled), size, _to);
                buffer.AsSpan(filled, length).CopyTo(buffer);
                (filled, count) = (0, 0);
            }

            if (filled == 0)
            {
                (size, _toPath) = (length, to);
                DatagramAddress.Write(to, _to);
            }

            filled += length;
            if (++count == DatagramSocket.MostSegments || length < size || filled + size > DatagramSocket.MostBytes)
            {
                _socket.Send(buffer.AsSpan(0, filled), size, _to);
                (filled, count) = (0, 0);
            }
        }

        if (filled > 0)
        {
            _socket.Send(buffer.AsSpan(0, filled), size, _to);
        }

        SetTimer(now);
    }

    private void SetTimer(long now)
    {
        long next = _connection.NextTick;
        // An earlier call than needed does no harm; a later one would.
        if (next < _wakeAt)
        {
            _wakeAt = next;
            _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, (next - now + 999) / 1000)), Timeout.InfiniteTimeSpan);
        }
    }

    private void Wake()
    {
        bool isReadable, isWritable;
        lock (_sync)
        {
            bool isOver = _isClosed || _connection.End != DatagramEnd.None;
            isReadable = isOver || _connection.Readable > 0 || _connection.IsAtEnd;
            isWritable = isOver || _connection.Room > 0;
        }

        if (isReadable)
        {
            _readable.Set();
        }

        if (isWritable)
        {
            _writable.Set();
        }
    }
}
