using System.Security.Cryptography;

namespace Switchboard.Protocol;

/// <summary>
/// One reliable, ordered stream of bytes in each direction over sealed datagrams: QUIC's transport (RFC 9000, RFC 9002) without its handshake, for
/// both ends know the keys before the first datagram. Neither socket nor clock: whoever drives it hands in datagrams and the time, and sends what
/// <see cref="TrySend"/> gives.
/// </summary>
/// <remarks>
/// Not for several threads at once. Times are microseconds of any clock that does not jump. After each call but <see cref="TrySend"/> itself, send
/// until <see cref="TrySend"/> gives nothing, then call <see cref="Tick"/> at <see cref="NextTick"/>.
/// </remarks>
public sealed class DatagramConnection : IDisposable
{
    /// <summary>Room for a datagram of any connection.</summary>
    public const int LargestDatagram = 1_500;

    /// <summary>Of <see cref="DatagramKeys.Secret"/>.</summary>
    public const int SecretBytes = 32;

    /// <summary>Of <see cref="DatagramKeys.ResetToken"/>.</summary>
    public const int ResetTokenBytes = DatagramLayout.ResetTokenBytes;

    /// <summary>Less room is not worth a datagram: an acknowledgement, a challenge, a few bytes.</summary>
    private const int LeastRoom = DatagramLayout.HeadBytes + DatagramLayout.TagBytes + 64;

    /// <summary>
    /// A client's datagrams are at least this long. A router gave it another address, and all the server has from there is one acknowledgement: then
    /// three times this is enough for several challenges, where some may be lost and a client that waits for an answer says nothing more.
    /// </summary>
    private const int LeastFromClient = 128;

    /// <summary>Kind, offset and length of a piece of the stream.</summary>
    private const int PieceHead = 1 + 8 + 2;

    private readonly DatagramRole _role;
    private readonly DatagramKeys _keys;
    private readonly DatagramOptions _options;
    private readonly DatagramSeal _seal;
    private readonly DatagramOpening _opening;
    private readonly SendStream _sending;
    private readonly ReceiveStream _receiving;
    private readonly ReceivedNumbers _received = new();
    private readonly PathSize _size;
    private readonly Recovery _recovery;
    private readonly PeerRoute _route;
    private long _lastHeard;
    private long _lastAsked;
    private ulong? _response;
    private bool _mustGreet;
    private bool _mustClose;

    /// <param name="role">Which end this is; the client greets at once.</param>
    /// <param name="keys">Made for this connection alone.</param>
    /// <param name="options">Limits.</param>
    /// <param name="now">Microseconds.</param>
    public DatagramConnection(DatagramRole role, DatagramKeys keys, DatagramOptions options, long now)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(options);
        bool isServer = role == DatagramRole.Server;
        (_role, _keys, _options) = (role, keys, options);
        _seal = new DatagramSeal(keys.Secret, isServer, keys.Session, now);
        _opening = new DatagramOpening(keys.Secret, fromServer: !isServer);
        _sending = new SendStream(options.SendBuffer) { PeerLimit = options.ReceiveWindow };
        _receiving = new ReceiveStream(options.ReceiveWindow);
        _size = new PathSize(options.LargestDatagram);
        _recovery = new Recovery(_sending, _size);
        _route = new PeerRoute(mustProve: isServer);
        (_lastHeard, _lastAsked, _mustGreet) = (now, now, !isServer);
    }

    /// <summary>Why it is over.</summary>
    public DatagramEnd End { get; private set; }

    /// <summary>Bytes that <see cref="Read"/> can give.</summary>
    public int Readable => _receiving.Readable;

    /// <summary>The peer has finished, and everything was read.</summary>
    public bool IsAtEnd => _receiving.IsAtEnd;

    /// <summary>Bytes that <see cref="Write"/> takes.</summary>
    public int Room => End == DatagramEnd.None ? _sending.Room : 0;

    /// <summary>Everything written was acknowledged, <see cref="Finish"/> too.</summary>
    public bool IsSettled => _sending.IsSettled;

    /// <summary>Datagrams for this session that were not genuine.</summary>
    public long Forged { get; private set; }

    /// <summary>Datagrams that came twice, were played back, or came too late to tell.</summary>
    public long Repeated { get; private set; }

    /// <summary>How often in a row something was asked without an answer; a client that sees three tries another socket.</summary>
    public int Unanswered => _recovery.Unanswered;

    /// <summary>The largest datagram the path is known to carry.</summary>
    public int DatagramSize => _size.Current;

    /// <summary>Times the keys of the sending direction were renewed.</summary>
    public int Epoch => _seal.Epoch;

    private bool IsBlocked => _route.Allowance < LeastRoom || _recovery.IsFull;

    /// <summary>What little may go to an address that has not proved itself is for challenges.</summary>
    private bool HasAllowance => _route.Allowance > PathSize.Least;

    /// <summary>A probe asks for proof as well, while there is none.</summary>
    private bool WantsToChallenge => _route.WantsToChallenge || (!_route.IsProven && _recovery.ProbesDue > 0);

    private bool MayStream => HasAllowance && _sending.HasSomething && (_recovery.ProbesDue > 0 || _recovery.Congestion.HasRoom(_size.Current));

    private long KeepAliveAt => _options.KeepAlive > 0 ? _lastAsked + _options.KeepAlive : long.MaxValue;

    /// <summary>When <see cref="Tick"/> is wanted next.</summary>
    public long NextTick
    {
        get
        {
            if (End != DatagramEnd.None)
            {
                return long.MaxValue;
            }

            long quiet = Math.Min(_lastHeard + _options.GiveUp, _route.Timer);
            return IsBlocked ? quiet : Math.Min(Math.Min(quiet, _recovery.Timer), Math.Min(_received.Due, KeepAliveAt));
        }
    }

    /// <summary>The session a datagram claims to be of.</summary>
    /// <returns>False when it cannot be one of ours.</returns>
    public static bool TryReadSession(ReadOnlySpan<byte> datagram, DatagramRole from, out ulong session)
    {
        bool isOne = DatagramLayout.IsSealed(datagram, from == DatagramRole.Server);
        session = isOne ? DatagramLayout.SessionOf(datagram) : 0;
        return isOne;
    }

    /// <summary>What a server sends for a session it does not know: shorter than any datagram that asks for it.</summary>
    /// <returns>Its length.</returns>
    public static int WriteReset(Span<byte> datagram, ulong session, ReadOnlySpan<byte> token)
    {
        DatagramLayout.WriteReset(datagram, session, token);
        return DatagramLayout.ResetBytes;
    }

    /// <summary>Takes a datagram that came; it is opened in place.</summary>
    /// <returns>Whether it was genuine and new.</returns>
    public bool Receive(Span<byte> datagram, in DatagramPath from, long now)
    {
        if (End != DatagramEnd.None || !TryOpen(datagram, out long number))
        {
            return false;
        }

        bool isNewest = number > _received.Largest;
        _lastHeard = now;
        if (_role == DatagramRole.Server && isNewest && !_route.IsAt(from))
        {
            Follow(from, now);
        }

        if (_route.IsAt(from))
        {
            _route.OnReceived(datagram.Length);
        }

        bool asks = TakeParts(datagram[DatagramLayout.HeadBytes..^DatagramLayout.TagBytes], from, now);
        _received.Add(number, now, asks);
        return true;
    }

    /// <summary>Writes the next datagram to send, if there is one.</summary>
    /// <param name="datagram">At least <see cref="LargestDatagram"/> bytes.</param>
    /// <param name="now">Microseconds.</param>
    /// <param name="to">Where the peer is (server).</param>
    /// <returns>Its length, or 0.</returns>
    public int TrySend(Span<byte> datagram, long now, out DatagramPath to)
    {
        to = _route.Current;
        if (IsBlocked || (End != DatagramEnd.None && !_mustClose))
        {
            return 0;
        }

        int probe = _mustGreet ? PathSize.Least : SizeProbe();
        int room = Math.Min(probe > 0 ? probe : _size.Current, _route.Allowance);
        var writer = new PartWriter(datagram[DatagramLayout.HeadBytes..(room - DatagramLayout.TagBytes)]);
        SentDatagram sent = new() { SentAt = now };
        Compose(ref writer, ref sent, now);
        if (probe > 0 && End == DatagramEnd.None)
        {
            Ask(ref writer, ref sent);
            writer.PadTo(writer.Length + writer.Left);
            sent.IsSizeProbe = !_mustGreet;
            _mustGreet = false;
        }

        if (_role == DatagramRole.Client && writer.Length > 0)
        {
            writer.PadTo(Math.Max(writer.Length, LeastFromClient - DatagramLayout.HeadBytes - DatagramLayout.TagBytes));
        }

        return writer.Length == 0 ? 0 : Depart(datagram, writer.Length, ref sent, now);
    }

    /// <summary>The time of <see cref="NextTick"/> has come. Called early, it does nothing.</summary>
    public void Tick(long now)
    {
        if (End != DatagramEnd.None)
        {
            return;
        }

        if (now - _lastHeard >= _options.GiveUp)
        {
            Over(DatagramEnd.Silence);
            return;
        }

        if (now >= _route.Timer)
        {
            _route.OnTimer();
        }

        if (!IsBlocked && now >= _recovery.Timer)
        {
            _recovery.OnTimer(now);
        }
    }

    /// <summary>Hands bytes over to be sent.</summary>
    /// <returns>How many were taken: fewer than given when <see cref="Room"/> is less.</returns>
    public int Write(ReadOnlySpan<byte> bytes) => End == DatagramEnd.None ? _sending.Write(bytes) : 0;

    /// <summary>Reads bytes in order. What was received before the end can be read after it.</summary>
    public int Read(Span<byte> into) => _receiving.Read(into);

    /// <summary>Nothing more will be written; the peer reads to the end.</summary>
    public void Finish() => _sending.Finish();

    /// <summary>Ends both directions; the peer is told once.</summary>
    public void Close()
    {
        if (End == DatagramEnd.None)
        {
            Over(DatagramEnd.Closed);
            _mustClose = true;
        }
    }

    /// <summary>A client has a new socket: the server is greeted from it at once.</summary>
    public void Moved()
    {
        _mustGreet = true;
        _size.Forget();
    }

    public void Dispose()
    {
        Over(DatagramEnd.Closed);
        _seal.Dispose();
        _opening.Dispose();
        _receiving.Release();
    }

    private void Over(DatagramEnd end)
    {
        if (End == DatagramEnd.None)
        {
            End = end;
            _sending.Release();
        }
    }

    private bool TryOpen(Span<byte> datagram, out long number)
    {
        number = 0;
        if (!DatagramLayout.IsSealed(datagram, fromServer: _role == DatagramRole.Client) || DatagramLayout.SessionOf(datagram) != _keys.Session)
        {
            TakeReset(datagram);
            return false;
        }

        number = DatagramLayout.NumberOf(datagram, _received.Largest + 1);
        if (number < 0 || _received.IsKnown(number))
        {
            Repeated++;
            return false;
        }

        bool isGenuine = _opening.TryOpen(number, datagram);
        Forged += isGenuine ? 0 : 1;
        return isGenuine;
    }

    private void TakeReset(ReadOnlySpan<byte> datagram)
    {
        if (_role == DatagramRole.Client && DatagramLayout.IsReset(datagram)
            && CryptographicOperations.FixedTimeEquals(DatagramLayout.ResetTokenOf(datagram), _keys.ResetToken))
        {
            Over(DatagramEnd.Reset);
        }
        else
        {
            Forged++;
        }
    }

    private void Follow(in DatagramPath path, long now)
    {
        // Behind a router that renumbered its ports the way is the same (RFC 9000, 9.4).
        bool isSameHost = (path with { Port = 0 }) == (_route.Current with { Port = 0 });
        _route.Move(path, now);
        if (!isSameHost)
        {
            _recovery.Forget();
            _size.Forget();
        }
    }

    /// <returns>Whether the datagram wants to be acknowledged.</returns>
    private bool TakeParts(ReadOnlySpan<byte> body, in DatagramPath from, long now)
    {
        var reader = new PartReader(body);
        bool asks = false;
        bool isFine = true;
        while (isFine && !reader.IsEmpty && End == DatagramEnd.None)
        {
            DatagramPart part = reader.Kind();
            asks |= part is not (DatagramPart.Padding or DatagramPart.Acknowledge or DatagramPart.Close);
            isFine = TakePart(part, ref reader, from, now) && !reader.IsBroken;
        }

        if (!isFine)
        {
            Over(DatagramEnd.Violation);
            _mustClose = true;
        }

        return asks;
    }

    private bool TakePart(DatagramPart part, ref PartReader reader, in DatagramPath from, long now)
    {
        switch (part)
        {
            case DatagramPart.Padding:
                reader.SkipPadding();
                return true;
            case DatagramPart.Ping:
                return true;
            case DatagramPart.Acknowledge:
                return _recovery.OnAcknowledgement(ref reader, now);
            case DatagramPart.Stream or DatagramPart.StreamEnd:
                long offset = reader.Number();
                return _receiving.Take(offset, reader.Take(reader.Number()), part == DatagramPart.StreamEnd);
            case DatagramPart.Window:
                _sending.PeerLimit = Math.Max(_sending.PeerLimit, reader.Number());
                return true;
            case DatagramPart.Challenge:
                _response = reader.Bytes();
                return true;
            case DatagramPart.Response:
                _route.OnResponse(reader.Bytes(), from);
                return true;
            case DatagramPart.Close:
                Over(DatagramEnd.ClosedByPeer);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The path is tried with a larger datagram when nothing else is urgent and it answers.</summary>
    private int SizeProbe() =>
        _size.Probe > 0 && _route.IsProven && _recovery.LargestAcknowledged >= 0 && _recovery.ProbesDue == 0 && _recovery.Congestion.HasRoom(_size.Probe) ? _size.Probe : 0;

    private void Compose(ref PartWriter writer, ref SentDatagram sent, long now)
    {
        if (_mustClose)
        {
            writer.Kind(DatagramPart.Close);
            _mustClose = false;
            return;
        }

        bool mayStream = MayStream;
        bool isKeepAlive = now >= KeepAliveAt;
        bool tells = _response is not null || WantsToChallenge || _receiving.WantsToTell || _recovery.LostWindow;
        bool isMore = mayStream || tells || isKeepAlive || _mustGreet || _recovery.ProbesDue > 0;
        if (_received.HasNews && (isMore || now >= _received.Due))
        {
            _received.Write(ref writer, now);
        }

        if (tells)
        {
            Tell(ref writer, ref sent, now);
        }

        if (mayStream || (_recovery.ProbesDue > 0 && HasAllowance))
        {
            WritePiece(ref writer, ref sent);
        }

        bool asks = isKeepAlive || _recovery.ProbesDue > 0 || (writer.Length > 0 && _seal.WantsAnswer(_recovery.NextNumber, _recovery.LargestAcknowledged, now));
        if (asks && sent.Fate != Fate.Outstanding)
        {
            Ask(ref writer, ref sent);
        }
    }

    private void Tell(ref PartWriter writer, ref SentDatagram sent, long now)
    {
        if (_response is { } response)
        {
            writer.Kind(DatagramPart.Response);
            writer.Bytes(response);
            _response = null;
        }

        if (WantsToChallenge)
        {
            writer.Kind(DatagramPart.Challenge);
            writer.Bytes(_route.Challenge(now));
        }

        if (_receiving.WantsToTell || _recovery.LostWindow)
        {
            writer.Kind(DatagramPart.Window);
            writer.Number(_receiving.Widen());
            sent.TellsWindow = true;
            _recovery.LostWindow = false;
        }

        sent.Fate = Fate.Outstanding;
    }

    private void WritePiece(ref PartWriter writer, ref SentDatagram sent)
    {
        int room = writer.Left - PieceHead;
        StreamPiece piece = _sending.HasSomething ? _sending.Take(room) : _sending.Oldest(room);
        if (piece is { Length: 0, IsEnd: false })
        {
            return;
        }

        writer.Kind(piece.IsEnd ? DatagramPart.StreamEnd : DatagramPart.Stream);
        writer.Number(piece.Offset);
        writer.Number(piece.Length);
        _sending.Read(piece.Offset, writer.Rest[..piece.Length]);
        writer.Advance(piece.Length);
        (sent.Piece, sent.HasPiece, sent.Fate) = (piece, true, Fate.Outstanding);
    }

    private static void Ask(ref PartWriter writer, ref SentDatagram sent)
    {
        if (writer.Left > 0)
        {
            writer.Kind(DatagramPart.Ping);
        }

        sent.Fate = Fate.Outstanding;
    }

    private int Depart(Span<byte> datagram, int body, ref SentDatagram sent, long now)
    {
        int length = DatagramLayout.HeadBytes + body + DatagramLayout.TagBytes;
        _seal.Seal(_recovery.NextNumber, datagram[..length], _recovery.LargestAcknowledged, now);
        sent.Size = (ushort)length;
        if (sent.IsSizeProbe)
        {
            _size.OnProbe();
        }

        if (sent.Fate == Fate.Outstanding)
        {
            _lastAsked = now;
        }

        _recovery.OnSent(sent);
        _route.OnSent(length);
        return length;
    }
}
