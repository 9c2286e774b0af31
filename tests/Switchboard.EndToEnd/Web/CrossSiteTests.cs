using System.Net.Http.Headers;
using System.Text;

namespace Switchboard.EndToEnd.Web;

/// <summary>What a page of another site can make a browser send does nothing here.</summary>
public sealed class CrossSiteTests(WebSite site) : IClassFixture<WebSite>
{
    public static TheoryData<string, string> Changing => new()
    {
        { "POST", "/move" },
        { "PUT", "/password" },
        { "PUT", "/files/planted" },
        { "DELETE", "/files/precious" },
        { "POST", "/entries/planted" },
        { "DELETE", "/session" },
        { "POST", "/tokens" },
        { "POST", "/rooms/lobby/messages" },
        { "POST", "/jobs" },
        { "POST", "/tus" },
        { "POST", "/accounts" },
        { "PATCH", "/accounts/ann" },
        { "DELETE", "/sessions/1" },
    };

    [Theory]
    [MemberData(nameof(Changing))]
    public async Task With_the_cookie_alone_nothing_is_changed(string method, string address)
    {
        using WebClient browser = await site.LoggedInAsync();
        await browser.PutAsync("/files/precious", [1]);
        string own = browser.Origin!;
        foreach (string? origin in (string?[])[null, "https://evil.example", "null", own.Replace("https", "http", StringComparison.Ordinal), own + ".evil.example", own + ":1", ""])
        {
            browser.Origin = origin;
            (await browser.SendAsync(new HttpMethod(method), address, WebClient.Json(new { from = "/precious", to = "/gone", text = "x", name = "x" }))).Refused(403, "forbidden");
        }

        browser.Origin = own;
        (await browser.GetAsync("/files/precious")).Expect(200);
        (await browser.GetAsync("/entries/planted")).Refused(404, "not_found");
    }

    [Fact]
    public async Task A_host_that_was_made_up_is_not_ours_because_its_origin_says_the_same_unless_the_browser_went_there()
    {
        using WebClient browser = await site.LoggedInAsync();
        browser.Origin = "https://evil.example";
        (await browser.SendAsync(HttpMethod.Put, "/files/rebound", new ByteArrayContent([1]), "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example")).Refused(403, "forbidden");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData(null)]
    public async Task A_form_logs_nobody_in(string? type)
    {
        using WebClient browser = site.Browser();
        browser.Origin = "https://evil.example";
        ByteArrayContent body = new(Encoding.UTF8.GetBytes($"{{\"user\":\"{WebSite.User}\",\"password\":\"{WebSite.Password}\"}}"));
        body.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        WebAnswer answer = (await browser.SendAsync(HttpMethod.Post, "/session", body)).Refused(415, "unsupported");
        Assert.Null(answer.Header("Set-Cookie"));
    }

    [Fact]
    public async Task No_answer_lets_another_site_read_it_and_preflights_are_not_granted()
    {
        using WebClient browser = await site.LoggedInAsync();
        foreach (WebAnswer answer in (WebAnswer[])[
            await browser.GetAsync("/session", "Origin: https://evil.example"),
            await browser.GetAsync("/files/none", "Origin: https://evil.example"),
            await browser.SendAsync(HttpMethod.Options, "/files/precious", null, "Access-Control-Request-Method: DELETE"),
            await browser.SendAsync(HttpMethod.Options, "/tus", null, "Access-Control-Request-Method: POST")])
        {
            Assert.Null(answer.Header("Access-Control-Allow-Origin"));
            Assert.Null(answer.Header("Access-Control-Allow-Credentials"));
            Assert.Equal("same-origin", answer.Header("Cross-Origin-Resource-Policy"));
        }
    }

    [Fact]
    public async Task A_cookie_beside_a_token_does_not_lend_it_its_rights()
    {
        using WebClient browser = await site.LoggedInAsync(WebSite.Admin);
        (await browser.GetAsync("/accounts", "Authorization: Bearer sbt_x_y")).Refused(401, "login_required");
    }
}
