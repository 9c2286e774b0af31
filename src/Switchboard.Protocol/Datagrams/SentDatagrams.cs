namespace Switchboard.Protocol;

/// <summary>What became of a datagram.</summary>
internal enum Fate : byte
{
    /// <summary>Nothing to wait for: it only carried an acknowledgement.</summary>
    Settled,
    Outstanding,
    Acknowledged,
    Lost,
}

internal struct SentDatagram
{
    public long SentAt;
    public StreamPiece Piece;
    public ushort Size;
    public Fate Fate;
    public bool HasPiece;
    public bool TellsWindow;

    /// <summary>Larger than the path is known to carry: its loss says something of the path's size, and nothing of congestion.</summary>
    public bool IsSizeProbe;
}

/// <summary>Datagrams by their number, from the oldest that is not settled.</summary>
internal sealed class SentDatagrams
{
    /// <summary>More are not kept; then nothing is sent until some are acknowledged or lost.</summary>
    public const int Most = 8192;
    private const int Least = 16;

    private SentDatagram[] _items = new SentDatagram[Least];

    public long First { get; private set; }

    public long Next { get; private set; }

    public bool IsFull => Next - First >= Most;

    public ref SentDatagram this[long number] => ref _items[number & (_items.Length - 1)];

    public void Add(in SentDatagram datagram)
    {
        if (Next - First == _items.Length)
        {
            Grow();
        }

        this[Next++] = datagram;
    }

    /// <summary>Forgets what is settled at the front.</summary>
    public void Trim()
    {
        while (First < Next && this[First].Fate != Fate.Outstanding)
        {
            First++;
        }

        if (First == Next && _items.Length > Least)
        {
            _items = new SentDatagram[Least];
        }
    }

    private void Grow()
    {
        var larger = new SentDatagram[_items.Length * 2];
        for (long number = First; number < Next; number++)
        {
            larger[number & (larger.Length - 1)] = this[number];
        }

        _items = larger;
    }
}
