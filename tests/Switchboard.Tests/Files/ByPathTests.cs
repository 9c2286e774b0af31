using Switchboard.Protocol;
using Switchboard.Server.Services.Files;
using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

/// <summary>Uploads of senders that know only a path and an offset, and how they and the others go on with each other's.</summary>
public class ByPathTests
{
    private const string Device = "ftp 192.0.2.1";

    [Fact]
    public async Task Going_on_at_the_end_of_what_is_kept_makes_the_whole()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        var id = await ParkAsync(fixture, content, 400);

        await using var upload = await BeginAsync(fixture, 400);

        Assert.Equal((id, 400L, null), (upload.Id, upload.Offset, upload.Expected));
        await upload.WriteAsync(400, Sequence(content, 400));
        Assert.Equal(Hex(content), (await upload.CommitAsync(1000, null)).Sha256);
        Assert.Equal(content, await fixture.ReadAsync("f"));
        Assert.Equal(1000, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task Going_on_before_the_end_of_what_is_kept_cuts_it()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        await ParkAsync(fixture, Bytes(600, seed: 9), 600);

        await using (var upload = await AppendAsync(fixture, null))
        {
            Assert.Equal(600, upload.Offset);
        }

        await using var cut = await BeginAsync(fixture, 1);
        Assert.Equal(1, cut.Offset);
        Assert.Equal(1, fixture.Files.Space(fixture.Ann).Used);
        await cut.WriteAsync(0, Sequence(content, 0, 1));
        await cut.WriteAsync(1, Sequence(content, 1));
        await cut.CommitAsync(1000, null);

        Assert.Equal(content, await fixture.ReadAsync("f"));
    }

    [Fact]
    public async Task More_than_is_kept_is_refused_and_what_is_kept_stays()
    {
        await using var fixture = await StartAsync();
        await ParkAsync(fixture, Bytes(10), 10);

        Assert.Equal(RefusalCode.BadOffset, await RefusedAsync(() => BeginAsync(fixture, 11)));
        Assert.Equal(RefusalCode.BadOffset, await RefusedAsync(() => BeginAsync(fixture, 11, path: "other")));
        Assert.Equal(RefusalCode.BadOffset, await RefusedAsync(() => BeginAsync(fixture, -1)));

        Assert.Equal(10, Assert.Single(fixture.Files.Uploads(fixture.Ann)).Offset);
        Assert.Equal(10, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task Beginning_anew_drops_what_nobody_writes_and_leaves_the_writer_alone()
    {
        await using var fixture = await StartAsync();
        await ParkAsync(fixture, Bytes(10), 10);
        await using var other = await BeginAsync(fixture, 10);
        await ParkAsync(fixture, Bytes(20), 20);

        await using var upload = await BeginAsync(fixture, 0);

        Assert.Equal(0, upload.Offset);
        Assert.False(other.TakenOver.IsCancellationRequested);
        Assert.Equal(2, fixture.Files.Uploads(fixture.Ann).Count);
        byte[] first = Bytes(500, 1), second = Bytes(400, 2);
        await upload.WriteAsync(0, Sequence(first));
        await other.WriteAsync(0, Sequence(second));
        await upload.CommitAsync(500, null);
        await other.CommitAsync(400, null);
        Assert.Equal(second, await fixture.ReadAsync("f"));
        Assert.Equal(400, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task One_that_is_being_written_is_taken_over_by_the_same_device_and_busy_to_another()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        var old = await BeginAsync(fixture, 0);
        await old.WriteAsync(0, Sequence(content, 0, 300));

        Assert.Equal(RefusalCode.Busy, await RefusedAsync(() => BeginAsync(fixture, 300, device: "ftp 192.0.2.2")));
        Assert.Equal(RefusalCode.BadOffset, await RefusedAsync(() => BeginAsync(fixture, 301, device: "ftp 192.0.2.2")));
        await using var upload = await BeginAsync(fixture, 300);

        Assert.True(old.TakenOver.IsCancellationRequested);
        await old.DisposeAsync();
        Assert.True(Assert.Single(fixture.Files.Uploads(fixture.Ann)).Busy);
        await upload.WriteAsync(300, Sequence(content, 300));
        await upload.CommitAsync(1000, null);
        Assert.Equal(content, await fixture.ReadAsync("f"));
    }

    [Fact]
    public async Task Of_several_the_longest_that_nobody_writes_is_gone_on_with()
    {
        await using var fixture = await StartAsync();
        await using (var one = await BeginAsync(fixture, 0))
        await using (var two = await BeginAsync(fixture, 0))
        await using (var three = await BeginAsync(fixture, 0))
        {
            await one.WriteAsync(0, Sequence(Bytes(10)));
            await two.WriteAsync(0, Sequence(Bytes(30)));
            await three.WriteAsync(0, Sequence(Bytes(20)));
        }

        await using var longest = await AppendAsync(fixture, null);
        await using var next = await BeginAsync(fixture, 15);

        Assert.Equal((30L, 15L), (longest.Offset, next.Offset));
        Assert.Equal(RefusalCode.Busy, await RefusedAsync(() => BeginAsync(fixture, 25, device: "ftp 192.0.2.9")));
    }

    [Theory]
    [InlineData(null, 1000)]
    [InlineData(700L, 700)]
    public async Task A_stored_file_becomes_the_beginning_of_a_new_version_and_stands_until_that_is_whole(long? at, int kept)
    {
        await using var fixture = await StartAsync();
        byte[] old = Bytes(1000), more = Bytes(500, 7);
        await fixture.PutAsync("f", old);
        await using (var upload = await AppendAsync(fixture, at))
        {
            Assert.Equal(kept, upload.Offset);
            await upload.WriteAsync(kept, Sequence(more));
            Assert.Equal(old, await fixture.ReadAsync("f"));
            Assert.Equal(Math.Max(1000, kept + 500), fixture.Files.Space(fixture.Ann).Used);
            Assert.Null(fixture.Files.Unfinished(fixture.Ann, "f"));
            await upload.CommitAsync(kept + 500, null);
        }

        byte[] expected = [.. old[..kept], .. more];
        Assert.Equal(expected, await fixture.ReadAsync("f"));
        Assert.Equal(kept + 500, fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal(kept + 500, fixture.UsedInStore());
    }

    [Fact]
    public async Task A_stored_file_decides_before_a_partial_does_and_leaves_it_alone()
    {
        await using var fixture = await StartAsync();
        await ParkAsync(fixture, Bytes(5000), 5000);
        await fixture.PutAsync("f", Bytes(1000));

        Assert.Equal(RefusalCode.BadOffset, await RefusedAsync(() => BeginAsync(fixture, 1001)));
        Assert.Equal(6000, fixture.Files.Space(fixture.Ann).Used);
        await using var upload = await BeginAsync(fixture, 1000);

        Assert.Equal(1000, upload.Offset);
        Assert.Equal([1000, 5000], fixture.Files.Uploads(fixture.Ann).Select(entry => entry.Offset).Order());
    }

    [Fact]
    public async Task An_append_that_is_over_quota_is_refused_and_the_file_stays()
    {
        await using var fixture = await StartAsync(quota: 1500);
        var old = Bytes(1000);
        await fixture.PutAsync("f", old);
        await using (var upload = await AppendAsync(fixture, null))
        {
            await upload.WriteAsync(1000, Sequence(Bytes(500)));
            Assert.Equal(RefusalCode.OverQuota, await RefusedAsync(() => upload.WriteAsync(1500, Sequence(Bytes(1))).AsTask()));
        }

        Assert.Equal(old, await fixture.ReadAsync("f"));
    }

    [Fact]
    public async Task An_append_that_is_given_up_before_its_copy_is_whole_leaves_nothing()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("f", Bytes(1000));
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var plan = new UploadPlan { Path = "f", ByPath = new ByPath(null), Device = Device };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.Files.BeginUploadAsync(fixture.Ann, plan, stop.Token));

        Assert.Empty(fixture.Files.Uploads(fixture.Ann));
        Assert.Equal(1000, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task An_append_to_nothing_makes_the_file()
    {
        await using var fixture = await StartAsync();
        await using var upload = await AppendAsync(fixture, null);
        await upload.WriteAsync(0, Sequence(Bytes(10)));

        await upload.CommitAsync(10, null);

        Assert.Equal(Bytes(10), await fixture.ReadAsync("f"));
    }

    [Fact]
    public async Task What_was_announced_is_reserved_and_fewer_bytes_are_kept_and_not_stored()
    {
        await using var fixture = await StartAsync(quota: 1000);
        var content = Bytes(900);
        Assert.Equal(RefusalCode.OverQuota, await RefusedAsync(() => BeginAsync(fixture, 0, announced: 1001)));
        await using (var upload = await BeginAsync(fixture, 0, announced: 800))
        {
            Assert.Equal((800L, 800L), (upload.Expected!.Value, fixture.Files.Space(fixture.Ann).Used));
            await upload.WriteAsync(0, Sequence(content, 0, 799));
            Assert.Equal(RefusalCode.SizeMismatch, await RefusedAsync(() => upload.CommitAsync(799, null)));
        }

        Assert.Equal(799, fixture.Files.Space(fixture.Ann).Used);
        await using var again = await BeginAsync(fixture, 799, announced: 800);
        await again.WriteAsync(799, Sequence(content, 799));
        Assert.Equal(900, fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal(RefusalCode.OverQuota, await RefusedAsync(() => again.WriteAsync(900, Sequence(Bytes(101))).AsTask()));
        await again.CommitAsync(900, null);
        Assert.Equal(content, await fixture.ReadAsync("f"));
        Assert.Equal(900, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task What_the_native_door_began_goes_on_by_path_and_keeps_its_announced_length()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        var id = await ParkNativelyAsync(fixture, content, 400);

        Assert.Equal(RefusalCode.SizeMismatch, await RefusedAsync(() => BeginAsync(fixture, 400, announced: 1001)));
        await using (var upload = await BeginAsync(fixture, 300))
        {
            Assert.Equal((id, 300L, 1000L), (upload.Id, upload.Offset, upload.Expected!.Value));
            await upload.WriteAsync(300, Sequence(content, 300, 600));
            Assert.Equal(RefusalCode.SizeMismatch, await RefusedAsync(() => upload.WriteAsync(900, Sequence(Bytes(101))).AsTask()));
            Assert.Equal(RefusalCode.SizeMismatch, await RefusedAsync(() => upload.CommitAsync(900, null)));
        }

        await using var native = await fixture.Files.BeginUploadAsync(fixture.Ann, Native(content), default);
        Assert.Equal((id, 900L), (native.Id, native.Offset));
        await native.WriteAsync(900, Sequence(content, 900));
        await native.CommitAsync(1000, Hex(content));
        Assert.Equal(1000, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task What_came_by_path_goes_on_natively_proved_leaf_by_leaf_and_back_again()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(FilesOptions.LeafSize + 1000);
        var damaged = (byte[])content.Clone();
        damaged[5] ^= 1;
        var id = await ParkAsync(fixture, damaged, FilesOptions.LeafSize + 500);

        await using (var native = await fixture.Files.BeginUploadAsync(fixture.Ann, Native(content), default))
        {
            Assert.Equal((id, FilesOptions.LeafSize + 500L, false), (native.Id, native.Offset, native.SourceChanged));
            Assert.Equal(content.Length, fixture.Files.Space(fixture.Ann).Used);
            var leaves = await LeavesAsync(native);
            Assert.NotEqual(Hex(content[..FilesOptions.LeafSize]), Convert.ToHexStringLower(leaves[..32]));
            Assert.Equal(Hex(content[FilesOptions.LeafSize..^500]), Convert.ToHexStringLower(leaves[32..]));
            await native.WriteAsync(5, Sequence(content, 5, 1));
        }

        await using var upload = await AppendAsync(fixture, null);
        Assert.Equal((id, (long)content.Length), (upload.Id, upload.Expected!.Value));
        await upload.WriteAsync(upload.Offset, Sequence(content, content.Length - 500));
        Assert.Equal(Hex(content), (await upload.CommitAsync(content.Length, null)).Sha256);
    }

    [Fact]
    public async Task What_came_by_path_and_is_longer_than_the_native_source_is_cut_to_it()
    {
        await using var fixture = await StartAsync(quota: 1200);
        var content = Bytes(1000);
        await ParkAsync(fixture, Bytes(1100), 1100);

        await using var native = await fixture.Files.BeginUploadAsync(fixture.Ann, Native(content), default);

        Assert.Equal(1000, native.Offset);
        Assert.Equal(1000, fixture.Files.Space(fixture.Ann).Used);
        await native.CommitAsync(1000, Hex(content));
        Assert.Equal(content, await fixture.ReadAsync("f"));
    }

    [Fact]
    public async Task A_native_upload_that_does_not_fit_leaves_what_came_by_path_as_it_was()
    {
        await using var fixture = await StartAsync(quota: 1200);
        await ParkAsync(fixture, Bytes(1000), 1000);

        Assert.Equal(RefusalCode.OverQuota, await RefusedAsync(() => fixture.Files.BeginUploadAsync(fixture.Ann, Native(Bytes(1201)), default)));

        Assert.Equal(1000, fixture.Files.Space(fixture.Ann).Used);
        await using var upload = await BeginAsync(fixture, 1000);
        Assert.Null(upload.Expected);
    }

    [Fact]
    public async Task A_pipe_whose_upload_another_took_over_is_told_and_ends_nobody()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        string id;
        await using (var pipe = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "f" }, default))
        {
            id = pipe.Id;
            await pipe.WriteAsync(0, Sequence(content, 0, 10));
        }

        await using var native = await fixture.Files.BeginUploadAsync(fixture.Ann, Native(content), default);
        Assert.Equal(id, native.Id);

        var again = new UploadPlan { Path = "f", UploadId = id };
        Assert.Equal(RefusalCode.UploadUnknown, await RefusedAsync(() => fixture.Files.BeginUploadAsync(fixture.Ann, again, default)));
        Assert.False(native.TakenOver.IsCancellationRequested);
    }

    [Fact]
    public async Task What_goes_on_by_path_survives_a_crash_of_the_server()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        await ParkNativelyAsync(fixture, content, 400);
        var upload = await BeginAsync(fixture, 400);
        await upload.WriteAsync(400, Sequence(content, 400, 100));

        await fixture.CrashAndStartAsync();

        Assert.Equal((500L, 1000L), (fixture.Files.Unfinished(fixture.Ann, "f")!.Offset, fixture.Files.Space(fixture.Ann).Used));
        await using var again = await BeginAsync(fixture, 500);
        await again.WriteAsync(500, Sequence(content, 500));
        await again.CommitAsync(1000, null);
        Assert.Equal(content, await fixture.ReadAsync("f"));
    }

    [Fact]
    public async Task The_unfinished_upload_is_told_of_where_no_file_stands()
    {
        await using var fixture = await StartAsync();
        Assert.Null(fixture.Files.Unfinished(fixture.Ann, "f"));
        await ParkAsync(fixture, Bytes(10), 10);
        Assert.Equal(("/f", 10L, false), Told(fixture));
        Assert.Null(fixture.Files.Unfinished(fixture.Bob, "f"));

        await using var upload = await BeginAsync(fixture, 10);
        Assert.Equal(("/f", 10L, true), Told(fixture));
        await upload.CommitAsync(10, null);
        Assert.Null(fixture.Files.Unfinished(fixture.Ann, "f"));
    }

    [Fact]
    public async Task What_would_be_refused_at_the_beginning_is_foreseen_without_one()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("file", Bytes(1));
        Directory.CreateDirectory(Path.Combine(fixture.HomeOfAnn, "folder"));
        await MakeFifoAsync(Path.Combine(fixture.HomeOfAnn, "fifo"));

        Assert.Equal(RefusalCode.IsAFolder, Foresee("folder"));
        Assert.Equal(RefusalCode.IsAFolder, Foresee("/"));
        Assert.Equal(RefusalCode.NotAFile, Foresee("fifo"));
        Assert.Equal(RefusalCode.NotFound, Foresee("missing/f"));
        Assert.Equal(RefusalCode.NotAFolder, Foresee("file/f"));
        Assert.Equal(RefusalCode.BadName, Foresee("a\nb"));
        Assert.Equal(RefusalCode.Exists, Foresee("file", IfExists.Fail));
        fixture.Files.CheckUpload(fixture.Ann, new UploadPlan { Path = "file" });
        Assert.Empty(fixture.Files.Uploads(fixture.Ann));

        RefusalCode Foresee(string path, IfExists ifExists = IfExists.Overwrite) =>
            Refused(() => fixture.Files.CheckUpload(fixture.Ann, new UploadPlan { Path = path, IfExists = ifExists, ByPath = new ByPath(0) }));
    }

    [Fact]
    public async Task Without_a_digest_none_is_told_or_recorded_and_the_bytes_are_the_same()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        var plan = new UploadPlan { Path = "f", ByPath = new ByPath(0), WithoutDigest = true };
        await using (var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, plan, default))
        {
            await upload.WriteAsync(0, Sequence(content));
            Assert.Equal("", (await upload.CommitAsync(1000, null)).Sha256);
        }

        var stored = await fixture.Files.PutAsync(fixture.Ann, new PutPlan { Path = "g", WithoutDigest = true }, Sequence(content));

        Assert.Equal("", stored.Sha256);
        using var download = await fixture.Files.OpenReadAsync(fixture.Ann, "f", 0, null);
        Assert.Null(download.Sha256);
        Assert.Equal(content, await fixture.ReadAsync("f"));
        Assert.Equal(content, await fixture.ReadAsync("g"));
    }

    [Fact]
    public async Task A_small_file_sent_anew_drops_what_was_kept_of_it_and_leaves_writers_alone()
    {
        await using var fixture = await StartAsync();
        await ParkAsync(fixture, Bytes(500), 500);
        await fixture.PutAsync("f", Bytes(10));
        Assert.Equal(510, fixture.Files.Space(fixture.Ann).Used);

        await fixture.Files.PutAsync(fixture.Ann, new PutPlan { Path = "f", DropUnfinished = true }, Sequence(Bytes(20)));

        Assert.Empty(fixture.Files.Uploads(fixture.Ann));
        Assert.Equal(20, fixture.Files.Space(fixture.Ann).Used);
        await using var writer = await BeginAsync(fixture, 0);
        await writer.WriteAsync(0, Sequence(Bytes(5)));
        await fixture.Files.PutAsync(fixture.Ann, new PutPlan { Path = "f", DropUnfinished = true }, Sequence(Bytes(20)));
        await writer.CommitAsync(5, null);
        Assert.Equal(Bytes(5), await fixture.ReadAsync("f"));
    }

    private static (string, long, bool) Told(FilesFixture fixture)
    {
        var entry = fixture.Files.Unfinished(fixture.Ann, "f")!;
        return (entry.Path, entry.Offset, entry.Busy);
    }

    private static UploadPlan Native(byte[] content) => new() { Path = "f", Total = content.Length, Modified = 5 };

    private static Task<Upload> BeginAsync(FilesFixture fixture, long at, string path = "f", string device = Device, long? announced = null) =>
        BeginAsync(fixture, new UploadPlan { Path = path, ByPath = new ByPath(at), Device = device, Announced = announced });

    private static Task<Upload> AppendAsync(FilesFixture fixture, long? at) =>
        BeginAsync(fixture, new UploadPlan { Path = "f", ByPath = new ByPath(at), Device = Device });

    private static Task<Upload> BeginAsync(FilesFixture fixture, UploadPlan plan) => fixture.Files.BeginUploadAsync(fixture.Ann, plan, default);

    private static async Task<string> ParkAsync(FilesFixture fixture, byte[] content, int length)
    {
        await using var upload = await BeginAsync(fixture, 0, "f", "ftp 192.0.2.7");
        await upload.WriteAsync(0, Sequence(content, 0, length));
        return upload.Id;
    }

    private static async Task<string> ParkNativelyAsync(FilesFixture fixture, byte[] content, int length)
    {
        await using var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, Native(content), default);
        await upload.WriteAsync(0, Sequence(content, 0, length));
        return upload.Id;
    }

    private static async Task<byte[]> LeavesAsync(Upload upload)
    {
        var leaves = new List<byte>();
        await foreach (var block in upload.KeptLeavesAsync(default))
        {
            leaves.AddRange(block.ToArray());
        }

        return [.. leaves];
    }
}
