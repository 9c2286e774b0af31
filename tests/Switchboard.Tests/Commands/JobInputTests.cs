using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Services.Commands;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Spools;
using Switchboard.Tests.Storage;
using Xunit;

namespace Switchboard.Tests.Commands;

/// <summary>Input on its way to a program, through a real pipe that somebody may or may not read.</summary>
public sealed class JobInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Poller _poller = new(error => throw error);
    private readonly JobFolder _job;
    private readonly SafeFileHandle _program;

    public JobInputTests()
    {
        _job = JobFolder.Create(_folder.Path);
        _program = Pipes.Open(_job.InputPipe, Kernel.ReadWrite | Kernel.NonBlocking);
    }

    [Fact]
    public void Bytes_arrive_once_and_in_order_whatever_is_sent_again()
    {
        using var input = Open("key");
        input.Offer("key", 0, Bytes("hello "));
        input.Offer("key", 3, Bytes("lo world"));
        input.Offer("key", 0, Bytes("hello"));
        Assert.Equal("hello world"u8.ToArray(), Read(100));
        Assert.Equal(11, input.Taken("key"));
    }

    [Fact]
    public void A_hole_is_refused()
    {
        using var input = Open("key");
        Assert.Equal(RefusalCode.BadOffset, Assert.Throws<RefusedException>(() => input.Offer("key", 1, Bytes("x"))).Code);
    }

    [Fact]
    public async Task What_the_pipe_does_not_take_waits_within_the_window()
    {
        using var input = Open("key");
        var window = new byte[CommandsOptions.InputWindow];
        Random.Shared.NextBytes(window);
        input.Offer("key", 0, new ReadOnlySequence<byte>(window));
        var taken = input.Taken("key");
        Assert.InRange(taken, 1, window.Length - 1);
        input.Offer("key", window.Length, new ReadOnlySequence<byte>(new byte[taken]));
        Assert.Equal(RefusalCode.BadRequest, Assert.Throws<RefusedException>(() => input.Offer("key", window.Length + taken, Bytes("x"))).Code);
        Assert.Equal(window, await ReadAllAsync(window.Length));
    }

    [Fact]
    public async Task A_client_that_comes_back_goes_on_at_the_byte_that_was_taken()
    {
        using var input = Open("key");
        var bytes = new byte[1 << 20];
        Random.Shared.NextBytes(bytes);
        input.Offer("key", 0, new ReadOnlySequence<byte>(bytes));
        input.Rewind("key");
        var taken = (int)input.Taken("key");
        input.Offer("key", taken, new ReadOnlySequence<byte>(bytes, taken, bytes.Length - taken));
        Assert.Equal(bytes, await ReadAllAsync(bytes.Length));
    }

    [Fact]
    public void The_end_comes_when_everything_was_taken()
    {
        using var input = Open("key");
        input.Offer("key", 0, Bytes("last"));
        input.End();
        using var reader = Pipes.Open(_job.InputPipe, Kernel.ReadOnly | Kernel.NonBlocking);
        _program.Dispose();
        Span<byte> read = stackalloc byte[10];
        Assert.Equal(Errno.None, Pipes.TryRead(reader, read, out var four));
        Assert.Equal(Errno.None, Pipes.TryRead(reader, read, out var end));
        Assert.Equal((4, 0), (four, end));
    }

    [Fact]
    public void A_server_that_stops_is_not_the_end_of_the_input()
    {
        using (var input = Open("key"))
        {
            input.Offer("key", 0, Bytes("half"));
        }

        Assert.False(_job.IsInputEnded);
        Assert.False(JobFolder.IsHeld(_job.HoldPipe));
    }

    [Fact]
    public void An_end_that_was_given_stays_given()
    {
        using (var input = Open("key"))
        {
            input.Offer("key", 0, Bytes("all"));
            input.End();
        }

        using var later = Open("key");
        _program.Dispose();
        using var reader = Pipes.Open(_job.InputPipe, Kernel.ReadOnly | Kernel.NonBlocking);
        Assert.True(_job.IsInputEnded);
        // Nobody has it open for writing any more: a reader is told that there is no more.
        Span<byte> read = stackalloc byte[10];
        Assert.Equal(Errno.None, Pipes.TryRead(reader, read, out var end));
        Assert.Equal(0, end);
    }

    [Fact]
    public void A_later_server_goes_on_counting()
    {
        using (var input = Open("key"))
        {
            input.Offer("key", 0, Bytes("hello"));
        }

        using var later = Open("key");
        Assert.Equal(5, later.Taken("key"));
        later.Offer("key", 5, Bytes("!"));
        Assert.Equal("hello!"u8.ToArray(), Read(100));
    }

    [Fact]
    public void A_server_killed_amid_a_write_says_that_it_does_not_know()
    {
        using (var count = _job.OpenInputCount())
        {
            _job.WriteInputCount(count, begun: 10, done: 5);
        }

        using var input = Open("key");
        Assert.Equal(RefusalCode.BadOffset, Assert.Throws<RefusedException>(() => input.Taken("key")).Code);
        Assert.Equal(0, input.Taken("another"));
    }

    [Fact]
    public void Clients_are_counted_apart()
    {
        using var input = Open("a");
        input.Offer("a", 0, Bytes("1"));
        input.Offer("b", 0, Bytes("2"));
        input.Offer("a", 1, Bytes("3"));
        Assert.Equal("123"u8.ToArray(), Read(10));
        Assert.Equal((2L, 1L), (input.Taken("a"), input.Taken("b")));
    }

    public void Dispose()
    {
        _program.Dispose();
        _poller.Dispose();
        _folder.Dispose();
    }

    private JobInput Open(string key) =>
        new(_job, Pipes.Open(_job.InputPipe, Kernel.ReadWrite | Kernel.NonBlocking), isTerminal: false, key, _poller, new Changed());

    private static ReadOnlySequence<byte> Bytes(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    private byte[] Read(int most)
    {
        var buffer = new byte[most];
        Pipes.TryRead(_program, buffer, out var read);
        return buffer[..read];
    }

    // The rest follows when there is room, on the poller's thread.
    private async Task<byte[]> ReadAllAsync(int length)
    {
        var all = new List<byte>(length);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (all.Count < length)
        {
            limit.Token.ThrowIfCancellationRequested();
            var piece = Read(64 * 1024);
            all.AddRange(piece);
            if (piece.Length == 0)
            {
                await Task.Yield();
            }
        }

        return [.. all];
    }
}
