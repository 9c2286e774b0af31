using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.EndToEnd;

public sealed class ClientTransferTests(ClientServer given) : IClassFixture<ClientServer>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_tree_goes_up_and_comes_down_the_same()
    {
        Tree("tree");
        await using var transfers = given.Transfers();
        var up = await transfers.UploadAsync([folder.At("tree")], "/tree-1");
        var down = await transfers.DownloadAsync(["/tree-1"], folder.At("back"));
        Assert.Empty(up.Failures);
        Assert.Equal(ClientServer.Contents(folder.At("tree")), ClientServer.Contents(folder.At("back")));
        Assert.Equal(up.Files, down.Files);
        Assert.True(Directory.Exists(folder.At("back/empty/deep")));
    }

    [Fact]
    public async Task Times_and_modes_are_kept_when_asked_for()
    {
        Tree("tree");
        var time = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(folder.At("tree/sub/f1"), time);
        File.SetUnixFileMode(folder.At("tree/sub/f1"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Directory.SetLastWriteTimeUtc(folder.At("tree/sub"), time);
        var keep = new TransferOptions { Preserve = true };
        await using var transfers = given.Transfers();
        Assert.Empty((await transfers.UploadAsync([folder.At("tree")], "/tree-2", keep)).Failures);
        Assert.Empty((await transfers.DownloadAsync(["/tree-2"], folder.At("back"), keep)).Failures);
        Assert.Equal(time, File.GetLastWriteTimeUtc(folder.At("back/sub/f1")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.At("back/sub/f1")));
        Assert.Equal(time, Directory.GetLastWriteTimeUtc(folder.At("back/sub")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3_000_000)]
    [InlineData(9_000_000)]
    public async Task An_upload_survives_a_cut_line(int cutAfter)
    {
        var file = folder.RandomFile("big", 12_000_000, cutAfter);
        await using var relay = new CuttingRelay(given.Server.Port);
        await using var transfers = given.Transfers(relay.Port);
        // The login first, so that the cut falls into the file.
        await transfers.UploadAsync([folder.RandomFile("small", 10, 1)], "/small");
        relay.After(Way.Up, cutAfter);
        var retries = 0;
        var summary = await transfers.UploadAsync([file], $"/cut-{cutAfter}", new() { OnRetry = (_, _) => retries++ });
        Assert.Equal(1, retries);
        await using var client = await SwitchboardClient.ConnectAsync(given.Options());
        Assert.Equal(summary.Single!.Sha256, (await client.VerifyAsync($"/cut-{cutAfter}")).Sha256);
        await foreach (var upload in client.UploadsAsync())
        {
            Assert.NotEqual($"/cut-{cutAfter}", upload.Path);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3_000_000)]
    [InlineData(9_000_000)]
    public async Task A_download_survives_a_cut_line(int cutAfter)
    {
        var file = folder.RandomFile("big", 12_000_000, cutAfter);
        await using var relay = new CuttingRelay(given.Server.Port);
        await using var transfers = given.Transfers(relay.Port);
        await transfers.UploadAsync([file], $"/down-{cutAfter}");
        relay.After(Way.Down, cutAfter);
        await transfers.DownloadAsync([$"/down-{cutAfter}"], folder.At("back"));
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(folder.At("back")));
        Assert.False(File.Exists(folder.At("back.part")));
    }

    [Fact]
    public async Task A_tree_survives_a_cut_line_both_ways()
    {
        Tree("tree");
        await using var relay = new CuttingRelay(given.Server.Port);
        await using var transfers = given.Transfers(relay.Port);
        relay.After(Way.Up, 400_000);
        var up = await transfers.UploadAsync([folder.At("tree")], "/tree-3");
        Assert.Empty(up.Failures);
        relay.After(Way.Down, 400_000);
        await transfers.DownloadAsync(["/tree-3"], folder.At("back"));
        Assert.Equal(ClientServer.Contents(folder.At("tree")), ClientServer.Contents(folder.At("back")));
    }

    [Fact]
    public async Task A_second_call_goes_on_where_a_broken_one_stopped()
    {
        var file = folder.RandomFile("big", 20_000_000, 7);
        await using var relay = new CuttingRelay(given.Server.Port);
        await using (var broken = given.Transfers(relay.Port))
        {
            relay.After(Way.Up, 10_000_000, () =>
            {
                relay.Dead = true;
                relay.Cut();
            });
            await Assert.ThrowsAsync<RefusedException>(() => broken.UploadAsync([file], "/again", new() { MaxTrying = TimeSpan.Zero }));
        }

        await using var transfers = given.Transfers();
        var summary = await transfers.UploadAsync([file], "/again");
        Assert.InRange(summary.Single!.ResumedAt, 1, 20_000_000);
        Assert.Equal(20_000_000, summary.Single.Sent + summary.Single.ResumedAt);
    }

    [Fact]
    public async Task Content_the_account_holds_is_not_sent_again()
    {
        var file = folder.RandomFile("big", 1_000_000, 3);
        await using var transfers = given.Transfers();
        await transfers.UploadAsync([file], "/first");
        var summary = await transfers.UploadAsync([file], "/second", new() { ByDigest = true });
        Assert.Equal(0, summary.Sent);
        await using var client = await SwitchboardClient.ConnectAsync(given.Options());
        Assert.Equal((await client.StatAsync("/first", digest: true)).Sha256, (await client.StatAsync("/second", digest: true)).Sha256);
    }

    [Fact]
    public async Task Streams_go_both_ways()
    {
        var content = File.ReadAllBytes(folder.RandomFile("big", 9_000_001, 5));
        await using var transfers = given.Transfers();
        await transfers.UploadStreamAsync(new MemoryStream(content), "/stream");
        var back = new MemoryStream();
        await transfers.DownloadStreamAsync("/stream", back);
        Assert.Equal(content, back.ToArray());
        await transfers.UploadStreamAsync(Stream.Null, "/nothing");
        var empty = new MemoryStream();
        await transfers.DownloadStreamAsync("/nothing", empty);
        Assert.Equal(0, empty.Length);
    }

    [Fact]
    public async Task What_stands_is_kept_skipped_or_refused_as_asked()
    {
        var file = folder.At("f");
        await using var transfers = given.Transfers();
        async Task<TransferSummary> PutAsync(string content, IfExists rule)
        {
            File.WriteAllText(file, content);
            return await transfers.UploadAsync([file], "/rules/f", new() { IfExists = rule });
        }

        await using var client = await SwitchboardClient.ConnectAsync(given.Options());
        await client.MakeFolderAsync("/rules");
        await PutAsync("one", IfExists.Overwrite);
        Assert.True((await PutAsync("two", IfExists.Skip)).Single!.Skipped);
        Assert.Equal("/rules/f (1)", (await PutAsync("three", IfExists.KeepBoth)).Single!.Path);
        Assert.Equal(RefusalCode.Exists, (await Assert.ThrowsAsync<RefusedException>(() => PutAsync("four", IfExists.Fail))).Code);
        Assert.Equal(3, (await client.StatAsync("/rules/f")).Size);
    }

    [Fact]
    public async Task A_rate_limit_holds_back()
    {
        var file = folder.RandomFile("slow", 400_000, 1);
        await using var transfers = given.Transfers();
        var started = TimeProvider.System.GetTimestamp();
        await transfers.UploadAsync([file], "/slow", new() { LimitRate = 400_000 });
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0.7, 10);
    }

    [Fact]
    public async Task A_sync_moves_only_what_changed_and_removes_only_when_told()
    {
        Tree("tree");
        folder.RandomFile("tree/skip.tmp", 10, 1);
        await using var transfers = given.Transfers();
        var first = await transfers.SyncAsync(folder.At("tree"), "/sync", new() { Exclude = ["*.tmp"] });
        Assert.Empty(first.Failures);
        Assert.Equal(0, first.Unchanged);
        var second = await transfers.SyncAsync(folder.At("tree"), "/sync", new() { Exclude = ["*.tmp"] });
        Assert.Equal(first.Added, second.Unchanged);
        Assert.Equal(0, second.Sent);

        File.WriteAllText(folder.At("tree/sub/f1"), "changed");
        File.Delete(folder.At("tree/sub/f2"));
        var items = new List<string>();
        var plan = await transfers.SyncAsync(folder.At("tree"), "/sync", new() { Exclude = ["*.tmp"], Delete = true, DryRun = true, OnItem = i => items.Add($"{i.Action} {i.Path}") });
        Assert.Equal(["Change sub/f1", "Remove sub/f2"], items.Order());
        Assert.Equal(0, plan.Sent);
        await transfers.SyncAsync(folder.At("tree"), "/sync", new() { Exclude = ["*.tmp"], Delete = true });

        var down = await transfers.SyncAsync(folder.At("mirror"), "/sync", new() { Down = true });
        Assert.Empty(down.Failures);
        File.Delete(folder.At("tree/skip.tmp"));
        Assert.Equal(ClientServer.Contents(folder.At("tree")), ClientServer.Contents(folder.At("mirror")));
        folder.RandomFile("mirror/extra/file", 5, 1);
        var again = await transfers.SyncAsync(folder.At("mirror"), "/sync", new() { Down = true, Delete = true });
        Assert.Equal(0, again.Added + again.Changed);
        Assert.Equal(2, again.Removed);
        Assert.False(Directory.Exists(folder.At("mirror/extra")));
    }

    /// <summary>Small files, one of several leaves, names of other scripts, an empty file and empty folders.</summary>
    private void Tree(string name)
    {
        for (var i = 0; i < 50; i++)
        {
            folder.RandomFile($"{name}/sub/f{i}", 1 + (i * 997), i);
        }

        folder.RandomFile($"{name}/大文件", 9_000_000, 100);
        folder.RandomFile($"{name}/middle", 700_000, 101);
        File.WriteAllText(folder.At($"{name}/empty file"), "");
        Directory.CreateDirectory(folder.At($"{name}/empty/deep"));
    }
}
