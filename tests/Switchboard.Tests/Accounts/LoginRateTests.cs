using System.Diagnostics;
using Switchboard.Protocol;
using Xunit;

namespace Switchboard.Tests.Accounts;

/// <summary>Not run by default (<c>-explicit only</c>): says how many token logins one core serves, without the line.</summary>
public sealed class LoginRateTests : IAsyncDisposable
{
    private readonly AccountsHouse _house = new(maxUsers: 10);

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact(Explicit = true)]
    public async Task Token_logins_per_second_of_processor_time()
    {
        await _house.AddAsync("alice");
        var token = await _house.AddTokenAsync(await _house.LoginAsync("alice"));
        await LoginAndEnter(token, 2_000); // warm
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        await LoginAndEnter(token, 10_000);
        watch.Stop();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime - before;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"10,000 token logins, both ends of SCRAM and the session: {watch.Elapsed.TotalSeconds:F2} s, {cpu.TotalSeconds:F2} s CPU, {10_000 / cpu.TotalSeconds:F0} per CPU second");
    }

    private async Task LoginAndEnter(DeviceToken token, int times)
    {
        for (var n = 0; n < times; n++)
        {
            using var session = await _house.EnterAsync(await _house.LoginWithTokenAsync("alice", token, device: "laptop"));
        }
    }
}
