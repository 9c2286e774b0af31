using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text;
using Switchboard.Framing;
using Switchboard.Framing.TestKit;

namespace Switchboard.Tests.Framing;

public class PayloadTests
{
    private static readonly byte[] s_two = [.. FrameBytes.Of("""{"size":10}""", "0123456789"), .. FrameBytes.Of("""{"n":2}""")];

    [Fact]
    public async Task A_piece_lies_in_the_pipes_own_memory()
    {
        var reader = FrameBytes.Reader(s_two);
        await reader.ReadAsync();
        var piece = await reader.ReadPayloadAsync();
        Assert.True(MemoryMarshal.TryGetArray(piece.First, out var memory));
        Assert.Same(s_two, memory.Array);
    }

    [Fact]
    public async Task A_piece_never_reaches_beyond_the_payload()
    {
        var reader = FrameBytes.Reader(s_two);
        await reader.ReadAsync();
        Assert.Equal("0123456789"u8.ToArray(), (await reader.ReadPayloadAsync(1_000)).ToArray());
        reader.AdvancePayload(10);
        Assert.True((await reader.ReadPayloadAsync()).IsEmpty);
        reader.AdvancePayload(0);
        Assert.NotNull(await reader.ReadAsync());
    }

    [Fact]
    public async Task What_was_not_advanced_over_comes_again()
    {
        var reader = FrameBytes.Reader(s_two);
        await reader.ReadAsync();
        await reader.ReadPayloadAsync(10);
        reader.AdvancePayload(3);
        Assert.Equal(7, reader.PayloadLeft);
        await reader.ReadPayloadAsync(2);
        reader.AdvancePayload(0);
        Assert.Equal("3456789"u8.ToArray(), (await reader.ReadPayloadAsync(7)).ToArray());
    }

    [Fact]
    public async Task A_piece_has_at_least_what_was_asked_for_although_it_comes_byte_by_byte()
    {
        var wire = new Wire(new WirePlan { Pieces = Pieces.Of(1) });
        await wire.Left.Output.WriteAsync(s_two);
        var reader = new FrameReader(wire.Right.Input);
        await reader.ReadAsync();
        Assert.Equal("01234"u8.ToArray(), (await reader.ReadPayloadAsync(5)).ToArray());
        reader.AdvancePayload(5);
        Assert.Equal("56789"u8.ToArray(), (await reader.ReadPayloadAsync(5)).ToArray());
    }

    [Fact]
    public async Task A_payload_nobody_read_is_skipped()
    {
        foreach (var plan in new[] { new WirePlan(), new WirePlan { Pieces = Pieces.Of(1) } })
        {
            for (var read = 0; read <= 10; read++)
                Assert.Equal("""{"n":2}""", await SecondHeaderAfter(plan, read));
        }
    }

    [Fact]
    public async Task A_payload_passed_over_leaves_none()
    {
        var reader = FrameBytes.Reader(s_two);
        await reader.ReadAsync();
        await reader.SkipPayloadAsync();
        Assert.Equal(0, reader.PayloadLeft);
        await reader.SkipPayloadAsync();
        Assert.NotNull(await reader.ReadAsync());
    }

    [Fact]
    public async Task Advancing_beyond_a_piece_is_refused()
    {
        var reader = FrameBytes.Reader(s_two);
        await reader.ReadAsync();
        await reader.ReadPayloadAsync();
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.AdvancePayload(11));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.AdvancePayload(-1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await reader.ReadPayloadAsync(0));
        reader.AdvancePayload(10);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.AdvancePayload(1));
    }

    [Fact]
    public async Task A_cancelled_wait_for_a_payload_loses_nothing()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(s_two.AsMemory(0, 20));
        var reader = new FrameReader(pipe.Reader);
        await reader.ReadAsync();
        using var stop = new CancellationTokenSource();
        var pending = reader.ReadPayloadAsync(10, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        await pipe.Writer.WriteAsync(s_two.AsMemory(20));
        Assert.Equal("0123456789"u8.ToArray(), (await reader.ReadPayloadAsync(10)).ToArray());
    }

    [Fact]
    public async Task A_sender_waits_while_nobody_reads_and_goes_on_when_a_piece_was_used()
    {
        var wire = new Wire(new WirePlan { Capacity = 100 });
        var sent = wire.Left.Output.WriteAsync(FrameBytes.Of("""{"size":200}""", new string('x', 200))).AsTask();
        var reader = new FrameReader(wire.Right.Input);
        Assert.False(sent.IsCompleted);
        await reader.ReadAsync();
        await reader.SkipPayloadAsync();
        Assert.False((await sent).IsCompleted);
    }

    [Fact]
    public async Task A_payload_of_256_MiB_goes_through_in_constant_memory()
    {
        const long Size = 256L << 20;
        var pipe = new Pipe(new PipeOptions(useSynchronizationContext: false));
        var before = GC.GetTotalAllocatedBytes();
        var sent = SendZeros(new FrameWriter(pipe.Writer), Size);
        var reader = new FrameReader(pipe.Reader);
        Assert.Equal(Size, (await reader.ReadAsync())!.Value.Size);
        await reader.SkipPayloadAsync();
        await sent;
        // Other tests run beside this one, so this is no exact figure; a payload held whole would be twelve times as much.
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, Size / 8);
    }

    [Fact]
    public async Task A_long_header_gives_its_memory_back_when_the_connection_idles()
    {
        var pipe = new Pipe();
        var reader = new FrameReader(pipe.Reader);
        await pipe.Writer.WriteAsync(FrameBytes.Of($$"""{"text":"{{new string('x', 50_000)}}"}"""));
        var header = await ReadHeaderAsync(reader);
        var idle = reader.ReadAsync().AsTask();
        GC.Collect();
        Assert.False(header.IsAlive);
        await pipe.Writer.CompleteAsync();
        Assert.Null(await idle);
    }

    /// <summary>A method of its own, so that nothing else holds on to the header.</summary>
    private static async Task<WeakReference> ReadHeaderAsync(FrameReader reader)
    {
        var frame = await reader.ReadAsync();
        Assert.True(MemoryMarshal.TryGetArray(frame!.Value.Header, out var memory));
        return new WeakReference(memory.Array);
    }

    private static async Task<string> SecondHeaderAfter(WirePlan plan, int read)
    {
        var wire = new Wire(plan);
        await wire.Left.Output.WriteAsync(s_two);
        var reader = new FrameReader(wire.Right.Input);
        await reader.ReadAsync();
        if (read > 0)
        {
            await reader.ReadPayloadAsync(read);
            reader.AdvancePayload(read);
        }
        return Encoding.UTF8.GetString((await reader.ReadAsync())!.Value.Header.Span);
    }

    private static async Task SendZeros(FrameWriter writer, long size)
    {
        writer.WriteHeader("{}"u8, size);
        while (writer.PayloadLeft > 0)
        {
            writer.AdvancePayload(writer.GetPayloadMemory(16_384).Length);
            await writer.FlushAsync();
        }
    }
}
