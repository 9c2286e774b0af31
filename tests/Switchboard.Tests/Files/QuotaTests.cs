using Switchboard.Protocol;
using Switchboard.Server.Services.Files;
using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

public class QuotaTests
{
    [Fact]
    public async Task Ten_uploaders_near_the_limit_fill_it_to_the_byte_and_never_pass_it()
    {
        const int size = 10_000;
        const int quota = 40 * size;
        await using var fixture = await StartAsync(quota);
        var over = 0;
        var stored = 0;
        await Task.WhenAll(Enumerable.Range(0, 10).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                try
                {
                    await (i % 2 == 0 ? fixture.PutAsync($"{worker}-{i}", Bytes(size)) : UploadAnewAsync(fixture, $"{worker}-{i}", Bytes(size)));
                    Interlocked.Increment(ref stored);
                }
                catch (RefusedException refused)
                {
                    Assert.Equal(RefusalCode.OverQuota, refused.Code);
                    Assert.True(refused.Refusal.Missing > 0);
                }

                over += fixture.Files.Space(fixture.Ann).Used > quota ? 1 : 0;
            }
        })));

        // Two hundred tries for forty places: a refusal while there is room would leave a place empty.
        Assert.Equal((0, 40), (over, stored));
        Assert.Equal(quota, fixture.BytesAtHome());
        Assert.Equal(quota, fixture.UsedInStore());
    }

    [Fact]
    public async Task Replacing_costs_only_what_is_more()
    {
        await using var fixture = await StartAsync(100_000);
        await fixture.PutAsync("a", Bytes(90_000));

        await fixture.PutAsync("a", Bytes(100_000));
        await fixture.UploadAsync("a", Bytes(100_000, 2));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => fixture.PutAsync("b", Bytes(1)));

        Assert.Equal((RefusalCode.OverQuota, 0L, 1L), (refused.Code, refused.Refusal.Free, refused.Refusal.Missing));
        Assert.Equal(RefusalCode.OverQuota, await RefusedAsync(() => fixture.PutAsync("a", Bytes(100_001))));
        Assert.Equal(100_000, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task An_upload_is_refused_before_its_first_byte_with_what_is_free_and_missing()
    {
        await using var fixture = await StartAsync(1000);
        await fixture.PutAsync("a", Bytes(400));

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "b", Total = 700 }, default));

        Assert.Equal((RefusalCode.OverQuota, 600L, 100L), (refused.Code, refused.Refusal.Free, refused.Refusal.Missing));
        Assert.Empty(fixture.Files.Uploads(fixture.Ann));
    }

    [Fact]
    public async Task A_stream_is_refused_in_its_middle_and_kept()
    {
        await using var fixture = await StartAsync(1000);
        await using (var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "s" }, default))
        {
            await upload.WriteAsync(0, Sequence(Bytes(900)));
            Assert.Equal(RefusalCode.OverQuota, await RefusedAsync(() => upload.WriteAsync(900, Sequence(Bytes(200))).AsTask()));
        }

        Assert.Equal(900, Assert.Single(fixture.Files.Uploads(fixture.Ann)).Offset);
        Assert.Equal(900, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task What_was_replaced_and_is_gone_at_the_commit_cannot_be_counted_on()
    {
        await using var fixture = await StartAsync(1000);
        await fixture.PutAsync("a", Bytes(800));
        await using var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "a", Total = 1000 }, default);
        await upload.WriteAsync(0, Sequence(Bytes(1000)));
        await fixture.Files.MoveAsync(fixture.Ann, "a", "b", overwrite: false);

        Assert.Equal(RefusalCode.OverQuota, await RefusedAsync(() => upload.CommitAsync(1000, null)));
        await fixture.Files.RemoveAsync(fixture.Ann, "b", recursive: false);
        await upload.CommitAsync(1000, null);

        Assert.Equal(1000, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task A_changed_quota_holds_at_once_and_a_lower_one_still_lets_files_shrink()
    {
        await using var fixture = await StartAsync(1000);
        await fixture.PutAsync("a", Bytes(900));

        await fixture.SetQuotaAsync(500);
        Assert.Equal(RefusalCode.OverQuota, await RefusedAsync(() => fixture.PutAsync("b", Bytes(1))));
        await fixture.PutAsync("a", Bytes(800));
        await fixture.SetQuotaAsync(null);
        await fixture.PutAsync("b", Bytes(5000));

        Assert.Equal(5800, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task Used_bytes_are_counted_again_after_a_crash_and_not_after_a_stop()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("a", Bytes(100));
        await File.WriteAllBytesAsync(Path.Combine(fixture.HomeOfAnn, "b"), Bytes(11));

        await fixture.StopAndStartAsync();
        Assert.Equal(100, fixture.Files.Space(fixture.Ann).Used);
        await fixture.CrashAndStartAsync();
        Assert.Equal(111, fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal(111, fixture.UsedInStore());
    }

    private static async Task UploadAnewAsync(FilesFixture fixture, string path, byte[] content) => await fixture.UploadAsync(path, content);
}
