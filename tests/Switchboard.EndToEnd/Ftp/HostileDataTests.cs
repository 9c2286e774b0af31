using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Switchboard.EndToEnd.Campaigns;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>Data connections: bounce, theft, floods, slow readers, aborts at any moment. Nothing leaks and honest sessions go on.</summary>
[Collection(OneAtATime.Name)]
public sealed class HostileDataTests : IAsyncLifetime
{
    private static readonly IPAddress Stranger = IPAddress.Parse("127.0.0.2");

    /// <summary>{0} and {1} are a port of a third host, as PORT and as EPRT write it.</summary>
    private static readonly string[] Refused =
    [
        "PORT 127,0,0,3,{0}",
        "PORT 127,0,0,1,0,22",
        "PORT 127,0,0,1,3,255",
        "PORT 0,0,0,0,{0}",
        "PORT 255,255,255,255,{0}",
        "PORT 127,0,0,1,256,1",
        "PORT 127,0,0,1,-1,1",
        "PORT 127,0,0,1,1",
        "EPRT |1|127.0.0.3|{1}|",
        "EPRT |1|127.0.0.1|80|",
        "EPRT |1|127.0.0.1|0|",
        "EPRT |1|127.0.0.1|70000|",
        "EPRT |1|localhost|{1}|",
        "EPRT |2|::1|{1}|",
        "EPRT |2|::ffff:127.0.0.3|{1}|",
        "EPRT |1|2130706435|{1}|",
        "EPRT ||||",
        "EPRT |",
    ];

    private FtpSite _site = null!;

    public async ValueTask InitializeAsync() => _site = await FtpSite.StartAsync();

    public ValueTask DisposeAsync() => _site?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_data_connection_from_another_address_gets_nothing_and_takes_nothing_away(bool tls)
    {
        byte[] bytes = FtpSite.RandomBytes(500_000, 1);
        await _site.PlaceAsync("f", bytes);
        await using FtpWire wire = await _site.LoginAsync(tls);
        IPEndPoint at = await wire.ListenThereAsync();
        List<Socket> strangers = [];
        for (int i = 0; i < 3; i++)
        {
            strangers.Add(await ConnectAsync(at, Stranger));
        }

        await wire.SendAsync("RETR f\r\n");
        await using FtpData data = await WrapAfterAsync(wire, await ConnectAsync(at, IPAddress.Loopback));
        Assert.Equal(FtpSite.Digest(bytes), FtpSite.Digest(await data.ReadAllAsync()));
        (await wire.ReadAsync()).Expect(226);
        foreach (Socket stranger in strangers)
        {
            Assert.Equal(0, await ReceivedAsync(stranger));
            stranger.Dispose();
        }
    }

    [Fact]
    public async Task A_stranger_who_connects_alone_stores_nothing()
    {
        await using FtpWire wire = await _site.LoginAsync();
        IPEndPoint at = await wire.ListenThereAsync(extended: false);
        using Socket stranger = await ConnectAsync(at, Stranger);
        await wire.SendAsync("STOR forged\r\n");
        try
        {
            await stranger.SendAsync("forged"u8.ToArray());
            stranger.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server let go first.
            Debug.WriteLine("the stranger was reset");
        }

        Assert.Equal(0, await ReceivedAsync(stranger));
        await wire.SendAsync("ABOR\r\n");
        (await wire.ReadAsync()).Expect(425, 426);
        (await wire.ReadAsync()).Expect(226);
        Assert.False(File.Exists(_site.Stored("forged")));
    }

    [Fact]
    public async Task A_third_host_or_a_port_of_services_is_refused_and_nobody_is_called()
    {
        await _site.PlaceAsync("f", new byte[1000]);
        using Socket third = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        third.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.3"), 0));
        third.Listen(1);
        int port = ((IPEndPoint)third.LocalEndPoint!).Port;
        await using FtpWire wire = await _site.LoginAsync();
        foreach (string refused in Refused)
        {
            string command = string.Format(CultureInfo.InvariantCulture, refused, $"{port >> 8},{port & 255}", port);
            FtpReply reply = await wire.AskAsync(command);
            Assert.True(reply.Code is >= 500 and < 600, $"{command}: {reply.Text}");
            Assert.InRange((await wire.AskAsync("RETR f")).Code, 400, 599);
            Assert.False(third.Poll(0, SelectMode.SelectRead), command + ": the third host was called");
        }
    }

    [Fact]
    public async Task A_thousand_passive_ports_without_a_connection_leave_one()
    {
        await using FtpWire wire = await _site.LoginAsync();
        int before = _site.OpenSockets;
        for (int i = 0; i < 1000; i++)
        {
            await wire.SendAsync(i % 2 == 0 ? "PASV\r\n" : "EPSV\r\n");
            (await wire.ReadAsync()).Expect(227, 229);
        }

        Assert.Equal(before + 1, _site.OpenSockets);
        (await wire.AskAsync("ABOR")).Expect(225, 226);
        Assert.Equal(before, _site.OpenSockets);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Abor_at_a_hundred_moments_leaves_the_session_of_use_and_nothing_behind(bool tls)
    {
        byte[] bytes = FtpSite.RandomBytes(24 << 20, 5);
        await _site.PlaceAsync("down", bytes);
        await using FtpWire wire = await _site.LoginAsync(tls);
        // The first of each opens what the server keeps.
        await AborAsync(wire, bytes, new Random(1), 0);
        await AborAsync(wire, bytes, new Random(1), 1);
        int sockets = _site.OpenSockets, descriptors = _site.OpenDescriptors;
        Random dice = new(Soak.Seed);
        for (int round = 0; round < 100; round++)
        {
            await AborAsync(wire, bytes, dice, round);
            (await wire.AskAsync("NOOP")).Expect(200);
        }

        Assert.Equal(sockets, _site.OpenSockets);
        Assert.InRange(_site.OpenDescriptors, 0, descriptors + 5);
        Assert.InRange(_site.Resident, 0, 400L << 20);
        Assert.Equal(FtpSite.Digest(bytes), FtpSite.Digest((await wire.DownloadAsync("RETR down")).Bytes));
        (await wire.UploadAsync("STOR up", bytes)).Expect(226);
        Assert.Equal(FtpSite.Digest(bytes), FtpSite.DigestOf(_site.Stored("up")));
    }

    [Fact]
    public async Task Many_who_read_a_byte_a_second_cost_an_honest_session_little()
    {
        byte[] bytes = FtpSite.RandomBytes(32 << 20, 6);
        await _site.PlaceAsync("f", bytes);
        await using FtpWire honest = await _site.LoginAsync();
        await HonestAsync(honest, bytes);
        TimeSpan alone = await HonestAsync(honest, bytes);
        long memory = _site.Resident;

        List<(FtpWire Wire, FtpData Data)> slow = [];
        using CancellationTokenSource end = new();
        for (int i = 0; i < 60; i++)
        {
            FtpWire wire = await _site.LoginAsync(tls: i % 3 == 0);
            FtpData data = await wire.OpenAsync(i % 2 == 0 ? "RETR f" : "STOR slow" + i);
            slow.Add((wire, data));
            _ = DripAsync(data, i % 2 == 0, end.Token);
        }

        TimeSpan beside = await HonestAsync(honest, bytes);
        // Generous, because the machine does other things too; a session that waited for a slow one would take minutes.
        Assert.InRange(beside, TimeSpan.Zero, (8 * alone) + TimeSpan.FromSeconds(2));
        Assert.InRange(_site.Resident - memory, long.MinValue, 200L << 20);
        await end.CancelAsync();
        foreach ((FtpWire wire, FtpData data) in slow)
        {
            wire.Reset();
            data.Reset();
        }
    }

    /// <summary>One transfer, aborted after a random number of bytes, before its connection stands, or when it is over already.</summary>
    private static async Task AborAsync(FtpWire wire, byte[] bytes, Random dice, int round)
    {
        bool up = round % 2 == 1;
        if (round % 10 == 9)
        {
            await wire.ListenThereAsync();
            await wire.SendAsync((up ? "STOR" : "RETR") + " down\r\n");
            await wire.SendAsync("ABOR\r\n");
            (await wire.ReadAsync()).Expect(425, 426);
            (await wire.ReadAsync()).Expect(226);
            return;
        }

        await using FtpData data = await wire.OpenAsync(up ? "STOR aborted" : "RETR down");
        int moved = dice.Next(4) == 0 ? dice.Next(10_000) : dice.Next(bytes.Length);
        Task moving = up ? data.WriteAsync(bytes.AsMemory(0, moved)) : ReadAsync(data, moved);
        await (dice.Next(2) == 0 ? Task.CompletedTask : moving);
        await wire.SendAsync("ABOR\r\n");
        (await wire.ReadAsync()).Expect(426, 226);
        (await wire.ReadAsync()).Expect(226, 225);
        data.Reset();
        await moving.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private static async Task ReadAsync(FtpData data, int count)
    {
        byte[] buffer = new byte[64 << 10];
        for (int left = count; left > 0;)
        {
            int got = await data.Stream.ReadAsync(buffer.AsMemory(0, Math.Min(left, buffer.Length)));
            left = got == 0 ? 0 : left - got;
        }
    }

    private static async Task<TimeSpan> HonestAsync(FtpWire wire, byte[] bytes)
    {
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Equal(bytes.Length, (await wire.DownloadAsync("RETR f")).Bytes.Length);
        (await wire.UploadAsync("STOR honest", bytes)).Expect(226);
        return watch.Elapsed;
    }

    private static async Task DripAsync(FtpData data, bool down, CancellationToken end)
    {
        using PeriodicTimer drop = new(TimeSpan.FromSeconds(1));
        byte[] one = new byte[1];
        try
        {
            while (await drop.WaitForNextTickAsync(end))
            {
                if (down)
                {
                    await data.Stream.ReadExactlyAsync(one, end);
                }
                else
                {
                    await data.Stream.WriteAsync(one, end);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The test is over.
            return;
        }
    }

    private static async Task<FtpData> WrapAfterAsync(FtpWire wire, Socket socket)
    {
        (await wire.ReadAsync()).Expect(150);
        return await wire.WrapAsync(socket);
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint to, IPAddress from)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(to);
        return socket;
    }

    /// <summary>How many bytes came until the server ended it.</summary>
    private static async Task<int> ReceivedAsync(Socket socket)
    {
        using CancellationTokenSource late = new(FtpWire.Patience);
        byte[] buffer = new byte[4096];
        int all = 0;
        try
        {
            for (int got; (got = await socket.ReceiveAsync(buffer, late.Token)) > 0; all += got)
            {
                continue;
            }
        }
        catch (SocketException)
        {
            // A reset is an end too.
            return all;
        }

        return all;
    }
}
