using System.Text.Json;

namespace Switchboard.EndToEnd.Web;

/// <summary>Administration: accounts, tokens, the audit log, settings.</summary>
public sealed class AccountTests(WebSite site) : IClassFixture<WebSite>
{
    [Fact]
    public async Task An_account_is_made_changed_and_removed()
    {
        using WebClient admin = await site.LoggedInAsync(WebSite.Admin);
        JsonElement made = (await admin.PostAsync("/accounts", new { name = "zhang", password = "a password of hers", quota = 1_000_000, allow = (string[])["files"] })).Expect(201).Json;
        Assert.False(made.TryGetProperty("password", out _));
        Assert.Equal(1_000_000, made.GetProperty("account").GetProperty("quota").GetInt64());
        (await admin.PostAsync("/accounts", new { name = "zhang", password = "x" })).Refused(409, "account_exists");
        using WebClient zhang = await site.LoggedInAsync("zhang", "a password of hers");
        (await zhang.SetPasswordAsync("a password of hers", WebSite.Password)).Expect(204);
        (await zhang.PutAsync("/files/a", new byte[1_000_001])).Refused(507, "over_quota");
        (await zhang.GetAsync("/rooms")).Refused(403, "forbidden");

        JsonElement changed = (await admin.PatchAsync("/accounts/zhang", new { quota = -1, allow = (string[])["files", "chat"] })).Expect(200).Json.GetProperty("account");
        Assert.False(changed.TryGetProperty("quota", out _));
        (await zhang.GetAsync("/rooms")).Expect(200);
        (await zhang.PutAsync("/files/a", new byte[1_000_001])).Expect(201);
        string fresh = (await admin.PatchAsync("/accounts/zhang", new { password = "" })).Expect(200).Json.GetProperty("password").GetString()!;
        (await zhang.GetAsync("/session")).Refused(401, "login_required");
        using WebClient again = await site.LoggedInAsync("zhang", fresh);
        Assert.True((await again.GetAsync("/session")).Json.GetProperty("renew").GetBoolean());

        (await admin.DeleteAsync("/accounts/zhang?purge")).Expect(204);
        (await again.GetAsync("/session")).Refused(401, "login_required");
        (await admin.GetAsync("/accounts/zhang")).Refused(404, "account_unknown");
        Assert.False(Directory.Exists(site.Server.HomeOf("zhang")));
    }

    [Fact]
    public async Task Accounts_are_listed_for_admins_and_nobody_else()
    {
        using WebClient admin = await site.ProgramAsync(WebSite.Admin), program = await site.ProgramAsync();
        Assert.Contains((await admin.GetAsync("/accounts")).Expect(200).Json.GetProperty("accounts").EnumerateArray(), one => one.GetProperty("name").GetString() == WebSite.User);
        Assert.Equal(WebSite.User, (await admin.GetAsync("/accounts/" + WebSite.User)).Expect(200).Json.GetProperty("name").GetString());
        foreach (string address in (string[])["/accounts", "/accounts/root", "/audit", "/settings", "/metrics", "/tokens?account=root"])
        {
            (await program.GetAsync(address)).Refused(403, "forbidden");
        }

        (await program.PostAsync("/accounts", new { name = "mine" })).Refused(403, "forbidden");
        (await program.PatchAsync("/accounts/ann", new { allow = (string[])["admin"] })).Refused(403, "forbidden");
        (await program.DeleteAsync("/accounts/root")).Refused(403, "forbidden");
        (await program.PostAsync("/tokens", new { account = "root" })).Refused(403, "forbidden");
    }

    [Theory]
    [InlineData("{\"name\":\"../x\"}", "bad_account_name")]
    [InlineData("{\"name\":\"a/b\"}", "bad_account_name")]
    [InlineData("{\"name\":\"\"}", "bad_account_name")]
    [InlineData("{}", "bad_request")]
    [InlineData("[]", "bad_request")]
    [InlineData("null", "bad_request")]
    [InlineData("{\"name\":5}", "bad_request")]
    [InlineData("{\"name\":\"x\",\"name\":\"y\"}", "bad_request")]
    [InlineData("{\"name\":\"okay\",\"quota\":\"much\"}", "bad_request")]
    [InlineData("{\"name\":\"okay\",\"allow\":[\"everything\"]}", "bad_request")]
    [InlineData("{\"name\":\"okay\",\"allow\":[null]}", "bad_request")]
    [InlineData("{\"name\":null}", "bad_request")]
    [InlineData("{\"name\":\"okay\"", "bad_request")]
    public async Task What_is_no_account_is_refused(string body, string code)
    {
        using WebClient admin = await site.ProgramAsync(WebSite.Admin);
        (await admin.SendAsync(HttpMethod.Post, "/accounts", new StringContent(body, System.Text.Encoding.UTF8, "application/json"))).Refused(400, code);
    }

    [Fact]
    public async Task A_token_may_do_less_than_its_account_and_ends_when_it_is_revoked()
    {
        using WebClient browser = await site.LoggedInAsync();
        long soon = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeMilliseconds() * 1000;
        JsonElement made = (await browser.PostAsync("/tokens", new { label = "backup", allow = (string[])["files"], expires = soon })).Expect(201).Json;
        string id = made.GetProperty("id").GetString()!;
        using WebClient program = site.Program(WebSite.User, made.GetProperty("token").GetString()!);
        Assert.Equal("files", Assert.Single((await program.GetAsync("/session")).Expect(200).Json.GetProperty("allow").EnumerateArray()).GetString());
        (await program.GetAsync("/rooms")).Refused(403, "forbidden");
        JsonElement listed = (await browser.GetAsync("/tokens")).Expect(200).Json.GetProperty("tokens").EnumerateArray().Single(one => one.GetProperty("id").GetString() == id);
        Assert.Equal(("backup", soon), (listed.GetProperty("label").GetString(), listed.GetProperty("expires").GetInt64()));
        Assert.DoesNotContain(made.GetProperty("token").GetString()!, (await browser.GetAsync("/tokens")).Text, StringComparison.Ordinal);

        (await browser.DeleteAsync("/tokens/" + id)).Expect(204);
        (await program.GetAsync("/session")).Refused(401, "login_required");
        (await browser.DeleteAsync("/tokens/" + id)).Refused(404, "token_unknown");
    }

    [Fact]
    public async Task A_token_does_not_give_more_than_it_has()
    {
        using WebClient browser = await site.LoggedInAsync();
        string limited = (await browser.PostAsync("/tokens", new { allow = (string[])["files"] })).Expect(201).Json.GetProperty("token").GetString()!;
        using WebClient program = site.Program(WebSite.User, limited);
        WebAnswer more = await program.PostAsync("/tokens", new { allow = (string[])["files", "chat", "run"] });
        if (more.Status == 201)
        {
            using WebClient child = site.Program(WebSite.User, more.Json.GetProperty("token").GetString()!);
            Assert.DoesNotContain("chat", (await child.GetAsync("/session")).Expect(200).Text, StringComparison.Ordinal);
        }
        else
        {
            more.Refused(403, "forbidden");
        }
    }

    [Fact]
    public async Task The_audit_log_tells_what_was_done_and_by_whom()
    {
        using WebClient admin = await site.ProgramAsync(WebSite.Admin), guest = site.Browser();
        (await guest.LoginAsync(WebSite.User, "wrong password")).Expect(401);
        (await admin.PostAsync("/accounts", new { name = "audited" })).Expect(201);
        JsonElement[] records = [.. (await admin.GetAsync("/audit?last=1000")).Expect(200).Json.GetProperty("records").EnumerateArray()];
        Assert.Contains(records, one => one.GetProperty("action").GetString() == "login-failed" && one.GetProperty("from").GetString()!.StartsWith("127.0.7.", StringComparison.Ordinal));
        JsonElement[] failed = [.. (await admin.GetAsync("/audit?action=login-failed&last=5")).Expect(200).Json.GetProperty("records").EnumerateArray()];
        Assert.NotEmpty(failed);
        Assert.All(failed, one => Assert.Equal("login-failed", one.GetProperty("action").GetString()));
        Assert.All((await admin.GetAsync("/audit?account=root")).Expect(200).Json.GetProperty("records").EnumerateArray(), one => Assert.Equal("root", one.GetProperty("account").GetString()));
        (await admin.GetAsync("/audit?last=many")).Refused(400, "bad_request");
        Assert.DoesNotContain("wrong password", (await admin.GetAsync("/audit?last=1000")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_are_shown_with_their_origin()
    {
        using WebClient admin = await site.ProgramAsync(WebSite.Admin);
        JsonElement[] settings = [.. (await admin.GetAsync("/settings")).Expect(200).Json.GetProperty("settings").EnumerateArray()];
        Assert.Contains(settings, one => one.GetProperty("name").GetString() == "listen");
        Assert.True(settings.Select(one => one.GetProperty("origin").GetString()).Distinct().Count() > 1);
    }
}
