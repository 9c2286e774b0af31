using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;
using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

public class ResumeTests
{
    private const int Leaf = FilesOptions.LeafSize;

    [Fact]
    public async Task An_upload_goes_on_where_it_stopped_and_proves_what_was_kept()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(Leaf + 1000);
        var id = await ParkAsync(fixture, content, Leaf + 500);

        await using var upload = await BeginAsync(fixture, content);

        Assert.Equal((id, Leaf + 500L, false), (upload.Id, upload.Offset, upload.SourceChanged));
        var leaves = await LeavesAsync(upload);
        Assert.Equal(Hex(content[..Leaf]) + Hex(content[Leaf..(Leaf + 500)]), Convert.ToHexStringLower(leaves));
        await upload.WriteAsync(upload.Offset, Sequence(content, Leaf + 500));
        Assert.Equal(Hex(content), (await upload.CommitAsync(content.Length, Hex(content))).Sha256);
    }

    [Fact]
    public async Task A_damaged_kept_byte_shows_in_its_leaf_and_is_repaired()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(Leaf + 1000);
        var id = await ParkAsync(fixture, content, Leaf + 500);
        Damage(Path.Combine(fixture.PartialsOfAnn, id), Leaf / 2);

        await using var upload = await BeginAsync(fixture, content);
        var leaves = await LeavesAsync(upload);

        Assert.NotEqual(Hex(content[..Leaf]), Convert.ToHexStringLower(leaves[..32]));
        Assert.Equal(Hex(content[Leaf..(Leaf + 500)]), Convert.ToHexStringLower(leaves[32..]));
        await upload.WriteAsync(0, Sequence(content, 0, Leaf));
        await upload.WriteAsync(upload.Offset, Sequence(content, Leaf + 500));
        await upload.CommitAsync(content.Length, Hex(content));
        Assert.Equal(content, await fixture.ReadAsync("f"));
    }

    [Fact]
    public async Task A_damaged_kept_byte_that_nobody_repairs_is_never_stored_and_the_rest_stays_kept()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(100_000);
        var id = await ParkAsync(fixture, content, 50_000);
        Damage(Path.Combine(fixture.PartialsOfAnn, id), 100);

        await using (var upload = await BeginAsync(fixture, content))
        {
            await upload.WriteAsync(50_000, Sequence(content, 50_000));
            Assert.Equal(RefusalCode.DigestMismatch, await RefusedAsync(() => upload.CommitAsync(content.Length, Hex(content))));
        }

        Assert.Equal(content.Length, Assert.Single(fixture.Files.Uploads(fixture.Ann)).Offset);
        Assert.Empty(fixture.Files.List(fixture.Ann, "/", false));
    }

    [Fact]
    public async Task Kept_bytes_survive_a_crash_of_the_server()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(100_000);
        var upload = await BeginAsync(fixture, content);
        await upload.WriteAsync(0, Sequence(content, 0, 60_000));

        await fixture.CrashAndStartAsync();

        var entry = Assert.Single(fixture.Files.Uploads(fixture.Ann));
        Assert.Equal((upload.Id, "/f", 60_000L, false), (entry.Id, entry.Path, entry.Offset, entry.Busy));
        Assert.Equal(100_000, fixture.Files.Space(fixture.Ann).Used);
        await using var again = await BeginAsync(fixture, content);
        await again.WriteAsync(60_000, Sequence(content, 60_000));
        await again.CommitAsync(content.Length, Hex(content));
        Assert.Equal(content, await fixture.ReadAsync("f"));
        Assert.Equal(100_000, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task Another_source_starts_anew_and_says_so()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        await ParkAsync(fixture, content, 500);

        await using var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "f", Total = 1000, Modified = 6 }, default);

        Assert.Equal((0L, true), (upload.Offset, upload.SourceChanged));
        Assert.Single(fixture.Files.Uploads(fixture.Ann));
        Assert.Equal(1000, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task Restart_forgets_what_was_kept()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        var id = await ParkAsync(fixture, content, 500);

        await using var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, Plan(content) with { Restart = true }, default);

        Assert.Equal((0L, false), (upload.Offset, upload.SourceChanged));
        Assert.NotEqual(id, upload.Id);
    }

    [Fact]
    public async Task The_same_device_takes_its_own_upload_over_and_the_old_writer_is_told()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        var old = await BeginAsync(fixture, content);
        await old.WriteAsync(0, Sequence(content, 0, 400));

        await using var upload = await BeginAsync(fixture, content);

        Assert.Equal((old.Id, 400L), (upload.Id, upload.Offset));
        Assert.True(old.TakenOver.IsCancellationRequested);
        Assert.Equal(RefusalCode.Busy, await RefusedAsync(() => old.WriteAsync(400, Sequence(content, 400)).AsTask()));
        Assert.Equal(RefusalCode.Busy, await RefusedAsync(() => old.CommitAsync(400, null)));
        await old.DisposeAsync();
        await upload.WriteAsync(400, Sequence(content, 400));
        await upload.CommitAsync(1000, Hex(content));
        Assert.Equal(1000, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task Two_devices_on_one_path_each_have_their_own_upload_and_the_last_commit_wins_whole()
    {
        await using var fixture = await StartAsync();
        var phone = fixture.Ann with { Device = "phone" };
        byte[] first = Bytes(500_000, 1), second = Bytes(400_000, 2);
        await using var a = await fixture.Files.BeginUploadAsync(fixture.Ann, Plan(first), default);
        await using var b = await fixture.Files.BeginUploadAsync(phone, Plan(second), default);
        Assert.NotEqual(a.Id, b.Id);
        for (var at = 0; at < 400_000; at += 100_000)
        {
            await a.WriteAsync(at, Sequence(first, at, 100_000));
            await b.WriteAsync(at, Sequence(second, at, 100_000));
        }

        await a.WriteAsync(400_000, Sequence(first, 400_000));
        await a.CommitAsync(first.Length, Hex(first));
        Assert.Equal(first, await fixture.ReadAsync("f"));
        await b.CommitAsync(second.Length, Hex(second));

        Assert.Equal(second, await fixture.ReadAsync("f"));
        Assert.Equal(second.Length, fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal(second.Length, fixture.UsedInStore());
    }

    [Fact]
    public async Task Another_device_goes_on_with_what_was_parked_and_with_what_it_can_name()
    {
        await using var fixture = await StartAsync();
        var phone = fixture.Ann with { Device = "phone" };
        var content = Bytes(1000);
        var id = await ParkAsync(fixture, content, 500);

        await using var parked = await fixture.Files.BeginUploadAsync(phone, Plan(content), default);
        Assert.Equal((id, 500L), (parked.Id, parked.Offset));
        await using var named = await fixture.Files.BeginUploadAsync(fixture.Ann, Plan(content) with { UploadId = id }, default);

        Assert.Equal((id, 500L), (named.Id, named.Offset));
        Assert.True(parked.TakenOver.IsCancellationRequested);
        Assert.Equal(
            RefusalCode.UploadUnknown,
            await RefusedAsync(() => fixture.Files.BeginUploadAsync(fixture.Bob, Plan(content) with { UploadId = id }, default)));
    }

    [Fact]
    public async Task Abandoned_uploads_are_dropped_after_a_week_and_busy_ones_are_not()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        await ParkAsync(fixture, content, 500);
        fixture.Clock.Advance(TimeSpan.FromDays(6));
        await fixture.StopAndStartAsync();
        Assert.Single(fixture.Files.Uploads(fixture.Ann));

        fixture.Clock.Advance(TimeSpan.FromDays(2));
        await fixture.StopAndStartAsync();

        Assert.Empty(fixture.Files.Uploads(fixture.Ann));
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
        Assert.Equal(0, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task A_dropped_upload_gives_its_room_back_and_ends_its_writer()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        await using var upload = await BeginAsync(fixture, content);
        await upload.WriteAsync(0, Sequence(content, 0, 10));
        Assert.Equal(1000, fixture.Files.Space(fixture.Ann).Partial);

        await fixture.Files.DropUploadAsync(fixture.Ann, upload.Id);

        Assert.True(upload.TakenOver.IsCancellationRequested);
        Assert.Equal(0, fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal(RefusalCode.UploadUnknown, await RefusedAsync(() => fixture.Files.DropUploadAsync(fixture.Ann, upload.Id)));
    }

    [Fact]
    public async Task Bytes_beyond_the_end_gaps_and_wrong_totals_are_refused()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(1000);
        await using var upload = await BeginAsync(fixture, content);

        Assert.Equal(RefusalCode.BadOffset, await RefusedAsync(() => upload.WriteAsync(1, Sequence(content, 0, 10)).AsTask()));
        Assert.Equal(RefusalCode.SizeMismatch, await RefusedAsync(() => upload.WriteAsync(0, Sequence(Bytes(1001))).AsTask()));
        await upload.WriteAsync(0, Sequence(content, 0, 10));
        Assert.Equal(RefusalCode.SizeMismatch, await RefusedAsync(() => upload.CommitAsync(10, null)));
        Assert.Equal(RefusalCode.SizeMismatch, await RefusedAsync(() => upload.CommitAsync(1000, null)));
    }

    [Fact]
    public async Task A_stream_of_unknown_length_is_counted_as_it_comes_and_stored()
    {
        await using var fixture = await StartAsync();
        var content = Bytes(300_000);
        await using var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "s" }, default);
        await upload.WriteAsync(0, Sequence(content, 0, 100_000));
        Assert.Equal(100_000, fixture.Files.Space(fixture.Ann).Used);
        await upload.WriteAsync(100_000, Sequence(content, 100_000));

        await upload.CommitAsync(300_000, Hex(content));

        Assert.Equal(content, await fixture.ReadAsync("s"));
        Assert.Equal(300_000, fixture.Files.Space(fixture.Ann).Used);
    }

    private static UploadPlan Plan(byte[] content) => new() { Path = "f", Total = content.Length, Modified = 5 };

    private static Task<Upload> BeginAsync(FilesFixture fixture, byte[] content) => fixture.Files.BeginUploadAsync(fixture.Ann, Plan(content), default);

    private static async Task<string> ParkAsync(FilesFixture fixture, byte[] content, int length)
    {
        await using var upload = await BeginAsync(fixture, content);
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

    private static void Damage(string path, long at)
    {
        using var file = File.Open(path, FileMode.Open);
        file.Position = at;
        var old = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(old ^ 1));
    }
}
