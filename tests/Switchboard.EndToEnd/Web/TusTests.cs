using System.Globalization;
using System.Text.Json;
using Switchboard.EndToEnd.Ftp;

namespace Switchboard.EndToEnd.Web;

/// <summary>The tus protocol 1.0.0, its extensions, and uploads whose numbers lie.</summary>
public sealed class TusTests(WebSite site) : IClassFixture<WebSite>
{
    private static readonly byte[] Content = FtpSite.RandomBytes(1_000_000, 9);

    [Fact]
    public async Task What_is_spoken_is_told_without_a_login()
    {
        using WebClient nobody = site.Browser();
        WebAnswer answer = (await nobody.SendAsync(HttpMethod.Options, "/tus")).Expect(204);
        Assert.Equal(("1.0.0", "1.0.0"), (answer.Header("Tus-Resumable"), answer.Header("Tus-Version")));
        Assert.Equal(["checksum", "creation", "creation-with-upload", "expiration", "termination"], answer.Header("Tus-Extension")!.Split(',').Order(StringComparer.Ordinal));
        Assert.Equal("sha1,sha256,md5", answer.Header("Tus-Checksum-Algorithm"));
    }

    [Fact]
    public async Task An_upload_in_pieces_is_stored_with_the_last_one()
    {
        using WebClient browser = await site.LoggedInAsync();
        TusUpload upload = await TusUpload.BeginAsync(browser, "new/folder/中文 1.bin", Content.Length, "modified=1767268800123456");
        Assert.Equal(0, await upload.OffsetAsync());
        WebAnswer first = (await upload.AppendAsync(0, Content.AsMemory(0, 400_000))).Expect(204);
        Assert.Equal("400000", first.Header("Upload-Offset"));
        DateTimeOffset expires = DateTimeOffset.ParseExact(first.Header("Upload-Expires")!, "r", CultureInfo.InvariantCulture);
        Assert.InRange(expires - DateTimeOffset.UtcNow, TimeSpan.FromHours(1), TimeSpan.FromDays(60));
        WebAnswer head = (await upload.ShowAsync()).Expect(200);
        Assert.Equal(("400000", "1000000", "no-store"), (head.Header("Upload-Offset"), head.Header("Upload-Length"), head.Header("Cache-Control")));
        Assert.Contains("path ", head.Header("Upload-Metadata"), StringComparison.Ordinal);
        JsonElement listed = (await browser.GetAsync("/uploads")).Expect(200).Json.GetProperty("uploads").EnumerateArray().Single(one => one.GetProperty("id").GetString() == upload.Id);
        Assert.Equal(("/new/folder/中文 1.bin", 400_000), (listed.GetProperty("path").GetString(), listed.GetProperty("offset").GetInt64()));

        WebAnswer last = (await upload.AppendAsync(400_000, Content.AsMemory(400_000))).Expect(204);
        Assert.Equal(FtpSite.Digest(Content), last.Header("X-Sha256"));
        Assert.Equal("/new/folder/中文 1.bin", Uri.UnescapeDataString(last.Header("X-Path")!));
        Assert.Equal(Content, (await browser.GetAsync("/files/" + WebClient.Encode("new/folder/中文 1.bin"))).Expect(200).Body);
        Assert.Equal(1_767_268_800_123_456, (await browser.GetAsync("/entries/" + WebClient.Encode("new/folder/中文 1.bin"))).Json.GetProperty("entry").GetProperty("modified").GetInt64());

        // Whoever missed that answer asks again.
        Assert.Equal(Content.Length, await upload.OffsetAsync());
        Assert.Equal(FtpSite.Digest(Content), (await upload.ShowAsync()).Header("X-Sha256"));
    }

    [Fact]
    public async Task An_upload_may_come_whole_with_its_creation_and_an_empty_one_needs_no_more()
    {
        using WebClient program = await site.ProgramAsync();
        WebAnswer whole = (await TusUpload.CreateAsync(program, TusUpload.Note("path=at once"), Content.Length, Content)).Expect(201);
        Assert.Equal(("1000000", FtpSite.Digest(Content)), (whole.Header("Upload-Offset"), whole.Header("X-Sha256")));
        WebAnswer part = (await TusUpload.CreateAsync(program, TusUpload.Note("path=begun at once"), Content.Length, Content[..1000])).Expect(201);
        Assert.Equal("1000", part.Header("Upload-Offset"));
        (await TusUpload.CreateAsync(program, TusUpload.Note("filename=empty"), 0)).Expect(201);
        Assert.Empty((await program.GetAsync("/files/empty")).Expect(200).Body);
    }

    [Theory]
    [InlineData("sha1")]
    [InlineData("sha256")]
    [InlineData("md5")]
    public async Task A_checksum_that_does_not_fit_drops_only_what_came_with_it(string algorithm)
    {
        using WebClient program = await site.ProgramAsync();
        TusUpload upload = await TusUpload.BeginAsync(program, "checked by " + algorithm, Content.Length);
        (await upload.AppendAsync(0, Content.AsMemory(0, 300_000), TusUpload.Checksum(algorithm, Content.AsSpan(0, 300_000)))).Expect(204);
        WebAnswer wrong = (await upload.AppendAsync(300_000, Content.AsMemory(300_000, 300_000), TusUpload.Checksum(algorithm, Content.AsSpan(0, 5)))).Expect(460);
        Assert.Equal("300000", wrong.Header("Upload-Offset"));
        Assert.Equal(300_000, await upload.OffsetAsync());
        // The last piece too: nothing is stored that was not proved.
        (await upload.AppendAsync(300_000, Content.AsMemory(300_000), TusUpload.Checksum(algorithm, Content.AsSpan(0, 5)))).Expect(460);
        (await program.GetAsync("/files/" + WebClient.Encode("checked by " + algorithm))).Refused(404, "not_found");
        WebAnswer stored = (await upload.AppendAsync(300_000, Content.AsMemory(300_000), TusUpload.Checksum(algorithm, Content.AsSpan(300_000)))).Expect(204);
        Assert.Equal(FtpSite.Digest(Content), stored.Header("X-Sha256"));
    }

    [Theory]
    [InlineData("Upload-Checksum: sha512 AAAA")]
    [InlineData("Upload-Checksum: sha256")]
    [InlineData("Upload-Checksum: sha256 not-base64!")]
    [InlineData("Upload-Checksum: md5,sha1 AAAA")]
    public async Task A_checksum_that_is_none_takes_nothing(string field)
    {
        using WebClient program = await site.ProgramAsync();
        TusUpload upload = await TusUpload.BeginAsync(program, "odd checksum " + field.GetHashCode(StringComparison.Ordinal), 1000);
        (await upload.AppendAsync(0, new byte[1000], field)).Refused(400, "bad_request");
        Assert.Equal(0, await upload.OffsetAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(101)]
    [InlineData(1000)]
    [InlineData(long.MaxValue)]
    public async Task Bytes_for_another_place_than_the_next_are_refused(long offset)
    {
        using WebClient program = await site.ProgramAsync();
        TusUpload upload = await TusUpload.BeginAsync(program, $"placed {offset}", 1000);
        (await upload.AppendAsync(0, new byte[100])).Expect(204);
        (await upload.AppendAsync(offset, new byte[10])).Refused(409, "bad_offset");
        Assert.Equal(100, await upload.OffsetAsync());
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("99999999999999999999")]
    [InlineData("0x10")]
    [InlineData("1.5")]
    public async Task A_length_that_is_none_begins_nothing(string length)
    {
        using WebClient program = await site.ProgramAsync();
        (await program.SendAsync(HttpMethod.Post, "/tus", null, TusUpload.Version, "Upload-Length: " + length, "Upload-Metadata: " + TusUpload.Note("path=odd length"))).Refused(400, "bad_request");
    }

    [Theory]
    [InlineData("-1", 400, "bad_request")]
    [InlineData("zero", 400, "bad_request")]
    [InlineData("99999999999999999999", 400, "bad_request")]
    public async Task An_offset_that_is_none_takes_nothing(string offset, int status, string code)
    {
        using WebClient program = await site.ProgramAsync();
        TusUpload upload = await TusUpload.BeginAsync(program, "odd offset " + offset, 1000);
        WebAnswer answer = await program.SendAsync(HttpMethod.Patch, upload.Address, TusUpload.Content(new byte[10]), TusUpload.Version, "Upload-Offset: " + offset);
        if (offset == "-1")
        {
            Assert.InRange(answer.Status, 400, 409);
        }
        else
        {
            answer.Refused(status, code);
        }

        Assert.Equal(0, await upload.OffsetAsync());
    }

    [Fact]
    public async Task A_length_nobody_has_room_for_is_refused_before_the_first_byte()
    {
        using WebClient program = await site.ProgramAsync();
        (await TusUpload.CreateAsync(program, TusUpload.Note("path=immense"), long.MaxValue)).Expect(507);
        (await TusUpload.CreateAsync(program, TusUpload.Note("path=immense"), 1L << 60)).Expect(507);
        Assert.DoesNotContain("immense", (await program.GetAsync("/uploads")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_was_announced_is_refused_and_what_fits_is_kept()
    {
        using WebClient program = await site.ProgramAsync();
        TusUpload upload = await TusUpload.BeginAsync(program, "too much", 1000);
        (await upload.AppendAsync(0, new byte[2000])).Refused(413, "size_mismatch");
        Assert.InRange(await upload.OffsetAsync(), 0, 999);
        (await program.GetAsync("/files/too%20much")).Refused(404, "not_found");
    }

    [Fact]
    public async Task Fewer_bytes_than_the_body_announced_are_kept_and_nothing_is_stored()
    {
        using WebClient program = await site.ProgramAsync();
        TusUpload upload = await TusUpload.BeginAsync(program, "too little", 1_000_000);
        await using (RawHttp raw = await RawHttp.ConnectAsync(site))
        {
            await raw.SendAsync($"PATCH /api/v1{upload.Address} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {program.Token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
                + "Content-Type: application/offset+octet-stream\r\nContent-Length: 1000000\r\n\r\n");
            await raw.SendAsync(Content.AsMemory(0, 600_000));
            await Commands.CommandSite.EventuallyAsync(async () => await upload.OffsetAsync() == 600_000, "all that was sent is there");
        }

        WebAnswer rest = default!;
        await Commands.CommandSite.EventuallyAsync(async () => (rest = await upload.AppendAsync(600_000, Content.AsMemory(600_000))).Status != 423, "the cut is noticed");
        Assert.Equal(FtpSite.Digest(Content), rest.Expect(204).Header("X-Sha256"));
    }

    [Fact]
    public async Task Two_who_write_one_upload_at_once_do_not_mix()
    {
        using WebClient one = await site.ProgramAsync(), other = await site.LoggedInAsync();
        for (int round = 0; round < 5; round++)
        {
            TusUpload upload = await TusUpload.BeginAsync(one, $"twice {round}", Content.Length), same = new(other, upload.Address);
            WebAnswer[] answers = await Task.WhenAll(upload.AppendAsync(0, Content), same.AppendAsync(0, Content));
            Assert.Contains(answers, answer => answer.Status == 204);
            Assert.All(answers.Where(answer => answer.Status != 204), answer => Assert.Contains(answer.Status, (int[])[404, 409, 423]));
            Assert.Equal(Content, (await one.GetAsync($"/files/twice%20{round}")).Expect(200).Body);
        }
    }

    [Fact]
    public async Task An_upload_that_was_given_up_is_gone_with_its_bytes()
    {
        using WebClient program = await site.ProgramAsync();
        long before = (await program.GetAsync("/space")).Json.GetProperty("used").GetInt64();
        TusUpload upload = await TusUpload.BeginAsync(program, "given up", Content.Length);
        (await upload.AppendAsync(0, Content.AsMemory(0, 500_000))).Expect(204);
        (await upload.DropAsync()).Expect(204);
        (await upload.ShowAsync()).Expect(404);
        (await upload.AppendAsync(500_000, Content.AsMemory(500_000))).Refused(404, "upload_unknown");
        (await upload.DropAsync()).Refused(404, "upload_unknown");
        Assert.Equal(before, (await program.GetAsync("/space")).Json.GetProperty("used").GetInt64());
    }

    [Fact]
    public async Task A_strangers_upload_is_none()
    {
        using WebClient program = await site.ProgramAsync(), stranger = await site.ProgramAsync(WebSite.Admin);
        TusUpload upload = await TusUpload.BeginAsync(program, "mine", 1000), theirs = new(stranger, upload.Address);
        (await theirs.ShowAsync()).Expect(404);
        (await theirs.AppendAsync(0, new byte[10])).Refused(404, "upload_unknown");
        (await theirs.DropAsync()).Refused(404, "upload_unknown");
        (await stranger.GetAsync($"/uploads/{upload.Id}/leaves")).Refused(404, "upload_unknown");
        Assert.Equal(0, await upload.OffsetAsync());
    }

    [Fact]
    public async Task A_whole_that_is_not_the_announced_one_is_not_stored()
    {
        using WebClient program = await site.ProgramAsync();
        TusUpload upload = await TusUpload.BeginAsync(program, "promised", Content.Length, "sha256=" + FtpSite.Digest(Content));
        (await upload.AppendAsync(0, new byte[Content.Length])).Refused(422, "digest_mismatch");
        (await program.GetAsync("/files/promised")).Refused(404, "not_found");
        (await upload.ShowAsync()).Expect(404);
        TusUpload again = await TusUpload.BeginAsync(program, "promised", Content.Length, "sha256=" + FtpSite.Digest(Content));
        (await again.AppendAsync(0, Content)).Expect(204);
    }

    [Fact]
    public async Task What_was_refused_taken_over_or_given_up_keeps_no_file_open()
    {
        using WebClient program = await site.ProgramAsync();
        for (int i = 0; i < 5; i++)
        {
            TusUpload wrong = await TusUpload.BeginAsync(program, "never", 1000, "sha256=" + FtpSite.Digest(Content));
            (await wrong.AppendAsync(0, new byte[1000])).Refused(422, "digest_mismatch");
            TusUpload dropped = await TusUpload.BeginAsync(program, "never", 1000);
            await Task.WhenAll(AppendUnlessCutAsync(dropped), dropped.DropAsync());
            await dropped.DropAsync();
        }

        // Removed from the disk and open all the same: room that nobody can use until the server ends.
        await Commands.CommandSite.EventuallyAsync(
            () => Task.FromResult(!Directory.GetFiles($"/proc/{site.Server.Pid}/fd").Any(IsRemoved)), "nothing that was removed is open");
    }

    // Given up while its bytes come, it is cut off; before and after, it is answered.
    private static async Task AppendUnlessCutAsync(TusUpload upload)
    {
        try
        {
            await upload.AppendAsync(0, new byte[500]);
        }
        catch (HttpRequestException cut)
        {
            Assert.IsType<IOException>(cut.InnerException, exactMatch: false);
        }
    }

    [Fact]
    public async Task What_was_said_of_a_file_that_stands_there_holds_at_the_end()
    {
        using WebClient program = await site.ProgramAsync();
        await program.PutAsync("/files/standing.txt", "old"u8.ToArray());
        (await TusUpload.CreateAsync(program, TusUpload.Note("path=standing.txt", "if_exists=fail"), 3)).Refused(409, "exists");
        (await TusUpload.CreateAsync(program, TusUpload.Note("path=standing.txt", "if_exists=skip"), 3)).Refused(409, "exists");
        TusUpload both = await TusUpload.BeginAsync(program, "standing.txt", 3, "if_exists=keep-both");
        Assert.Equal("/standing%20%281%29.txt", (await both.AppendAsync(0, "new"u8.ToArray())).Expect(204).Header("X-Path"));
        Assert.Equal("old", (await program.GetAsync("/files/standing.txt")).Text);
        TusUpload over = await TusUpload.BeginAsync(program, "standing.txt", 3);
        (await over.AppendAsync(0, "new"u8.ToArray())).Expect(204);
        Assert.Equal("new", (await program.GetAsync("/files/standing.txt")).Text);
    }

    [Theory]
    [InlineData("path")]
    [InlineData("type dGV4dA==")]
    [InlineData("path !!!")]
    [InlineData("path /w==")]
    public async Task A_file_without_a_name_begins_nothing(string note)
    {
        using WebClient program = await site.ProgramAsync();
        (await TusUpload.CreateAsync(program, note, 10)).Refused(400, "bad_request");
    }

    [Fact]
    public async Task Another_version_of_the_protocol_and_another_type_are_told()
    {
        using WebClient program = await site.ProgramAsync();
        TusUpload upload = await TusUpload.BeginAsync(program, "versions", 10);
        WebAnswer old = (await program.SendAsync(HttpMethod.Patch, upload.Address, TusUpload.Content(new byte[1]), "Tus-Resumable: 0.2.2", "Upload-Offset: 0")).Expect(412);
        Assert.Equal("1.0.0", old.Header("Tus-Version"));
        (await program.HeadAsync(upload.Address)).Expect(412);
        WebAnswer other = await program.SendAsync(HttpMethod.Patch, upload.Address, new ByteArrayContent(new byte[1]), TusUpload.Version, "Upload-Offset: 0");
        Assert.Contains(other.Status, (int[])[400, 415]);
        WebAnswer overridden = (await program.SendAsync(HttpMethod.Post, upload.Address, TusUpload.Content(new byte[10]), TusUpload.Version, "Upload-Offset: 0", "X-HTTP-Method-Override: PATCH")).Expect(204);
        Assert.Equal("10", overridden.Header("Upload-Offset"));
        (await program.SendAsync(HttpMethod.Post, upload.Address, TusUpload.Content(new byte[10]), TusUpload.Version, "X-HTTP-Method-Override: TRACE")).Refused(501, "unsupported");
    }

    [Fact]
    public async Task Digests_of_what_is_kept_are_those_of_its_leaves()
    {
        using WebClient program = await site.ProgramAsync();
        byte[] large = FtpSite.RandomBytes(6_000_000, 12);
        TusUpload upload = await TusUpload.BeginAsync(program, "leaves", large.Length);
        (await upload.AppendAsync(0, large.AsMemory(0, 5_000_000))).Expect(204);
        JsonElement leaves = (await program.GetAsync($"/uploads/{upload.Id}/leaves")).Expect(200).Json;
        Assert.Equal((4 << 20, 5_000_000), (leaves.GetProperty("leaf").GetInt32(), leaves.GetProperty("offset").GetInt32()));
        Assert.Equal([FtpSite.Digest(large[..(4 << 20)]), FtpSite.Digest(large[(4 << 20)..5_000_000])], leaves.GetProperty("leaves").EnumerateArray().Select(leaf => leaf.GetString()));
        (await upload.AppendAsync(5_000_000, large.AsMemory(5_000_000))).Expect(204);
        Assert.Equal(large, (await program.GetAsync("/files/leaves")).Body);
    }

    private bool IsRemoved(string descriptor) => new FileInfo(descriptor).LinkTarget is { } target
        && target.StartsWith(site.Server.Data, StringComparison.Ordinal) && target.EndsWith("(deleted)", StringComparison.Ordinal);
}
