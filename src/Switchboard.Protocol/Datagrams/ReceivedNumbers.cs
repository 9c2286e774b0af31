namespace Switchboard.Protocol;

/// <summary>Which datagrams came: what is acknowledged, and the window against those that are played back (RFC 4303, 3.4.3).</summary>
internal sealed class ReceivedNumbers
{
    /// <summary>Gaps remembered; below the lowest everything counts as received.</summary>
    private const int MostRanges = 32;

    /// <summary>At first every second datagram is acknowledged at once (RFC 9000, 13.2.2), so that the sender's window opens; later every eighth, which costs a quarter.</summary>
    private const int OftenUntil = 100;
    private const int SoonAfter = 2;
    private const int LaterAfter = 8;

    private readonly RangeSet _numbers = new();
    private long _floor;
    private long _largestAt;
    private int _waiting;
    private long _due = long.MaxValue;

    public long Largest { get; private set; } = -1;

    /// <summary>When an acknowledgement must leave.</summary>
    public long Due => _due;

    public bool HasNews => _waiting > 0;

    public bool IsKnown(long number) => number < _floor || _numbers.Contains(number);

    public void Add(long number, long now, bool asksForAnswer)
    {
        bool isInOrder = number == Largest + 1;
        if (number > Largest)
        {
            (Largest, _largestAt) = (number, now);
        }

        _numbers.Add(number, number + 1);
        if (_numbers.Count > MostRanges)
        {
            _floor = _numbers[0].End;
            _numbers.RemoveFirst();
        }

        if (asksForAnswer)
        {
            _waiting++;
            bool isNow = !isInOrder || _waiting >= (number < OftenUntil ? SoonAfter : LaterAfter);
            _due = isNow ? now : Math.Min(_due, now + RoundTrip.MaxAckDelay);
        }
    }

    /// <summary>An acknowledgement (RFC 9000, 19.3): the largest, how long it was kept, and ranges downwards while there is room.</summary>
    public void Write(ref PartWriter writer, long now)
    {
        const int RangeRoom = 16;
        writer.Kind(DatagramPart.Acknowledge);
        writer.Number(Largest);
        writer.Number(Math.Max(0, now - _largestAt));
        int count = Math.Min(_numbers.Count, Math.Max(1, (writer.Left - RangeRoom) / RangeRoom));
        writer.Number(count - 1);
        long above = Largest + 1;
        for (int at = _numbers.Count - 1; at >= _numbers.Count - count; at--)
        {
            (long start, long end) = _numbers[at];
            if (at < _numbers.Count - 1)
            {
                writer.Number(above - end);
            }

            writer.Number(end - start);
            above = start;
        }

        (_waiting, _due) = (0, long.MaxValue);
    }
}
