using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Switchboard.EndToEnd.Ftp;

namespace Switchboard.EndToEnd.Web;

/// <summary>What a program without an account does with an upload-only link: it goes on after a break, and sees nothing that it did not send.</summary>
public sealed class SharedUploadTests : IAsyncLifetime
{
    private const int Leaf = 4 << 20, Kept = Leaf + 1_000_000, Size = 9_000_000;

    private readonly byte[] _bytes = FtpSite.RandomBytes(Size, 22);
    private WebSite _site = null!;
    private WebClient _stranger = null!;

    public async ValueTask InitializeAsync()
    {
        _site = await WebSite.StartAsync();
        await _site.Server.SetAccountAsync(WebSite.User, "--allow", "files,share");
        _stranger = _site.Browser();
    }

    public async ValueTask DisposeAsync()
    {
        _stranger.Dispose();
        await _site.DisposeAsync();
    }

    [Fact]
    public async Task It_goes_on_after_a_break_with_what_is_kept_proved_by_its_digests()
    {
        Link link = await LinkAsync("in");
        string address = await BeginAsync(link, "clip.bin");
        (await AppendAsync(link, address, 0, Kept)).Expect(204);
        // One file is what it takes, and that one is begun.
        (await CreateAsync(link, "clip.bin")).Refused(413, "over_limit");

        Assert.Equal(Kept.ToString(CultureInfo.InvariantCulture), (await _stranger.HeadAsync(address, TusUpload.Version, link.Secret)).Expect(200).Header("Upload-Offset"));
        JsonElement leaves = (await _stranger.GetAsync(LeavesOf(link, address), link.Secret)).Expect(200).Json;
        Assert.Equal((Leaf, Kept), (leaves.GetProperty("leaf").GetInt32(), leaves.GetProperty("offset").GetInt32()));
        Assert.Equal([Digest(0, Leaf), Digest(Leaf, Kept)], leaves.GetProperty("leaves").EnumerateArray().Select(leaf => leaf.GetString()));

        Assert.Equal(Digest(0, Size), (await AppendAsync(link, address, Kept, Size)).Expect(204).Header("X-Sha256"));
    }

    [Fact]
    public async Task Who_missed_the_answer_to_the_last_byte_still_learns_that_all_is_there()
    {
        Link link = await LinkAsync("in"), other = await LinkAsync("there");
        string address = await BeginAsync(link, "clip.bin");
        (await AppendAsync(link, address, 0, Size)).Expect(204);
        WebAnswer shown = (await _stranger.HeadAsync(address, TusUpload.Version, link.Secret)).Expect(200);
        Assert.Equal((Size.ToString(CultureInfo.InvariantCulture), "clip.bin"), (shown.Header("Upload-Offset"), shown.Header("X-Path")));
        (await _stranger.HeadAsync(address, TusUpload.Version, other.Secret)).Expect(404);

        // The link took all that it takes, and opens for nothing else.
        (await CreateAsync(link, "another.bin")).Refused(404, "share_unknown");
        (await _stranger.GetAsync(LeavesOf(link, address), link.Secret)).Refused(404, "share_unknown");
        (await _stranger.PostAsync($"/shared/{link.Id}", new { secret = link.Secret.Split(' ')[2] })).Refused(404, "share_unknown");
    }

    [Fact]
    public async Task Digests_are_told_to_nobody_else()
    {
        Link link = await LinkAsync("in"), other = await LinkAsync("there");
        string address = await BeginAsync(link, "clip.bin");
        (await AppendAsync(link, address, 0, Kept)).Expect(204);
        string leaves = LeavesOf(link, address);

        (await _stranger.GetAsync(leaves)).Refused(404, "share_unknown");
        (await _stranger.GetAsync(leaves, other.Secret)).Refused(404, "share_unknown");
        (await _stranger.GetAsync(LeavesOf(other, address), other.Secret)).Refused(404, "upload_unknown");
        using WebClient ann = await _site.ProgramAsync();
        TusUpload own = await TusUpload.BeginAsync(ann, "own.bin", Size);
        (await own.AppendAsync(0, _bytes.AsMemory(0, Kept))).Expect(204);
        (await _stranger.GetAsync(LeavesOf(link, own.Address), link.Secret)).Refused(404, "upload_unknown");
    }

    [Fact]
    public async Task What_is_given_up_leaves_its_place_to_another()
    {
        Link link = await LinkAsync("in");
        string address = await BeginAsync(link, "clip.bin");
        (await AppendAsync(link, address, 0, Kept)).Expect(204);
        (await _stranger.DeleteAsync(address, TusUpload.Version, link.Secret)).Expect(204);
        await BeginAsync(link, "other.bin");
    }

    /// <summary>A link that takes one file into a folder of that name.</summary>
    private async Task<Link> LinkAsync(string folder)
    {
        using WebClient ann = await _site.ProgramAsync();
        (await ann.PostAsync("/entries/" + folder)).Expect(201);
        JsonElement made = (await ann.PostAsync("/shares", new { path = "/" + folder, upload = true, count = 1 })).Expect(201).Json;
        return new Link(made.GetProperty("share").GetProperty("id").GetString()!, "Authorization: Share " + made.GetProperty("secret").GetString());
    }

    private Task<WebAnswer> CreateAsync(Link link, string name) => _stranger.SendAsync(
        HttpMethod.Post, $"/shared/{link.Id}/tus", null, TusUpload.Version, $"Upload-Length: {Size}", "Upload-Metadata: " + TusUpload.Note("filename=" + name), link.Secret);

    private async Task<string> BeginAsync(Link link, string name) => (await CreateAsync(link, name)).Expect(201).Header("Location")!["/api/v1".Length..];

    private Task<WebAnswer> AppendAsync(Link link, string address, int from, int to) => _stranger.SendAsync(
        HttpMethod.Patch, address, TusUpload.Content(_bytes.AsMemory(from, to - from)), TusUpload.Version, $"Upload-Offset: {from}", link.Secret);

    private static string LeavesOf(Link link, string upload) => $"/shared/{link.Id}/uploads/{upload[(upload.LastIndexOf('/') + 1)..]}/leaves";

    private string Digest(int from, int to) => Convert.ToHexStringLower(SHA256.HashData(_bytes.AsSpan(from, to - from)));

    private sealed record Link(string Id, string Secret);
}
