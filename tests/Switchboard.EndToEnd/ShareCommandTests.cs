using System.Text.Json;

namespace Switchboard.EndToEnd;

/// <summary><c>switchboard share</c> against a real server.</summary>
public sealed class ShareCommandTests : IAsyncLifetime
{
    private const string Password = "correct horse";

    private readonly TemporaryFolder _folder = new();
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync();
        await _server.AddAccountAsync("ann", Password, allow: "files,share");
        await File.WriteAllTextAsync(_folder.At("report.pdf"), "content");
        (await AnnAsync("put", _folder.At("report.pdf"), "/docs/")).Expect(0);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private Task<CommandResult> AnnAsync(params string[] arguments) => _server.ClientAsync("ann", Password, arguments);

    [Fact]
    public async Task A_link_is_printed_once_listed_and_revoked()
    {
        CommandResult added = (await AnnAsync("share", "add", "/docs/report.pdf", "--count", "3", "--label", "für 李雷")).Expect(0);
        Assert.Matches($"^https://127\\.0\\.0\\.1:{_server.Port}/s/[0-9a-f]{{16}}#[A-Za-z0-9_-]{{43}}\n$", added.Text);
        string id = added.Text.Split('/', '#')[4];
        string secret = added.Text.Trim().Split('#')[1];

        string list = (await AnnAsync("share", "list")).Expect(0).Text;
        Assert.Contains(id, list, StringComparison.Ordinal);
        Assert.Contains("0/3", list, StringComparison.Ordinal);
        Assert.Contains("für 李雷", list, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, list, StringComparison.Ordinal);

        (await AnnAsync("rm", "/docs/report.pdf")).Expect(0);
        Assert.True(Json(await AnnAsync("share", "list", "--json")).GetProperty("void").GetBoolean());
        (await AnnAsync("share", "revoke", id)).Expect(0);
        Assert.Equal("", (await AnnAsync("share", "list", "--json")).Expect(0).Text);
        Assert.Contains("share list", (await AnnAsync("share", "revoke", id)).Expect(4).Error, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, _server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_link_and_what_it_is_and_bounds_are_taken()
    {
        JsonElement added = Json(await AnnAsync("share", "add", "/docs", "--upload", "--size", "5G", "--expires", "3d", "--json"));
        Assert.StartsWith("https://", added.GetProperty("link").GetString(), StringComparison.Ordinal);
        JsonElement share = added.GetProperty("share");
        Assert.Equal(("upload", "/docs", 100, 5L << 30), (share.GetProperty("kind").GetString(), share.GetProperty("path").GetString(), share.GetProperty("count").GetInt32(), share.GetProperty("bytes").GetInt64()));
        Assert.Equal(TimeSpan.FromDays(3).TotalSeconds, (share.GetProperty("expires").GetInt64() - share.GetProperty("created").GetInt64()) / 1e6, 60.0);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_with_its_exit_code()
    {
        (await AnnAsync("share", "add", "/docs")).Expect(1);
        (await AnnAsync("share", "add", "/none")).Expect(4);
        (await AnnAsync("share", "add", "/docs/report.pdf", "--count", "0")).Expect(2);
        (await AnnAsync("share", "add", "/docs/report.pdf", "--size", "1G")).Expect(2);
        (await AnnAsync("share", "add", "/docs/report.pdf", "--expires", "400d")).Expect(2);
        await _server.SetAccountAsync("ann", "--allow", "files");
        Assert.Contains("share", (await AnnAsync("share", "add", "/docs/report.pdf")).Expect(3).Error, StringComparison.Ordinal);
    }

    private static JsonElement Json(CommandResult result) => JsonDocument.Parse(result.Expect(0).Text.Trim()).RootElement;
}
