using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Xunit;

namespace Switchboard.Tests.Accounts;

public sealed class SessionTests : IAsyncDisposable
{
    private readonly AccountsHouse _house = new(maxUsers: 2);
    private readonly List<Refusal> _ended = [];

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task One_user_too_many_is_told_so_but_another_connection_of_a_user_is_not()
    {
        using var alice = await Enter("alice");
        using var bob = await Enter("bob");
        await _house.AddAsync("carol");
        await AccountsHouse.RefusedAsync(RefusalCode.TooManyUsers, async () => await _house.EnterAsync(await _house.LoginAsync("carol")));
        using var again = await _house.EnterAsync(await _house.LoginAsync("alice"));
        using var theOperator = await _house.EnterAsync(_house.Operator);
        Assert.Equal(2, _house.Accounts.Sessions.Users);
        Assert.Equal(2, _house.Accounts.Sessions.Count("alice"));
    }

    [Fact]
    public async Task Who_waits_hears_its_position_and_enters_in_turn()
    {
        using var alice = await Enter("alice");
        using var bob = await Enter("bob");
        var (carol, carolsPositions) = await Wait("carol");
        var (dave, davesPositions) = await Wait("dave");
        Assert.False(carol.IsCompleted);
        alice.Dispose();
        using var carolsSession = await carol;
        Assert.False(dave.IsCompleted);
        carolsSession.Dispose();
        using var davesSession = await dave;
        Assert.Equal([1], carolsPositions);
        Assert.Equal([2, 1], davesPositions);
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_the_line_to_the_others_and_the_line_has_a_bound()
    {
        using var alice = await Enter("alice");
        using var bob = await Enter("bob");
        using var gone = new CancellationTokenSource();
        var (carol, _) = await Wait("carol", gone.Token);
        var (dave, davesPositions) = await Wait("dave");
        await _house.AddAsync("eve");
        await AccountsHouse.RefusedAsync(RefusalCode.TooManyUsers, async () => await _house.EnterAsync(await _house.LoginAsync("eve"), wait: true));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => carol);
        Assert.Equal([2, 1], davesPositions);
        bob.Dispose();
        (await dave).Dispose();
    }

    [Fact]
    public async Task Disabling_ends_sessions_at_once_with_the_reason()
    {
        using var session = await Enter("alice");
        await _house.Accounts.SetAsync(_house.Operator, "alice", new AccountSettings { Disabled = true });
        Assert.Equal([RefusalCode.AccountDisabled], _ended.Select(r => r.Code));
        Assert.Equal(RefusalCode.Forbidden, Assert.Throws<RefusedException>(() => session.Caller.Require(Permissions.Files)).Code);
    }

    [Fact]
    public async Task A_login_that_was_finished_before_the_account_was_disabled_does_not_enter_after_it()
    {
        await _house.AddAsync("alice");
        var caller = await _house.LoginAsync("alice");
        await _house.Accounts.SetAsync(_house.Operator, "alice", new AccountSettings { Disabled = true });
        await AccountsHouse.RefusedAsync(RefusalCode.AccountDisabled, () => _house.EnterAsync(caller));
        Assert.Equal(0, _house.Accounts.Sessions.Users);
    }

    [Fact]
    public async Task Neither_does_one_with_a_password_or_token_of_before()
    {
        await _house.AddAsync("alice");
        var withPassword = await _house.LoginAsync("alice");
        var token = await _house.AddTokenAsync(withPassword);
        var withToken = await _house.LoginWithTokenAsync("alice", token);
        await _house.Accounts.SetAsync(_house.Operator, "alice", new AccountSettings { Verifier = AccountsHouse.VerifierOf("new") });
        await AccountsHouse.RefusedAsync(RefusalCode.LoginFailed, () => _house.EnterAsync(withPassword));
        await AccountsHouse.RefusedAsync(RefusalCode.LoginFailed, () => _house.EnterAsync(withToken));
    }

    [Fact]
    public async Task A_session_sees_changed_permissions_at_once_within_its_tokens()
    {
        using var session = await Enter("alice");
        var token = await _house.AddTokenAsync(session.Caller, ["files"]);
        using var confined = await _house.EnterAsync(await _house.LoginWithTokenAsync("alice", token));
        await _house.Accounts.SetAsync(_house.Operator, "alice", new AccountSettings { Allow = ["files", "run"] });
        Assert.Equal(Permissions.Files | Permissions.Run, session.Caller.Allow);
        Assert.Equal(Permissions.Files, confined.Caller.Allow);
        await _house.Accounts.SetAsync(_house.Operator, "alice", new AccountSettings { Allow = [] });
        Assert.Equal(Permissions.None, session.Caller.Allow);
        Assert.Equal(Permissions.None, confined.Caller.Allow);
        Assert.Empty(_ended);
    }

    [Fact]
    public async Task Changing_ones_password_ends_the_other_sessions_and_revokes_the_other_tokens()
    {
        var ends = 0;
        using var alice = await Enter("alice");
        var lost = await _house.AddTokenAsync(alice.Caller);
        var mine = await _house.AddTokenAsync(alice.Caller);
        using var other = await _house.EnterAsync(await _house.LoginWithTokenAsync("alice", lost), _ => ends++);
        using var acting = await _house.EnterAsync(await _house.LoginWithTokenAsync("alice", mine));
        await _house.Accounts.SetPasswordAsync(acting.Caller, AccountsHouse.VerifierOf("new"));
        Assert.Equal((1, 1), (ends, _ended.Count));
        Assert.Equal(Permissions.Files | Permissions.Chat, acting.Caller.Allow);
        await _house.LoginWithTokenAsync("alice", mine);
        await _house.LoginAsync("alice", "new");
        await AccountsHouse.RefusedAsync(RefusalCode.LoginFailed, () => _house.LoginWithTokenAsync("alice", lost));
        await AccountsHouse.RefusedAsync(RefusalCode.LoginFailed, () => _house.LoginAsync("alice", from: "192.0.2.2"));
    }

    [Fact]
    public async Task Revoking_a_token_ends_its_sessions_only()
    {
        var ends = 0;
        using var alice = await Enter("alice");
        var token = await _house.AddTokenAsync(alice.Caller);
        using var byToken = await _house.EnterAsync(await _house.LoginWithTokenAsync("alice", token), _ => ends++);
        await _house.Accounts.RevokeTokenAsync(alice.Caller, token.Id);
        Assert.Equal((1, 0), (ends, _ended.Count));
    }

    [Fact]
    public async Task A_session_ends_once_however_many_reasons_there_are()
    {
        using var alice = await Enter("alice");
        _house.Accounts.Sessions.End("alice", RefusalCode.AccountDisabled);
        _house.Accounts.Sessions.End("alice", RefusalCode.Closing);
        alice.Dispose();
        alice.Dispose();
        Assert.Equal([RefusalCode.AccountDisabled], _ended.Select(r => r.Code));
        Assert.Equal(0, _house.Accounts.Sessions.Users);
    }

    private async Task<Session> Enter(string name)
    {
        await _house.AddAsync(name);
        return await _house.EnterAsync(await _house.LoginAsync(name), _ended.Add);
    }

    private async Task<(Task<Session> Session, List<int> Positions)> Wait(string name, CancellationToken ct = default)
    {
        await _house.AddAsync(name);
        List<int> positions = [];
        return (_house.EnterAsync(await _house.LoginAsync(name), wait: true, onPosition: positions.Add, ct: ct), positions);
    }
}
