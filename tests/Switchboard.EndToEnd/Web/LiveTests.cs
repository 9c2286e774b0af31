using System.Text;
using System.Text.Json;
using Switchboard.EndToEnd.Commands;

namespace Switchboard.EndToEnd.Web;

/// <summary>The native protocol over a WebSocket: changes, chat, jobs.</summary>
public sealed class LiveTests(WebSite site) : IClassFixture<WebSite>
{
    [Fact]
    public async Task Whoever_watches_is_told_what_changes()
    {
        using WebClient browser = await site.LoggedInAsync(), program = await site.ProgramAsync();
        await using LiveWire live = await LiveWire.OpenAsync(site, browser);
        await live.SendAsync(new { type = "watch", id = 1 });
        long version = (await live.ReadAsync("news")).Header.GetProperty("version").GetInt64();
        (await program.PutAsync("/files/watched/new.txt?parents", new byte[1000])).Expect(201);
        JsonElement news = (await live.ReadAsync("news", header => Names(header, "folders").Contains("/watched"))).Header;
        Assert.True(news.GetProperty("version").GetInt64() > version);

        TusUpload upload = await TusUpload.BeginAsync(program, "watched/part", 100_000);
        (await upload.AppendAsync(0, new byte[50_000])).Expect(204);
        news = (await live.ReadAsync("news", header => header.GetProperty("uploads").EnumerateArray().Any(one => one.GetProperty("offset").GetInt64() == 50_000))).Header;
        Assert.InRange(news.GetProperty("partial").GetInt64(), 50_000, long.MaxValue);
        await live.SendAsync(new { type = "unwatch", id = 1 });
        await live.ReadAsync("ok");
    }

    [Fact]
    public async Task Two_in_a_room_hear_each_other_however_their_frames_are_cut()
    {
        using WebClient browser = await site.LoggedInAsync(), program = await site.ProgramAsync(WebSite.Admin);
        await using LiveWire one = await LiveWire.OpenAsync(site, browser), other = await LiveWire.OpenAsync(site, program);
        await one.SendAsync(new { type = "join", id = 1, room = "lobby" }, pieces: 9);
        await other.SendAsync(new { type = "join", id = 1, room = "lobby" });
        await other.SendAsync(new { type = "ping", id = 1 });
        await one.SendAsync(new { type = "post", id = 1, room = "lobby", key = "k1" }, Encoding.UTF8.GetBytes("from the page 中文"), pieces: 30);
        var (header, payload) = await other.ReadAsync("message", message => message.TryGetProperty("from", out JsonElement from) && from.GetString() == WebSite.User);
        Assert.Equal("from the page 中文", payload.Length > 0 ? Encoding.UTF8.GetString(payload) : header.GetProperty("text").GetString());
        Assert.Contains("from the page 中文", (await program.GetAsync("/rooms/lobby/messages?last=5")).Expect(200).Json.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Each_browser_has_a_place_of_its_own_in_a_room()
    {
        using WebClient one = await site.LoggedInAsync(device: "web-one"), other = await site.LoggedInAsync(device: "web-other");
        await using (LiveWire live = await LiveWire.OpenAsync(site, one))
        {
            await live.SendAsync(new { type = "room-add", id = 1, room = "places" });
            await live.ReadAsync("ok");
            (await one.PostAsync("/rooms/places/messages", new { text = "to be read in one" })).Expect(200);
            await live.SendAsync(new { type = "join", id = 2, room = "places" });
            await live.SendAsync(new { type = "seen", id = 2, room = "places", number = 1 });
            await live.SendAsync(new { type = "leave", id = 2 });
            await live.ReadAsync("ok");
        }

        // What one has read is still to come in the other.
        Assert.Equal(2, await NextAsync(one));
        Assert.Equal(1, await NextAsync(other));
    }

    /// <summary>The message that a browser is told first where it comes in.</summary>
    private async Task<long> NextAsync(WebClient browser)
    {
        await using LiveWire live = await LiveWire.OpenAsync(site, browser);
        await live.SendAsync(new { type = "join", id = 1, room = "places" });
        return (await live.ReadAsync("joined")).Header.GetProperty("next").GetInt64();
    }

    [Fact]
    public async Task A_job_started_in_the_page_tells_its_output_as_it_comes()
    {
        Assert.SkipUnless(Programs.Has("bwrap"), "skipped: bubblewrap is not installed");
        using WebClient browser = await site.LoggedInAsync();
        await using LiveWire live = await LiveWire.OpenAsync(site, browser);
        await live.SendAsync(new { type = "run", id = 1, arguments = 3, key = Guid.NewGuid().ToString("N") }, "sh\0-c\0echo out; echo err >&2; exit 3\0"u8.ToArray());
        StringBuilder output = new();
        JsonElement exit = default;
        while (exit.ValueKind == JsonValueKind.Undefined)
        {
            var (header, payload) = (await live.TryReadAsync())!.Value;
            string type = header.GetProperty("type").GetString()!;
            Assert.SkipWhen(type == "error" && header.GetProperty("code").GetString() == "run_unavailable", "skipped: this machine runs no commands: " + header);
            Assert.NotEqual("error", type);
            output.Append(Encoding.UTF8.GetString(payload));
            exit = header.TryGetProperty("exit", out JsonElement code) ? code : exit;
        }

        Assert.Equal(3, exit.GetInt32());
        Assert.Contains("out\n", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_are_told_in_the_language_that_was_asked_for()
    {
        using WebClient browser = await site.LoggedInAsync();
        await using LiveWire live = await LiveWire.OpenAsync(site, browser, "?lang=zh");
        await live.SendAsync(new { type = "stat", id = 7, path = "/none" });
        JsonElement error = (await live.ReadAsync("error")).Header;
        Assert.Equal((7, "not_found"), (error.GetProperty("id").GetInt32(), error.GetProperty("code").GetString()));
        Assert.Contains(error.GetProperty("message").GetString()!, letter => letter is >= '\u4e00' and <= '\u9fff');
    }

    [Fact]
    public async Task Garbage_ends_the_connection_and_nothing_else()
    {
        using WebClient browser = await site.LoggedInAsync();
        await using LiveWire live = await LiveWire.OpenAsync(site, browser), healthy = await LiveWire.OpenAsync(site, browser);
        await live.SendAsync(new { type = "no such type", id = 1 });
        await live.ReadAsync("error");
        await live.SendAsync(new { type = 5 });
        await live.EndAsync();
        await healthy.SendAsync(new { type = "stat", id = 1, path = "/" });
        await healthy.ReadAsync("ok");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("https://evil.example")]
    [InlineData("http://127.0.0.1")]
    [InlineData("null")]
    public async Task A_page_of_another_site_opens_nothing_with_the_cookie(string? origin)
    {
        using WebClient browser = await site.LoggedInAsync();
        browser.Origin = null;
        LiveRefusedException refused = await Assert.ThrowsAsync<LiveRefusedException>(() => LiveWire.OpenAsync(site, browser, origin: origin));
        Assert.Equal(403, refused.Status);
    }

    [Fact]
    public async Task Nobody_opens_one_without_a_login_and_it_is_no_page()
    {
        using WebClient nobody = site.Browser();
        Assert.Equal(401, (await Assert.ThrowsAsync<LiveRefusedException>(() => LiveWire.OpenAsync(site, nobody))).Status);
        using WebClient browser = await site.LoggedInAsync();
        (await browser.GetAsync("/live")).Refused(400, "bad_request");
    }

    private static string[] Names(JsonElement header, string field)
        => header.TryGetProperty(field, out JsonElement names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];
}
