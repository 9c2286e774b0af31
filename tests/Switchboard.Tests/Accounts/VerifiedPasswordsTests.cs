using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Tests.Accounts;

public sealed class VerifiedPasswordsTests : IDisposable
{
    private static readonly Verifier Right = AccountsHouse.VerifierOf("right");

    private readonly ManualClock _clock = new();
    private readonly PasswordCheck _check;

    public VerifiedPasswordsTests() => _check = new PasswordCheck(_clock);

    [Fact]
    public async Task A_password_that_fitted_pays_the_derivation_once_an_hour()
    {
        Assert.True(await FitsAsync("right"));
        Assert.True(await FitsAsync("right"));
        Assert.Equal(1, _check.Derivations);

        // The hour is counted from the derivation, not from the last use.
        _clock.Advance(VerifiedPasswords.Lifetime);
        Assert.True(await FitsAsync("right"));
        Assert.Equal(1, _check.Derivations);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await FitsAsync("right"));
        Assert.Equal(2, _check.Derivations);
    }

    [Fact]
    public async Task A_wrong_password_pays_every_time()
    {
        Assert.True(await FitsAsync("right"));
        for (var tries = 1; tries <= 3; tries++)
        {
            Assert.False(await FitsAsync("wrong"));
            Assert.Equal(1 + tries, _check.Derivations);
        }
    }

    [Fact]
    public async Task Another_verifier_ends_what_the_one_before_left()
    {
        Assert.True(await FitsAsync("right"));

        Assert.True(await _check.FitsAsync(AccountsHouse.VerifierOf("right"), "right", default));
        Assert.False(await _check.FitsAsync(AccountsHouse.VerifierOf("new"), "right", default));

        Assert.Equal(3, _check.Derivations);
    }

    [Fact]
    public async Task Many_logins_at_once_with_one_password_pay_hardly_more_than_one()
    {
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => FitsAsync("right"))), Assert.True);

        // At most one per core that derivations may use.
        Assert.InRange(_check.Derivations, 1, Math.Max(1, Environment.ProcessorCount - 1));
    }

    [Fact]
    public void What_is_longest_unused_is_forgotten_when_it_is_full()
    {
        var verified = new VerifiedPasswords(_clock);
        for (var i = 0; i < VerifiedPasswords.Capacity; i++)
        {
            verified.Add(Right, $"{i}");
        }

        Assert.True(verified.Holds(Right, "0"));
        verified.Add(Right, "one more");
        verified.Add(Right, "one more");

        Assert.Equal(VerifiedPasswords.Capacity, verified.Count);
        Assert.Equal((true, false, true, true), (verified.Holds(Right, "0"), verified.Holds(Right, "1"), verified.Holds(Right, "2"), verified.Holds(Right, "one more")));
    }

    [Fact]
    public async Task A_disabled_account_and_a_changed_password_are_refused_though_they_were_known()
    {
        await using var house = new AccountsHouse();
        await house.AddAsync("alice");
        Task<Caller> Login(string password) => house.Accounts.LoginWithPasswordAsync("alice", password, AccountsHouse.From("192.0.2.9"), default);
        await Login(AccountsHouse.Password);

        await house.Accounts.SetAsync(house.Operator, "alice", new AccountSettings { Disabled = true });
        await AccountsHouse.RefusedAsync(RefusalCode.AccountDisabled, () => Login(AccountsHouse.Password));
        await house.Accounts.SetAsync(house.Operator, "alice", new AccountSettings { Disabled = false, Verifier = AccountsHouse.VerifierOf("new") });

        await AccountsHouse.RefusedAsync(RefusalCode.LoginFailed, () => Login(AccountsHouse.Password));
    }

    public void Dispose() => _check.Dispose();

    private Task<bool> FitsAsync(string password) => _check.FitsAsync(Right, password, default);
}
