using System.Net;
using System.Net.Sockets;

namespace Switchboard.EndToEnd;

/// <summary>The two ways bytes go through a <see cref="CuttingRelay"/>.</summary>
public enum Way
{
    /// <summary>From the client to the server.</summary>
    Up,
    /// <summary>From the server to the client.</summary>
    Down,
}

/// <summary>
/// A line that can be cut: relays TCP on 127.0.0.1 to a server, counts what passes each way, and after exactly N bytes cuts both ends
/// (or does what the test says instead, for example kill a process, before any further byte passes).
/// </summary>
public sealed class CuttingRelay : IAsyncDisposable
{
    /// <summary>A reset throws away what waits in the sender's buffer; a small one keeps what passed close to what arrived.</summary>
    private const int SendBuffer = 64 * 1024;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly int _target;
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private readonly long[] _passed = new long[2];
    private readonly Trap?[] _traps = new Trap?[2];
    private readonly CancellationTokenSource _end = new();

    /// <param name="target">The server's port on 127.0.0.1.</param>
    public CuttingRelay(int target)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        _ = AcceptAsync();
    }

    private sealed record Trap(long At, Action Act);

    /// <summary>Where clients connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Bytes per second that pass each way, 0 for all; a slow line keeps the buffers at both ends empty.</summary>
    public long Rate { get; set; }

    /// <summary>A dead line: connections are accepted and cut at once.</summary>
    public bool Dead { get; set; }

    /// <summary>Bytes that passed one way, over all connections.</summary>
    public long Passed(Way way)
    {
        lock (_gate)
        {
            return _passed[(int)way];
        }
    }

    /// <summary>
    /// After <paramref name="bytes"/> more bytes this way: <paramref name="act"/>, or cut every connection when null. Springs once.
    /// No byte passes this way while the act runs.
    /// </summary>
    public void After(Way way, long bytes, Action? act = null)
    {
        lock (_gate)
        {
            _traps[(int)way] = new Trap(_passed[(int)way] + bytes, act ?? Cut);
        }
    }

    /// <summary>Forgets traps that have not sprung.</summary>
    public void Disarm()
    {
        lock (_gate)
        {
            Array.Clear(_traps);
        }
    }

    /// <summary>Cuts every connection now, with a reset at both ends.</summary>
    public void Cut()
    {
        Socket[] open;
        lock (_gate)
        {
            open = [.. _open];
        }

        foreach (Socket socket in open)
        {
            Reset(socket);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        Cut();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptAsync(_end.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using Socket server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        client.SendBufferSize = server.SendBufferSize = SendBuffer;
        Track(client, server);
        try
        {
            if (Dead)
            {
                Reset(client);
                return;
            }

            await server.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
            await Task.WhenAll(PumpAsync(client, server, Way.Up), PumpAsync(server, client, Way.Down));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            Reset(client);
            Reset(server);
        }
        finally
        {
            Untrack(client, server);
            client.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Way way)
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            int got;
            while ((got = await from.ReceiveAsync(buffer, _end.Token)) > 0)
            {
                await PassAsync(to, buffer.AsMemory(0, got), way);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One end is gone: the other learns it at once, as behind a real router that answers with a reset.
            Reset(from);
            Reset(to);
        }
    }

    private async Task PassAsync(Socket to, ReadOnlyMemory<byte> bytes, Way way)
    {
        while (bytes.Length > 0)
        {
            (int allowed, Action? act) = Allow(bytes.Length, way);
            await SendAllAsync(to, bytes[..allowed], way);
            act?.Invoke();
            bytes = bytes[allowed..];
            await HoldBackAsync(allowed);
        }
    }

    private Task HoldBackAsync(int bytes)
        => Rate == 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromSeconds((double)bytes / Rate), _end.Token);

    /// <summary>How many of the bytes may pass, and what is to be done right after them.</summary>
    private (int Allowed, Action? Act) Allow(int wanted, Way way)
    {
        lock (_gate)
        {
            int index = (int)way;
            Trap? trap = _traps[index];
            int allowed = trap is null ? wanted : (int)Math.Clamp(trap.At - _passed[index], 0, wanted);
            _passed[index] += allowed;
            if (trap is null || _passed[index] < trap.At)
            {
                return (allowed, null);
            }

            _traps[index] = null;
            return (allowed, trap.Act);
        }
    }

    private async Task SendAllAsync(Socket to, ReadOnlyMemory<byte> bytes, Way way)
    {
        try
        {
            while (bytes.Length > 0)
            {
                bytes = bytes[await to.SendAsync(bytes, _end.Token)..];
            }
        }
        finally
        {
            // What could not be sent did not pass.
            lock (_gate)
            {
                _passed[(int)way] -= bytes.Length;
            }
        }
    }

    private void Track(Socket client, Socket server)
    {
        lock (_gate)
        {
            _open.Add(client);
            _open.Add(server);
        }
    }

    private void Untrack(Socket client, Socket server)
    {
        lock (_gate)
        {
            _open.Remove(client);
            _open.Remove(server);
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            // Linger 0 makes close send a reset, which is what a peer sees of a killed process or a lost NAT entry.
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            socket.Dispose();
        }
    }
}
