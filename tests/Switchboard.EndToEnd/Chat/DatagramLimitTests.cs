using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.EndToEnd.Chat;

/// <summary>One account cannot take the places of all over datagrams, and gives its own back.</summary>
public sealed class DatagramLimitTests
{
    /// <summary>docs/protocol.md, "Limits".</summary>
    private const int Most = 256;

    [Fact]
    public async Task One_account_has_so_many_sessions_over_datagrams_and_no_more()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("--udp", "127.0.0.1:0");
        await server.AddAccountAsync("ann", "correct horse");
        await server.AddAccountAsync("ben", "correct horse");
        ConnectOptions ann = Options(server, "ann", await server.AddTokenAsync("ann")), ben = Options(server, "ben", await server.AddTokenAsync("ben"));
        List<SwitchboardClient> open = [];
        try
        {
            for (int i = 0; i < Most; i++)
            {
                open.Add(await SwitchboardClient.ConnectAsync(ann, TestContext.Current.CancellationToken));
            }

            RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => SwitchboardClient.ConnectAsync(ann, TestContext.Current.CancellationToken));
            Assert.Equal(RefusalCode.TooManyConnections, refused.Refusal.Code);
            await using (await SwitchboardClient.ConnectAsync(ben, TestContext.Current.CancellationToken))
            {
                // Another account has its own places.
            }

            await open[0].DisposeAsync();
            open[0] = await ConnectWhenFreeAsync(ann);
        }
        finally
        {
            await Task.WhenAll(open.Select(client => client.DisposeAsync().AsTask()));
        }
    }

    /// <summary>The server hears of a goodbye a moment after it was said.</summary>
    private static async Task<SwitchboardClient> ConnectWhenFreeAsync(ConnectOptions options)
    {
        using CancellationTokenSource late = new(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                return await SwitchboardClient.ConnectAsync(options, late.Token);
            }
            catch (RefusedException e) when (e.Refusal.Code is RefusalCode.TooManyConnections)
            {
                late.Token.ThrowIfCancellationRequested();
            }
        }
    }

    private static ConnectOptions Options(ServerProcess server, string user, string token) => new()
    {
        Address = ServerAddress.Tcp("127.0.0.1", server.Port),
        User = user,
        Token = token,
        Fingerprint = server.Fingerprint,
        Datagrams = true,
    };
}
