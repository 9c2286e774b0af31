using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Switchboard.EndToEnd.Ftp;

namespace Switchboard.EndToEnd.Web;

/// <summary>Files by HTTP: names, parts, conditions, digests, folders.</summary>
public sealed class FilesTests(WebSite site) : IClassFixture<WebSite>
{
    private static readonly byte[] Content = FtpSite.RandomBytes(100_000, 3);

    public static TheoryData<string> OddNames =>
    [
        "中文 文件.txt", " leading and trailing ", "100%", "%41", "%2e%2e", "a#b?c&d+e=f;g", "a\"b'c<d>e\\f", "~", "-rf", "…", "😀.png",
        new string('x', 255), new string('名', 85), "a.", "con", "a:b*c|d", "..a", "...", "é", "{path}", "C:\\x",
    ];

    [Theory]
    [MemberData(nameof(OddNames))]
    public async Task A_name_comes_back_as_it_went_in(string name)
    {
        using WebClient program = await site.ProgramAsync();
        string address = "/files/odd/" + Uri.EscapeDataString(name);
        (await program.PutAsync(address + "?parents", Encoding.UTF8.GetBytes(name))).Expect(201);
        WebAnswer got = (await program.GetAsync(address)).Expect(200);
        Assert.Equal(name, got.Text);
        Assert.DoesNotContain(got.Header("Content-Disposition")!, char.IsControl);
        Assert.Contains((await program.GetAsync("/entries/odd")).Json.GetProperty("entries").EnumerateArray(), entry => entry.GetProperty("path").GetString()!.TrimStart('/') == name);
        Assert.Equal("/odd/" + name, (await program.GetAsync("/entries/odd/" + Uri.EscapeDataString(name))).Expect(200).Json.GetProperty("entry").GetProperty("path").GetString());
        Assert.True(File.Exists(site.Stored("odd/" + name)));
        (await program.DeleteAsync(address)).Expect(204);
        (await program.GetAsync(address)).Refused(404, "not_found");
    }

    [Fact]
    public async Task A_name_that_is_none_is_told_so()
    {
        using WebClient program = await site.ProgramAsync();
        (await program.PutAsync("/files/tab%09here", [1])).Refused(400, "bad_name");
        (await program.PutAsync("/files/new%0Aline", [1])).Refused(400, "bad_name");
        (await program.PutAsync("/files/a%2Fb", [1])).Refused(400, "bad_name");
        (await program.PutAsync("/files/" + new string('x', 256), [1])).Refused(400, "bad_name");
        (await program.PutAsync("/files/" + Uri.EscapeDataString(new string('名', 86)), [1])).Refused(400, "bad_name");
    }

    [Theory]
    [InlineData("bytes=0-99", 0, 100)]
    [InlineData("bytes=99900-", 99_900, 100)]
    [InlineData("bytes=-100", 99_900, 100)]
    [InlineData("bytes=50000-999999", 50_000, 50_000)]
    public async Task A_part_is_the_part_that_was_asked_for(string range, int offset, int length)
    {
        using WebClient program = await site.ProgramAsync();
        await program.PutAsync("/files/part", Content);
        WebAnswer part = (await program.GetAsync("/files/part", "Range: " + range)).Expect(206);
        Assert.Equal(Content[offset..(offset + length)], part.Body);
        Assert.Equal($"bytes {offset}-{offset + length - 1}/{Content.Length}", part.Header("Content-Range"));
    }

    [Fact]
    public async Task Ranges_that_cannot_be_served_are_told_and_several_are_answered_whole()
    {
        using WebClient program = await site.ProgramAsync();
        await program.PutAsync("/files/ranges", Content);
        WebAnswer beyond = (await program.GetAsync("/files/ranges", "Range: bytes=100000-")).Expect(416);
        Assert.Equal("bytes */100000", beyond.Header("Content-Range"));
        Assert.Equal(Content, (await program.GetAsync("/files/ranges", "Range: bytes=0-1,5-6")).Expect(200).Body);
        Assert.Equal(Content, (await program.GetAsync("/files/ranges", "Range: lines=0-1")).Expect(200).Body);
        WebAnswer head = (await program.HeadAsync("/files/ranges", "Range: bytes=0-1")).Expect(200);
        Assert.Equal("100000", head.Header("Content-Length"));
    }

    [Fact]
    public async Task What_a_client_has_is_not_sent_again_and_a_changed_file_is_not_joined_to_it()
    {
        using WebClient program = await site.ProgramAsync();
        await program.PutAsync("/files/tagged", Content);
        WebAnswer first = (await program.GetAsync("/files/tagged")).Expect(200);
        string tag = first.Header("ETag")!, time = first.Header("Last-Modified")!;
        Assert.Empty((await program.GetAsync("/files/tagged", "If-None-Match: " + tag)).Expect(304).Body);
        (await program.GetAsync("/files/tagged", "If-Modified-Since: " + time)).Expect(304);
        (await program.GetAsync("/files/tagged", "Range: bytes=0-9", "If-Range: " + tag)).Expect(206);
        await program.PutAsync("/files/tagged", Content[..50_000]);
        WebAnswer second = (await program.GetAsync("/files/tagged", "Range: bytes=0-9", "If-Range: " + tag)).Expect(200);
        Assert.Equal(50_000, second.Body.Length);
        Assert.NotEqual(tag, second.Header("ETag"));
        (await program.GetAsync("/files/tagged", "If-Match: " + tag)).Expect(412);
        (await program.PutAsync("/files/tagged", [1], "If-Match: " + tag)).Refused(409, "source_changed");
        (await program.PutAsync("/files/tagged", [1], "If-Match: " + second.Header("ETag"))).Expect(200);
        (await program.PutAsync("/files/missing", [1], "If-Match: *")).Refused(404, "not_found");
    }

    [Fact]
    public async Task HEAD_tells_what_GET_would()
    {
        using WebClient program = await site.ProgramAsync();
        await program.PutAsync("/files/head", Content);
        WebAnswer head = (await program.HeadAsync("/files/head")).Expect(200), get = (await program.GetAsync("/files/head")).Expect(200);
        Assert.Empty(head.Body);
        Assert.All((string[])["ETag", "Last-Modified", "Content-Length", "Content-Disposition", "Content-Type", "Repr-Digest", "Accept-Ranges"], name => Assert.Equal(get.Header(name), head.Header(name)));
        (await program.HeadAsync("/files/none")).Expect(404);
    }

    [Fact]
    public async Task A_digest_is_told_compared_and_made_up_for()
    {
        using WebClient program = await site.ProgramAsync();
        byte[] digest = SHA256.HashData(Content);
        string field = $"sha-256=:{Convert.ToBase64String(digest)}:";
        Assert.Equal(Convert.ToHexStringLower(digest), (await program.PutAsync("/files/digest", Content, "Repr-Digest: " + field)).Expect(201).Json.GetProperty("sha256").GetString());
        Assert.Equal(field, (await program.GetAsync("/files/digest")).Header("Repr-Digest"));
        (await program.PutAsync("/files/digest", Content[1..], "Repr-Digest: " + field)).Refused(422, "digest_mismatch");
        (await program.PutAsync("/files/digest", Content[1..], "X-Sha256: " + Convert.ToHexString(digest))).Refused(422, "digest_mismatch");
        (await program.PutAsync("/files/digest", Content, "Repr-Digest: sha-256=:AAAA:")).Refused(400, "bad_request");
        Assert.Equal(Content, (await program.GetAsync("/files/digest")).Body);

        // Left in the home by another program: nobody has computed it yet.
        await site.PlaceAsync("found", Content);
        WebAnswer found = (await program.GetAsync("/files/found")).Expect(200);
        Assert.Null(found.Header("Repr-Digest"));
        await Commands.CommandSite.EventuallyAsync(async () => (await program.HeadAsync("/files/found")).Header("Repr-Digest") == field, "the digest is on record");
    }

    [Fact]
    public async Task Where_a_file_stands_already_the_sender_chooses()
    {
        using WebClient program = await site.ProgramAsync();
        (await program.PutAsync("/files/stands.txt", "1"u8.ToArray())).Expect(201);
        (await program.PutAsync("/files/stands.txt", "2"u8.ToArray())).Expect(200);
        (await program.PutAsync("/files/stands.txt?if_exists=fail", "3"u8.ToArray())).Refused(409, "exists");
        (await program.PutAsync("/files/stands.txt", "3"u8.ToArray(), "If-None-Match: *")).Refused(409, "exists");
        Assert.True((await program.PutAsync("/files/stands.txt?if_exists=skip", "3"u8.ToArray())).Expect(200).Json.GetProperty("skipped").GetBoolean());
        Assert.Equal("2", (await program.GetAsync("/files/stands.txt")).Text);
        Assert.Equal("/stands (1).txt", (await program.PutAsync("/files/stands.txt?if_exists=keep-both", "3"u8.ToArray())).Expect(201).Json.GetProperty("path").GetString());
        (await program.PutAsync("/files/stands.txt?if_exists=perhaps", "3"u8.ToArray())).Refused(400, "bad_request");
        (await program.PutAsync("/files/no/such/folder", "3"u8.ToArray())).Refused(404, "not_found");
        (await program.PutAsync("/files/no/such/folder?parents", "3"u8.ToArray())).Expect(201);
        (await program.PutAsync("/files/timed", "3"u8.ToArray(), "X-Modified: 1000000000000000")).Expect(201);
        Assert.Equal("Sun, 09 Sep 2001 01:46:40 GMT", (await program.HeadAsync("/files/timed")).Header("Last-Modified"));
    }

    [Fact]
    public async Task Folders_are_made_listed_searched_moved_and_removed()
    {
        using WebClient program = await site.ProgramAsync();
        (await program.PostAsync("/entries/tree/deep?parents")).Expect(201);
        (await program.PostAsync("/entries/tree")).Refused(409, "exists");
        (await program.PostAsync("/entries/none/below")).Refused(404, "not_found");
        await program.PutAsync("/files/tree/Needle.txt", [1]);
        await program.PutAsync("/files/tree/deep/a%20needle", [1, 2]);
        Assert.Equal(["/Needle.txt", "/deep"], Paths(await program.GetAsync("/entries/tree")));
        Assert.Equal(["/Needle.txt", "/deep", "/deep/a needle"], Paths(await program.GetAsync("/entries/tree?recursive")));
        Assert.Equal(["/Needle.txt", "/deep/a needle"], Paths(await program.GetAsync("/entries/tree?search=NEEDLE")));
        Assert.Empty(Paths(await program.GetAsync("/entries/tree?search=hay")));
        (await program.GetAsync("/files/tree")).Refused(409, "is_a_folder");

        (await program.PostAsync("/move", new { from = "/tree/Needle.txt", to = "/tree/pin" })).Expect(204);
        (await program.PostAsync("/move", new { from = "/tree/pin", to = "/tree/deep/a needle" })).Refused(409, "exists");
        (await program.PostAsync("/move", new { from = "/tree/pin", to = "/tree/deep/a needle", overwrite = true })).Expect(204);
        Assert.InRange((await program.PostAsync("/move", new { from = "/tree", to = "/tree/deep/tree" })).Status, 400, 409);
        (await program.DeleteAsync("/files/tree")).Refused(409, "not_empty");
        (await program.DeleteAsync("/files/tree?recursive")).Expect(204);
        (await program.GetAsync("/entries/tree")).Refused(404, "not_found");
        (await program.DeleteAsync("/files/tree")).Refused(404, "not_found");
    }

    [Fact]
    public async Task The_room_that_is_left_is_told()
    {
        await site.AddAsync("small", "1MB");
        using WebClient program = await site.ProgramAsync("small");
        await program.PutAsync("/files/a", new byte[400_000]);
        JsonElement space = (await program.GetAsync("/space")).Expect(200).Json;
        long quota = space.GetProperty("quota").GetInt64();
        Assert.Equal((400_000, quota - 400_000), (space.GetProperty("used").GetInt64(), space.GetProperty("free").GetInt64()));
        JsonElement error = (await program.PutAsync("/files/b", new byte[quota])).Refused(507, "over_quota").Json.GetProperty("error");
        Assert.Equal((quota - 400_000, 400_000), (error.GetProperty("free").GetInt64(), error.GetProperty("missing").GetInt64()));
        Assert.Equal(400_000, (await program.GetAsync("/space")).Json.GetProperty("used").GetInt64());
    }

    [Fact]
    public async Task An_interrupted_PUT_is_offered_for_resume_and_the_old_file_stays()
    {
        using WebClient program = await site.ProgramAsync();
        (await program.PutAsync("/files/cut", "old"u8.ToArray())).Expect(201);
        await using (RawHttp raw = await RawHttp.ConnectAsync(site))
        {
            await raw.SendAsync($"PUT /api/v1/files/cut HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {program.Token}\r\nContent-Length: 1000000\r\n\r\n");
            await raw.SendAsync(new byte[500_000]);
            await Commands.CommandSite.EventuallyAsync(async () => Uploads(await program.GetAsync("/uploads"), "/cut").Any(one => one.GetProperty("offset").GetInt64() == 500_000), "all that was sent is there");
        }

        await Commands.CommandSite.EventuallyAsync(async () => Uploads(await program.GetAsync("/uploads"), "/cut").Any(one => !one.GetProperty("busy").GetBoolean()), "the cut is noticed");
        Assert.Equal("old", (await program.GetAsync("/files/cut")).Text);
        JsonElement kept = Assert.Single(Uploads(await program.GetAsync("/uploads"), "/cut"));
        Assert.Equal(1_000_000, kept.GetProperty("size").GetInt64());
    }

    [Fact]
    public async Task Two_who_store_under_one_name_at_once_leave_one_of_the_two_whole()
    {
        using WebClient one = await site.ProgramAsync(), other = await site.LoggedInAsync();
        byte[][] contents = [.. Enumerable.Range(0, 8).Select(seed => FtpSite.RandomBytes(3_000_000, seed))];
        WebAnswer[] answers = await Task.WhenAll(contents.Select((bytes, i) => (i % 2 == 0 ? one : other).PutAsync("/files/raced", bytes)));
        string[] stored = [.. answers.Where(answer => answer.Status is 200 or 201).Select(answer => answer.Json.GetProperty("sha256").GetString()!)];
        Assert.NotEmpty(stored);
        Assert.All(answers.Where(answer => answer.Status is not (200 or 201)), answer => answer.Refused(423, "busy"));
        Assert.Contains(FtpSite.Digest((await one.GetAsync("/files/raced")).Expect(200).Body), stored);
    }

    [Fact]
    public async Task Curl_downloads_what_curl_uploaded_and_goes_on_where_it_stopped()
    {
        string token = await site.TokenAsync(WebSite.User), source = site.Local.RandomFile("curl", 3_000_000, 5), target = site.Local.At("curl.back");
        string url = $"https://{site.Server.Address}/api/v1/files/by%20curl";
        // In a file of options and not among the arguments, which everybody on the machine can read.
        string options = $"oauth2-bearer = \"{token}\"\n";
        (await site.CurlAsync(options, "-K", "-", "--fail", "-T", source, url)).Expect(0);
        await File.WriteAllBytesAsync(target, (await File.ReadAllBytesAsync(source))[..1_000_000]);
        (await site.CurlAsync(options, "-K", "-", "--fail", "-C", "-", "-o", target, url)).Expect(0);
        Assert.Equal(FtpSite.DigestOf(source), FtpSite.DigestOf(target));
    }

    private static string[] Paths(WebAnswer answer)
        => [.. answer.Expect(200).Json.GetProperty("entries").EnumerateArray().Select(entry => "/" + entry.GetProperty("path").GetString()!.TrimStart('/')).Order(StringComparer.Ordinal)];

    private static JsonElement[] Uploads(WebAnswer answer, string path)
        => [.. answer.Json.GetProperty("uploads").EnumerateArray().Where(one => one.GetProperty("path").GetString() == path)];
}
