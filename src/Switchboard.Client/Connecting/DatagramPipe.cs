using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Switchboard.Protocol;

namespace Switchboard.Client.Connecting;

/// <summary>
/// A session over datagrams as two pipes. When the server does not answer, another socket is tried: the old one's address may be gone, or a router
/// may have forgotten it; the session is the same.
/// </summary>
internal sealed class DatagramPipe : ILinePipe
{
    // Three questions without an answer, and no more than one new socket in this time: what the last one asked may still be answered.
    private const int UnansweredBefore = 3;
    private const long BetweenSockets = 3_000_000;

    // Below the 30 s after which many routers forget a UDP flow (RFC 4787, REQ-5), and so that a server started anew is noticed soon.
    private const long KeepAlive = 10_000_000;

    // A slow side of ours holds back the server by waiting, as with a stream.
    private const int Held = 256 * 1024;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly Lock sync = new();
    private readonly IPEndPoint server;
    private readonly DatagramConnection connection;
    private readonly Pipe incoming = new(Options());
    private readonly Pipe outgoing = new(Options());
    private readonly ITimer timer;
    private readonly byte[] buffer = new byte[DatagramConnection.LargestDatagram];
    private readonly SemaphoreSlim readable = new(0, 1);
    private readonly SemaphoreSlim writable = new(0, 1);
    private readonly TaskCompletionSource settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task delivering;
    private readonly Task sending;
    private Socket socket;
    private long movedAt = Now;
    private bool finished;
    private bool closed;

    public DatagramPipe(IPEndPoint server, DatagramKeys keys)
    {
        this.server = server;
        connection = new(DatagramRole.Client, keys, new() { KeepAlive = KeepAlive }, Now);
        timer = TimeProvider.System.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        socket = Open();
        _ = ReceiveAsync(socket);
        delivering = Task.Run(DeliverAsync);
        sending = Task.Run(SendAsync);
        lock (sync)
        {
            Pump();
        }
    }

    public PipeReader Input => incoming.Reader;

    public PipeWriter Output => outgoing.Writer;

    private static long Now => (long)(Stopwatch.GetTimestamp() * (1_000_000.0 / Stopwatch.Frequency));

    public void Abort()
    {
        lock (sync)
        {
            if (closed)
            {
                return;
            }

            connection.Close();
            Pump();
            closed = true;
            connection.Dispose();
        }

        socket.Dispose();
        timer.Dispose();
        settled.TrySetResult();
        Wake();
    }

    public async ValueTask DisposeAsync()
    {
        await outgoing.Writer.CompleteAsync();
        await Task.WhenAny(FinishAsync(), Task.Delay(LastWords));
        Abort();
        await incoming.Reader.CompleteAsync();
        await delivering;
        await sending;
    }

    private static PipeOptions Options() => new(pauseWriterThreshold: Held, resumeWriterThreshold: Held / 2, useSynchronizationContext: false);

    /// <summary>What was written shall arrive.</summary>
    private async Task FinishAsync()
    {
        await sending;
        lock (sync)
        {
            finished = true;
            connection.Finish();
            Pump();
        }

        await settled.Task;
    }

    private Socket Open()
    {
        var opened = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            ForbidFragments(opened);
            // Only the server's datagrams are handed to us, and the way to it is looked up now.
            opened.Connect(server);
        }
        catch (SocketException)
        {
            // No network at this moment: a later one may have it.
        }

        return opened;
    }

    /// <summary>A path's size is found by trying, and a datagram that was cut and put together again proves nothing.</summary>
    private static void ForbidFragments(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.InterNetwork)
        {
            socket.DontFragment = true;
            return;
        }

        // RFC 3542, 11.2: IPV6_DONTFRAG, whose number each system chose for itself; Linux beside it has ipv6(7), IPV6_MTU_DISCOVER.
        const int Ipv6 = 41, LinuxMtuDiscover = 23, LinuxProbe = 3, WindowsDontFragment = 14, BsdDontFragment = 62;
        var (option, value) = OperatingSystem.IsLinux() ? (LinuxMtuDiscover, LinuxProbe) : (OperatingSystem.IsWindows() ? WindowsDontFragment : BsdDontFragment, 1);
        socket.SetRawSocketOption(Ipv6, option, BitConverter.GetBytes(value));
    }

    private async Task ReceiveAsync(Socket from)
    {
        var datagram = new byte[DatagramConnection.LargestDatagram];
        while (true)
        {
            try
            {
                var length = await from.ReceiveAsync(datagram, SocketFlags.None);
                Take(datagram.AsSpan(0, length));
            }
            catch (SocketException) when (!closed && ReferenceEquals(from, Volatile.Read(ref socket)))
            {
                // Refused or unreachable: whoever says so proves nothing (RFC 5927), and the session outlives it. Not in a tight loop, though.
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Take(Span<byte> datagram)
    {
        lock (sync)
        {
            if (closed)
            {
                return;
            }

            connection.Receive(datagram, default, Now);
            Pump();
        }

        Wake();
    }

    private void Tick()
    {
        lock (sync)
        {
            if (closed)
            {
                return;
            }

            connection.Tick(Now);
            if (connection.Unanswered >= UnansweredBefore && Now - movedAt >= BetweenSockets)
            {
                Move();
            }

            Pump();
        }

        Wake();
    }

    private void Move()
    {
        socket.Dispose();
        socket = Open();
        _ = ReceiveAsync(socket);
        movedAt = Now;
        connection.Moved();
    }

    private void Pump()
    {
        var now = Now;
        for (int length; (length = connection.TrySend(buffer, now, out _)) > 0;)
        {
            try
            {
                socket.Send(buffer.AsSpan(0, length));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // To the protocol a datagram that did not arrive.
            }
        }

        if (finished && connection.IsSettled)
        {
            settled.TrySetResult();
        }

        var next = connection.NextTick;
        if (next != long.MaxValue)
        {
            timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, (next - now + 999) / 1000)), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>From the connection to whoever reads.</summary>
    private async Task DeliverAsync()
    {
        while (true)
        {
            var count = Read(out var isOver, out var reason);
            if (count > 0)
            {
                if ((await incoming.Writer.FlushAsync()).IsCompleted)
                {
                    break;
                }
            }
            else if (isOver)
            {
                await incoming.Writer.CompleteAsync(reason);
                return;
            }
            else
            {
                await readable.WaitAsync();
            }
        }

        await incoming.Writer.CompleteAsync();
    }

    private int Read(out bool isOver, out Exception? reason)
    {
        lock (sync)
        {
            var count = closed ? 0 : connection.Read(incoming.Writer.GetSpan(DatagramConnection.LargestDatagram));
            incoming.Writer.Advance(count);
            isOver = closed || connection.IsAtEnd || connection.End != DatagramEnd.None;
            reason = connection.IsAtEnd ? null : new IOException(Reason());
            if (count > 0)
            {
                Pump();
            }

            return count;
        }
    }

    private string Reason() => connection.End switch
    {
        DatagramEnd.Silence => "nothing was heard over UDP for 45 s",
        DatagramEnd.Reset => "the server was started anew",
        DatagramEnd.ClosedByPeer => "the server closed the session",
        var end => $"the session is over ({end})",
    };

    private async Task SendAsync()
    {
        Exception? failure = null;
        while (failure is null)
        {
            var read = await outgoing.Reader.ReadAsync();
            foreach (var segment in read.Buffer)
            {
                failure ??= await WriteAsync(segment);
            }

            outgoing.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        await outgoing.Reader.CompleteAsync(failure);
    }

    private async ValueTask<Exception?> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (true)
        {
            lock (sync)
            {
                if (closed || connection.End != DatagramEnd.None)
                {
                    return new IOException(Reason());
                }

                bytes = bytes[connection.Write(bytes.Span)..];
                Pump();
            }

            if (bytes.IsEmpty)
            {
                return null;
            }

            await writable.WaitAsync();
        }
    }

    private void Wake()
    {
        lock (sync)
        {
            var isOver = closed || connection.End != DatagramEnd.None;
            Release(readable, isOver || connection.Readable > 0 || connection.IsAtEnd);
            Release(writable, isOver || connection.Room > 0);
        }
    }

    private static void Release(SemaphoreSlim signal, bool isDue)
    {
        if (isDue && signal.CurrentCount == 0)
        {
            signal.Release();
        }
    }
}
