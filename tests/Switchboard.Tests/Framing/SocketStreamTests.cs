using System.Net.Sockets;
using Switchboard.Framing;

namespace Switchboard.Tests.Framing;

/// <summary>Over a Unix socket in a temporary folder: no port is opened.</summary>
public sealed class SocketStreamTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switchboard-line-");
    private Socket _near = null!;
    private Socket _far = null!;

    public async ValueTask InitializeAsync()
    {
        var address = new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, "s"));
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(address);
        listening.Listen();
        _near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await _near.ConnectAsync(address);
        _far = await listening.AcceptAsync();
    }

    public ValueTask DisposeAsync()
    {
        _near.Dispose();
        _far.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Where_a_peer_is_that_has_gone_is_not_known_and_no_failure()
    {
        Assert.Null(new SocketStream(_near).RemoteAddress);
        var gone = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await using SocketStream stream = new(gone);
        gone.Dispose();
        Assert.Null(stream.RemoteAddress);
    }

    [Fact]
    public async Task Gathered_writes_leave_together_when_flushed()
    {
        await using var stream = new SocketStream(_near) { IsGathering = true };
        await stream.WriteAsync("one "u8.ToArray());
        await stream.WriteAsync("two"u8.ToArray());
        Assert.Equal(0, _far.Available);

        await stream.FlushAsync();

        byte[] got = new byte[64];
        Assert.Equal("one two"u8.ToArray(), got[..await _far.ReceiveAsync(got)]);
    }

    [Fact]
    public async Task Before_gathering_every_write_leaves_at_once()
    {
        await using var stream = new SocketStream(_near);

        await stream.WriteAsync("hello"u8.ToArray());

        Assert.Equal(5, await _far.ReceiveAsync(new byte[64]));
    }

    [Fact]
    public async Task More_than_its_buffer_arrives_whole_and_in_order()
    {
        byte[] sent = new byte[1_000_003];
        new Random(2).NextBytes(sent);
        await using var stream = new SocketStream(_near) { IsGathering = true };
        Task<byte[]> receiving = ReceiveAllAsync(sent.Length);
        for (int at = 0; at < sent.Length; at += 16_385)
        {
            await stream.WriteAsync(sent.AsMemory(at, Math.Min(16_385, sent.Length - at)));
        }

        await stream.FlushAsync();

        Assert.Equal(sent, await receiving);
    }

    [Fact]
    public async Task An_empty_read_waits_for_bytes_and_takes_none()
    {
        await using var stream = new SocketStream(_near);
        Task<int> waiting = stream.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(waiting.IsCompleted);

        await _far.SendAsync("ab"u8.ToArray());

        Assert.Equal(0, await waiting);
        byte[] got = new byte[1];
        Assert.Equal(1, await stream.ReadAsync(got));
        Assert.Equal((byte)'a', got[0]);
        Assert.Equal(1, await stream.ReadAsync(got));
        Assert.Equal((byte)'b', got[0]);
    }

    [Fact]
    public async Task A_socket_closed_under_a_read_is_an_error_of_the_stream()
    {
        var stream = new SocketStream(_near);
        Task<int> reading = stream.ReadAsync(new byte[16]).AsTask();

        _near.Dispose();

        await Assert.ThrowsAnyAsync<IOException>(() => reading);
    }

    private async Task<byte[]> ReceiveAllAsync(int count)
    {
        byte[] got = new byte[count];
        for (int at = 0; at < count;)
        {
            at += await _far.ReceiveAsync(got.AsMemory(at));
        }

        return got;
    }
}
