using System.Net;
using System.Net.Sockets;

namespace Switchboard.EndToEnd;

public sealed class CuttingRelayTests
{
    [Fact]
    public async Task The_relay_passes_exactly_the_bytes_before_the_cut_and_then_resets()
    {
        using TcpListener server = new(IPAddress.Loopback, 0);
        server.Start();
        await using CuttingRelay relay = new(((IPEndPoint)server.LocalEndpoint).Port);
        relay.After(Way.Up, 1000);

        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, relay.Port, TestContext.Current.CancellationToken);
        using TcpClient accepted = await server.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(new byte[5000], TestContext.Current.CancellationToken);

        Assert.Equal(1000, await CountUntilCutAsync(accepted));
        Assert.Equal(1000, relay.Passed(Way.Up));
    }

    [Fact]
    public async Task A_dead_line_cuts_at_once_and_comes_back()
    {
        using TcpListener server = new(IPAddress.Loopback, 0);
        server.Start();
        await using CuttingRelay relay = new(((IPEndPoint)server.LocalEndpoint).Port) { Dead = true };
        Assert.Equal(0, await CountOnNewConnectionAsync(relay.Port));

        relay.Dead = false;
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, relay.Port, TestContext.Current.CancellationToken);
        using TcpClient accepted = await server.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await accepted.GetStream().WriteAsync(new byte[3], TestContext.Current.CancellationToken);
        accepted.Close();
        Assert.Equal(3, await CountUntilCutAsync(client));
    }

    private static async Task<long> CountOnNewConnectionAsync(int port)
    {
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
        }
        catch (SocketException)
        {
            // The reset may come before connect returns.
            return 0;
        }

        return await CountUntilCutAsync(client);
    }

    private static async Task<long> CountUntilCutAsync(TcpClient client)
    {
        byte[] buffer = new byte[4096];
        long count = 0;
        try
        {
            int got;
            while ((got = await client.GetStream().ReadAsync(buffer)) > 0)
            {
                count += got;
            }
        }
        catch (IOException)
        {
            // The cut: Linux gives what arrived before a reset first.
            return count;
        }

        return count;
    }
}
