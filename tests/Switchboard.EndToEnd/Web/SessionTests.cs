using System.Net;
using System.Text.Json;
using Switchboard.EndToEnd.Commands;
using Switchboard.EndToEnd.Ftp;

namespace Switchboard.EndToEnd.Web;

/// <summary>Coming and going of browsers and programs.</summary>
public sealed class SessionTests(WebSite site) : IClassFixture<WebSite>
{
    [Fact]
    public async Task A_login_sets_a_cookie_that_only_this_server_gets_and_no_script_reads()
    {
        using WebClient browser = site.Browser();
        WebAnswer answer = (await browser.LoginAsync(WebSite.User, WebSite.Password)).Expect(200);
        string[] parts = answer.Header("Set-Cookie")!.Split("; ");
        Assert.StartsWith("__Host-switchboard=sbt_", parts[0], StringComparison.Ordinal);
        Assert.Equal(["httponly", "max-age=2592000", "path=/", "samesite=strict", "secure"], parts[1..].Select(part => part.ToLowerInvariant()).Order(StringComparer.Ordinal));
        JsonElement shown = (await browser.GetAsync("/session")).Expect(200).Json;
        Assert.Equal(answer.Json.GetProperty("token").GetString(), shown.GetProperty("token").GetString());
        Assert.Equal(WebSite.User, shown.GetProperty("account").GetString());
        Assert.Equal("no-store", answer.Header("Cache-Control"));
    }

    [Fact]
    public async Task A_logout_makes_the_cookie_worthless()
    {
        using WebClient browser = await site.LoggedInAsync();
        WebAnswer answer = (await browser.DeleteAsync("/session")).Expect(204);
        Assert.StartsWith("__Host-switchboard=;", answer.Header("Set-Cookie"), StringComparison.Ordinal);
        (await browser.GetAsync("/session")).Refused(401, "login_required");
        using WebClient program = await site.ProgramAsync();
        Assert.DoesNotContain((await program.GetAsync("/tokens")).Json.GetProperty("tokens").EnumerateArray(), token => browser.Cookie!.Contains(token.GetProperty("id").GetString()!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_browser_that_logs_in_again_takes_its_own_place()
    {
        using WebClient first = await site.LoggedInAsync(device: "browser-1"), second = await site.LoggedInAsync(device: "browser-1"), other = await site.LoggedInAsync(device: "browser-2");
        (await first.GetAsync("/session")).Refused(401, "login_required");
        (await second.GetAsync("/session")).Expect(200);
        (await other.GetAsync("/session")).Expect(200);
        JsonElement[] mine = [.. (await other.GetAsync("/tokens")).Json.GetProperty("tokens").EnumerateArray().Where(token => token.TryGetProperty("device", out JsonElement device) && device.GetString() == "browser-1")];
        Assert.Equal("a test", Assert.Single(mine).GetProperty("label").GetString());
    }

    [Theory]
    [InlineData(WebSite.User, "wrong")]
    [InlineData("nobody", WebSite.Password)]
    [InlineData("", "")]
    [InlineData("../ann", WebSite.Password)]
    public async Task A_wrong_login_says_nothing_about_what_was_wrong(string account, string password)
    {
        using WebClient browser = site.Browser();
        WebAnswer answer = (await browser.LoginAsync(account, password)).Refused(401, "login_failed");
        Assert.Null(answer.Header("Set-Cookie"));
    }

    [Fact]
    public async Task A_failed_login_makes_the_next_one_wait_at_every_door()
    {
        await using WebSite other = await WebSite.StartAsync("--ftp", "127.0.0.1:0");
        using WebClient guesser = other.Browser(IPAddress.Loopback);
        (await guesser.LoginAsync(WebSite.User, "wrong")).Refused(401, "login_failed");
        List<double> waits = [];
        while (waits.Count < 3)
        {
            WebAnswer held = await guesser.LoginAsync(WebSite.User, "wrong again");
            if (held.Status == 429)
            {
                held.Refused(429, "too_many_tries");
                waits.Add(held.Json.GetProperty("error").GetProperty("retry_after").GetDouble());
                Assert.Equal(Math.Ceiling(waits[^1]), double.Parse(held.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture));
                await Task.Delay(TimeSpan.FromSeconds(waits[^1]));
            }
        }

        Assert.InRange(waits[^1], 2, 60);
        (await guesser.LoginAsync(WebSite.User, "once more")).Expect(401);
        (await guesser.LoginAsync(WebSite.User, WebSite.Password)).Refused(429, "too_many_tries");
        CommandResult native = await other.Server.ClientAsync(WebSite.User, WebSite.Password, "whoami");
        Assert.Equal(5, native.ExitCode);
        await using FtpWire wire = await FtpWire.ConnectAsync(other.Server.Ftp!);
        await wire.SendAsync($"USER {WebSite.User}\r\nPASS {WebSite.Password}\r\n");
        (await wire.ReadAsync()).Expect(331);
        (await wire.ReadAsync()).Expect(530);

        using WebClient owner = other.Browser();
        (await owner.LoginAsync(WebSite.User, WebSite.Password)).Expect(200);
    }

    [Fact]
    public async Task Wrong_tokens_are_nobody_and_do_not_disturb_their_holder()
    {
        using WebClient program = await site.ProgramAsync();
        string token = program.Token!;
        foreach (string wrong in (string[])["", "sbt_", "sbt_x_y", token[..^1], token + "x", token[..^6] + "AAAAAA", new string('x', 4000)])
        {
            using WebClient stranger = site.Program(WebSite.User, wrong);
            (await stranger.GetAsync("/session")).Refused(401, "login_required");
        }

        Assert.Equal("Bearer", (await site.Browser().GetAsync("/space")).Header("WWW-Authenticate"));
        (await program.GetAsync("/session")).Expect(200);
    }

    [Fact]
    public async Task A_generated_password_opens_nothing_but_the_way_to_ones_own()
    {
        using WebClient admin = await site.ProgramAsync(WebSite.Admin);
        string made = (await admin.PostAsync("/accounts", new { name = "newcomer" })).Expect(201).Json.GetProperty("password").GetString()!;
        using WebClient browser = await site.LoggedInAsync("newcomer", made);
        Assert.True((await browser.GetAsync("/session")).Json.GetProperty("renew").GetBoolean());
        foreach (string address in (string[])["/space", "/entries/", "/rooms", "/tokens", "/files/x"])
        {
            (await browser.GetAsync(address)).Refused(403, "forbidden");
        }

        LiveRefusedException live = await Assert.ThrowsAsync<LiveRefusedException>(() => LiveWire.OpenAsync(site, browser));
        Assert.Equal(403, live.Status);
        (await browser.SetPasswordAsync("not it", "my own password")).Refused(401, "login_failed");
        await CommandSite.EventuallyAsync(async () => (await browser.SetPasswordAsync(made, "my own password")).Status == 204, "the wait after a wrong password is over");
        Assert.False((await browser.GetAsync("/session")).Json.TryGetProperty("renew", out _));
        (await browser.GetAsync("/space")).Expect(200);
        using WebClient again = await site.LoggedInAsync("newcomer", "my own password");
        using WebClient old = site.Browser();
        (await old.LoginAsync("newcomer", made)).Refused(401, "login_failed");
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sessions_and_their_live_connections_at_once()
    {
        await site.AddAsync("mover");
        using WebClient mine = await site.LoggedInAsync("mover"), other = await site.LoggedInAsync("mover"), program = await site.ProgramAsync("mover");
        await using LiveWire live = await LiveWire.OpenAsync(site, other), running = await LiveWire.OpenAsync(site, program);
        await live.SendAsync(new { type = "watch", id = 1 });
        await live.ReadAsync("news");
        (await mine.SetPasswordAsync(WebSite.Password, "another password")).Expect(204);
        await live.EndAsync();
        await running.EndAsync();
        (await other.GetAsync("/session")).Refused(401, "login_required");
        (await program.GetAsync("/session")).Refused(401, "login_required");
        (await mine.GetAsync("/session")).Expect(200);
        Assert.Single((await mine.GetAsync("/tokens")).Json.GetProperty("tokens").EnumerateArray());
    }

    [Fact]
    public async Task An_admin_ends_a_session_and_everything_it_has_under_way()
    {
        await site.AddAsync("ended");
        using WebClient browser = await site.LoggedInAsync("ended"), admin = await site.LoggedInAsync(WebSite.Admin);
        await using LiveWire live = await LiveWire.OpenAsync(site, browser);
        JsonElement[] theirs = [.. (await admin.GetAsync("/sessions")).Expect(200).Json.GetProperty("sessions").EnumerateArray().Where(one => one.GetProperty("account").GetString() == "ended")];
        Assert.All(theirs, one => Assert.Equal("browser", one.GetProperty("door").GetString()));
        foreach (JsonElement one in theirs)
        {
            await admin.DeleteAsync($"/sessions/{one.GetProperty("number")}");
        }

        await live.EndAsync();
        Assert.DoesNotContain((await admin.GetAsync("/sessions")).Json.GetProperty("sessions").EnumerateArray(), one => one.GetProperty("account").GetString() == "ended");
        (await admin.DeleteAsync("/sessions/999999")).Refused(404, "not_found");
        (await admin.DeleteAsync("/sessions/-1")).Refused(400, "bad_request");
        (await admin.DeleteAsync("/sessions/x")).Refused(400, "bad_request");
    }

    [Fact]
    public async Task Nobody_ends_or_sees_a_strangers_session()
    {
        using WebClient admin = await site.ProgramAsync(WebSite.Admin), program = await site.ProgramAsync();
        (await admin.GetAsync("/session")).Expect(200);
        JsonElement strangers = (await admin.GetAsync("/sessions")).Json.GetProperty("sessions").EnumerateArray().First(one => one.GetProperty("account").GetString() == WebSite.Admin);
        Assert.All((await program.GetAsync("/sessions")).Json.GetProperty("sessions").EnumerateArray(), one => Assert.Equal(WebSite.User, one.GetProperty("account").GetString()));
        Assert.InRange((await program.DeleteAsync($"/sessions/{strangers.GetProperty("number")}")).Status, 403, 404);
        (await admin.GetAsync("/session")).Expect(200);
    }

    [Fact]
    public async Task A_disabled_account_is_out_at_once_everywhere()
    {
        await site.AddAsync("leaver");
        using WebClient browser = await site.LoggedInAsync("leaver"), program = await site.ProgramAsync("leaver"), admin = await site.ProgramAsync(WebSite.Admin);
        await using LiveWire live = await LiveWire.OpenAsync(site, browser);
        (await admin.PatchAsync("/accounts/leaver", new { disabled = true })).Expect(200);
        await live.EndAsync();
        Assert.InRange((await browser.GetAsync("/session")).Status, 401, 403);
        Assert.InRange((await program.GetAsync("/space")).Status, 401, 403);
        using WebClient again = site.Browser();
        (await again.LoginAsync("leaver", WebSite.Password)).Refused(403, "account_disabled");
    }

    [Fact]
    public async Task A_refusal_is_in_the_readers_language_and_its_code_is_not()
    {
        using WebClient program = await site.ProgramAsync();
        string english = (await program.GetAsync("/files/none")).Refused(404, "not_found").Json.GetProperty("error").GetProperty("message").GetString()!;
        program.Language = "fr, zh-CN;q=0.9, en;q=0.1";
        string chinese = (await program.GetAsync("/files/none")).Refused(404, "not_found").Json.GetProperty("error").GetProperty("message").GetString()!;
        Assert.DoesNotContain(english, letter => letter is >= '\u4e00' and <= '\u9fff');
        Assert.Contains(chinese, letter => letter is >= '\u4e00' and <= '\u9fff');
    }
}
