using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Xunit;

namespace Switchboard.Tests.Accounts;

public sealed class AdministrationTests : IAsyncDisposable
{
    private readonly AccountsHouse _house = new();

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task Only_an_administrator_administers()
    {
        await _house.AddAsync("alice");
        var alice = await _house.LoginAsync("alice");
        var accounts = _house.Accounts;
        foreach (var act in new Func<Task>[]
        {
            () => accounts.AddAsync(alice, "bob", AccountsHouse.VerifierOf("x"), null, null),
            () => accounts.ListAsync(alice),
            () => accounts.SetAsync(alice, "alice", new AccountSettings { Allow = ["admin"] }),
            () => accounts.RemoveAsync(alice, "alice", purge: true),
            () => accounts.ListTokensAsync(alice, "admin"),
            () => _house.Audit.LatestAsync(alice, null, null),
        })
        {
            await Refused(RefusalCode.Forbidden, act);
        }
    }

    [Fact]
    public async Task An_account_is_listed_as_it_was_added_and_changed()
    {
        var added = await _house.Accounts.AddAsync(_house.Operator, "Alice", AccountsHouse.VerifierOf("x"), 100, ["run", "files"]);
        Assert.Equal(("alice", 100L, 0L, false), (added.Name, added.Quota, added.Used, added.Disabled));
        Assert.Equal(["files", "run"], added.Allow);
        await _house.Accounts.SetAsync(_house.Operator, "ALICE", new AccountSettings { Quota = -1, Allow = ["chat"] });
        var listed = Assert.Single(await _house.Accounts.ListAsync(_house.Operator));
        Assert.Null(listed.Quota);
        Assert.Equal(["chat"], listed.Allow);
    }

    [Fact]
    public async Task Wrong_settings_are_refused_with_what_would_be_right()
    {
        await _house.AddAsync("alice");
        var weak = Scram.CreateVerifier("x", 4096 - 1);
        await Refused(RefusalCode.BadRequest, () => _house.Accounts.AddAsync(_house.Operator, "bob", weak, null, null));
        await Refused(RefusalCode.BadRequest, () => _house.Accounts.AddAsync(_house.Operator, "bob", AccountsHouse.VerifierOf("x"), -1, null));
        await Refused(RefusalCode.BadRequest, () => _house.Accounts.AddAsync(_house.Operator, "bob", AccountsHouse.VerifierOf("x"), null, ["fly"]));
        await Refused(RefusalCode.BadRequest, () => _house.Accounts.SetAsync(_house.Operator, "alice", new AccountSettings { Quota = -2 }));
        await Refused(RefusalCode.AccountExists, () => _house.AddAsync("ALICE"));
        await Refused(RefusalCode.AccountUnknown, () => _house.Accounts.SetAsync(_house.Operator, "bob", new AccountSettings()));
    }

    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("Alice.B-2_x", "alice.b-2_x")]
    [InlineData("李雷", "李雷")]
    [InlineData("zoe\u0301", "zoé")]
    [InlineData("жанна", "жанна")]
    public void Names_that_are_good_have_one_spelling(string name, string normal) => Assert.Equal(normal, AccountName.Normalize(name));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("-rf")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\0b")]
    [InlineData("a\u202Eb")]
    [InlineData("a\u200Bb")]
    [InlineData("аdmin")]
    [InlineData("ａdmin")]
    [InlineData("a\uFE0F")]
    [InlineData("\u3164")]
    [InlineData("\uD800")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456")]
    [InlineData("(operator)")]
    public void Names_that_could_deceive_or_escape_are_refused(string name) =>
        Assert.Equal(RefusalCode.BadAccountName, Assert.Throws<RefusedException>(() => AccountName.Normalize(name)).Code);

    [Fact]
    public async Task Removing_gives_back_the_home_first_and_keeps_the_account_when_that_is_refused()
    {
        await _house.AddAsync("alice");
        var released = new List<bool>();
        _house.Accounts.ReleaseHome = (_, _, purge) =>
        {
            released.Add(purge);
            return purge ? Task.CompletedTask : throw new RefusedException(RefusalCode.NotEmpty, "/");
        };
        await Refused(RefusalCode.NotEmpty, () => _house.Accounts.RemoveAsync(_house.Operator, "alice", purge: false));
        var session = await _house.EnterAsync(await _house.LoginAsync("alice"));
        await _house.Accounts.RemoveAsync(_house.Operator, "alice", purge: true);
        Assert.Equal([false, true], released);
        Assert.Equal(Permissions.None, session.Caller.Allow);
        await Refused(RefusalCode.LoginFailed, () => _house.LoginAsync("alice"));
        await Refused(RefusalCode.AccountUnknown, () => _house.Accounts.RemoveAsync(_house.Operator, "alice", purge: true));
    }

    [Fact]
    public async Task A_confined_token_can_make_neither_an_unconfined_one_nor_a_password()
    {
        await _house.AddAsync("alice", "files", "run");
        var confined = await _house.LoginWithTokenAsync("alice", await _house.AddTokenAsync(await _house.LoginAsync("alice"), ["files"]));
        await Refused(RefusalCode.Forbidden, () => _house.AddTokenAsync(confined, ["run"]));
        await Refused(RefusalCode.Forbidden, () => _house.Accounts.SetPasswordAsync(confined, AccountsHouse.VerifierOf("x")));
        Assert.Equal(Permissions.Files, (await _house.LoginWithTokenAsync("alice", await _house.AddTokenAsync(confined))).Allow);
    }

    [Fact]
    public async Task Tokens_are_ones_own_or_an_administrators_to_see_and_revoke()
    {
        await _house.AddAsync("alice");
        await _house.AddAsync("bob");
        var alice = await _house.LoginAsync("alice");
        var bob = await _house.LoginAsync("bob");
        var token = await _house.AddTokenAsync(alice);
        await Refused(RefusalCode.TokenUnknown, () => _house.Accounts.RevokeTokenAsync(bob, token.Id));
        await Refused(RefusalCode.Forbidden, () => _house.AddTokenAsync(bob, account: "alice"));
        await _house.AddTokenAsync(_house.Operator, account: "alice");
        Assert.Equal(2, (await _house.Accounts.ListTokensAsync(_house.Operator, "alice")).Count);
        await _house.Accounts.RevokeTokenAsync(_house.Operator, token.Id);
        Assert.Single(await _house.Accounts.ListTokensAsync(alice));
        await Refused(RefusalCode.AccountUnknown, () => _house.Accounts.ListTokensAsync(_house.Operator));
    }

    [Fact]
    public async Task An_account_has_a_bounded_number_of_tokens()
    {
        await _house.AddAsync("alice");
        var alice = await _house.LoginAsync("alice");
        for (var n = 0; n < 5; n++)
        {
            await _house.AddTokenAsync(alice);
        }

        await Refused(RefusalCode.OverLimit, () => _house.AddTokenAsync(alice));
    }

    [Fact]
    public async Task The_first_start_makes_an_administrator_whose_password_is_told_once()
    {
        var password = await _house.Accounts.EnsureAdminAsync();
        Assert.Matches("^([a-hj-km-np-z2-9]{5}-){3}[a-hj-km-np-z2-9]{5}$", password);
        Assert.Equal(PermissionNames.All, (await _house.LoginAsync("admin", password!)).Allow);
        Assert.Null(await _house.Accounts.EnsureAdminAsync());
    }

    [Fact]
    public async Task What_was_done_is_in_the_audit_log_with_who_and_whence_and_logins_are_counted()
    {
        await _house.AddAsync("alice", "files");
        for (var n = 0; n < 3; n++)
        {
            await _house.LoginAsync("alice");
        }

        await _house.Accounts.SetPasswordAsync(await _house.LoginAsync("alice", from: "192.0.2.5"), AccountsHouse.VerifierOf("new"));
        var entries = await _house.Audit.LatestAsync(_house.Operator, null, null);
        Assert.Equal(
            [("account-add", null, "unix", "alice", 1L), ("login", "alice", "192.0.2.1", null, 3L)],
            entries.Where(e => e.From is "unix" or "192.0.2.1").OrderBy(e => e.Action).Select(e => (e.Action, e.Account, e.From, e.Subject, e.Count)));
        Assert.Equal(["login", "password"], entries.Where(e => e.From == "192.0.2.5").Select(e => e.Action).Order());
        Assert.Contains(entries, e => e.Detail == "allow=files");
        Assert.All(await _house.Audit.LatestAsync(_house.Operator, "alice", null), e => Assert.Equal("alice", e.Account));
    }

    private static Task<Refusal> Refused(RefusalCode code, Func<Task> act) => AccountsHouse.RefusedAsync(code, act);
}
