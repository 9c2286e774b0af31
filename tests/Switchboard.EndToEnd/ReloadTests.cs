using System.Net;
using System.Net.Sockets;

namespace Switchboard.EndToEnd;

public sealed class ReloadTests
{
    [Fact]
    public async Task One_connection_too_many_is_told_why_and_a_limit_raised_by_SIGHUP_lets_it_in()
    {
        using TemporaryFolder folder = new();
        string settings = folder.At("switchboard.conf");
        await File.WriteAllTextAsync(settings, "max-connections-per-address = 2\nlogin-timeout = 5m\nconnection-wait = 1s\n", TestContext.Current.CancellationToken);
        await using ServerProcess server = await ServerProcess.StartAsync("--config", settings);
        await server.AddAccountAsync("ann", "correct horse");
        using Socket first = await HoldAsync(server.Port);
        using Socket second = await HoldAsync(server.Port);

        CommandResult refused = (await server.ClientAsync("ann", "correct horse", "whoami", "--json")).Expect(5);
        Assert.Contains("too_many_connections", refused.Error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(settings, "max-connections-per-address = 10\nlogin-timeout = 5m\nconnection-wait = 1s\n", TestContext.Current.CancellationToken);
        server.Reload();
        // The signal is carried out beside us; the two held connections stay for five minutes, so only the new limit lets anyone in.
        while ((await server.ClientAsync("ann", "correct horse", "whoami")).ExitCode != 0)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static async Task<Socket> HoldAsync(int port)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        return socket;
    }
}
