using System.Text.RegularExpressions;
using Switchboard.EndToEnd.Ftp;

namespace Switchboard.EndToEnd.Web;

/// <summary>One port serves the native protocol and HTTP, and HTTP only under TLS.</summary>
public sealed class OnePortTests(WebSite site) : IClassFixture<WebSite>
{
    [Fact]
    public async Task The_native_client_and_browsers_come_in_at_the_same_port()
    {
        (await site.Server.ClientAsync(WebSite.User, WebSite.Password, "whoami")).Expect(0);
        CommandResult curl = await site.CurlAsync("", "-v", "--fail", $"https://{site.Server.Address}/healthz");
        Assert.Equal("ok\n", curl.Expect(0).Text);
        Assert.Contains("http/1.1", curl.Error, StringComparison.Ordinal);
        // One that offers HTTP/2 too gets what we speak.
        Assert.Equal("ok\n", (await site.CurlAsync("", "--http2", "--fail", $"https://{site.Server.Address}/healthz")).Expect(0).Text);
        Assert.Equal("ok\n", (await site.CurlAsync("", "--no-alpn", "--fail", $"https://{site.Server.Address}/healthz")).Expect(0).Text);
    }

    [Fact]
    public async Task A_client_that_says_nothing_of_protocols_is_heard_by_its_first_byte()
    {
        const string Script = """
            import http.client, ssl, sys
            context = ssl._create_unverified_context()
            line = http.client.HTTPSConnection(sys.argv[1], int(sys.argv[2]), context=context)
            for _ in range(3):
                line.request("GET", "/healthz")
                print(line.getresponse().read().decode(), end="")
            """;
        CommandResult python = await ClientPrograms.RunAsync("python3", "", "-c", Script, "127.0.0.1", $"{site.Server.Port}");
        Assert.Equal("ok\nok\nok\n", python.Expect(0).Text);
    }

    [Fact]
    public async Task Plain_HTTP_is_led_to_HTTPS_and_no_secret_is_taken_in_the_clear()
    {
        await using RawHttp raw = await RawHttp.ConnectAsync(site, tls: false);
        await raw.SendAsync($"GET /a%20b?c=d HTTP/1.1\r\nHost: {site.Server.Address}\r\n\r\n");
        string answer = await raw.ReadAsync();
        Assert.StartsWith("HTTP/1.1 307", answer, StringComparison.Ordinal);
        Assert.Contains($"Location: https://{site.Server.Address}/a%20b?c=d\r\n", answer, StringComparison.Ordinal);

        string body = $"{{\"user\":\"{WebSite.User}\",\"password\":\"{WebSite.Password}\"}}";
        string token = await site.TokenAsync(WebSite.User);
        foreach (string request in (string[])[
            $"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}",
            $"GET /api/v1/session HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n",
            "DELETE /api/v1/session HTTP/1.1\r\nHost: x\r\n\r\n",
            "PATCH /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"])
        {
            await using RawHttp plain = await RawHttp.ConnectAsync(site, tls: false);
            await plain.SendAsync(request);
            string refused = await plain.ReadAsync();
            Assert.StartsWith("HTTP/1.1 403", refused, StringComparison.Ordinal);
            Assert.Contains("tls_required", refused, StringComparison.Ordinal);
            Assert.DoesNotContain("Set-Cookie", refused, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Without_TLS_only_this_machine_is_heard_and_only_where_it_was_allowed()
    {
        await using WebSite other = await WebSite.StartAsync("--insecure");
        string token = await other.TokenAsync(WebSite.User);
        await using RawHttp plain = await RawHttp.ConnectAsync(other, tls: false);
        await plain.SendAsync($"GET /api/v1/session HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
        Assert.Contains("\"account\":\"ann\"", await plain.ReadAsync("\"server\""), StringComparison.Ordinal);
        // The native protocol is told apart by its first byte there too.
        (await other.Server.ClientAsync(WebSite.User, WebSite.Password, "whoami")).Expect(0);
    }

    [Fact]
    public async Task Health_and_readiness_are_told_without_a_login_and_metrics_with_an_admins()
    {
        using WebClient nobody = site.Browser(), admin = await site.ProgramAsync(WebSite.Admin);
        Assert.Equal("ok\n", (await nobody.GetAsync("/healthz")).Expect(200).Text);
        Assert.Equal("ready\n", (await nobody.GetAsync("/ready")).Expect(200).Text);
        (await nobody.GetAsync("/metrics")).Refused(401, "login_required");
        string text = (await admin.GetAsync("/metrics")).Expect(200).Text;
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(@"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+=""[^""]*""\})? [0-9.eE+-]+)$", line));
        Assert.Contains("switchboard_http_requests_total{status=\"2xx\"}", text, StringComparison.Ordinal);
        long before = Counted(text), after = Counted((await admin.GetAsync("/metrics")).Text);
        Assert.True(after > before, $"{after} after {before}");
    }

    [Fact]
    public async Task Methods_and_types_that_an_address_does_not_take_are_told()
    {
        using WebClient program = await site.ProgramAsync();
        WebAnswer method = (await program.PatchAsync("/space", new { })).Refused(405, "unsupported");
        Assert.Contains("GET", method.ContentHeaders.Allow);
        (await program.PatchAsync("/nowhere", new { })).Refused(405, "unsupported");
        (await program.GetAsync("/nowhere")).Refused(404, "not_found");
        (await program.SendAsync(HttpMethod.Post, "/move", new StringContent("{}"))).Refused(415, "unsupported");
        Assert.Equal("nosniff", method.Header("X-Content-Type-Options"));
    }

    [Fact]
    public async Task The_description_is_served_and_asked_for_again_only_when_it_changed()
    {
        using WebClient nobody = site.Browser();
        WebAnswer document = (await nobody.GetAsync("/api/openapi.json")).Expect(200);
        Assert.Equal("3.1.0", document.Json.GetProperty("openapi").GetString());
        (await nobody.GetAsync("/api/openapi.json", "If-None-Match: " + document.Header("ETag"))).Expect(304);
    }

    private static long Counted(string metrics)
        => Regex.Matches(metrics, @"^switchboard_http_requests_total\{[^}]*\} (\d+)", RegexOptions.Multiline).Sum(match => long.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture));
}
