using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;
using Xunit;

namespace Switchboard.Tests.Accounts;

public sealed class ThrottleTests : IAsyncDisposable
{
    private readonly AccountsHouse _house = new();

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task Each_failure_doubles_the_wait_up_to_a_minute_and_success_clears_it()
    {
        await _house.AddAsync("alice");
        foreach (var wait in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            await Wrong("alice");
            Assert.Equal(wait, (await Held("alice")).RetryAfter);
            _house.Clock.Advance(TimeSpan.FromSeconds(wait - 0.5));
            Assert.Equal(1, (await Held("alice")).RetryAfter);
            _house.Clock.Advance(TimeSpan.FromSeconds(0.5));
        }

        await _house.LoginAsync("alice");
        await Wrong("alice");
        Assert.Equal(1, (await Held("alice")).RetryAfter);
    }

    [Fact]
    public async Task Who_waits_is_told_before_the_challenge()
    {
        await _house.AddAsync("alice");
        await Wrong("alice");
        var exchange = _house.Accounts.BeginLogin(AccountsHouse.From("192.0.2.1"));
        await AccountsHouse.RefusedAsync(RefusalCode.TooManyTries, () =>
            exchange.ChallengeAsync(Scram.Mechanism, null, new ScramClient("alice", "x", null).First(), default));
    }

    [Fact]
    public async Task Unknown_names_are_held_up_just_the_same()
    {
        await Wrong("nobody");
        Assert.Equal(1, (await Held("nobody")).RetryAfter);
    }

    [Fact]
    public async Task Failures_hold_up_neither_other_addresses_nor_other_accounts()
    {
        await _house.AddAsync("alice");
        await _house.AddAsync("bob");
        await Wrong("alice");
        await _house.LoginAsync("alice", from: "192.0.2.2");
        await _house.LoginAsync("bob");
    }

    [Fact]
    public async Task All_addresses_of_one_IPv6_network_are_one_stranger_and_so_are_both_forms_of_an_IPv4_one()
    {
        await _house.AddAsync("alice");
        await Wrong("alice", "2001:db8:1:2::1");
        await Held("alice", "2001:db8:1:2:ffff::9");
        await _house.LoginAsync("alice", from: "2001:db8:1:3::1");
        await Wrong("alice", "::ffff:198.51.100.1");
        await Held("alice", "198.51.100.1");
    }

    [Fact]
    public async Task A_hundred_logins_begun_at_once_are_one_guess()
    {
        await _house.AddAsync("alice");
        var begun = new List<(LoginExchange Exchange, string Final)>();
        for (var n = 0; n < 100; n++)
        {
            var client = new ScramClient("alice", n == 99 ? AccountsHouse.Password : "guess" + n, null);
            var exchange = _house.Accounts.BeginLogin(AccountsHouse.From("192.0.2.1"));
            begun.Add((exchange, client.Final(await exchange.ChallengeAsync(client.Mechanism, null, client.First(), default))));
        }

        await AccountsHouse.RefusedAsync(RefusalCode.LoginFailed, () => begun[0].Exchange.FinishAsync(begun[0].Final, default));
        foreach (var (exchange, final) in begun.Skip(1))
        {
            await AccountsHouse.RefusedAsync(RefusalCode.TooManyTries, () => exchange.FinishAsync(final, default));
        }
    }

    [Fact]
    public async Task Ten_thousand_wrong_tries_by_a_stranger_stay_bounded_and_the_owners_device_logs_in_at_once()
    {
        await _house.AddAsync("alice");
        await _house.LoginAsync("alice", device: "laptop");
        await _house.Audit.FlushAsync();
        for (var n = 0; n < 10_000; n++)
        {
            // All from the owner's own address, a minute's wait after each tenth try, and names that are nobody's in between.
            await Assert.ThrowsAsync<RefusedException>(() => TryWithoutDerivation(n % 2 == 0 ? "alice" : "nobody" + n));
            if (n % 10 == 9)
            {
                _house.Clock.Advance(TimeSpan.FromSeconds(1));
            }
        }

        await Held("alice");
        await _house.LoginAsync("alice", device: "laptop");
        await _house.Audit.FlushAsync();
        var rows = await _house.Store.AuditAsync(null, 100_000);
        var failed = rows.Where(r => r.Action == AuditActions.LoginFailed).ToList();
        Assert.InRange(failed.Count, 1, 25 * 18);
        Assert.Equal(10_001, failed.Sum(r => r.Count));
        Assert.InRange(_house.Accounts.Throttle.Count, 1, LoginThrottle.Capacity);
    }

    [Fact]
    public async Task A_known_device_is_held_up_by_its_own_failures_only()
    {
        await _house.AddAsync("alice");
        await _house.LoginAsync("alice", device: "laptop");
        await _house.Audit.FlushAsync();
        await Wrong("alice");
        await Wrong("alice", device: "laptop");
        await Held("alice", device: "laptop");
        await _house.LoginAsync("alice", from: "192.0.2.2", device: "phone");
        await Held("alice", device: "stranger");
    }

    [Fact]
    public void What_is_remembered_is_bounded_and_the_longest_unused_is_forgotten()
    {
        var throttle = new LoginThrottle(_house.Clock);
        for (var n = 0; n < LoginThrottle.Capacity + 10; n++)
        {
            throttle.Judge("alice", "source" + n, () => false);
        }

        Assert.Equal(LoginThrottle.Capacity, throttle.Count);
        Assert.False(throttle.HasFailed("alice", "source0"));
        Assert.True(throttle.HasFailed("alice", "source" + (LoginThrottle.Capacity + 9)));
    }

    [Fact]
    public void A_quarter_of_an_hour_without_failure_is_forgiven()
    {
        var throttle = new LoginThrottle(_house.Clock);
        throttle.Judge("alice", "x", () => false);
        _house.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.False(throttle.HasFailed("alice", "x"));
        Assert.Equal(0, throttle.Count);
    }

    private Task<Refusal> Wrong(string user, string from = "192.0.2.1", string? device = null) =>
        AccountsHouse.RefusedAsync(RefusalCode.LoginFailed, () => _house.LoginAsync(user, "wrong", from, device));

    private Task<Refusal> Held(string user, string from = "192.0.2.1", string? device = null) =>
        AccountsHouse.RefusedAsync(RefusalCode.TooManyTries, () => _house.LoginAsync(user, AccountsHouse.Password, from, device));

    private async Task TryWithoutDerivation(string user)
    {
        var exchange = _house.Accounts.BeginLogin(AccountsHouse.From("192.0.2.1"));
        await exchange.ChallengeAsync(Scram.Mechanism, null, new ScramClient(user, "x", null, nonce: "n").First(), default);
        await exchange.FinishAsync("c=biws,r=n,p=" + Convert.ToBase64String(new byte[32]), default);
    }
}
