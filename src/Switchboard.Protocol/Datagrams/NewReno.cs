namespace Switchboard.Protocol;

/// <summary>Congestion control as RFC 9002, section 7 (NewReno), in bytes.</summary>
internal sealed class NewReno
{
    /// <summary>Ten full datagrams (RFC 6928; RFC 9002, 7.2).</summary>
    public const int InitialDatagrams = 10;
    private const int LeastDatagrams = 2;

    private readonly int _datagram;
    private long _threshold = long.MaxValue;
    private long _recoveryBegan = -1;

    public NewReno(int datagram)
    {
        _datagram = datagram;
        Window = InitialDatagrams * datagram;
    }

    public long Window { get; private set; }

    public long InFlight { get; set; }

    public bool HasRoom(int bytes) => InFlight + bytes <= Window;

    private bool IsSlowStart => Window < _threshold;

    /// <summary>
    /// The window is what holds the sender back; one that is not used does not grow (RFC 9002, 7.8). In slow start half of it counts as full,
    /// for it doubles with each round trip.
    /// </summary>
    public bool IsFull => InFlight >= (IsSlowStart ? Window / 2 : Window - (3 * _datagram));

    /// <param name="bytes">Acknowledged now, no longer in flight.</param>
    /// <param name="sentAt">When they left.</param>
    /// <param name="wasFull"><see cref="IsFull"/> before the acknowledgement.</param>
    public void OnAcknowledged(int bytes, long sentAt, bool wasFull)
    {
        if (sentAt <= _recoveryBegan || !wasFull)
        {
            return;
        }

        Window += IsSlowStart ? bytes : Math.Max(1, (long)_datagram * bytes / Window);
    }

    /// <summary>Halves the window, once for all that left before the first loss was seen.</summary>
    public void OnLost(long sentAt, long now)
    {
        if (sentAt <= _recoveryBegan)
        {
            return;
        }

        _recoveryBegan = now;
        _threshold = Math.Max(Window / 2, LeastDatagrams * _datagram);
        Window = _threshold;
    }

    /// <summary>Everything was lost for a long time (RFC 9002, 7.6): begin as on a new path, slower.</summary>
    public void OnPersistentCongestion()
    {
        Window = LeastDatagrams * _datagram;
        _recoveryBegan = -1;
    }
}
