using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.EndToEnd;

public class ClientConnectionTests(ClientServer given) : IClassFixture<ClientServer>
{
    [Fact]
    public async Task A_pinned_server_lets_its_account_in_and_tells_its_room()
    {
        await using var client = await SwitchboardClient.ConnectAsync(given.Options());
        Assert.Equal(ClientServer.User, client.Login.Account);
        Assert.Equal(given.Server.Fingerprint, client.ServerFingerprint);
        Assert.True((await client.SpaceAsync()).Free > 0);
    }

    [Fact]
    public async Task Another_key_than_the_pinned_one_is_refused_before_the_login()
    {
        var other = "SHA256:" + Convert.ToBase64String(new byte[32]).TrimEnd('=');
        var refused = await Assert.ThrowsAsync<RefusedException>(() => SwitchboardClient.ConnectAsync(given.Options() with { Fingerprint = other, Insecure = true }));
        Assert.Equal(RefusalCode.ServerUntrusted, refused.Code);
        Assert.Contains(given.Server.Fingerprint, refused.Refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_pin_nobody_is_trusted_unless_the_person_says_so()
    {
        var open = given.Options() with { Fingerprint = null };
        Assert.Equal(RefusalCode.ServerUntrusted, (await Assert.ThrowsAsync<RefusedException>(() => SwitchboardClient.ConnectAsync(open))).Code);
        string? shown = null;
        await using var client = await SwitchboardClient.ConnectAsync(open with { ConfirmFingerprint = f => { shown = f; return ValueTask.FromResult(true); } });
        Assert.Equal(given.Server.Fingerprint, shown);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => SwitchboardClient.ConnectAsync(open with { ConfirmFingerprint = _ => ValueTask.FromResult(false) }));
        Assert.Equal(RefusalCode.ServerUntrusted, refused.Code);
    }

    [Fact]
    public async Task A_token_logs_in_and_no_more_once_it_is_revoked()
    {
        await using var client = await SwitchboardClient.ConnectAsync(given.Options());
        var token = await client.CreateTokenAsync("test", "end-to-end");
        var byToken = given.Options() with { Password = null, Token = token };
        await using (var second = await SwitchboardClient.ConnectAsync(byToken))
        {
            Assert.Equal(ClientServer.User, (await second.WhoAmIAsync()).Account);
        }

        var id = (await client.WhoAmIAsync()).Token;
        Assert.Null(id);
        await foreach (var entry in client.ListTokensAsync())
        {
            await client.RevokeTokenAsync(entry.Id);
        }

        await Assert.ThrowsAsync<RefusedException>(() => SwitchboardClient.ConnectAsync(byToken));
    }

    [Fact]
    public async Task Requests_made_before_the_login_is_answered_fail_with_its_reason()
    {
        var wrong = given.Options() with { User = "nobody", Password = "wrong", EarlyRequests = true, Device = "early" };
        await using var client = await SwitchboardClient.ConnectAsync(wrong);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => client.SpaceAsync());
        Assert.Equal(RefusalCode.LoginFailed, refused.Code);
    }

    [Fact]
    public async Task The_servers_own_user_administers_over_the_unix_socket_without_a_password()
    {
        await using var client = await SwitchboardClient.ConnectAsync(new() { Address = ServerAddress.Unix(given.Server.UnixPath) });
        Assert.Contains("admin", client.Login.Allow);
        await client.AddAccountAsync("grace", "another password", quota: 1000);
        var account = await client.GetAccountAsync("grace");
        Assert.Equal(1000, account.Quota);
        await client.RemoveAccountAsync("grace", purge: true);
        Assert.Equal(RefusalCode.AccountUnknown, (await Assert.ThrowsAsync<RefusedException>(() => client.GetAccountAsync("grace"))).Code);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_no_connection()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => SwitchboardClient.ConnectAsync(given.Options(port: 1)));
        Assert.Equal(RefusalCode.NoConnection, refused.Code);
    }

    [Fact]
    public async Task Folders_are_made_listed_moved_and_removed()
    {
        await using var client = await SwitchboardClient.ConnectAsync(given.Options());
        await client.MakeFolderAsync("/rooms/深/deep", parents: true);
        await client.MoveAsync("/rooms/深", "/rooms/shallow");
        var seen = new List<string>();
        await foreach (var entry in client.ListAsync("/rooms", recursive: true))
        {
            seen.Add(entry.Path);
        }

        Assert.Equal(["shallow", "shallow/deep"], seen);
        Assert.Equal(RefusalCode.NotEmpty, (await Assert.ThrowsAsync<RefusedException>(() => client.RemoveAsync("/rooms"))).Code);
        await client.RemoveAsync("/rooms", recursive: true);
        Assert.Equal(RefusalCode.NotFound, (await Assert.ThrowsAsync<RefusedException>(() => client.StatAsync("/rooms"))).Code);
    }
}
