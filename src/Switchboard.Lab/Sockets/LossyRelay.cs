using System.Net;
using System.Net.Sockets;

namespace Switchboard.Lab.Sockets;

/// <summary>A bad path for UDP, the same in every run: of each ten datagrams it loses the third, doubles the sixth, and sends the eighth behind the ninth.</summary>
internal sealed class LossyRelay(Bench bench)
{
    private const int Cycle = 10, Lost = 3, Doubled = 6, Late = 8;
    private readonly Peer _relay = bench.Udp(Lane.Relay);
    private readonly Dictionary<IPEndPoint, (int Count, byte[]? Late)> _seen = [];

    public IPEndPoint Address => _relay.Local;

    /// <summary>Who gets what comes from whom.</summary>
    public Dictionary<IPEndPoint, IPEndPoint> Routes { get; } = [];

    public int LostCount { get; private set; }

    public int DoubledCount { get; private set; }

    public int LateCount { get; private set; }

    /// <summary>Passes on what has come; on loopback that is there when the call that sent it returns.</summary>
    /// <returns>Whether anything had.</returns>
    public bool Turn()
    {
        byte[] buffer = new byte[2048];
        bool any = false;
        while (_relay.Socket.Available > 0)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int length = _relay.Socket.ReceiveFrom(buffer, ref from);
            Pass(buffer[..length], (IPEndPoint)from);
            any = true;
        }
        return any;
    }

    private void Pass(byte[] datagram, IPEndPoint from)
    {
        var (count, late) = _seen.GetValueOrDefault(from);
        IPEndPoint to = Routes[from];
        switch (++count % Cycle)
        {
            case Lost:
                LostCount++;
                break;
            case Late:
                LateCount++;
                _seen[from] = (count, datagram);
                return;
            case Doubled:
                DoubledCount++;
                Send(datagram, to);
                Send(datagram, to);
                break;
            default:
                Send(datagram, to);
                break;
        }
        if (late is not null)
        {
            Send(late, to);
        }
        _seen[from] = (count, null);
    }

    private void Send(byte[] datagram, IPEndPoint to) => _relay.Socket.SendTo(datagram, to);
}
