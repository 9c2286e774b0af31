using System.Net.Sockets;

namespace Switchboard.Server.Connections;

/// <summary>
/// Waits on non-blocking sockets. A peer that is at work answers within microseconds, and handing the wait to the runtime's poller costs
/// two thread switches: so a few threads may stay with their peer for a moment; everybody else, and every slow peer, waits without a thread.
/// </summary>
public static class SocketWait
{
    /// <summary>A peer that answered so quickly is at work.</summary>
    public const int BriskMilliseconds = 20;

    /// <summary>How long a thread stays: longer than a round trip in one room, far shorter than anybody waits for a free thread.</summary>
    private const int BriefMicroseconds = 2_000;

    /// <summary>Threads that may stay at once. The pool keeps as many more ready (<see cref="KeepThreadsReady"/>), so nobody else waits for one.</summary>
    private static readonly int Seats = 8 * Environment.ProcessorCount;

    private static int _taken;

    public static void KeepThreadsReady()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, Seats + Environment.ProcessorCount), ports);
    }

    /// <summary>Waits on this thread for a moment, if a seat is free.</summary>
    /// <returns>Whether the socket is ready.</returns>
    public static bool Briefly(Socket socket, SelectMode what)
    {
        if (Interlocked.Increment(ref _taken) > Seats)
        {
            Interlocked.Decrement(ref _taken);
            return false;
        }

        try
        {
            return socket.Poll(BriefMicroseconds, what);
        }
        finally
        {
            Interlocked.Decrement(ref _taken);
        }
    }

    /// <summary>Waits until something can be read, or the peer ended, without a thread and without a buffer.</summary>
    /// <exception cref="IOException">The line broke.</exception>
    public static async ValueTask ReadableAsync(Socket socket)
    {
        try
        {
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Sends some of <paramref name="bytes"/> as soon as there is room.</summary>
    /// <exception cref="IOException">The line broke.</exception>
    public static async ValueTask<int> SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return await socket.SendAsync(bytes, SocketFlags.None);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException(e.Message, e);
        }
    }
}
