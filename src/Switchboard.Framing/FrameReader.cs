using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Switchboard.Framing;

/// <summary>Reads frames from a pipe: a header at a time, and its payload as a stream that is never held whole.</summary>
/// <remarks>
/// <para>Memory: one header (at most twice <see cref="FrameLimits.MaxHeader"/> where it has escapes), and what the pipe itself holds. It lets
/// the pipe fill no further than a header or what <see cref="ReadPayloadAsync"/> was asked for needs; a writer too fast waits in its own flush.</para>
/// <para>For one caller at a time. Await each returned task once. A cancelled read loses nothing and may be repeated: the bytes come with the next that arrive. After a
/// <see cref="FrameException"/> every further call throws the same error. Errors of the pipe itself (<see cref="IOException"/>, ...) pass through.
/// The pipe stays the caller's, to be completed by the caller.</para>
/// </remarks>
/// <param name="input">The bytes, such as <c>PipeReader.Create(stream)</c>; nobody else may read from it.</param>
/// <param name="limits">What a frame may be at most; <see cref="FrameLimits.Default"/> if not given.</param>
public sealed class FrameReader(PipeReader input, FrameLimits? limits = null)
{
    /// <summary>Bytes of the length before each header.</summary>
    private const int Prefix = 4;

    private readonly PipeReader _input = input ?? throw new ArgumentNullException(nameof(input));
    private readonly FrameLimits _limits = limits ?? FrameLimits.Default;
    private readonly HeaderBuffer _header = new();

    /// <summary>What is left of the pipe's last answer; the pipe is told of it only when more is needed, so that many frames cost one read.</summary>
    private ReadOnlySequence<byte> _buffer;
    private bool _held;
    private bool _ended;
    private FrameException? _failure;

    /// <summary>Bytes of the current payload that were not yet read, or skipped.</summary>
    public long PayloadLeft { get; private set; }

    /// <summary>The next frame; what is left of the payload before it is skipped. Null at the end of the stream, if that is between two frames.</summary>
    /// <returns>The frame, whose header is valid until the next call of this or of <see cref="TryRead"/>.</returns>
    /// <exception cref="FrameException">The stream is cut or breaks a rule of the framing.</exception>
    /// <exception cref="OperationCanceledException">By <paramref name="ct"/>, or by <see cref="PipeReader.CancelPendingRead"/>.</exception>
    public ValueTask<Frame?> ReadAsync(CancellationToken ct = default) =>
        TakeFrame(out Frame frame) ? new ValueTask<Frame?>(frame) : WaitForFrameAsync(ct);

    /// <summary>The next frame, if the whole header has already arrived in the pipe; like a <see cref="ReadAsync"/> that would not wait.</summary>
    /// <returns>False also at the end of the stream and where it is cut: <see cref="ReadAsync"/> tells which.</returns>
    /// <exception cref="FrameException">The stream breaks a rule of the framing.</exception>
    public bool TryRead(out Frame frame)
    {
        if (TakeFrame(out frame))
            return true;
        while (!_ended)
        {
            Release();
            if (!_input.TryRead(out ReadResult result))
                return false;
            Hold(result);
            if (TakeFrame(out frame))
                return true;
            if (result.IsCanceled)
                return false;
        }
        return false;
    }

    /// <summary>The next piece of the current payload, in the pipe's own buffers: at least <paramref name="atLeast"/> bytes or what is left of the payload.</summary>
    /// <param name="atLeast">1 or more; the pipe has to hold as much.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <returns>Never a byte beyond the payload; empty only where none is left. Valid until <see cref="AdvancePayload"/>, which has to follow.</returns>
    /// <exception cref="FrameException">The stream ended inside the payload.</exception>
    /// <exception cref="OperationCanceledException">By <paramref name="ct"/>, or by <see cref="PipeReader.CancelPendingRead"/>.</exception>
    public ValueTask<ReadOnlySequence<byte>> ReadPayloadAsync(int atLeast = 1, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atLeast, 1);
        ThrowIfFailed();
        long needed = Math.Min(atLeast, PayloadLeft);
        return _buffer.Length >= needed ? new ValueTask<ReadOnlySequence<byte>>(PayloadHeld()) : WaitForPayloadAsync((int)needed, ct);
    }

    /// <summary>Says how much of the piece that <see cref="ReadPayloadAsync"/> returned was used; the rest comes again.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than the piece had.</exception>
    public void AdvancePayload(long consumed)
    {
        if (consumed < 0 || consumed > Math.Min(_buffer.Length, PayloadLeft))
            throw new ArgumentOutOfRangeException(nameof(consumed), consumed, "More than the piece that was read.");
        PayloadLeft -= consumed;
        Consume(consumed);
    }

    /// <summary>Passes over what is left of the current payload, in the pipe's own memory.</summary>
    /// <exception cref="FrameException">The stream ended inside the payload.</exception>
    /// <exception cref="OperationCanceledException">By <paramref name="ct"/>, or by <see cref="PipeReader.CancelPendingRead"/>.</exception>
    public async ValueTask SkipPayloadAsync(CancellationToken ct = default)
    {
        while (PayloadLeft > 0)
        {
            ReadOnlySequence<byte> piece = await ReadPayloadAsync(1, ct).ConfigureAwait(false);
            AdvancePayload(piece.Length);
        }
    }

    /// <summary>Gives the pipe back to its owner, to be read on or drained; bytes that were not read yet are in it again. Not while a read is under way.</summary>
    public void Detach()
    {
        // Nothing examined: what the pipe has is to be given out at once, even where no more will come.
        if (_held)
            _input.AdvanceTo(_buffer.Start);
        _buffer = default;
        _held = false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Frame?> WaitForFrameAsync(CancellationToken ct)
    {
        _header.Trim();
        while (true)
        {
            HoldUncancelled(await ReadMoreAsync(ct).ConfigureAwait(false));
            if (TakeFrame(out Frame frame))
                return frame;
            if (!_ended)
                continue;
            if (_buffer.IsEmpty && PayloadLeft == 0)
                return null;
            throw Cut();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlySequence<byte>> WaitForPayloadAsync(int needed, CancellationToken ct)
    {
        while (_buffer.Length < needed)
        {
            HoldUncancelled(await ReadMoreAsync(ct).ConfigureAwait(false));
            if (_ended && _buffer.Length < needed)
                throw Cut();
        }
        return PayloadHeld();
    }

    /// <summary>Waits until the pipe has more than what was seen. Not <c>ReadAtLeastAsync</c>: <see cref="Pipe"/> counts only bytes never examined before, and would wait for bytes it already has.</summary>
    private ValueTask<ReadResult> ReadMoreAsync(CancellationToken ct)
    {
        Release();
        return _input.ReadAsync(ct);
    }

    private void Hold(ReadResult result)
    {
        _buffer = result.Buffer;
        _held = true;
        _ended = result.IsCompleted;
    }

    private void HoldUncancelled(ReadResult result)
    {
        Hold(result);
        if (result.IsCanceled)
            throw new OperationCanceledException("The pending read was cancelled.");
    }

    /// <summary>Tells the pipe what was used, and that all of it was seen; without this it would not read on.</summary>
    private void Release()
    {
        if (!_held)
            return;
        SequencePosition consumed = _buffer.Start, examined = _buffer.End;
        _buffer = default;
        _held = false;
        _input.AdvanceTo(consumed, examined);
    }

    private void Consume(long bytes)
    {
        _buffer = _buffer.Slice(bytes);
        // Whoever handles this frame may take long: the memory it came in is of more use to the pipe.
        if (_buffer.IsEmpty && !_ended)
            Release();
    }

    private ReadOnlySequence<byte> PayloadHeld() => _buffer.Length <= PayloadLeft ? _buffer : _buffer.Slice(0, PayloadLeft);

    private bool TakeFrame(out Frame frame)
    {
        ThrowIfFailed();
        frame = default;
        if (PayloadLeft > 0)
            AdvancePayload(Math.Min(_buffer.Length, PayloadLeft));
        if (PayloadLeft > 0 || !TryPeekLength(out int length) || _buffer.Length < Prefix + length)
            return false;
        Copy(Prefix, _header.Reset(length));
        frame = new Frame(_header.Memory, CheckedSize());
        PayloadLeft = frame.Size;
        Consume(Prefix + length);
        return true;
    }

    private bool TryPeekLength(out int length)
    {
        length = 0;
        if (_buffer.Length < Prefix)
            return false;
        Span<byte> prefix = stackalloc byte[Prefix];
        Copy(0, prefix);
        uint said = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (said == 0)
            throw Fail(new FrameException(FrameError.HeaderLengthZero, "A frame says that its header has no bytes."));
        if (said > (uint)_limits.MaxHeader)
            throw Fail(new FrameException(FrameError.HeaderTooLong, $"A frame says that its header has {said} bytes; the limit is {_limits.MaxHeader}."));
        length = (int)said;
        return true;
    }

    private long CheckedSize()
    {
        try
        {
            long size = HeaderCheck.ReadSize(_header);
            if (size > _limits.MaxPayload)
                throw new FrameException(FrameError.PayloadTooLong, $"A frame says that its payload has {size} bytes; the limit is {_limits.MaxPayload}.");
            return size;
        }
        catch (FrameException e)
        {
            throw Fail(e);
        }
    }

    /// <summary>Most frames lie in one segment, where a span is several times faster than a sequence.</summary>
    private void Copy(int start, Span<byte> to)
    {
        ReadOnlySpan<byte> first = _buffer.FirstSpan;
        if (first.Length >= start + to.Length)
            first.Slice(start, to.Length).CopyTo(to);
        else
            _buffer.Slice(start, to.Length).CopyTo(to);
    }

    private FrameException Cut() => Fail(new FrameException(
        FrameError.Truncated,
        PayloadLeft > 0
            ? $"The stream ended inside a payload, {PayloadLeft - _buffer.Length} bytes before its end."
            : $"The stream ended inside a header, after {_buffer.Length} bytes of the frame."));

    private FrameException Fail(FrameException failure)
    {
        _failure = failure;
        return failure;
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
            throw new FrameException(failure.Error, failure.Message, failure);
    }
}
