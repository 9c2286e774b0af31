using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Switchboard.Framing.TestKit;

/// <summary>Shows what a pipe holds piece by piece, each in memory of its own, as far as the gate allows.</summary>
internal sealed class WireReader : PipeReader
{
    private readonly PipeReader _inner;
    private readonly bool _join;
    private readonly IEnumerator<long> _pieces;
    private long _pieceLeft;
    private Segment _first = new([], 0);
    private Segment _last;
    private int _firstIndex;
    private long _shown;
    private bool _allExamined = true;
    private bool _reading;
    private bool _ended;
    private bool _reset;
    private bool _completed;
    private volatile bool _cancelled;

    public WireReader(PipeReader inner, WirePlan plan)
    {
        _inner = inner;
        _join = plan.Join;
        _pieces = plan.Pieces.Begin();
        _last = _first;
        Gate = new WireGate(plan, inner.CancelPendingRead);
    }

    public WireGate Gate { get; }

    public long Shown => Volatile.Read(ref _shown);

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfMisused();
        return TryShow(out result);
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfMisused();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed = Gate.Changed;
            if (TryShow(out ReadResult result))
                return result;
            Gate.ReaderWaits(_shown);
            if (Gate.AllowedAfter(_shown) == 0)
                await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            else
                await WaitForBytesAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!_reading)
            throw new InvalidOperationException("Advanced without a read before.");
        var (to, index) = Resolve(consumed);
        var (examinedIn, examinedIndex) = Resolve(examined);
        long consumedOffset = to.RunningIndex + index, examinedOffset = examinedIn.RunningIndex + examinedIndex;
        if (consumedOffset < _first.RunningIndex + _firstIndex || examinedOffset < consumedOffset || examinedOffset > _shown)
            throw new InvalidOperationException("Advanced to a place outside what was read, or examined less than consumed.");
        Forget(to, index);
        _allExamined = examinedOffset == _shown;
        _reading = false;
    }

    public override void CancelPendingRead()
    {
        _cancelled = true;
        Gate.Wake();
    }

    public override void Complete(Exception? exception = null)
    {
        if (!_completed && !_ended)
            _inner.Complete(exception);
        _completed = true;
        _reading = false;
    }

    private static (Segment Segment, int Index) Resolve(SequencePosition position) =>
        position.GetObject() is Segment segment ? (segment, position.GetInteger()) : throw new InvalidOperationException("A position of another read.");

    private void ThrowIfMisused()
    {
        if (_completed)
            throw new InvalidOperationException("Read after the reader was completed.");
        if (_reading)
            throw new InvalidOperationException("Read again without advancing.");
    }

    private async Task WaitForBytesAsync(CancellationToken ct)
    {
        ReadResult result = await _inner.ReadAsync(ct).ConfigureAwait(false);
        _inner.AdvanceTo(result.Buffer.Start);
    }

    /// <summary>False where the reader has to wait.</summary>
    private bool TryShow(out ReadResult result)
    {
        result = default;
        if (!_cancelled && _allExamined && !_ended && !TryShowMore())
            return false;
        if (_reset && _allExamined)
            throw new IOException("The line was cut.", new SocketException((int)SocketError.ConnectionReset));
        bool cancelled = _cancelled;
        _cancelled = false;
        _reading = true;
        Gate.ReaderRuns();
        result = new ReadResult(new ReadOnlySequence<byte>(_first, _firstIndex, _last, _last.Memory.Length), cancelled, _ended);
        return true;
    }

    private bool TryShowMore()
    {
        if (Gate.CutAfter(_shown) is { } cut)
        {
            End(cut);
            return true;
        }
        while (Gate.AllowedAfter(_shown) is > 0 and var allowed && _inner.TryRead(out ReadResult read))
        {
            long wanted = Math.Min(allowed, PieceLeft());
            long taken = Math.Min(wanted, read.Buffer.Length);
            if (_join && taken < wanted && !read.IsCompleted)
                taken = 0;
            Append(read.Buffer.Slice(0, taken).ToArray());
            _ended = read.IsCompleted && taken == read.Buffer.Length;
            _inner.AdvanceTo(read.Buffer.GetPosition(taken), taken == 0 ? read.Buffer.End : read.Buffer.GetPosition(taken));
            if (_ended)
                _inner.Complete();
            if (_ended || taken > 0)
                return true;
        }
        return false;
    }

    private void End(WireCut cut)
    {
        _inner.Complete();
        _ended = true;
        _reset = cut == WireCut.Reset;
    }

    private long PieceLeft()
    {
        if (_pieceLeft == 0)
            _pieceLeft = _pieces.MoveNext() ? _pieces.Current : long.MaxValue;
        return _pieceLeft;
    }

    private void Append(byte[] bytes)
    {
        if (bytes.Length == 0)
            return;
        // An empty segment in between is rare in a pipe and allowed, and code that looks at the first segment only trips over it.
        _last = _last.Follow([]).Follow(bytes);
        _pieceLeft -= bytes.Length;
        Volatile.Write(ref _shown, _shown + bytes.Length);
    }

    private void Forget(Segment to, int index)
    {
        while (_first != to)
        {
            _first.Poison(_first.Memory.Length);
            _first = (Segment)_first.Next!;
        }
        _first.Poison(index);
        _firstIndex = index;
    }

    /// <summary>One piece; <see cref="ReadOnlySequenceSegment{T}.RunningIndex"/> is its offset in the stream.</summary>
    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        private readonly byte[] _bytes;

        public Segment(byte[] bytes, long offset)
        {
            _bytes = bytes;
            Memory = bytes;
            RunningIndex = offset;
        }

        public Segment Follow(byte[] bytes)
        {
            var next = new Segment(bytes, RunningIndex + _bytes.Length);
            Next = next;
            return next;
        }

        /// <summary>Spoils what may no longer be used.</summary>
        public void Poison(int bytes) => _bytes.AsSpan(0, bytes).Fill(0xDD);
    }
}
