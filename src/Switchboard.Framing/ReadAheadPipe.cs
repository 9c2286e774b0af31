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

    /// <summary>So much may be there to be digested while more is received; less is handled sooner than handed on.</summary>
    private const int BulkBytes = 16 * 1024;

    private readonly Stream _stream;
    private readonly ReaderTurn _turn = new();
    private readonly Pipe _pipe;

    private ReadAheadPipe(Stream stream)
    {
        _stream = stream;
        _pipe = new Pipe(new PipeOptions(
            pool: new LargePool(),
            readerScheduler: _turn,
            pauseWriterThreshold: AheadBytes,
            resumeWriterThreshold: AheadBytes / 2,
            minimumSegmentSize: PieceBytes,
            useSynchronizationContext: false));
    }

    public PipeReader Input => _pipe.Reader;

    /// <summary>Begins reading. The task ends with the stream (close it to end it), or when <see cref="Input"/> is completed; errors reach the reader of <see cref="Input"/>.</summary>
    public static ReadAheadPipe Start(Stream stream)
    {
        var pipe = new ReadAheadPipe(stream);
        _ = pipe.PumpAsync();
        return pipe;
    }

    private async Task PumpAsync()
    {
        Exception? failure = null;
        try
        {
            while (await FillAsync())
            {
                FlushResult flushed = await _pipe.Writer.FlushAsync();
                if (flushed.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        await _pipe.Writer.CompleteAsync(failure);
    }

    private async ValueTask<bool> FillAsync()
    {
        // Waits for the first byte without a buffer, so that an idle line holds none.
        _ = await _stream.ReadAsync(Memory<byte>.Empty);
        Memory<byte> buffer = _pipe.Writer.GetMemory(PieceBytes / 4);
        int read = await _stream.ReadAsync(buffer);
        _pipe.Writer.Advance(read);
        _turn.IsBulk = read >= BulkBytes;
        return read > 0;
    }

    /// <summary>Where the reader goes on: for a small request on the thread that received it, which has nothing else to do; beside it where bytes come in bulk.</summary>
    private sealed class ReaderTurn : PipeScheduler
    {
        public bool IsBulk { get; set; }

        public override void Schedule(Action<object?> action, object? state)
        {
            if (IsBulk)
            {
                ThreadPool.Schedule(action, state);
            }
            else
            {
                action(state);
            }
        }
    }

    /// <summary>The shared pool of <see cref="MemoryPool{T}"/> in pieces of the pipe's own size.</summary>
    private sealed class LargePool : MemoryPool<byte>
    {
        public override int MaxBufferSize => int.MaxValue;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(Math.Max(minBufferSize, PieceBytes));

        protected override void Dispose(bool disposing)
        {
        }
    }
}
