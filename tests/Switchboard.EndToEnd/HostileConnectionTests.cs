using System.Net;
using System.Net.Sockets;

namespace Switchboard.EndToEnd;

/// <summary>Garbage, half frames and slow bytes on 500 connections at once leave an honest client unharmed.</summary>
[Collection(Campaigns.OneAtATime.Name)]
public sealed class HostileConnectionTests
{
    private const int Connections = 500;
    private const int PerAddress = 100;

    /// <summary>The login limit is 10 s; beyond it and the time to notice, a connection that never logged in must be gone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task Five_hundred_hostile_connections_do_not_keep_an_honest_client_from_its_work_and_are_all_ended()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("--insecure");
        using TemporaryFolder folder = new();
        await server.AddAccountAsync("ann", "correct horse");
        string token = await server.AddTokenAsync("ann");
        using CancellationTokenSource end = new(Patience);
        Task<bool>[] hostile = [.. Enumerable.Range(0, Connections).Select(i => AttackAsync(server.Port, i, end.Token))];

        string source = folder.RandomFile("honest", 8 << 20, 1);
        for (int round = 0; round < 3; round++)
        {
            (await Command.RunAsync(["put", source, "/honest"], server.TokenEnvironment("ann", token))).Expect(0);
            (await Command.RunAsync(["get", "/honest", folder.At("back")], server.TokenEnvironment("ann", token))).Expect(0);
            Assert.Equal(await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(folder.At("back"), TestContext.Current.CancellationToken));
        }

        bool[] ended = await Task.WhenAll(hostile);
        Assert.Equal(Connections, ended.Count(one => one));
        Assert.True(server.Runs);
        // 500 connections at the stated 43 KB of TLS state each, and what the honest client used: far from this.
        Assert.InRange(PeakMemory(server.Pid), 0, 400L << 20);
        (await Command.RunAsync(["whoami"], server.TokenEnvironment("ann", token))).Expect(0);
    }

    [Fact]
    public async Task The_same_in_a_valid_session_is_told_and_ended()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("--insecure");
        byte[][] broken =
        [
            [0, 0, 0, 0],
            [0xFF, 0xFF, 0xFF, 0xFF],
            [0, 0, 0, 2, (byte)'[', (byte)']'],
            [0, 0, 0, 4, (byte)'n', (byte)'u', (byte)'l', (byte)'l'],
            [0, 0, 0, 3, (byte)'{', 0xC3, (byte)'}'],
            [0, 0, 0, 18, .. "{\"type\":1,\"type\":2"u8],
            [0, 0, 0, 27, .. "{\"type\":\"hello\",\"size\":-10}"u8],
        ];
        foreach (byte[] bytes in broken)
        {
            using Socket socket = await ConnectAsync(server.Port, IPAddress.Loopback, TestContext.Current.CancellationToken);
            await socket.SendAsync(bytes, TestContext.Current.CancellationToken);
            Assert.True(await EndsAsync(socket, TestContext.Current.CancellationToken), Convert.ToHexString(bytes));
        }
    }

    /// <summary>One hostile connection; true when the server ended it.</summary>
    private static async Task<bool> AttackAsync(int port, int number, CancellationToken end)
    {
        // Addresses of their own: the limit of connections per address would end most of them at once.
        using Socket socket = await ConnectAsync(port, new IPAddress([127, 0, 1, (byte)(1 + (number / PerAddress))]), end);
        try
        {
            Task<bool> ended = EndsAsync(socket, end);
            await Attacks[number % Attacks.Length](socket, ended);
            return await ended;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static readonly Func<Socket, Task<bool>, Task>[] Attacks =
    [
        // Says nothing at all.
        (_, _) => Task.CompletedTask,
        // Garbage.
        (socket, _) => SendAsync(socket, Random(4096)),
        // A TLS record that never ends.
        (socket, ended) => DripAsync(socket, [0x16, 3, 1, 2, 0, .. Random(500)], ended),
        // A frame whose header never comes whole.
        (socket, ended) => DripAsync(socket, [0, 0, 0xFF, 0xFF, (byte)'{', .. Enumerable.Repeat((byte)' ', 500)], ended),
        // Half a frame, then silence.
        (socket, _) => SendAsync(socket, [0, 0, 0, 40, .. "{\"type\":\"hello\""u8]),
        // The longest header there may be, of nested arrays.
        (socket, _) => SendAsync(socket, [0, 1, 0, 0, .. "{\"a\":"u8, .. Enumerable.Repeat((byte)'[', 65531)]),
        // A payload nobody asked for, of many bytes.
        (socket, ended) => DripAsync(socket, [0, 0, 0, 44, .. "{\"type\":\"hello\",\"version\":1,\"size\":999999999}"u8], ended),
        // HTTP.
        (socket, _) => SendAsync(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray()),
    ];

    private static byte[] Random(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private static async Task SendAsync(Socket socket, byte[] bytes) => await socket.SendAsync(bytes);

    private static async Task DripAsync(Socket socket, byte[] bytes, Task<bool> ended)
    {
        using PeriodicTimer drop = new(TimeSpan.FromMilliseconds(100));
        for (int i = 0; i < bytes.Length && !ended.IsCompleted; i++)
        {
            await socket.SendAsync(bytes.AsMemory(i, 1));
            await drop.WaitForNextTickAsync();
        }
    }

    private static async Task<Socket> ConnectAsync(int port, IPAddress from, CancellationToken end)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(IPAddress.Loopback, port, end);
        return socket;
    }

    /// <summary>Reads until the server closes; false when it never does.</summary>
    private static async Task<bool> EndsAsync(Socket socket, CancellationToken end)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, end) > 0)
            {
                // An error frame or a TLS alert may come first.
                continue;
            }

            return true;
        }
        catch (SocketException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static long PeakMemory(int pid)
    {
        string line = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
