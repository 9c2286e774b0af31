using Switchboard.Protocol;
using Switchboard.Server.Services.Files;
using static Switchboard.Tests.Files.BinTests;
using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

/// <summary>The bin gives way to whatever needs its room.</summary>
public class BinRoomTests
{
    [Fact]
    public async Task Removing_something_makes_room_for_the_next_whatever_way_it_comes()
    {
        await using var fixture = await StartAsync(quota: 1000);
        for (var i = 0; i < 3; i++)
        {
            await fixture.PutAsync("f", Bytes(1000, i));
            await fixture.Files.RemoveAsync(fixture.Ann, "f", recursive: false);
            await fixture.UploadAsync("f", Bytes(1000, i + 10));
            await fixture.Files.RemoveAsync(fixture.Ann, "f", recursive: false);
            await using var stream = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "s" }, default);
            await stream.WriteAsync(0, Sequence(Bytes(1000, i + 20)));
            await stream.CommitAsync(1000, null);
            Assert.Equal((1000L, 0L), (fixture.Files.Space(fixture.Ann).Used, fixture.Files.Space(fixture.Ann).Bin));
            await fixture.Files.RemoveAsync(fixture.Ann, "s", recursive: false);
        }

        Assert.Equal("/s", Assert.Single(fixture.Files.Bin(fixture.Ann)).Path);
        Assert.Contains(fixture.Audit(), record => record is { Action: "bin-drop", Detail: "gave way" });
    }

    [Fact]
    public async Task The_oldest_go_first_as_many_as_are_needed_and_none_where_all_would_not_do()
    {
        await using var fixture = await StartAsync(quota: 1000);
        await fixture.PutAsync("stays", Bytes(100));
        await RemovedAsync(fixture, ("a", 300), ("b", 300), ("c", 300));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => fixture.PutAsync("big", Bytes(901)));
        Assert.Equal((RefusalCode.OverQuota, 900L, 1L), (refused.Code, refused.Refusal.Free, refused.Refusal.Missing));
        Assert.Equal(3, fixture.Files.Bin(fixture.Ann).Count);

        await fixture.PutAsync("d", Bytes(301));
        Assert.Equal(["/c"], fixture.Files.Bin(fixture.Ann).Select(entry => entry.Path));
        Assert.Equal((701L, 300L), (fixture.Files.Space(fixture.Ann).Used, fixture.Files.Space(fixture.Ann).Bin));
        await fixture.StopAndStartAsync();
        Assert.Equal((701L, 300L, 701L), (fixture.Files.Space(fixture.Ann).Used, fixture.Files.Space(fixture.Ann).Bin, fixture.UsedInStore()));
    }

    [Fact]
    public async Task A_quota_that_was_lowered_below_what_is_held_is_met_by_the_bin_first()
    {
        await using var fixture = await StartAsync(quota: 1000);
        await fixture.PutAsync("stays", Bytes(100));
        await RemovedAsync(fixture, ("a", 400), ("b", 400));
        await fixture.SetQuotaAsync(400);

        await fixture.PutAsync("c", Bytes(300));

        Assert.Equal((400L, 0L), (fixture.Files.Space(fixture.Ann).Used, fixture.Files.Space(fixture.Ann).Bin));
        Assert.Equal(RefusalCode.OverQuota, await RefusedAsync(() => fixture.PutAsync("d", Bytes(1))));
    }

    [Fact]
    public async Task Many_at_once_are_never_refused_while_the_bin_has_room_and_never_pass_the_quota()
    {
        const int quota = 50_000, size = 500;
        await using var fixture = await StartAsync(quota: quota);
        await RemovedAsync(fixture, [.. Enumerable.Range(0, quota / size).Select(i => ($"old{i}", size))]);
        Assert.Equal(quota, fixture.Files.Space(fixture.Ann).Bin);

        await Task.WhenAll(Enumerable.Range(0, quota / size).Select(i => Task.Run(async () =>
        {
            await (i % 2 == 0 ? fixture.PutAsync($"new{i}", Bytes(size, i)) : fixture.UploadAsync($"new{i}", Bytes(size, i)));
            Assert.InRange(fixture.Files.Space(fixture.Ann).Used, 0, quota);
        })));

        Assert.Empty(fixture.Files.Bin(fixture.Ann));
        Assert.Equal((quota, (long)quota), (fixture.Files.Space(fixture.Ann).Used, fixture.BytesAtHome()));
        Assert.Equal(RefusalCode.OverQuota, await RefusedAsync(() => fixture.PutAsync("more", Bytes(1))));
    }

    [Fact]
    public async Task Half_of_the_bin_goes_when_half_of_its_room_is_needed_by_many_at_once()
    {
        await using var fixture = await StartAsync(quota: 20_000);
        await RemovedAsync(fixture, [.. Enumerable.Range(0, 40).Select(i => ($"old{i}", 500))]);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => fixture.PutAsync($"new{i}", Bytes(500, i)))));

        Assert.Equal(Enumerable.Range(20, 20).Reverse().Select(i => $"/old{i}"), fixture.Files.Bin(fixture.Ann).Select(entry => entry.Path));
        Assert.Equal((20_000L, 10_000L), (fixture.Files.Space(fixture.Ann).Used, fixture.Files.Space(fixture.Ann).Bin));
    }

    [Fact]
    public async Task Who_removes_puts_back_empties_and_stores_at_once_loses_and_doubles_nothing()
    {
        await using var fixture = await StartAsync(quota: 6_000);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                await QuietAsync(() => fixture.PutAsync($"f{worker}", Bytes(500 + worker, i)));
                await QuietAsync(() => fixture.Files.RemoveAsync(fixture.Ann, $"f{worker}", recursive: false));
                if (fixture.Files.Bin(fixture.Ann) is [var newest, ..])
                {
                    await QuietAsync(() => i % 5 == 0 ? fixture.Files.EmptyBinAsync(fixture.Ann, newest.Id) : fixture.Files.RestoreAsync(fixture.Ann, newest.Id));
                }
            }
        })));

        await fixture.StopAndStartAsync();
        var space = fixture.Files.Space(fixture.Ann);
        Assert.InRange(space.Used, 0, 6_000);
        Assert.Equal(fixture.BytesAtHome() + new DirectoryInfo(fixture.PartialsOfAnn).EnumerateFiles().Sum(file => file.Length), space.Used);
        Assert.Equal(fixture.Files.Bin(fixture.Ann).Sum(entry => entry.Size), space.Bin);
        Assert.Equal(space.Used, fixture.UsedInStore());
    }

    [Fact]
    public async Task A_full_disk_is_met_by_the_bin_too()
    {
        FilesFixture? disk = null;
        // A disk of 500,000 bytes, on which nobody else is.
        await using var fixture = disk = await StartAsync(change: options => options with
        {
            DiskReserve = 0,
            DiskFree = () => 500_000 - (disk is null ? 0 : disk.BytesAtHome() + new DirectoryInfo(disk.PartialsOfAnn).EnumerateFiles().Sum(file => file.Length)),
        });
        await RemovedAsync(fixture, ("a", 200_000), ("b", 200_000));

        Assert.Equal(500_000, fixture.Files.Space(fixture.Ann).Free);
        await fixture.PutAsync("c", Bytes(150_000));
        Assert.Equal(["/b"], fixture.Files.Bin(fixture.Ann).Select(entry => entry.Path));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "d", Total = 350_001 }, default));
        Assert.Equal((RefusalCode.DiskFull, 1L), (refused.Code, refused.Refusal.Missing));
        Assert.Single(fixture.Files.Bin(fixture.Ann));
    }

    [Fact]
    public async Task What_programs_write_past_the_doors_takes_the_room_of_the_bin_before_it_is_too_much()
    {
        await using var fixture = await StartAsync(quota: 1000);
        await RemovedAsync(fixture, ("a", 300), ("b", 300));
        await File.WriteAllBytesAsync(Path.Combine(fixture.HomeOfAnn, "written"), Bytes(600));

        await fixture.Files.Homes.CountAsync(fixture.Ann.AccountId, default);

        Assert.Equal(["/b"], fixture.Files.Bin(fixture.Ann).Select(entry => entry.Path));
        Assert.Equal((900L, 1000L), fixture.Files.Homes.Space(fixture.Ann.AccountId));
        await fixture.StopAndStartAsync();
        Assert.Equal((900L, 900L), (fixture.Files.Space(fixture.Ann).Used, fixture.UsedInStore()));
    }

    // Others may have been quicker, and the home may be full: that is what this is about.
    private static async Task QuietAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (RefusedException refused) when (refused.Code is RefusalCode.NotFound or RefusalCode.OverQuota)
        {
            return;
        }
    }
}
