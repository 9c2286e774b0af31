namespace Switchboard.Protocol;

/// <summary>Finds out what arrived and what was lost, and how fast to send: RFC 9002 with one packet number space.</summary>
internal sealed class Recovery(SendStream stream, PathSize size)
{
    /// <summary>Overtaken by three later ones, a datagram is lost (RFC 9002, 6.1.1).</summary>
    private const int OvertakenBy = 3;

    /// <summary>Lost over three probe timeouts without a word between: persistent congestion (RFC 9002, 7.6.1).</summary>
    private const int PersistentTimeouts = 3;

    /// <summary>Asking doubles its pause up to here: a line that comes back is noticed within this time.</summary>
    private const long LongestProbePause = 3_000_000;

    /// <summary>Two datagrams ask, for one may be lost as well (RFC 9002, 6.2.4).</summary>
    private const int ProbesAtOnce = 2;

    private readonly SentDatagrams _sent = new();
    private RoundTrip _trip = new();
    private long _lossTime = long.MaxValue;
    private long _lastAskedAt;

    public NewReno Congestion { get; private set; } = new(PathSize.Least);

    public long NextNumber => _sent.Next;

    public long LargestAcknowledged { get; private set; } = -1;

    public bool IsFull => _sent.IsFull;

    /// <summary>How often in a row something was asked without an answer.</summary>
    public int Unanswered { get; private set; }

    /// <summary>Datagrams that may leave whatever the congestion window says.</summary>
    public int ProbesDue { get; private set; }

    /// <summary>A window update was lost on the way.</summary>
    public bool LostWindow { get; set; }

    public long Timer => _lossTime != long.MaxValue ? _lossTime
        : Congestion.InFlight > 0 && ProbesDue == 0 ? _lastAskedAt + ProbePause : long.MaxValue;

    private long ProbePause => Math.Min(_trip.ProbeTimeout << Math.Min(Unanswered, 10), Math.Max(LongestProbePause, _trip.ProbeTimeout));

    public void OnSent(in SentDatagram datagram)
    {
        _sent.Add(datagram);
        if (datagram.Fate == Fate.Outstanding)
        {
            Congestion.InFlight += datagram.Size;
            _lastAskedAt = datagram.SentAt;
            ProbesDue = Math.Max(0, ProbesDue - 1);
        }
        else
        {
            _sent.Trim();
        }
    }

    /// <returns>Whether the acknowledgement makes sense.</returns>
    public bool OnAcknowledgement(ref PartReader reader, long now)
    {
        long largest = reader.Number();
        long delay = reader.Number();
        long ranges = reader.Number();
        bool wasFull = Congestion.IsFull;
        bool isNews = false;
        long end = largest + 1;
        for (long at = 0; at <= ranges && !reader.IsBroken; at++)
        {
            end -= at == 0 ? 0 : reader.Number();
            long start = end - reader.Number();
            if (start < 0 || start >= end || end > _sent.Next)
            {
                return false;
            }

            isNews |= AcknowledgeRange(start, end, wasFull, largest, delay, now);
            end = start;
        }

        LargestAcknowledged = Math.Max(LargestAcknowledged, largest);
        if (isNews)
        {
            (Unanswered, ProbesDue) = (0, 0);
            DetectLoss(now);
        }

        return !reader.IsBroken;
    }

    /// <summary>The time of <see cref="Timer"/> has come.</summary>
    public void OnTimer(long now)
    {
        if (_lossTime != long.MaxValue)
        {
            DetectLoss(now);
            return;
        }

        Unanswered++;
        ProbesDue = ProbesAtOnce;
        size.OnSilence(Unanswered);
    }

    /// <summary>Another path: what was learnt of the old one does not hold (RFC 9000, 9.4).</summary>
    public void Forget()
    {
        long inFlight = Congestion.InFlight;
        Congestion = new NewReno(PathSize.Least) { InFlight = inFlight };
        _trip = new RoundTrip();
        Unanswered = 0;
    }

    private bool AcknowledgeRange(long start, long end, bool wasFull, long largest, long delay, long now)
    {
        bool isNews = false;
        for (long number = Math.Max(start, _sent.First); number < end; number++)
        {
            ref SentDatagram datagram = ref _sent[number];
            if (datagram.Fate == Fate.Outstanding)
            {
                isNews = true;
                Acknowledge(ref datagram, wasFull);
                if (number == largest)
                {
                    _trip.Add(now - datagram.SentAt, delay);
                }
            }
            else if (datagram.Fate == Fate.Lost && datagram.HasPiece)
            {
                // Late and not lost: what it carried need not go out again.
                datagram.Fate = Fate.Acknowledged;
                stream.OnAcknowledged(datagram.Piece);
            }
        }

        return isNews;
    }

    private void Acknowledge(ref SentDatagram datagram, bool wasFull)
    {
        datagram.Fate = Fate.Acknowledged;
        Congestion.InFlight -= datagram.Size;
        Congestion.OnAcknowledged(datagram.Size, datagram.SentAt, wasFull);
        if (datagram.HasPiece)
        {
            stream.OnAcknowledged(datagram.Piece);
        }

        if (datagram.IsSizeProbe)
        {
            size.OnArrived(datagram.Size);
        }
    }

    private void DetectLoss(long now)
    {
        _lossTime = long.MaxValue;
        long before = now - _trip.LossDelay;
        long lostSince = -1;
        for (long number = _sent.First; number < LargestAcknowledged; number++)
        {
            ref SentDatagram datagram = ref _sent[number];
            if (datagram.Fate == Fate.Acknowledged)
            {
                lostSince = -1;
            }

            if (datagram.Fate != Fate.Outstanding)
            {
                continue;
            }

            if (datagram.SentAt > before && LargestAcknowledged - number < OvertakenBy)
            {
                _lossTime = datagram.SentAt + _trip.LossDelay;
                break;
            }

            lostSince = lostSince < 0 ? datagram.SentAt : lostSince;
            Lose(ref datagram, lostSince, now);
        }

        _sent.Trim();
    }

    private void Lose(ref SentDatagram datagram, long lostSince, long now)
    {
        datagram.Fate = Fate.Lost;
        Congestion.InFlight -= datagram.Size;
        LostWindow |= datagram.TellsWindow;
        if (datagram.HasPiece)
        {
            stream.OnLost(datagram.Piece);
        }

        if (datagram.IsSizeProbe)
        {
            size.OnLost(datagram.Size);
            return;
        }

        Congestion.OnLost(datagram.SentAt, now);
        if (datagram.SentAt - lostSince > PersistentTimeouts * _trip.ProbeTimeout)
        {
            Congestion.OnPersistentCongestion();
        }
    }
}
