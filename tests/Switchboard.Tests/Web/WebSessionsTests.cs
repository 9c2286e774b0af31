using Switchboard.Protocol;
using Switchboard.Server.Doors.Web;
using Switchboard.Server.Services.Accounts;
using Switchboard.Tests.Accounts;

namespace Switchboard.Tests.Web;

/// <summary>Who is present over HTTP, and how that ends.</summary>
public sealed class WebSessionsTests : IAsyncLifetime
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);

    private readonly AccountsHouse _house = new();
    private WebSessions _sessions = null!;
    private Caller _ming = null!;
    private DeviceToken _token = null!;

    public async ValueTask InitializeAsync()
    {
        _sessions = new WebSessions(_house.Accounts, () => Idle);
        await _house.AddAsync("ming");
        _ming = await _house.LoginAsync("ming");
        _token = await _house.AddTokenAsync(_ming);
    }

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task Requests_with_one_token_are_one_session()
    {
        var session = await EnterAsync(_token);
        Assert.Same(session, await EnterAsync(_token));
        var shown = Assert.Single(Present());
        Assert.Equal(("ming", DoorNames.Http, _token.Id), (shown.Account, shown.Door, shown.Token));
    }

    [Fact]
    public async Task So_are_requests_that_come_all_at_once()
    {
        var sessions = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => EnterAsync(_token).AsTask())));
        Assert.All(sessions, session => Assert.Same(sessions[0], session));
        Assert.Single(Present());
    }

    [Fact]
    public async Task Whoever_knows_only_the_id_of_a_token_is_nobody_and_its_holder_stays()
    {
        var session = await EnterAsync(_token);
        await RefusedAsync(new DeviceToken(_token.Id, DeviceToken.NewSecret()));
        Assert.False(session.Ended.IsCancellationRequested);
        Assert.Same(session, await EnterAsync(_token));
    }

    [Fact]
    public async Task A_token_that_is_none_is_nobody()
    {
        await RefusedAsync(new DeviceToken("AAAAAAAA", DeviceToken.NewSecret()));
        Assert.Empty(Present());
    }

    [Fact]
    public async Task A_revoked_token_ends_what_is_under_way_and_opens_nothing_more()
    {
        var session = await EnterAsync(_token);
        await _house.Accounts.RevokeTokenAsync(_ming, _token.Id);
        Assert.True(session.Ended.IsCancellationRequested);
        await RefusedAsync(_token);
        Assert.Empty(Present());
    }

    [Fact]
    public async Task A_disabled_account_is_out_at_once()
    {
        var session = await EnterAsync(_token);
        await _house.Accounts.SetAsync(_house.Operator, "ming", new AccountSettings { Disabled = true });
        Assert.True(session.Ended.IsCancellationRequested);
        await Assert.ThrowsAsync<RefusedException>(() => EnterAsync(_token).AsTask());
    }

    [Fact]
    public async Task An_ended_session_is_over_and_its_token_may_come_again()
    {
        var session = await EnterAsync(_token);
        await _house.Accounts.EndSessionAsync(_house.Operator, Assert.Single(Present()).Number);
        Assert.True(session.Ended.IsCancellationRequested);
        Assert.NotSame(session, await EnterAsync(_token));
        Assert.Single(Present());
    }

    [Fact]
    public async Task Who_asks_for_nothing_for_a_while_is_gone_and_not_before()
    {
        await EnterAsync(_token);
        long now = Environment.TickCount64;
        _sessions.Tick(now + (long)Idle.TotalMilliseconds - 1_000);
        Assert.Single(Present());
        _sessions.Tick(now + (long)Idle.TotalMilliseconds + 60_000);
        Assert.Empty(Present());
        await EnterAsync(_token);
        Assert.Single(Present());
    }

    [Fact]
    public async Task A_request_that_takes_long_is_not_idle()
    {
        var session = await EnterAsync(_token);
        session.Begin();
        _sessions.Tick(Environment.TickCount64 + (long)Idle.TotalMilliseconds * 10);
        Assert.Single(Present());
        session.Finish();
        _sessions.Tick(Environment.TickCount64 + (long)Idle.TotalMilliseconds * 10);
        Assert.Empty(Present());
    }

    private ValueTask<WebSession> EnterAsync(DeviceToken token) => _sessions.EnterAsync(token, "192.0.2.1", DoorNames.Http, default);

    private IReadOnlyList<SessionEntry> Present() => _house.Accounts.ListSessions(_house.Operator);

    private async Task RefusedAsync(DeviceToken token) => await AccountsHouse.RefusedAsync(RefusalCode.LoginRequired, () => EnterAsync(token).AsTask());
}
