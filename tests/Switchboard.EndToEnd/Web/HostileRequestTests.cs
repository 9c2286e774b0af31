using System.Net;
using System.Net.Sockets;
using System.Text;
using Switchboard.EndToEnd.Campaigns;
using Switchboard.EndToEnd.Commands;

namespace Switchboard.EndToEnd.Web;

/// <summary>Requests that are too large, too slow, ambiguous, or told to the wrong ears.</summary>
public sealed class HostileRequestTests(WebSite site) : IClassFixture<WebSite>
{
    [Theory]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde")]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4\r\n\r\nabcd")]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, identity\r\n\r\n")]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\nabcd")]
    [InlineData("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.1\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: x\r\n folded: header\r\n\r\n")]
    [InlineData("GET /health\0z HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n")]
    [InlineData("GET /healthz HTTP/3.0\r\nHost: x\r\n\r\n")]
    [InlineData("GET healthz HTTP/1.1\r\nHost: x\r\n\r\n")]
    public async Task What_two_readers_could_read_in_two_ways_is_refused_and_ends_the_connection(string request)
    {
        await using RawHttp raw = await RawHttp.ConnectAsync(site);
        await raw.SendAsync(request);
        string answer = await raw.ReadAsync();
        Assert.InRange(RawHttp.StatusOf(answer), 400, 505);
        // One answer: what came behind it was no request.
        Assert.Equal(1, answer.Split("HTTP/1.1 ").Length - 1);
    }

    [Theory]
    [InlineData("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n")]
    [InlineData("TRACE /api/v1/session HTTP/1.1\r\nHost: x\r\nX-Secret: y\r\n\r\n")]
    [InlineData("GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")]
    public async Task Nobody_is_led_on_to_another_server_and_nothing_is_sent_back(string request) =>
        Assert.InRange(await RawHttp.StatusAsync(site, request), 400, 501);

    [Fact]
    public async Task Headers_beyond_all_measure_are_refused()
    {
        string[] requests =
        [
            $"GET /healthz HTTP/1.1\r\nHost: x\r\nX: {new string('a', 100_000)}\r\n\r\n",
            $"GET /healthz HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Range(0, 500).Select(i => $"X-{i}: y\r\n"))}\r\n",
            $"GET /{new string('a', 100_000)} HTTP/1.1\r\nHost: x\r\n\r\n",
        ];
        foreach (string request in requests)
        {
            Assert.InRange(await RawHttp.StatusAsync(site, request), 400, 499);
        }
    }

    [Fact]
    public async Task A_JSON_body_has_its_limit_whether_its_length_is_told_or_not()
    {
        using WebClient program = await site.ProgramAsync();
        (await program.PostAsync("/move", new { from = "/a", to = new string('b', 300_000) })).Refused(413, "over_limit");
        string json = $"{{\"from\":\"/a\",\"to\":\"{new string('b', 300_000)}\"}}";
        string chunked = $"POST /api/v1/move HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {program.Token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{json.Length:x}\r\n{json}\r\n0\r\n\r\n";
        Assert.Equal(413, await RawHttp.StatusAsync(site, chunked));
        (await program.PostAsync("/move", new { from = "/none", to = new string('b', 200_000) })).Expect(400);
        string deep = string.Concat(Enumerable.Repeat("{\"from\":", 5_000));
        (await program.SendAsync(HttpMethod.Post, "/move", new StringContent(deep, Encoding.UTF8, "application/json"))).Refused(400, "bad_request");
        (await program.SendAsync(HttpMethod.Post, "/move", new StringContent("{\"from\":\"\\ud800\",\"to\":\"x\"}", Encoding.UTF8, "application/json"))).Expect(400);
    }

    [Fact]
    public async Task A_refusal_is_never_overtaken_by_the_end_of_the_line()
    {
        // Refused at its header, while the rest of the body is still coming.
        using WebClient program = await site.ProgramAsync();
        for (int i = 0; i < 40; i++)
        {
            (await program.PostAsync("/move", new { from = "/a", to = new string('b', 3_000_000) })).Refused(413, "over_limit");
        }
    }

    [Fact]
    public async Task Whoever_takes_forever_to_say_what_he_wants_is_ended_and_others_are_served_meanwhile()
    {
        await using WebSite other = await WebSite.StartWithAsync("login-timeout = 2s");
        await using RawHttp silent = await RawHttp.ConnectAsync(other), slow = await RawHttp.ConnectAsync(other);
        Task<string> first = silent.ReadAsync(), second = slow.ReadAsync();
        using WebClient honest = await other.ProgramAsync();
        await slow.SendAsync("GET /healthz HTTP/1.1\r\nHost: x\r\nX: ");
        using PeriodicTimer drop = new(TimeSpan.FromMilliseconds(200));
        while (!(first.IsCompleted && second.IsCompleted))
        {
            await drop.WaitForNextTickAsync();
            try
            {
                await slow.SendAsync("a");
            }
            catch (IOException)
            {
                // It was ended.
            }

            (await honest.GetAsync("/space")).Expect(200);
        }

        Assert.DoesNotContain("200 OK", await second, StringComparison.Ordinal);
        Assert.DoesNotContain("200 OK", await first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_trickles_does_not_hold_up_anybody_else()
    {
        using WebClient program = await site.ProgramAsync();
        List<RawHttp> slow = [];
        for (int i = 0; i < 20; i++)
        {
            RawHttp raw = await RawHttp.ConnectAsync(site);
            await raw.SendAsync($"PUT /api/v1/files/slow{i} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {program.Token}\r\nContent-Length: 100\r\n\r\na");
            slow.Add(raw);
        }

        for (int i = 0; i < 20; i++)
        {
            (await program.PutAsync("/files/quick", new byte[100_000])).Expect(i == 0 ? 201 : 200);
        }

        foreach (RawHttp raw in slow)
        {
            await raw.DisposeAsync();
        }

        Assert.Equal(404, (await program.GetAsync("/files/slow0")).Status);
    }

    [Fact]
    public async Task An_upgrade_that_is_none_is_refused()
    {
        using WebClient program = await site.ProgramAsync();
        foreach (string headers in (string[])["Upgrade: h2c\r\nConnection: Upgrade\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"])
        {
            Assert.InRange(await RawHttp.StatusAsync(site, $"GET /api/v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {program.Token}\r\n{headers}\r\n"), 400, 499);
        }
    }

    [Fact]
    public async Task Secrets_are_told_once_and_stand_in_no_address_and_no_log()
    {
        await using WebSite other = await WebSite.StartAsync("--log-level", "debug");
        using WebClient browser = await other.LoggedInAsync(), admin = await other.ProgramAsync(WebSite.Admin), guesser = other.Browser();
        await guesser.LoginAsync(WebSite.User, "a guess at it");
        string token = (await browser.PostAsync("/tokens", new { label = "x" })).Expect(201).Json.GetProperty("token").GetString()!;
        string made = (await admin.PostAsync("/accounts", new { name = "fresh" })).Expect(201).Json.GetProperty("password").GetString()!;
        await browser.GetAsync("/files/none?token=" + token);
        // A token in an address opens nothing.
        using WebClient nobody = other.Browser();
        foreach (string query in (string[])["token", "access_token", "bearer", "authorization"])
        {
            (await nobody.GetAsync($"/space?{query}={token}")).Refused(401, "login_required");
        }

        await other.Server.StopAsync();
        string written = string.Concat(Directory.GetFiles(other.Server.Data, "switchboard.db*").Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file)))) + other.Server.Log;
        // sbt_ID_SECRET: the secret may hold underscores itself, the id may not.
        string secretPart = token.Split('_', 3)[2];
        Assert.All((string[])[token, secretPart, browser.Cookie!, admin.Token!, made, WebSite.Password, "a guess at it"], secret => Assert.DoesNotContain(secret, written, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_beyond_the_limit_of_an_address_are_told_and_others_come_in()
    {
        await using WebSite other = await WebSite.StartWithAsync("max-connections-per-address = 4", "connection-wait = 1s");
        IPAddress crowded = IPAddress.Parse("127.0.0.9");
        List<RawHttp> held = [];
        for (int i = 0; i < 4; i++)
        {
            held.Add(await RawHttp.ConnectAsync(other, from: crowded));
        }

        await using (RawHttp fifth = await RawHttp.ConnectAsync(other, from: crowded))
        {
            await fifth.SendAsync("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
            string told = await fifth.ReadAsync();
            Assert.StartsWith("HTTP/1.1 503", told, StringComparison.Ordinal);
            Assert.Contains("too_many_connections", told, StringComparison.Ordinal);
            Assert.Contains("Retry-After:", told, StringComparison.OrdinalIgnoreCase);
        }

        using WebClient elsewhere = other.Browser();
        (await elsewhere.GetAsync("/healthz")).Expect(200);
        foreach (RawHttp raw in held)
        {
            await raw.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_server_that_stops_finishes_what_it_began_or_says_why_not()
    {
        await using WebSite other = await WebSite.StartAsync();
        using WebClient program = await other.ProgramAsync();
        (await program.PutAsync("/files/f", new byte[1_000_000])).Expect(201);
        await using LiveWire live = await LiveWire.OpenAsync(other, program);
        Task<int> stopped = other.Server.StopAsync();
        await live.EndAsync();
        Assert.Equal(0, await stopped);
    }
}
