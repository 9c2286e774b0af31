using Switchboard.Protocol;
using Switchboard.Server.Services.Files;
using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

public class StoringTests
{
    [Fact]
    public async Task A_small_file_comes_back_with_its_digest_on_record()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(5000);

        var stored = await fixture.PutAsync("a/b.bin", content, parents: true);

        Assert.Equal(new Stored("/a/b.bin", 5000, Hex(content), false), stored);
        Assert.Equal(content, await fixture.ReadAsync("a/b.bin"));
        using var download = await fixture.Files.OpenReadAsync(fixture.Ann, "/a/b.bin", 0, null);
        Assert.Equal(Hex(content), download.Sha256);
        Assert.Equal(5000, fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal(5000, fixture.UsedInStore());
        Assert.Contains(fixture.Audit(), record => record is { Action: "upload", Subject: "/a/b.bin" });
    }

    [Fact]
    public async Task A_put_with_a_wrong_digest_stores_nothing()
    {
        await using var fixture = await StartAsync();
        var plan = new PutPlan { Path = "x", Sha256 = new string('0', 64) };

        Assert.Equal(RefusalCode.DigestMismatch, await RefusedAsync(() => fixture.Files.PutAsync(fixture.Ann, plan, Sequence(Bytes(10)))));

        Assert.Empty(fixture.Files.List(fixture.Ann, "/", false));
        Assert.Equal(0, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task A_put_into_a_missing_folder_is_refused_and_leaves_nothing_behind()
    {
        await using var fixture = await StartAsync();

        Assert.Equal(RefusalCode.NotFound, await RefusedAsync(() => fixture.PutAsync("no/x", Bytes(10))));

        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
        Assert.Equal(0, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task An_upload_is_invisible_until_it_is_committed()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1_000_000);
        await using var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "big", Total = content.Length }, default);
        await upload.WriteAsync(0, Sequence(content));

        Assert.Empty(fixture.Files.List(fixture.Ann, "/", true));
        await upload.CommitAsync(content.Length, Hex(content));

        Assert.Equal("big", Assert.Single(fixture.Files.List(fixture.Ann, "/", true)).Path);
        Assert.Empty(fixture.Files.Uploads(fixture.Ann));
        Assert.Equal(content, await fixture.ReadAsync("big"));
        Assert.Equal(content.Length, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task What_stands_is_replaced_left_kept_beside_or_defended_as_asked()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("a.txt", Bytes(10, 1));

        Assert.Equal(RefusalCode.Exists, await RefusedAsync(() => fixture.PutAsync("a.txt", Bytes(20, 2), IfExists.Fail)));
        Assert.True((await fixture.PutAsync("a.txt", Bytes(20, 2), IfExists.Skip)).Skipped);
        Assert.Equal("/a (1).txt", (await fixture.PutAsync("a.txt", Bytes(20, 2), IfExists.KeepBoth)).Path);
        Assert.Equal("/a (2).txt", (await fixture.PutAsync("a.txt", Bytes(30, 3), IfExists.KeepBoth)).Path);
        Assert.Equal(Bytes(10, 1), await fixture.ReadAsync("a.txt"));
        await fixture.PutAsync("a.txt", Bytes(40, 4));

        Assert.Equal(Bytes(40, 4), await fixture.ReadAsync("a.txt"));
        Assert.Equal(90, fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal(90, fixture.BytesAtHome());
        Assert.Equal(90, fixture.UsedInStore());
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
    }

    [Fact]
    public async Task An_upload_that_is_to_be_skipped_takes_nothing()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("a", Bytes(10));

        await using (var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "a", Total = 5, IfExists = IfExists.Skip }, default))
        {
            Assert.True(upload.Skip);
        }

        Assert.Equal(10, fixture.Files.Space(fixture.Ann).Used);
        Assert.Empty(fixture.Files.Uploads(fixture.Ann));
    }

    [Fact]
    public async Task Times_and_modes_are_kept_when_asked_for_and_never_more_than_permissions()
    {
        await using var fixture = await StartAsync();
        const long time = 1_234_567_890_123_456;
        var plan = new PutPlan { Path = "a", Preserve = true, Modified = time, Mode = 0b110_111_000_000 | 0b111_000_000 };

        await fixture.Files.PutAsync(fixture.Ann, plan, Sequence(Bytes(10)));

        var entry = fixture.Files.Stat(fixture.Ann, "a");
        Assert.Equal(time, entry.Modified);
        Assert.Equal(0, (int)File.GetUnixFileMode(Path.Combine(fixture.HomeOfAnn, "a")) & 0b111_000_000_000);
    }

    [Fact]
    public async Task A_digest_is_not_believed_after_the_file_was_changed_in_place()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("a", Bytes(100));
        var path = Path.Combine(fixture.HomeOfAnn, "a");
        var time = File.GetLastWriteTimeUtc(path);
        var changed = Bytes(100, 2);
        await File.WriteAllBytesAsync(path, changed);
        // Even one who sets the time back cannot set back the kernel's.
        File.SetLastWriteTimeUtc(path, time);

        using var download = await fixture.Files.OpenReadAsync(fixture.Ann, "a", 0, null);
        Assert.Null(download.Sha256);
        var entry = await fixture.Files.StatWithDigestAsync(fixture.Ann, "a", default);
        Assert.Equal(Hex(changed), entry.Sha256);
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_read_is_refused()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("a", Bytes(100));
        await File.AppendAllTextAsync(Path.Combine(fixture.HomeOfAnn, "a"), "x");
        using var download = await fixture.Files.OpenReadAsync(fixture.Ann, "a", 0, null);
        await download.ReadAsync(new byte[101]);
        await File.AppendAllTextAsync(Path.Combine(fixture.HomeOfAnn, "a"), "y");

        Assert.Equal(RefusalCode.SourceChanged, Refused(() => download.FinishDigest()));
    }

    [Fact]
    public async Task Verify_shows_bytes_that_rotted_on_the_disk()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        await fixture.PutAsync("a", content);

        var verified = await fixture.Files.VerifyAsync(fixture.Ann, "a", default);

        Assert.Equal(new Verified(Hex(content), Hex(content), 1000), verified);
    }

    [Fact]
    public async Task Content_that_is_there_is_adopted_and_content_that_was_changed_is_not()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(300_000);
        await fixture.UploadAsync("a", content);
        var plan = new AdoptPlan { Path = "sub/b", Sha256 = Hex(content), Total = content.Length, Parents = true };

        Assert.Equal("/sub/b", (await fixture.Files.AdoptAsync(fixture.Ann, plan, default)).Path);
        Assert.Equal(content, await fixture.ReadAsync("sub/b"));
        Assert.Equal(600_000, fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal(RefusalCode.NotFound, await RefusedAsync(() => fixture.Files.AdoptAsync(fixture.Bob, plan, default)));

        await File.WriteAllBytesAsync(Path.Combine(fixture.HomeOfAnn, "a"), Bytes(300_000, 2));
        await fixture.Files.RemoveAsync(fixture.Ann, "sub", recursive: true);
        Assert.Equal(RefusalCode.NotFound, await RefusedAsync(() => fixture.Files.AdoptAsync(fixture.Ann, plan, default)));
    }

    [Fact]
    public async Task A_moved_file_and_a_moved_folder_keep_their_digests()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        await fixture.PutAsync("d/a", content, parents: true);
        await fixture.Files.MoveAsync(fixture.Ann, "d/a", "d/b", overwrite: false);
        await fixture.Files.MoveAsync(fixture.Ann, "d", "e", overwrite: false);

        using var download = await fixture.Files.OpenReadAsync(fixture.Ann, "e/b", 0, null);
        Assert.Equal(Hex(content), download.Sha256);
        var plan = new AdoptPlan { Path = "c", Sha256 = Hex(content), Total = 1000 };
        Assert.Equal(1000, (await fixture.Files.AdoptAsync(fixture.Ann, plan, default)).Total);
    }

    [Fact]
    public async Task Moving_over_a_file_needs_leave_and_gives_its_room_back()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("a", Bytes(10));
        await fixture.PutAsync("b", Bytes(30));
        await fixture.Files.MakeFolderAsync(fixture.Ann, "d", false, null, null);

        Assert.Equal(RefusalCode.Exists, await RefusedAsync(() => fixture.Files.MoveAsync(fixture.Ann, "a", "b", overwrite: false)));
        Assert.Equal(RefusalCode.Exists, await RefusedAsync(() => fixture.Files.MoveAsync(fixture.Ann, "a", "d", overwrite: true)));
        Assert.Equal(RefusalCode.BadRequest, await RefusedAsync(() => fixture.Files.MoveAsync(fixture.Ann, "d", "d/e", overwrite: false)));
        await fixture.Files.MoveAsync(fixture.Ann, "a", "b", overwrite: true);

        Assert.Equal(10, fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal(10, fixture.UsedInStore());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_removed_tree_gives_its_room_back_however_deep_it_is_and_whichever_way_it_goes(bool forever)
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("keep", Bytes(7));
        var deep = string.Join('/', Enumerable.Repeat("d", 1000));
        await fixture.PutAsync(deep + "/x", Bytes(10), parents: true);
        for (var i = 0; i < 200; i++)
        {
            await fixture.PutAsync($"d/d/file{i}", Bytes(1));
        }

        Assert.Equal(new Occupied(217, 202, 1000), fixture.Files.Usage(fixture.Ann, "/", default));
        Assert.Equal(RefusalCode.NotEmpty, await RefusedAsync(() => fixture.Files.RemoveAsync(fixture.Ann, "d", recursive: false)));
        await fixture.Files.RemoveAsync(fixture.Ann, "d", recursive: true, forever);
        Assert.Equal(forever ? 7 : 217, fixture.Files.Space(fixture.Ann).Used);
        await fixture.Files.EmptyBinAsync(fixture.Ann, null);

        Assert.Equal(7, fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal(7, fixture.UsedInStore());
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
        Assert.Equal(["keep"], fixture.Files.List(fixture.Ann, "/", true).Select(entry => entry.Path));
    }

    [Fact]
    public async Task A_tree_gives_folders_first_and_small_files_with_their_digests()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("t/a", Bytes(10), parents: true);
        await fixture.PutAsync("t/sub/b", Bytes(20), parents: true);
        var seen = new List<string>();
        foreach (var item in fixture.Files.OpenTree(fixture.Ann, "t"))
        {
            using (item)
            {
                seen.Add(item.Entry.Path);
                if (item.File is not null)
                {
                    var buffer = new byte[FilesOptions.PutLimit];
                    var (bytes, digest) = item.ReadSmall(buffer);
                    Assert.Equal(Hex(buffer[..bytes]), digest);
                }
            }
        }

        Assert.Equal(["a", "sub", "sub/b"], seen.Order());
        Assert.True(seen.IndexOf("sub") < seen.IndexOf("sub/b"));
    }

    [Fact]
    public async Task Names_that_are_not_utf8_do_not_break_a_listing_and_can_be_removed_with_their_folder()
    {
        await using var fixture = await StartAsync();
        await fixture.Files.MakeFolderAsync(fixture.Ann, "d", false, null, null);
        using (var shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", "printf x > \"$0/$(printf 'bad\\377name')\"", Path.Combine(fixture.HomeOfAnn, "d")]))
        {
            await shell.WaitForExitAsync();
        }

        var entry = Assert.Single(fixture.Files.List(fixture.Ann, "d", false));
        Assert.Equal((@"bad\xffname", "other"), (entry.Path, entry.Type));
        await fixture.Files.RemoveAsync(fixture.Ann, "d", recursive: true);
        Assert.Empty(fixture.Files.List(fixture.Ann, "/", true));
        Assert.Equal(1, Assert.Single(fixture.Files.Bin(fixture.Ann)).Size);
        await fixture.Files.EmptyBinAsync(fixture.Ann, null);
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
    }
}
