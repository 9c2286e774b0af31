using System.Buffers;
using System.IO.Pipelines;

namespace Switchboard.Framing;

/// <summary>
/// Reads a stream on a task of its own into a bounded pipe, so that receiving and decrypting go on while the reader digests or writes
/// what came before. A TLS stream decrypts straight into the pipe's memory.
/// </summary>
/// <remarks>
/// At most <see cref="AheadBytes"/> are held; beyond that the task waits, and through TCP so does the peer. While the stream is silent the
/// task waits without a buffer.
/// </remarks>
public sealed class ReadAheadPipe
{
    /// <summary>Four pieces of the size that costs least per byte: one being received, one being digested, two for when they fall out of step.</summary>
    public const int AheadBytes = 1024 * 1024;

    private const int PieceBytes = 256 * 1024;

    /// <summary>Enough for requests, and for a <see cref="SocketStream"/> to receive straight into it. Bulk is what fills half of it.</summary>
    private const int QuietBytes = 32 * 1024;

    private readonly Stream _stream;
    private readonly Pace _pace;
    private readonly Pipe _pipe;

    private ReadAheadPipe(Stream stream, bool readsOn)
    {
        _stream = stream;
        _pace = new Pace(readsOn);
        _pipe = new Pipe(new PipeOptions(
            pool: new PiecePool(_pace),
            readerScheduler: _pace,
            pauseWriterThreshold: AheadBytes,
            resumeWriterThreshold: AheadBytes / 2,
            minimumSegmentSize: QuietBytes,
            useSynchronizationContext: false));
    }

    public PipeReader Input => _pipe.Reader;

    /// <summary>Begins reading. The task ends with the stream (close it to end it), or when <see cref="Input"/> is completed; errors reach the reader of <see cref="Input"/>.</summary>
    /// <param name="stream">Whose bytes; it stays the caller's to close.</param>
    /// <param name="readsOn">
    /// Reading goes on whatever the reader does. Without that a small request is handled by the thread that received it, which is sooner; but one who
    /// answers and closes at once then leaves bytes in the socket, and the reset that these cause can overtake the answer (RFC 1122, 4.2.2.13).
    /// </param>
    public static ReadAheadPipe Start(Stream stream, bool readsOn = false)
    {
        var pipe = new ReadAheadPipe(stream, readsOn);
        _ = pipe.PumpAsync();
        return pipe;
    }

    private async Task PumpAsync()
    {
        Exception? failure = null;
        try
        {
            int read;
            do
            {
                // Waits for the first byte without a buffer, so that an idle line holds none.
                _ = await _stream.ReadAsync(Memory<byte>.Empty);
                read = await _stream.ReadAsync(_pipe.Writer.GetMemory(_pace.IsBulk ? PieceBytes / 4 : QuietBytes));
                _pipe.Writer.Advance(read);
                _pace.IsBulk = read >= QuietBytes / 2;
            }
            while (read > 0 && !(await _pipe.Writer.FlushAsync()).IsCompleted);
        }
        catch (Exception e)
        {
            failure = e;
        }

        await _pipe.Writer.CompleteAsync(failure);
    }

    /// <summary>
    /// Whether bytes come in bulk, and so where the reader goes on: beside the thread that receives more of them; a small request on the thread
    /// that received it, which has nothing else to do.
    /// </summary>
    private sealed class Pace(bool readsOn) : PipeScheduler
    {
        public bool IsBulk { get; set; }

        public override void Schedule(Action<object?> action, object? state)
        {
            if (IsBulk || readsOn)
            {
                ThreadPool.Schedule(action, state);
            }
            else
            {
                action(state);
            }
        }
    }

    /// <summary>The shared pool of <see cref="MemoryPool{T}"/>: large pieces for bulk only, for the pool keeps as many as were ever in use at once.</summary>
    private sealed class PiecePool(Pace pace) : MemoryPool<byte>
    {
        public override int MaxBufferSize => int.MaxValue;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(pace.IsBulk ? Math.Max(minBufferSize, PieceBytes) : minBufferSize);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
