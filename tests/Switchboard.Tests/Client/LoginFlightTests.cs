using Switchboard.Client;
using Switchboard.Client.Connecting;
using Switchboard.Protocol;

namespace Switchboard.Tests.Client;

public class LoginFlightTests
{
    [Fact]
    public async Task Hello_and_the_first_message_leave_before_any_answer()
    {
        await using var peer = new ScriptedPeer();
        var connecting = peer.ConnectAsync();
        await peer.LogInAsync();
        await using var client = await connecting;
        Assert.Equal(ScriptedPeer.User, client.Login.Account);
        Assert.Equal("peer", client.Server.Server);
    }

    [Fact]
    public async Task A_forged_server_final_is_refused_and_so_is_everything_asked_after_it()
    {
        await using var peer = new ScriptedPeer();
        // Unix lines may send requests early, so this shows that no answer is believed before the proof.
        await using var line = new Line(peer.Line.Pipe) { IsUnix = true };
        var connecting = SwitchboardClient.ConnectAsync(line, ScriptedPeer.Options with { EarlyRequests = true }, CancellationToken.None);
        var scram = await peer.LogInUpToProofAsync();
        await using var client = await connecting;
        var stat = client.StatAsync("/secret");
        await peer.ExpectAsync("auth");
        _ = scram.Final(peer.Header.GetProperty("data").GetString()!);
        await peer.SendAsync(peer.LoginOf("v=" + Convert.ToBase64String(new byte[32])), ProtocolJson.Default.LoginAnswer);
        await peer.ExpectAsync("stat");
        await peer.SendAsync(new StatAnswer { Id = peer.Id, Entry = new() { Path = "/secret", Type = "file" } }, ProtocolJson.Default.StatAnswer);

        Assert.Equal(RefusalCode.ServerUntrusted, (await Assert.ThrowsAsync<RefusedException>(() => stat)).Code);
        Assert.Equal(RefusalCode.ServerUntrusted, (await Assert.ThrowsAsync<RefusedException>(() => client.LoginCompletion)).Code);
    }

    [Fact]
    public async Task A_plain_line_gets_no_request_before_the_server_has_proved_itself()
    {
        await using var peer = new ScriptedPeer();
        var connecting = peer.ConnectAsync(ScriptedPeer.Options with { EarlyRequests = true });
        var scram = await peer.LogInUpToProofAsync();
        await peer.ExpectAsync("auth");
        Assert.False(connecting.IsCompleted);
        await peer.SendAsync(peer.LoginOf(scram.Final(peer.Header.GetProperty("data").GetString()!)), ProtocolJson.Default.LoginAnswer);
        await using var client = await connecting;
    }

    [Fact]
    public async Task A_refused_login_tells_its_reason()
    {
        await using var peer = new ScriptedPeer();
        var connecting = peer.ConnectAsync();
        await peer.LogInUpToProofAsync();
        await peer.ExpectAsync("auth");
        await peer.RefuseAsync(new(RefusalCode.LoginFailed));
        Assert.Equal(RefusalCode.LoginFailed, (await Assert.ThrowsAsync<RefusedException>(() => connecting)).Code);
    }

    [Fact]
    public async Task A_wait_in_line_is_told_and_not_counted_against_the_time_limit()
    {
        await using var peer = new ScriptedPeer();
        var positions = new List<int>();
        var connecting = peer.ConnectAsync(ScriptedPeer.Options with { WaitForPlace = true, OnWaiting = positions.Add, ConnectTimeout = TimeSpan.FromSeconds(30) });
        var scram = await peer.LogInUpToProofAsync();
        await peer.ExpectAsync("auth");
        var final = scram.Final(peer.Header.GetProperty("data").GetString()!);
        await peer.SendAsync(new Waiting { Id = peer.Id, Position = 2 }, ProtocolJson.Default.Waiting);
        await peer.SendAsync(new Waiting { Id = peer.Id, Position = 1 }, ProtocolJson.Default.Waiting);
        await peer.SendAsync(peer.LoginOf(final), ProtocolJson.Default.LoginAnswer);
        await using var client = await connecting;
        Assert.Equal([2, 1], positions);
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_left_after_the_time_limit()
    {
        await using var peer = new ScriptedPeer();
        var connecting = peer.ConnectAsync(ScriptedPeer.Options with { ConnectTimeout = TimeSpan.FromMilliseconds(50) });
        Assert.Equal(RefusalCode.Timeout, (await Assert.ThrowsAsync<RefusedException>(() => connecting)).Code);
    }

    [Fact]
    public async Task A_line_that_is_cut_fails_what_waits_and_what_comes_later()
    {
        await using var peer = new ScriptedPeer();
        var connecting = peer.ConnectAsync();
        await peer.LogInAsync();
        await using var client = await connecting;
        var waiting = client.SpaceAsync();
        await peer.ExpectAsync("space");
        await peer.CutAsync();
        Assert.Equal(RefusalCode.NoConnection, (await Assert.ThrowsAsync<RefusedException>(() => waiting)).Code);
        Assert.Equal(RefusalCode.NoConnection, (await Assert.ThrowsAsync<RefusedException>(() => client.SpaceAsync())).Code);
    }

    [Fact]
    public async Task A_closing_notice_gives_its_reason_to_everyone()
    {
        await using var peer = new ScriptedPeer();
        var connecting = peer.ConnectAsync();
        await peer.LogInAsync();
        await using var client = await connecting;
        var waiting = client.SpaceAsync();
        await peer.ExpectAsync("space");
        await peer.SendAsync(new ClosingNotice { Code = "closing" }, ProtocolJson.Default.ClosingNotice);
        Assert.Equal(RefusalCode.Closing, (await Assert.ThrowsAsync<RefusedException>(() => waiting)).Code);
    }

    [Fact]
    public async Task An_answer_to_another_request_ends_the_conversation()
    {
        await using var peer = new ScriptedPeer();
        var connecting = peer.ConnectAsync();
        await peer.LogInAsync();
        await using var client = await connecting;
        var waiting = client.SpaceAsync();
        await peer.ExpectAsync("space");
        await peer.SendAsync(new Done { Id = peer.Id + 7 }, ProtocolJson.Default.Done);
        Assert.Equal(RefusalCode.BadFrame, (await Assert.ThrowsAsync<RefusedException>(() => waiting)).Code);
    }

    [Fact]
    public async Task A_list_streams_and_can_be_left_early()
    {
        await using var peer = new ScriptedPeer();
        var connecting = peer.ConnectAsync();
        await peer.LogInAsync();
        await using var client = await connecting;
        var answering = Task.Run(async () =>
        {
            await peer.ExpectAsync("list");
            // More than is held ahead: leaving must let the rest pass.
            for (var i = 0; i < 40; i++)
            {
                var lines = string.Concat(Enumerable.Range(0, 100).Select(n => $"{{\"path\":\"f{i}-{n}\",\"type\":\"file\",\"size\":{n}}}\n"));
                await peer.SendAsync(new Items { Id = peer.Id, Count = 100 }, ProtocolJson.Default.Items, System.Text.Encoding.UTF8.GetBytes(lines));
            }

            await peer.DoneAsync();
            await peer.ExpectAsync("ping");
            await peer.DoneAsync();
        });
        var seen = 0;
        await foreach (var entry in client.ListAsync("/"))
        {
            Assert.StartsWith("f0-", entry.Path, StringComparison.Ordinal);
            if (++seen == 5)
            {
                break;
            }
        }

        await client.PingAsync();
        await answering;
    }
}
