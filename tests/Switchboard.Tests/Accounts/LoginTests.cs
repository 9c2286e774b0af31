using System.Security.Cryptography;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Xunit;

namespace Switchboard.Tests.Accounts;

public sealed class LoginTests : IAsyncDisposable
{
    private readonly AccountsHouse _house = new();

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_right_password_gives_the_caller_with_its_permissions()
    {
        await _house.AddAsync("alice");
        var caller = await _house.LoginAsync("alice", from: "192.0.2.7", device: "laptop");
        Assert.Equal(("alice", Permissions.Files | Permissions.Chat, "192.0.2.7", "laptop", (string?)null, false),
            (caller.Account, caller.Allow, caller.From, caller.Device, caller.Token, caller.IsOperator));
    }

    [Fact]
    public async Task The_name_has_one_spelling_but_may_be_typed_in_others()
    {
        await _house.AddAsync("Zoé");
        Assert.Equal("zoé", (await _house.LoginAsync("ZOE\u0301")).Account);
    }

    [Fact]
    public async Task Wrong_password_unknown_name_and_unknown_token_are_refused_alike()
    {
        await _house.AddAsync("alice");
        await Refused(RefusalCode.LoginFailed, () => _house.LoginAsync("alice", "wrong"));
        await Refused(RefusalCode.LoginFailed, () => _house.LoginAsync("nobody"));
        await Refused(RefusalCode.LoginFailed, () => _house.LoginAsync("not/a name"));
        await Refused(RefusalCode.LoginFailed, () => _house.LoginWithTokenAsync("alice", new DeviceToken("0123", DeviceToken.NewSecret()), "192.0.2.2"));
    }

    [Fact]
    public async Task The_challenge_for_an_unknown_name_is_stable_and_shaped_like_a_real_one()
    {
        await _house.AddAsync("alice");
        var (salt, rounds) = await ChallengeOf("nobody");
        Assert.Equal((salt, rounds), await ChallengeOf("nobody"));
        Assert.NotEqual(salt, (await ChallengeOf("somebody")).Salt);
        var real = await ChallengeOf("alice");
        Assert.Equal((real.Salt.Length, real.Rounds), (salt.Length, rounds));
    }

    [Fact]
    public async Task A_token_logs_in_with_the_smaller_of_its_permissions_and_the_accounts()
    {
        await _house.AddAsync("alice", "files", "run");
        var owner = await _house.LoginAsync("alice");
        var token = await _house.AddTokenAsync(owner, ["files"]);
        var caller = await _house.LoginWithTokenAsync("alice", token);
        Assert.Equal((Permissions.Files, token.Id), (caller.Allow, caller.Token));
        Assert.Equal(Permissions.Files | Permissions.Run, (await _house.LoginWithTokenAsync("alice", await _house.AddTokenAsync(owner))).Allow);
    }

    [Fact]
    public async Task A_token_of_another_account_or_one_that_expired_does_not_log_in()
    {
        await _house.AddAsync("alice");
        await _house.AddAsync("bob");
        var expires = Microseconds(_house.Clock.GetUtcNow().AddMinutes(1));
        var token = await _house.AddTokenAsync(await _house.LoginAsync("alice"), expires: expires);
        await Refused(RefusalCode.LoginFailed, () => _house.LoginWithTokenAsync("bob", token));
        await _house.LoginWithTokenAsync("alice", token);
        _house.Clock.Advance(TimeSpan.FromMinutes(1));
        await Refused(RefusalCode.LoginFailed, () => _house.LoginWithTokenAsync("alice", token));
    }

    [Fact]
    public async Task A_disabled_account_is_told_so_only_after_the_right_proof()
    {
        await _house.AddAsync("alice");
        await _house.Accounts.SetAsync(_house.Operator, "alice", new AccountSettings { Disabled = true });
        await Refused(RefusalCode.LoginFailed, () => _house.LoginAsync("alice", "wrong", "192.0.2.2"));
        await Refused(RefusalCode.AccountDisabled, () => _house.LoginAsync("alice"));
        await _house.Accounts.SetAsync(_house.Operator, "alice", new AccountSettings { Disabled = false });
        await _house.LoginAsync("alice");
    }

    [Fact]
    public async Task Under_TLS_the_proof_holds_only_for_this_servers_certificate()
    {
        await _house.AddAsync("alice");
        var ours = RandomNumberGenerator.GetBytes(32);
        await _house.ExchangeAsync(new ScramClient("alice", AccountsHouse.Password, ours), null, AccountsHouse.From("192.0.2.1", binding: ours));
        var relayed = new ScramClient("alice", AccountsHouse.Password, RandomNumberGenerator.GetBytes(32));
        await Refused(RefusalCode.LoginFailed, () => _house.ExchangeAsync(relayed, null, AccountsHouse.From("192.0.2.1", binding: ours)));
    }

    [Fact]
    public async Task An_exchange_is_good_for_one_try()
    {
        await _house.AddAsync("alice");
        var client = new ScramClient("alice", AccountsHouse.Password, null);
        var exchange = _house.Accounts.BeginLogin(AccountsHouse.From("192.0.2.1"));
        await Refused(RefusalCode.BadRequest, () => exchange.FinishAsync("c=biws,r=x,p=x", default));
        var final = client.Final(await exchange.ChallengeAsync(client.Mechanism, null, client.First(), default));
        await exchange.FinishAsync(final, default);
        await Refused(RefusalCode.BadRequest, () => exchange.FinishAsync(final, default));
        await Refused(RefusalCode.BadRequest, () => exchange.ChallengeAsync(client.Mechanism, null, client.First(), default));
    }

    [Fact]
    public async Task A_password_or_a_token_as_text_logs_in_too()
    {
        await _house.AddAsync("alice");
        var caller = await WithPassword("alice", AccountsHouse.Password);
        var token = await _house.AddTokenAsync(caller);
        Assert.Equal(token.Id, (await WithPassword("alice", token.ToString())).Token);
        await Refused(RefusalCode.LoginFailed, () => WithPassword("alice", "wrong"));
        await Refused(RefusalCode.TooManyTries, () => WithPassword("alice", AccountsHouse.Password));
        await Refused(RefusalCode.LoginFailed, () => WithPassword("nobody", AccountsHouse.Password));
    }

    [Fact]
    public async Task Last_login_last_use_and_the_device_are_remembered()
    {
        await _house.AddAsync("alice");
        var caller = await _house.LoginAsync("alice", device: "laptop");
        var token = await _house.AddTokenAsync(caller);
        _house.Clock.Advance(TimeSpan.FromHours(1));
        await _house.LoginWithTokenAsync("alice", token);
        await _house.Audit.FlushAsync();
        var now = Microseconds(_house.Clock.GetUtcNow());
        Assert.Equal(now, (await _house.Accounts.ListAsync(_house.Operator, "alice"))[0].LastLogin);
        Assert.Equal(now, (await _house.Accounts.ListTokensAsync(caller))[0].LastUsed);
        Assert.NotNull(await _house.Store.DeviceLastUsedAsync(caller.AccountId, "laptop"));
    }

    private static Task<Refusal> Refused(RefusalCode code, Func<Task> act) => AccountsHouse.RefusedAsync(code, act);

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private Task<Caller> WithPassword(string user, string secret) =>
        _house.Accounts.LoginWithPasswordAsync(user, secret, AccountsHouse.From("192.0.2.9"), default);

    private async Task<(string Salt, string Rounds)> ChallengeOf(string user)
    {
        var exchange = _house.Accounts.BeginLogin(AccountsHouse.From("192.0.2.1"));
        var parts = (await exchange.ChallengeAsync(Scram.Mechanism, null, new ScramClient(user, "x", null).First(), default)).Split(',');
        return (parts[1], parts[2]);
    }
}
