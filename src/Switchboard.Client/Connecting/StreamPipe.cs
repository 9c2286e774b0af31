using System.Buffers;
using System.IO.Pipelines;

namespace Switchboard.Client.Connecting;

/// <summary>
/// A stream as two pipes with a loop each, so that ciphering and system calls run beside hashing and file access.
/// Neither direction holds more than <see cref="Held"/> bytes: a slow side holds back the other by waiting.
/// </summary>
internal sealed class StreamPipe : ILinePipe
{
    // Measured: 256 KiB buffers are fastest over TLS; 16 KiB and 1 MiB are slower.
    internal const int BufferSize = 256 * 1024;
    private const int Held = 4 * BufferSize;
    // A TLS record is at most 16 KiB and a little (RFC 8446, section 5.2): less room than this would split one read in two.
    private const int RoomForRecord = 32 * 1024;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly Stream stream;
    private readonly Pipe incoming = new(Options());
    private readonly Pipe outgoing = new(Options());
    private readonly Task receiving;
    private readonly Task sending;

    public StreamPipe(Stream stream)
    {
        this.stream = stream;
        receiving = Task.Run(ReceiveAsync);
        sending = Task.Run(SendAsync);
    }

    public PipeReader Input => incoming.Reader;

    public PipeWriter Output => outgoing.Writer;

    /// <summary>Closes the stream under both loops.</summary>
    public void Abort() => stream.Dispose();

    public async ValueTask DisposeAsync()
    {
        await outgoing.Writer.CompleteAsync();
        // What was written shall leave, but a peer that does not read cannot keep us.
        await Task.WhenAny(sending, Task.Delay(LastWords));
        await stream.DisposeAsync();
        await incoming.Reader.CompleteAsync();
        await receiving;
        await sending;
    }

    private static PipeOptions Options() => new(
        pool: MemoryPool<byte>.Shared, minimumSegmentSize: BufferSize,
        pauseWriterThreshold: Held, resumeWriterThreshold: Held / 2, useSynchronizationContext: false);

    private async Task ReceiveAsync()
    {
        Exception? reason = null;
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(incoming.Writer.GetMemory(RoomForRecord));
                if (read == 0)
                {
                    break;
                }

                incoming.Writer.Advance(read);
                if ((await incoming.Writer.FlushAsync()).IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e)
        {
            // Whatever ends the stream is told to whoever reads or writes the pipe.
            reason = e;
        }

        await incoming.Writer.CompleteAsync(reason);
    }

    private async Task SendAsync()
    {
        Exception? reason = null;
        try
        {
            while (true)
            {
                var read = await outgoing.Reader.ReadAsync();
                await WriteAsync(read.Buffer);
                outgoing.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e)
        {
            // Whatever ends the stream is told to whoever reads or writes the pipe.
            reason = e;
        }

        await outgoing.Reader.CompleteAsync(reason);
    }

    private async ValueTask WriteAsync(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            await stream.WriteAsync(segment);
        }

        await stream.FlushAsync();
    }
}
