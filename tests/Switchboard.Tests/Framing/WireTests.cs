using System.Buffers;
using System.Net.Sockets;
using Switchboard.Framing.TestKit;

namespace Switchboard.Tests.Framing;

public class WireTests
{
    private static readonly byte[] s_bytes = [.. Enumerable.Range(0, 50).Select(i => (byte)i)];

    [Theory]
    [InlineData(new[] { 1 })]
    [InlineData(new[] { 3, 5, 1 })]
    [InlineData(new[] { 50 })]
    public async Task A_read_shows_one_piece_more(int[] lengths)
    {
        var wire = await Sent(new WirePlan { Pieces = Pieces.Of(lengths) });
        var shown = await PieceLengths(wire);
        Assert.Equal(Enumerable.Range(0, shown.Count - 1).Select(i => (long)lengths[i % lengths.Length]), shown[..^1]);
        Assert.Equal(50, shown.Sum());
    }

    [Fact]
    public async Task The_same_seed_splits_the_same()
    {
        var first = await PieceLengths(await Sent(new WirePlan { Pieces = Pieces.Random(1, 9) }));
        Assert.Equal(first, await PieceLengths(await Sent(new WirePlan { Pieces = Pieces.Random(1, 9) })));
        Assert.NotEqual(first, await PieceLengths(await Sent(new WirePlan { Pieces = Pieces.Random(2, 9) })));
        Assert.All(first, length => Assert.InRange(length, 1, 9));
    }

    [Fact]
    public async Task Small_writes_are_joined()
    {
        var wire = new Wire(new WirePlan { Pieces = Pieces.Of(20), Join = true });
        foreach (var value in s_bytes)
            await wire.Left.Output.WriteAsync(new[] { value });
        wire.Left.Output.Complete();
        Assert.Equal([20, 20, 10], await PieceLengths(wire));
    }

    [Fact]
    public async Task What_is_held_arrives_when_the_test_says_so()
    {
        var wire = new Wire(new WirePlan { Held = true });
        await wire.Left.Output.WriteAsync(s_bytes);
        var read = wire.Right.Input.ReadAsync().AsTask();
        await wire.ToRight.ReaderWaitsAsync(0);
        Assert.False(read.IsCompleted);
        wire.ToRight.Release(7);
        Assert.Equal(7, (await read).Buffer.Length);
        wire.Right.Input.AdvanceTo((await read).Buffer.End);
        read = wire.Right.Input.ReadAsync().AsTask();
        await wire.ToRight.ReaderWaitsAsync(7);
        wire.ToRight.Release();
        Assert.Equal(s_bytes[7..], (await read).Buffer.ToArray());
        Assert.Equal(50, wire.ToRight.Delivered);
    }

    [Fact]
    public async Task A_direction_can_be_held_in_the_middle()
    {
        var wire = new Wire();
        await wire.Left.Output.WriteAsync(s_bytes.AsMemory(0, 10));
        wire.Right.Input.AdvanceTo((await wire.Right.Input.ReadAsync()).Buffer.End);
        wire.ToRight.Hold();
        await wire.Left.Output.WriteAsync(s_bytes.AsMemory(10, 5));
        await wire.Left.Output.WriteAsync(s_bytes.AsMemory(15));
        Assert.False(wire.Right.Input.TryRead(out _));
        wire.ToRight.Release();
        Assert.Equal(s_bytes[10..], (await wire.Right.Input.ReadAsync()).Buffer.ToArray());
    }

    [Fact]
    public async Task A_cut_is_an_end_or_a_reset_at_that_byte_and_stays_one()
    {
        var ended = await Sent(new WirePlan { CutAt = 12, Cut = WireCut.End });
        Assert.Equal(12, (await PieceLengths(ended)).Sum());
        var reset = await Sent(new WirePlan { CutAt = 12, Cut = WireCut.Reset });
        var shown = await reset.Right.Input.ReadAsync();
        Assert.Equal(12, shown.Buffer.Length);
        reset.Right.Input.AdvanceTo(shown.Buffer.End);
        for (var i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAsync<IOException>(async () => await reset.Right.Input.ReadAsync());
            Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
        }
        Assert.True((await reset.Left.Output.FlushAsync()).IsCompleted);
    }

    [Fact]
    public async Task A_cut_now_wakes_readers_at_both_ends()
    {
        var wire = new Wire();
        var left = wire.Left.Input.ReadAsync().AsTask();
        var right = wire.Right.Input.ReadAsync().AsTask();
        wire.Cut();
        await Assert.ThrowsAsync<IOException>(() => left);
        await Assert.ThrowsAsync<IOException>(() => right);
    }

    [Fact]
    public async Task Memory_is_spoilt_once_it_was_advanced_over()
    {
        var wire = await Sent(new WirePlan { Pieces = Pieces.Of(10) });
        var kept = (await wire.Right.Input.ReadAsync()).Buffer;
        wire.Right.Input.AdvanceTo(kept.GetPosition(4), kept.End);
        Assert.Equal((byte[])[0xDD, 0xDD, 0xDD, 0xDD, 4, 5, 6, 7, 8, 9], kept.ToArray());
    }

    [Fact]
    public async Task What_was_not_used_comes_again_with_the_next_piece()
    {
        var wire = await Sent(new WirePlan { Pieces = Pieces.Of(10) });
        var first = (await wire.Right.Input.ReadAsync()).Buffer;
        wire.Right.Input.AdvanceTo(first.GetPosition(4), first.GetPosition(5));
        var again = (await wire.Right.Input.ReadAsync()).Buffer;
        Assert.Equal(s_bytes[4..10], again.ToArray());
        wire.Right.Input.AdvanceTo(again.Start, again.End);
        Assert.Equal(s_bytes[4..20], (await wire.Right.Input.ReadAsync()).Buffer.ToArray());
    }

    [Fact]
    public async Task Misuse_of_a_pipe_throws()
    {
        var wire = await Sent(new WirePlan { Pieces = Pieces.Of(10) });
        Assert.Throws<InvalidOperationException>(() => wire.Right.Input.AdvanceTo(default));
        var buffer = (await wire.Right.Input.ReadAsync()).Buffer;
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await wire.Right.Input.ReadAsync());
        Assert.Throws<InvalidOperationException>(() => wire.Right.Input.AdvanceTo(buffer.End, buffer.Start));
        wire.Right.Input.AdvanceTo(buffer.End);
        wire.Right.Input.Complete();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await wire.Right.Input.ReadAsync());
    }

    [Fact]
    public async Task A_pending_read_can_be_cancelled_both_ways()
    {
        var wire = new Wire();
        var read = wire.Right.Input.ReadAsync().AsTask();
        wire.Right.Input.CancelPendingRead();
        Assert.True((await read).IsCanceled);
        wire.Right.Input.AdvanceTo((await read).Buffer.End);
        using var stop = new CancellationTokenSource();
        read = wire.Right.Input.ReadAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await wire.Left.Output.WriteAsync(s_bytes);
        Assert.Equal(s_bytes, (await wire.Right.Input.ReadAsync()).Buffer.ToArray());
    }

    [Fact]
    public async Task An_end_is_a_stream_too()
    {
        var wire = new Wire(new WirePlan { Pieces = Pieces.Of(7) });
        await using (var left = wire.Left.AsStream())
            await left.WriteAsync(s_bytes);
        using var all = new MemoryStream();
        await wire.Right.AsStream().CopyToAsync(all);
        Assert.Equal(s_bytes, all.ToArray());
    }

    private static async Task<Wire> Sent(WirePlan plan)
    {
        var wire = new Wire(plan);
        await wire.Left.Output.WriteAsync(s_bytes);
        wire.Left.Output.Complete();
        return wire;
    }

    private static async Task<List<long>> PieceLengths(Wire wire)
    {
        var lengths = new List<long>();
        while (true)
        {
            var read = await wire.Right.Input.ReadAsync();
            if (!read.Buffer.IsEmpty)
                lengths.Add(read.Buffer.Length);
            wire.Right.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return lengths;
        }
    }
}
