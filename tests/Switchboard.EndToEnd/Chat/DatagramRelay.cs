using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Switchboard.EndToEnd.Chat;

/// <summary>
/// A bad path for UDP between 127.0.0.1 and a server on 127.0.0.2 at the same port: loses, doubles and holds back datagrams at random, plays old ones
/// back, forges some, and gives each client a new address now and then.
/// </summary>
public sealed class DatagramRelay : IAsyncDisposable
{
    private const int Largest = 2048;
    private const int KeptForPlayback = 64;

    private readonly Socket _front = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly IPEndPoint _server;
    private readonly ConcurrentDictionary<EndPoint, Flow> _flows = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Random _dice;
    private readonly Lock _gate = new();

    public DatagramRelay(IPEndPoint server, int seed)
    {
        (_server, _dice) = (server, new Random(seed));
        _front.Bind(new IPEndPoint(IPAddress.Loopback, server.Port));
        _ = PumpAsync(_front, (datagram, from) => _flows.GetOrAdd(from, client => new Flow(this, client)).Up(datagram));
    }

    /// <summary>Of 1.</summary>
    public double Loss { get; set; }

    public double Duplication { get; set; }

    /// <summary>Part of the datagrams that are held back for up to 20 ms.</summary>
    public double Reordering { get; set; }

    /// <summary>Part of the datagrams behind which an old one, or a forged one, goes to the server.</summary>
    public double Attacks { get; set; }

    /// <summary>Datagrams after which a client comes from another port; 0 is never.</summary>
    public int Readdress { get; set; }

    public int Addresses { get; private set; }

    public long Passed { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _front.Dispose();
        foreach (Flow flow in _flows.Values)
        {
            flow.Dispose();
        }
    }

    private bool Roll(double chance)
    {
        lock (_gate)
        {
            return _dice.NextDouble() < chance;
        }
    }

    private int Roll(int below)
    {
        lock (_gate)
        {
            return _dice.Next(below);
        }
    }

    private async Task PumpAsync(Socket from, Action<byte[], EndPoint> take)
    {
        byte[] buffer = new byte[Largest];
        while (!_end.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult got = await from.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _end.Token);
                take(buffer[..got.ReceivedBytes], got.RemoteEndPoint);
            }
            catch (SocketException)
            {
                // Refused: the server is down at this moment.
            }
            catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Travel(byte[] datagram, Action<byte[]> send)
    {
        Passed++;
        if (Roll(Loss))
        {
            return;
        }

        for (int copies = Roll(Duplication) ? 2 : 1; copies > 0; copies--)
        {
            if (Roll(Reordering))
            {
                _ = Task.Delay(Roll(20), _end.Token).ContinueWith(_ => send(datagram), TaskContinuationOptions.OnlyOnRanToCompletion);
            }
            else
            {
                send(datagram);
            }
        }
    }

    private sealed class Flow(DatagramRelay relay, EndPoint client) : IDisposable
    {
        private readonly ConcurrentQueue<byte[]> _old = new();
        private Socket _back = relay.Open(client);
        private int _sent;

        public void Up(byte[] datagram)
        {
            if (relay.Readdress > 0 && ++_sent % relay.Readdress == 0)
            {
                // The old socket stays open for what is still on its way back.
                _back = relay.Open(client);
            }

            relay.Travel(datagram, Send);
            if (relay.Roll(relay.Attacks))
            {
                Attack(datagram);
            }

            _old.Enqueue(datagram);
            _ = _old.Count > KeptForPlayback && _old.TryDequeue(out _);
        }

        public void Dispose() => _back.Dispose();

        private void Attack(byte[] datagram)
        {
            byte[] forged = [.. datagram];
            forged[relay.Roll(forged.Length)] ^= (byte)(1 + relay.Roll(255));
            Send(forged);
            if (_old.TryPeek(out byte[]? old))
            {
                Send(old);
            }
        }

        private void Send(byte[] datagram)
        {
            try
            {
                _back.Send(datagram);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Lost.
            }
        }
    }

    private Socket Open(EndPoint client)
    {
        Addresses++;
        Socket back = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        back.Connect(_server);
        _end.Token.Register(back.Dispose);
        _ = PumpAsync(back, (datagram, _) => Travel(datagram, answer => Answer(answer, client)));
        return back;
    }

    private void Answer(byte[] datagram, EndPoint client)
    {
        try
        {
            _front.SendTo(datagram, client);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Lost.
        }
    }
}
