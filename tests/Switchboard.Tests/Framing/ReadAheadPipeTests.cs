using System.Buffers;
using System.IO.Pipelines;
using Switchboard.Framing;

namespace Switchboard.Tests.Framing;

public sealed class ReadAheadPipeTests
{
    [Fact]
    public async Task What_the_stream_gives_arrives_whole_and_in_order()
    {
        byte[] sent = new byte[5_000_000];
        new Random(1).NextBytes(sent);
        PipeReader input = ReadAheadPipe.Start(new MemoryStream(sent)).Input;

        var got = new ArrayBufferWriter<byte>();
        while (await input.ReadAsync() is { Buffer: var buffer } result && !(result.IsCompleted && buffer.IsEmpty))
        {
            foreach (ReadOnlyMemory<byte> part in buffer)
            {
                got.Write(part.Span);
            }

            input.AdvanceTo(buffer.End);
        }

        Assert.Equal(sent, got.WrittenSpan.ToArray());
    }

    [Fact]
    public async Task It_reads_ahead_so_far_and_no_further_while_nobody_takes_anything()
    {
        var endless = new Endless();
        PipeReader input = ReadAheadPipe.Start(endless).Input;

        ReadResult result = await input.ReadAtLeastAsync(ReadAheadPipe.AheadBytes);

        Assert.InRange(endless.Given, ReadAheadPipe.AheadBytes, 2 * ReadAheadPipe.AheadBytes);
        input.AdvanceTo(result.Buffer.End);
        await input.CompleteAsync();
    }

    [Fact]
    public async Task A_broken_stream_is_an_error_and_no_end()
    {
        PipeReader input = ReadAheadPipe.Start(new Broken()).Input;

        await Assert.ThrowsAsync<IOException>(async () => await input.ReadAsync());
    }

    /// <summary>Completes every read at once, so that reading ahead runs until the pipe itself stops it.</summary>
    private sealed class Endless : Source
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Given += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }

    private sealed class Broken : Source
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException<int>(new IOException("the line broke"));
    }

    private abstract class Source : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
