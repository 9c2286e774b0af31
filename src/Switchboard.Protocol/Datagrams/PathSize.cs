namespace Switchboard.Protocol;

/// <summary>
/// How large a datagram the path carries (RFC 8899, for datagrams): 1,200 bytes until a larger one was acknowledged, and again once larger ones
/// seem to vanish.
/// </summary>
internal sealed class PathSize
{
    /// <summary>What every path carries (RFC 9000, 14).</summary>
    public const int Least = 1_200;

    /// <summary>What is left of Ethernet in a tunnel (WireGuard: 1,420) or over a telephone line (PPPoE: 1,492), without IPv6 and UDP.</summary>
    private const int Tunnel = 1_372;

    private const int TriesEach = 2;

    /// <summary>Three questions without an answer: perhaps the path has become narrower.</summary>
    private const int SilentBefore = 3;

    private readonly int _largest;
    private int _wanted;
    private int _tries;
    private bool _isTrying;

    public PathSize(int largest) => (_largest, _wanted) = (largest, largest);

    public int Current { get; private set; } = Least;

    /// <summary>The size to try now, or 0.</summary>
    public int Probe => _isTrying || _wanted <= Current ? 0 : _wanted;

    public void OnProbe() => _isTrying = true;

    public void OnArrived(int size)
    {
        _isTrying = false;
        Current = Math.Max(Current, size);
    }

    public void OnLost(int size)
    {
        _isTrying = false;
        if (size == _wanted && ++_tries == TriesEach)
        {
            _tries = 0;
            _wanted = _wanted > Tunnel ? Tunnel : Least;
        }
    }

    /// <summary>It may also have been an outage: when there are answers again, larger ones are tried again.</summary>
    public void OnSilence(int unanswered)
    {
        if (unanswered >= SilentBefore)
        {
            Forget();
        }
    }

    /// <summary>Another path, or one that may have changed.</summary>
    public void Forget() => (Current, _wanted, _tries, _isTrying) = (Least, _largest, 0, false);
}
