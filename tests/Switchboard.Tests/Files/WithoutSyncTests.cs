using System.Security.Cryptography;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Storage;
using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

/// <summary>What holds where the operator wants nobody to wait for the disk. Books are written when a test says so.</summary>
public class WithoutSyncTests
{
    [Fact]
    public async Task A_small_file_is_there_counted_and_known_at_once_and_its_books_follow_when_they_are_due()
    {
        var kept = new TaskCompletionSource();
        await using var fixture = await StartAsync(point =>
        {
            if (point == "books kept")
            {
                kept.TrySetResult();
            }
        });
        var content = Bytes(1000);

        var put = fixture.PutAsync("f", content);

        Assert.True(put.IsCompletedSuccessfully);
        Assert.Equal(Hex(content), (await put).Sha256);
        Assert.Equal((1000L, 0L), (fixture.Files.Space(fixture.Ann).Used, fixture.UsedInStore()));
        Assert.Equal(Hex(content), Known(fixture, "f"));
        fixture.Clock.GoOff();
        await kept.Task;
        Assert.Equal(1000, fixture.UsedInStore());
        Assert.Equal(Hex(content), Known(fixture, "f"));
        Assert.Contains(fixture.Audit(), record => record is { Action: AuditActions.Upload, Subject: "/f" });
    }

    [Fact]
    public async Task Of_a_replaced_file_nothing_stays_in_the_books()
    {
        await using var fixture = await StartAsync();
        byte[] first = Bytes(1000, 1), second = Bytes(300, 2);
        await fixture.PutAsync("f", first);
        await fixture.PutAsync("f", second);
        Assert.Equal(300, fixture.Files.Space(fixture.Ann).Used);

        await fixture.StopAndStartAsync();

        Assert.Equal((300L, 300L), (fixture.UsedInStore(), fixture.Files.Space(fixture.Ann).Used));
        Assert.Empty(fixture.Store.FilesWith(fixture.Ann.AccountId, SHA256.HashData(first), 9));
        Assert.Single(fixture.Store.FilesWith(fixture.Ann.AccountId, SHA256.HashData(second), 9));
        Assert.Equal(second, await fixture.ReadAsync("f"));
    }

    [Fact]
    public async Task The_quota_is_exact_when_many_put_at_once()
    {
        await using var fixture = await StartAsync(quota: 10_000);
        var puts = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(async () =>
        {
            try
            {
                await fixture.PutAsync($"f{n}", Bytes(1000, n));
                return RefusalCode.Internal;
            }
            catch (RefusedException refused)
            {
                return refused.Code;
            }
        })));

        Assert.Equal(10_000, fixture.BytesAtHome());
        Assert.Equal(10_000, fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal((10, 40), (puts.Count(code => code is RefusalCode.Internal), puts.Count(code => code is RefusalCode.OverQuota)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
    }

    [Fact]
    public async Task A_file_and_its_folder_may_be_moved_before_its_books_are_written()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(100);
        await fixture.PutAsync("a/.tmp", content, parents: true);

        await fixture.Files.MoveAsync(fixture.Ann, "a/.tmp", "a/f", overwrite: false);
        await fixture.Files.SetAttributesAsync(fixture.Ann, "a/f", null, 1_000_000);
        await fixture.Files.MoveAsync(fixture.Ann, "a", "b", overwrite: false);

        Assert.Equal(Hex(content), Known(fixture, "b/f"));
        Assert.Equal(RefusalCode.NotFound, await RefusedAsync(() => fixture.PutAsync("a/f", content)));
        await fixture.StopAndStartAsync();
        Assert.Equal(Hex(content), Known(fixture, "b/f"));
        Assert.Equal("b/f", Assert.Single(fixture.Store.FilesWith(fixture.Ann.AccountId, SHA256.HashData(content), 9)).Path);
    }

    [Fact]
    public async Task A_file_removed_before_its_books_are_written_leaves_none()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("f", Bytes(100));
        await fixture.PutAsync("d/g", Bytes(100), parents: true);

        await fixture.Files.RemoveAsync(fixture.Ann, "f", recursive: false, forever: true);
        await fixture.Files.RemoveAsync(fixture.Ann, "d", recursive: true, forever: true);
        await fixture.StopAndStartAsync();

        Assert.Equal((0L, 0L), (fixture.UsedInStore(), fixture.Files.Space(fixture.Ann).Used));
        Assert.Empty(fixture.Store.FilesWith(fixture.Ann.AccountId, SHA256.HashData(Bytes(100)), 9));
    }

    [Fact]
    public async Task An_upload_is_out_of_the_books_when_it_is_answered()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("before", Bytes(10));

        await fixture.UploadAsync("f", Bytes(1000));

        Assert.Empty(fixture.Files.Uploads(fixture.Ann));
        Assert.Equal(1010, fixture.UsedInStore());
    }

    [Fact]
    public async Task Too_many_books_behind_make_callers_wait_for_them_in_their_order()
    {
        await using var fixture = await StartAsync(change: options => options with { BooksBehind = 3, CommitQueue = 2 });
        var puts = Enumerable.Range(0, 100).Select(n => fixture.PutAsync("f", Bytes(100, n))).ToList();

        await Task.WhenAll(puts);

        Assert.Equal(Bytes(100, 99), await fixture.ReadAsync("f"));
        Assert.Equal(100, fixture.Files.Space(fixture.Ann).Used);
        Assert.InRange(fixture.UsedInStore(), 0, 100);
    }

    [Fact]
    public async Task A_server_that_is_killed_with_books_behind_counts_again()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("f", Bytes(1000));

        await fixture.CrashAndStartAsync();

        Assert.Equal(1000, fixture.Files.Space(fixture.Ann).Used);
        Assert.Null(Known(fixture, "f"));
        Assert.Equal(Bytes(1000), await fixture.ReadAsync("f"));
    }

    [Fact]
    public async Task What_is_refused_leaves_neither_room_nor_a_file_taken()
    {
        await using var fixture = await StartAsync();
        await fixture.Files.MakeFolderAsync(fixture.Ann, "d", false, null, null);

        Assert.Equal(RefusalCode.IsAFolder, await RefusedAsync(() => fixture.PutAsync("d", Bytes(10))));
        Assert.Equal(RefusalCode.NotFound, await RefusedAsync(() => fixture.PutAsync("missing/f", Bytes(10))));

        Assert.Equal(0, fixture.Files.Space(fixture.Ann).Used);
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
    }

    private static Task<FilesFixture> StartAsync(
        Action<string>? crashPoint = null, long? quota = null, Func<FilesOptions, FilesOptions>? change = null) =>
        FilesFixture.StartAsync(quota, crashPoint, options => (change?.Invoke(options) ?? options) with { Durable = false });

    private static string? Known(FilesFixture fixture, string path)
    {
        using var download = fixture.Files.OpenReadAsync(fixture.Ann, path, 0, null).Result;
        return download.Sha256;
    }
}
