using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Switchboard.Framing;
using Switchboard.Framing.TestKit;

namespace Switchboard.Tests.Framing;

public class FrameReaderTests
{
    private static readonly byte[] s_stream =
    [
        .. FrameBytes.Of("""{"type":"a"}"""),
        .. FrameBytes.Of("""{"type":"b","size":5}""", "hello"),
        .. FrameBytes.Of("{}"),
        .. FrameBytes.Of("""{"名":"\u4e2d","size":3}""", "中"),
        .. FrameBytes.Of(""" { "size" : 0 } """),
    ];

    private static readonly string[] s_frames =
    [
        """{"type":"a"}|""",
        """{"type":"b","size":5}|hello""",
        "{}|",
        """{"名":"\u4e2d","size":3}|中""",
        """ { "size" : 0 } |""",
    ];

    [Fact]
    public async Task Many_frames_that_arrive_at_once_are_read_one_by_one() =>
        Assert.Equal(s_frames, await FrameBytes.Reader(s_stream).ReadAllAsync());

    [Fact]
    public async Task One_byte_at_a_time_reads_the_same() =>
        Assert.Equal(s_frames, await ReadThrough(new WirePlan { Pieces = Pieces.Of(1) }));

    [Fact]
    public async Task Every_split_into_two_pieces_reads_the_same()
    {
        for (var at = 1; at < s_stream.Length; at++)
            Assert.Equal(s_frames, await ReadThrough(new WirePlan { Pieces = Pieces.SplitAt(at), Join = true }));
    }

    [Fact]
    public async Task Every_split_into_three_pieces_reads_the_same()
    {
        for (var first = 1; first < s_stream.Length; first++)
        {
            for (var second = first + 1; second < s_stream.Length; second++)
                Assert.Equal(s_frames, await ReadThrough(new WirePlan { Pieces = Pieces.SplitAt(first, second), Join = true }));
        }
    }

    [Fact]
    public async Task Over_a_plain_pipe_every_byte_may_come_alone_after_the_reader_waits()
    {
        var pipe = new Pipe(new PipeOptions(useSynchronizationContext: false));
        var frames = new FrameReader(pipe.Reader).ReadAllAsync();
        foreach (var value in s_stream)
        {
            await pipe.Writer.WriteAsync(new[] { value });
            await Task.Yield();
        }
        await pipe.Writer.CompleteAsync();
        Assert.Equal(s_frames, await frames);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_is_read_like_a_pipe(bool zeroByteReads)
    {
        var wire = new Wire(new WirePlan { Pieces = Pieces.Random(7, 9) });
        await wire.Left.Output.WriteAsync(s_stream);
        wire.Left.Output.Complete();
        var pipe = PipeReader.Create(wire.Right.AsStream(), new StreamPipeReaderOptions(bufferSize: 16, minimumReadSize: 1, useZeroByteReads: zeroByteReads));
        Assert.Equal(s_frames, await new FrameReader(pipe).ReadAllAsync());
    }

    [Fact]
    public async Task The_end_of_the_stream_between_frames_is_a_clean_end_and_stays_one()
    {
        var reader = FrameBytes.Reader(FrameBytes.Of("{}"));
        Assert.NotNull(await reader.ReadAsync());
        Assert.Null(await reader.ReadAsync());
        Assert.Null(await reader.ReadAsync());
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public async Task An_empty_stream_is_a_clean_end() => Assert.Null(await FrameBytes.Reader([]).ReadAsync());

    [Fact]
    public async Task A_header_of_exactly_the_limit_is_read()
    {
        var header = $$"""{"text":"{{new string('x', 65_536 - 11)}}"}""";
        var frame = await FrameBytes.Reader(FrameBytes.Of(header)).ReadAsync();
        Assert.Equal(65_536, frame!.Value.Header.Length);
    }

    [Fact]
    public async Task The_header_stays_valid_while_its_payload_is_read()
    {
        var wire = new Wire(new WirePlan { Pieces = Pieces.Of(3) });
        await wire.Left.Output.WriteAsync(FrameBytes.Of("""{"keep":"me","size":40}""", new string('p', 40)));
        var reader = new FrameReader(wire.Right.Input);
        var frame = await reader.ReadAsync();
        await reader.ReadWholePayloadAsync();
        Assert.Equal("""{"keep":"me","size":40}""", Encoding.UTF8.GetString(frame!.Value.Header.Span));
    }

    [Fact]
    public async Task TryRead_says_whether_a_whole_header_has_arrived()
    {
        var bytes = FrameBytes.Of("""{"size":4}""", "data");
        var pipe = new Pipe();
        var reader = new FrameReader(pipe.Reader);
        for (var i = 0; i < bytes.Length - 5; i++)
        {
            Assert.False(reader.TryRead(out _));
            await pipe.Writer.WriteAsync(bytes.AsMemory(i, 1));
        }
        Assert.False(reader.TryRead(out _));
        await pipe.Writer.WriteAsync(bytes.AsMemory(bytes.Length - 5));
        Assert.True(reader.TryRead(out var frame));
        Assert.Equal(4, frame.Size);
        Assert.Equal("data"u8.ToArray(), await reader.ReadWholePayloadAsync());
    }

    [Fact]
    public async Task TryRead_takes_pipelined_frames_until_none_is_left()
    {
        var reader = FrameBytes.Reader(s_stream);
        Assert.NotNull(await reader.ReadAsync());
        var more = 0;
        while (reader.TryRead(out _))
            more++;
        Assert.Equal(s_frames.Length - 1, more);
        Assert.Null(await reader.ReadAsync());
    }

    [Fact]
    public async Task TryRead_passes_over_a_payload_as_far_as_it_has_arrived()
    {
        var pipe = new Pipe();
        var reader = new FrameReader(pipe.Reader);
        await pipe.Writer.WriteAsync(FrameBytes.Of("""{"size":6}""", "abc"));
        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.Equal(3, reader.PayloadLeft);
        await pipe.Writer.WriteAsync((byte[])[.. "def"u8, .. FrameBytes.Of("""{"n":2}""")]);
        Assert.True(reader.TryRead(out var frame));
        Assert.Equal("""{"n":2}""", Encoding.UTF8.GetString(frame.Header.Span));
    }

    [Fact]
    public async Task A_cancelled_wait_loses_nothing()
    {
        var bytes = FrameBytes.Of("""{"n":1}""");
        var pipe = new Pipe();
        var reader = new FrameReader(pipe.Reader);
        await pipe.Writer.WriteAsync(bytes.AsMemory(0, 6));
        using var stop = new CancellationTokenSource();
        var pending = reader.ReadAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        pending = reader.ReadAsync().AsTask();
        pipe.Reader.CancelPendingRead();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        await pipe.Writer.WriteAsync(bytes.AsMemory(6));
        Assert.Equal(bytes[4..], (await reader.ReadAsync())!.Value.Header.ToArray());
    }

    [Fact]
    public async Task An_error_of_the_pipe_is_no_end_of_the_stream()
    {
        var wire = new Wire(new WirePlan { CutAt = 8, Cut = WireCut.Reset });
        await wire.Left.Output.WriteAsync(FrameBytes.Of("""{"n":1}"""));
        await Assert.ThrowsAsync<IOException>(() => new FrameReader(wire.Right.Input).ReadAllAsync());
    }

    [Fact]
    public void Small_frames_that_have_arrived_are_read_without_allocation()
    {
        byte[] frame = FrameBytes.Of("""{"type":"put","id":12345,"path":"folder/file","size":64}""", new string('p', 64));
        var reader = FrameBytes.Reader([.. Enumerable.Repeat(frame, 2_000).SelectMany(bytes => bytes)]);
        for (var i = 0; i < 1_000; i++)
            Assert.True(reader.TryRead(out _));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = 0;
        while (reader.TryRead(out _))
            read++;
        Assert.Equal(1_000, read);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    private static async Task<List<string>> ReadThrough(WirePlan plan)
    {
        var wire = new Wire(plan);
        await wire.Left.Output.WriteAsync(s_stream);
        wire.Left.Output.Complete();
        return await new FrameReader(wire.Right.Input).ReadAllAsync();
    }

    [Fact]
    public async Task A_detached_pipe_has_what_was_not_read_also_after_an_error()
    {
        byte[] stream = [.. FrameBytes.Of("""{"size":5}""", "hello"), .. FrameBytes.Of("[]"), 1, 2, 3];
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(stream);
        var reader = new FrameReader(pipe.Reader);
        await reader.ReadAsync();
        reader.Detach();
        Assert.True(pipe.Reader.TryRead(out var left));
        Assert.Equal("hello"u8.ToArray(), left.Buffer.Slice(0, 5).ToArray());
        pipe.Reader.AdvanceTo(left.Buffer.Start);

        await Assert.ThrowsAsync<FrameException>(async () => await reader.ReadAsync());
        reader.Detach();
        Assert.True(pipe.Reader.TryRead(out left));
        Assert.Equal(stream[^3..], left.Buffer.ToArray()[^3..]);
    }
}
