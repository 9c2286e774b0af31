using System.Net;
using Switchboard.Server;
using Switchboard.Server.Connections;

namespace Switchboard.Tests.Connections;

public sealed class ConnectionGateTests
{
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress There = IPAddress.Parse("192.0.2.2");

    [Fact]
    public async Task One_too_many_from_an_address_is_told_and_others_still_come_in()
    {
        var gate = Gate(10, 2, TimeSpan.Zero);
        Assert.True(await gate.EnterAsync(Here));
        Assert.True(await gate.EnterAsync(Here));

        Assert.False(await gate.EnterAsync(Here));
        Assert.True(await gate.EnterAsync(There));
        Assert.Equal(3, gate.Count);
    }

    [Fact]
    public async Task One_that_waits_gets_the_place_that_comes_free()
    {
        var gate = Gate(1, 1, TimeSpan.FromMinutes(1));
        Assert.True(await gate.EnterAsync(Here));
        Task<bool?> waiting = gate.EnterAsync(There).AsTask();
        Assert.False(waiting.IsCompleted);

        gate.Leave(Here);

        Assert.True(await waiting);
        Assert.Equal(1, gate.Count);
    }

    [Fact]
    public async Task A_free_place_goes_to_the_first_who_may_take_it()
    {
        var gate = Gate(2, 1, TimeSpan.FromMinutes(1));
        Assert.True(await gate.EnterAsync(Here));
        Assert.True(await gate.EnterAsync(There));
        Task<bool?> blockedByItsAddress = gate.EnterAsync(Here).AsTask();
        Task<bool?> second = gate.EnterAsync(There).AsTask();

        gate.Leave(There);

        Assert.True(await second);
        Assert.False(blockedByItsAddress.IsCompleted);
    }

    [Fact]
    public async Task Those_who_wait_are_bounded()
    {
        var gate = Gate(1, 1, TimeSpan.FromMinutes(1));
        Assert.True(await gate.EnterAsync(Here));
        for (int i = 0; i < 64; i++)
        {
            _ = gate.EnterAsync(There).AsTask();
        }

        Assert.Null(await gate.EnterAsync(There));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9")]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7")]
    public async Task Addresses_of_one_machine_count_together(string first, string second)
    {
        var gate = Gate(10, 1, TimeSpan.Zero);
        Assert.True(await gate.EnterAsync(IPAddress.Parse(first)));

        Assert.False(await gate.EnterAsync(IPAddress.Parse(second)));

        gate.Leave(IPAddress.Parse(second));
        Assert.Equal(0, gate.Count);
    }

    private static ConnectionGate Gate(int inAll, int perAddress, TimeSpan wait)
    {
        var options = new ServerOptions { Data = "/", MaxConnections = inAll, MaxConnectionsPerAddress = perAddress, ConnectionWait = wait };
        return new ConnectionGate(() => options);
    }
}
