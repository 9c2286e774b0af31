namespace Switchboard.Protocol;

/// <summary>A piece of the stream in one datagram.</summary>
/// <param name="IsEnd">The stream ends behind it.</param>
internal readonly record struct StreamPiece(long Offset, int Length, bool IsEnd);

/// <summary>The sending half of the stream: what was written stays until it is acknowledged, and what was lost goes out again first.</summary>
internal sealed class SendStream(int limit)
{
    private readonly ByteRing _bytes = new(limit);
    private readonly RangeSet _ahead = new();
    private readonly RangeSet _lost = new();
    private long _acknowledged;
    private long _next;
    private long _written;
    private bool _finished;
    private bool _endSent;
    private bool _endAcknowledged;

    /// <summary>The peer takes bytes up to here.</summary>
    public long PeerLimit { get; set; }

    public int Room => _finished ? 0 : limit - (int)(_written - _acknowledged);

    /// <summary>Everything written was acknowledged, the end too if there is one.</summary>
    public bool IsSettled => _acknowledged == _written && (!_finished || _endAcknowledged);

    public bool HasSomething => _lost.Count > 0 || _next < Math.Min(_written, PeerLimit) || (_finished && !_endSent && _next == _written);

    public int Write(ReadOnlySpan<byte> bytes)
    {
        int taken = Math.Min(bytes.Length, Room);
        if (taken > 0)
        {
            _bytes.Write(_written, bytes[..taken], _acknowledged, _written + taken);
            _written += taken;
        }

        return taken;
    }

    public void Finish() => _finished = true;

    /// <summary>The next piece to send, lost ones first.</summary>
    public StreamPiece Take(int most)
    {
        (long start, long end) = _lost.Count > 0 ? _lost.TakeFirst(most) : TakeNew(most);
        bool isEnd = _finished && end == _written;
        _endSent |= isEnd;
        return new StreamPiece(start, (int)(end - start), isEnd);
    }

    /// <summary>The oldest piece that nobody has acknowledged, for a probe.</summary>
    public StreamPiece Oldest(int most)
    {
        long end = Math.Min(_next, _acknowledged + most);
        end = _ahead.Count > 0 ? Math.Min(end, _ahead[0].Start) : end;
        return new StreamPiece(_acknowledged, (int)(end - _acknowledged), _endSent && end == _written);
    }

    public void Read(long offset, Span<byte> into) => _bytes.Read(offset, into);

    public void OnAcknowledged(StreamPiece piece)
    {
        _endAcknowledged |= piece.IsEnd;
        long end = piece.Offset + piece.Length;
        if (piece.Length == 0 || end <= _acknowledged)
        {
            return;
        }

        _lost.Remove(piece.Offset, end);
        _ahead.Add(Math.Max(piece.Offset, _acknowledged), end);
        if (_ahead[0].Start == _acknowledged)
        {
            _acknowledged = _ahead[0].End;
            _ahead.RemoveFirst();
        }

        if (_acknowledged == _written)
        {
            _bytes.Release();
        }
    }

    public void OnLost(StreamPiece piece)
    {
        _endSent &= !piece.IsEnd || _endAcknowledged;
        long start = Math.Max(piece.Offset, _acknowledged);
        long end = piece.Offset + piece.Length;
        if (start >= end)
        {
            return;
        }

        _lost.Add(start, end);
        for (int at = 0; at < _ahead.Count; at++)
        {
            _lost.Remove(_ahead[at].Start, _ahead[at].End);
        }
    }

    public void Release() => _bytes.Release();

    private (long Start, long End) TakeNew(int most)
    {
        long start = _next;
        _next = Math.Max(_next, Math.Min(Math.Min(_written, PeerLimit), start + most));
        return (start, _next);
    }
}
