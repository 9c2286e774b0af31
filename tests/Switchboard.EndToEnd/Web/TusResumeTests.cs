using System.Globalization;
using System.Text.Json;
using Switchboard.EndToEnd.Commands;
using Switchboard.EndToEnd.Ftp;

namespace Switchboard.EndToEnd.Web;

/// <summary>Uploads that go on: after a server was killed, and at another door than they were begun at.</summary>
public sealed class TusResumeTests : IAsyncLifetime
{
    private const int Size = 12_000_000;

    private WebSite _site = null!;
    private byte[] _bytes = [];
    private string _source = "";

    public async ValueTask InitializeAsync()
    {
        _site = await WebSite.StartAsync();
        _bytes = FtpSite.RandomBytes(Size, 21);
        _source = _site.Local.At("source");
        await File.WriteAllBytesAsync(_source, _bytes);
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task What_was_answered_is_there_after_the_server_was_killed()
    {
        TusUpload upload;
        using (WebClient program = await _site.ProgramAsync())
        {
            upload = await TusUpload.BeginAsync(program, "killed.bin", Size);
            (await upload.AppendAsync(0, _bytes.AsMemory(0, 5_000_000))).Expect(204);
        }

        await _site.Server.Kill9Async();
        await _site.Server.StartAgainAsync();
        using WebClient again = await _site.ProgramAsync();
        TusUpload same = new(again, upload.Address);
        Assert.Equal(5_000_000, await same.OffsetAsync());
        Assert.Equal(FtpSite.Digest(_bytes), (await same.AppendAsync(5_000_000, _bytes.AsMemory(5_000_000))).Expect(204).Header("X-Sha256"));
        Assert.Equal(FtpSite.Digest(_bytes), FtpSite.DigestOf(_site.Stored("killed.bin")));
    }

    [Fact]
    public async Task One_killed_in_the_middle_of_a_request_goes_on_where_the_server_says()
    {
        using WebClient program = await _site.ProgramAsync();
        TusUpload upload = await TusUpload.BeginAsync(program, "cut.bin", Size, "sha256=" + FtpSite.Digest(_bytes));
        await using (RawHttp raw = await RawHttp.ConnectAsync(_site))
        {
            await raw.SendAsync(PatchHead(program, upload, 0, Size));
            await raw.SendAsync(_bytes.AsMemory(0, 7_000_000));
            await CommandSite.EventuallyAsync(async () => await upload.OffsetAsync() > 4_000_000, "some of it came");
            await _site.Server.Kill9Async();
        }

        await _site.Server.StartAgainAsync();
        using WebClient again = await _site.ProgramAsync();
        TusUpload same = new(again, upload.Address);
        int kept = (int)await same.OffsetAsync();
        Assert.InRange(kept, 0, 7_000_000);
        (await same.AppendAsync(kept, _bytes.AsMemory(kept))).Expect(204);
        Assert.Equal(FtpSite.Digest(_bytes), FtpSite.DigestOf(_site.Stored("cut.bin")));
    }

    [Fact]
    public async Task Whoever_missed_the_answer_to_the_last_byte_learns_that_all_is_there()
    {
        using WebClient program = await _site.ProgramAsync();
        TusUpload upload = await TusUpload.BeginAsync(program, "unanswered.bin", 100_000);
        await using (RawHttp raw = await RawHttp.ConnectAsync(_site))
        {
            await raw.SendAsync(PatchHead(program, upload, 0, 100_000));
            await raw.SendAsync(_bytes.AsMemory(0, 100_000));
            // The answer stays unread; asking for the file itself does not disturb what is under way.
            await CommandSite.EventuallyAsync(async () => (await program.HeadAsync("/files/unanswered.bin")).Status == 200, "the last byte was taken");
        }

        await CommandSite.EventuallyAsync(async () => (await upload.ShowAsync()) is { Status: 200 } head && head.Header("X-Sha256") is not null, "the end is told");
        WebAnswer done = await upload.ShowAsync();
        Assert.Equal(("100000", FtpSite.Digest(_bytes[..100_000])), (done.Header("Upload-Offset"), done.Header("X-Sha256")));
        using WebClient stranger = await _site.ProgramAsync(WebSite.Admin);
        (await new TusUpload(stranger, upload.Address).ShowAsync()).Expect(404);
    }

    [Fact]
    public async Task Begun_by_tus_it_is_finished_by_the_native_client_which_sends_only_the_rest()
    {
        using WebClient browser = await _site.LoggedInAsync();
        long modified = new FileInfo(_source).LastWriteTimeUtc.Subtract(DateTime.UnixEpoch).Ticks / 10;
        TusUpload upload = await TusUpload.BeginAsync(browser, "across.bin", Size, string.Create(CultureInfo.InvariantCulture, $"modified={modified}"));
        (await upload.AppendAsync(0, _bytes.AsMemory(0, 9_000_000))).Expect(204);
        await CommandSite.EventuallyAsync(async () => (await browser.GetAsync("/uploads")).Json.GetProperty("uploads").EnumerateArray().All(one => !one.GetProperty("busy").GetBoolean()), "the browser is closed long enough");
        await using CuttingRelay relay = new(_site.Server.Port);
        CommandResult put = (await Command.RunAsync(["put", _source, "/across.bin", "--json"], _site.Server.ClientEnvironment(WebSite.User, WebSite.Password, relay.Port))).Expect(0);
        using JsonDocument said = JsonDocument.Parse(put.Text);
        Assert.InRange(said.RootElement.GetProperty("resumed_at").GetInt64(), 8_000_000, 9_000_000);
        Assert.InRange(relay.Passed(Way.Up), 3_000_000, 5_000_000);
        Assert.Equal(FtpSite.Digest(_bytes), FtpSite.DigestOf(_site.Stored("across.bin")));
        (await upload.ShowAsync()).Expect(404);
    }

    [Fact]
    public async Task Begun_by_the_native_client_it_is_finished_by_tus()
    {
        long modified = new FileInfo(_source).LastWriteTimeUtc.Subtract(DateTime.UnixEpoch).Ticks / 10;
        await using (CuttingRelay relay = new(_site.Server.Port) { Rate = 30_000_000 })
        {
            using Command put = Command.Start(["put", _source, "/native.bin"], _site.Server.ClientEnvironment(WebSite.User, WebSite.Password, relay.Port));
            relay.After(Way.Up, 7_000_000, put.Kill9);
            await put.WaitAsync();
        }

        using WebClient browser = await _site.LoggedInAsync();
        await CommandSite.EventuallyAsync(async () => (await browser.GetAsync("/uploads")).Json.GetProperty("uploads").EnumerateArray().All(one => !one.GetProperty("busy").GetBoolean()), "the cut is noticed");
        JsonElement kept = Assert.Single((await browser.GetAsync("/uploads")).Json.GetProperty("uploads").EnumerateArray());
        int offset = kept.GetProperty("offset").GetInt32();
        WebAnswer begun = (await TusUpload.CreateAsync(browser, TusUpload.Note("path=native.bin", string.Create(CultureInfo.InvariantCulture, $"modified={modified}")), Size)).Expect(201);
        Assert.Equal(("/api/v1/tus/" + kept.GetProperty("id").GetString(), offset.ToString(CultureInfo.InvariantCulture)), (begun.Header("Location"), begun.Header("Upload-Offset")));
        TusUpload upload = new(browser, begun.Header("Location")!["/api/v1".Length..]);
        Assert.Equal(FtpSite.Digest(_bytes), (await upload.AppendAsync(offset, _bytes.AsMemory(offset))).Expect(204).Header("X-Sha256"));
        Assert.Equal(FtpSite.Digest(_bytes), FtpSite.DigestOf(_site.Stored("native.bin")));
    }

    [Fact]
    public async Task A_client_that_does_not_care_for_what_is_kept_begins_at_nought()
    {
        using WebClient program = await _site.ProgramAsync();
        TusUpload first = await TusUpload.BeginAsync(program, "anew.bin", Size, "modified=5");
        (await first.AppendAsync(0, new byte[1_000_000])).Expect(204);
        await CommandSite.EventuallyAsync(async () => (await program.GetAsync("/uploads")).Json.GetProperty("uploads").EnumerateArray().All(one => !one.GetProperty("busy").GetBoolean()), "nobody is at it");
        TusUpload second = await TusUpload.BeginAsync(program, "anew.bin", Size, "modified=5");
        Assert.Equal(first.Address, second.Address);
        Assert.Equal(FtpSite.Digest(_bytes), (await second.AppendAsync(0, _bytes)).Expect(204).Header("X-Sha256"));
    }

    private static string PatchHead(WebClient program, TusUpload upload, long offset, long length) =>
        string.Create(CultureInfo.InvariantCulture, $"PATCH /api/v1{upload.Address} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {program.Token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n");
}
