using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Services.Files.Commits;
using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

public class BinTests
{
    [Fact]
    public async Task What_is_removed_is_shown_counted_and_put_back_where_it_was()
    {
        await using var fixture = await StartAsync(quota: 10_000);
        await fixture.PutAsync("a/b/f", Bytes(1000), parents: true);
        await fixture.PutAsync("a/g", Bytes(500));

        await fixture.Files.RemoveAsync(fixture.Ann, "a/b/f", recursive: false);
        await fixture.Files.RemoveAsync(fixture.Ann, "a", recursive: true);

        var bin = fixture.Files.Bin(fixture.Ann);
        Assert.Equal([("/a", "folder", 500L), ("/a/b/f", "file", 1000L)], bin.Select(entry => (entry.Path, entry.Type, entry.Size)));
        Assert.All(bin, entry => Assert.Equal(TimeSpan.FromDays(7).TotalMicroseconds, entry.Expires - entry.Removed));
        Assert.Empty(fixture.Files.List(fixture.Ann, "/", recursive: true));
        var space = fixture.Files.Space(fixture.Ann);
        Assert.Equal((1500L, 1500L, 10_000L), (space.Used, space.Bin, space.Free));
        Assert.Equal(1500, fixture.UsedInStore());

        Assert.Equal("/a/b/f", await fixture.Files.RestoreAsync(fixture.Ann, bin[1].Id));
        Assert.Equal(Bytes(1000), await fixture.ReadAsync("a/b/f"));
        Assert.Equal("/a (1)", await fixture.Files.RestoreAsync(fixture.Ann, bin[0].Id));
        Assert.Equal(Bytes(500), await fixture.ReadAsync("a (1)/g"));
        Assert.Empty(fixture.Files.Bin(fixture.Ann));
        Assert.Equal((1500L, 0L), (fixture.Files.Space(fixture.Ann).Used, fixture.Files.Space(fixture.Ann).Bin));
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
        Assert.Contains(fixture.Audit(), record => record is { Action: "bin-restore", Subject: "/a (1)" });
    }

    [Fact]
    public async Task Whoever_watches_is_told_of_every_folder_that_is_made_again()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("a/b/f", Bytes(10), parents: true);
        await fixture.Files.RemoveAsync(fixture.Ann, "a/b/f", recursive: false);
        await fixture.Files.RemoveAsync(fixture.Ann, "a", recursive: true);
        using var watch = fixture.Files.Watch(fixture.Ann, () => { });

        await fixture.Files.RestoreAsync(fixture.Ann, fixture.Files.Bin(fixture.Ann).Single(entry => entry.Type == "file").Id);
        Assert.Equal(["/", "/a", "/a/b"], watch.Take().Folders!.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Nobody_puts_back_what_is_anothers_or_gone_and_no_file_in_the_way_is_lost()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("d/f", Bytes(10), parents: true);
        await fixture.Files.RemoveAsync(fixture.Ann, "d/f", recursive: false);
        await fixture.Files.RemoveAsync(fixture.Ann, "d", recursive: false);
        var file = fixture.Files.Bin(fixture.Ann).Single(entry => entry.Type == "file").Id;

        Assert.Equal(RefusalCode.NotFound, await RefusedAsync(() => fixture.Files.RestoreAsync(fixture.Bob, file)));
        Assert.Equal(RefusalCode.NotFound, await RefusedAsync(() => fixture.Files.EmptyBinAsync(fixture.Bob, file)));
        Assert.Equal(RefusalCode.NotFound, await RefusedAsync(() => fixture.Files.RestoreAsync(fixture.Ann, "../f")));
        Assert.Equal(RefusalCode.Forbidden, Refused(() => fixture.Files.Bin(fixture.Ann with { Allow = Permissions.Chat })));

        await fixture.PutAsync("d", Bytes(3));
        Assert.Equal(RefusalCode.NotAFolder, await RefusedAsync(() => fixture.Files.RestoreAsync(fixture.Ann, file)));
        Assert.Contains(fixture.Files.Bin(fixture.Ann), entry => entry.Id == file);
        Assert.Equal((3L, 10L), (fixture.BytesAtHome(), fixture.Files.Space(fixture.Ann).Bin));
        await fixture.Files.RemoveAsync(fixture.Ann, "d", recursive: false);
        Assert.Equal("/d/f", await fixture.Files.RestoreAsync(fixture.Ann, file));
        Assert.Equal(RefusalCode.NotFound, await RefusedAsync(() => fixture.Files.RestoreAsync(fixture.Ann, file)));
    }

    [Fact]
    public async Task A_folder_that_holds_something_and_a_link_are_removed_as_ever()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("d/f", Bytes(10), parents: true);
        File.CreateSymbolicLink(Path.Combine(fixture.HomeOfAnn, "link"), "d/f");

        Assert.Equal(RefusalCode.NotEmpty, await RefusedAsync(() => fixture.Files.RemoveAsync(fixture.Ann, "d", recursive: false)));
        Assert.Equal(RefusalCode.NotFound, await RefusedAsync(() => fixture.Files.RemoveAsync(fixture.Ann, "none", recursive: true)));
        await fixture.Files.RemoveAsync(fixture.Ann, "link", recursive: false);

        var link = Assert.Single(fixture.Files.Bin(fixture.Ann));
        Assert.Equal(("/link", "file", 0L), (link.Path, link.Type, link.Size));
        await fixture.Files.RestoreAsync(fixture.Ann, link.Id);
        Assert.Equal("d/f", new FileInfo(Path.Combine(fixture.HomeOfAnn, "link")).LinkTarget);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Forever_or_without_a_bin_the_room_is_free_at_once(bool forever)
    {
        await using var fixture = await StartAsync(change: options => options with { BinLifetime = forever ? options.BinLifetime : TimeSpan.Zero });
        await fixture.PutAsync("f", Bytes(1000));
        await fixture.PutAsync("d/g", Bytes(1000), parents: true);

        await fixture.Files.RemoveAsync(fixture.Ann, "f", recursive: false, forever);
        await fixture.Files.RemoveAsync(fixture.Ann, "d", recursive: true, forever);

        Assert.Empty(fixture.Files.Bin(fixture.Ann));
        Assert.Equal((0L, 0L), (fixture.Files.Space(fixture.Ann).Used, fixture.UsedInStore()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
    }

    [Fact]
    public async Task It_is_emptied_by_entry_or_whole()
    {
        await using var fixture = await StartAsync();
        await RemovedAsync(fixture, ("a", 1), ("b", 10), ("c", 100));

        await fixture.Files.EmptyBinAsync(fixture.Ann, fixture.Files.Bin(fixture.Ann).Single(entry => entry.Path == "/b").Id);
        Assert.Equal(["/c", "/a"], fixture.Files.Bin(fixture.Ann).Select(entry => entry.Path));
        Assert.Equal((101L, 101L), (fixture.Files.Space(fixture.Ann).Used, fixture.UsedInStore()));
        await fixture.Files.EmptyBinAsync(fixture.Ann, null);

        Assert.Empty(fixture.Files.Bin(fixture.Ann));
        Assert.Equal((0L, 0L), (fixture.Files.Space(fixture.Ann).Used, fixture.UsedInStore()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
    }

    [Fact]
    public async Task It_expires_at_a_sweep_and_at_a_start()
    {
        await using var fixture = await StartAsync();
        await RemovedAsync(fixture, ("a", 1));
        fixture.Clock.Advance(TimeSpan.FromDays(3));
        await RemovedAsync(fixture, ("b", 10));
        fixture.Clock.Advance(TimeSpan.FromDays(4) + TimeSpan.FromMinutes(1));

        await fixture.Files.SweepAsync();
        Assert.Equal("/b", Assert.Single(fixture.Files.Bin(fixture.Ann)).Path);
        Assert.Contains(fixture.Audit(), record => record is { Action: "bin-drop", Subject: "/a", Detail: "expired", From: "server" });
        fixture.Clock.Advance(TimeSpan.FromDays(3));
        await fixture.StopAndStartAsync();

        Assert.Empty(fixture.Files.Bin(fixture.Ann));
        Assert.Equal((0L, 0L), (fixture.Files.Space(fixture.Ann).Used, fixture.UsedInStore()));
    }

    [Fact]
    public async Task It_survives_a_stop_and_a_crash_with_what_it_counts()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("d/f", Bytes(1000), parents: true);
        await fixture.PutAsync("stays", Bytes(7));
        await fixture.Files.RemoveAsync(fixture.Ann, "d", recursive: true);
        var before = fixture.Files.Bin(fixture.Ann);

        await fixture.StopAndStartAsync();
        Assert.Equal(before, fixture.Files.Bin(fixture.Ann));
        Assert.Equal((1007L, 1000L), (fixture.Files.Space(fixture.Ann).Used, fixture.Files.Space(fixture.Ann).Bin));
        await fixture.CrashAndStartAsync();
        Assert.Equal(before, fixture.Files.Bin(fixture.Ann));
        Assert.Equal((1007L, 1000L, 1007L), (fixture.Files.Space(fixture.Ann).Used, fixture.Files.Space(fixture.Ann).Bin, fixture.UsedInStore()));
        await fixture.Files.RestoreAsync(fixture.Ann, before[0].Id);
        Assert.Equal(Bytes(1000), await fixture.ReadAsync("d/f"));
    }

    [Theory]
    [InlineData("data synced", false, true)]
    [InlineData("intent stored", false, true)]
    [InlineData("intent stored", false, false)]
    [InlineData("renamed", true, true)]
    [InlineData("folders synced", true, true)]
    [InlineData("books kept", true, true)]
    [InlineData("renamed", true, false)]
    [InlineData("folders synced", true, false)]
    public async Task A_crash_in_a_removal_leaves_it_in_the_home_or_in_the_bin(string point, bool removed, bool durable)
    {
        var armed = false;
        await using var fixture = await StartAsync(crashPoint: at => Crash(armed && at == point, at), change: options => options with { Durable = durable });
        await fixture.PutAsync("d/f", Bytes(1000), parents: true);
        await fixture.PutAsync("g", Bytes(10));
        armed = true;
        await Task.WhenAll(CrashedAsync(() => fixture.Files.RemoveAsync(fixture.Ann, "d", recursive: true)), CrashedAsync(() => fixture.Files.RemoveAsync(fixture.Ann, "g", false)));
        await fixture.CrashAndStartAsync();

        // The committer dies with the first group; whether the second removal was in it is its luck.
        Assert.Equal(removed, fixture.Files.Bin(fixture.Ann).Count > 0);
        Assert.Equal(1010, fixture.BytesAtHome() + fixture.Files.Space(fixture.Ann).Bin);
        Assert.Equal((1010L, 1010L), (fixture.Files.Space(fixture.Ann).Used, fixture.UsedInStore()));
        Assert.Empty(fixture.Store.Intents());
        foreach (var entry in fixture.Files.Bin(fixture.Ann))
        {
            Assert.Equal(entry.Path, await fixture.Files.RestoreAsync(fixture.Ann, entry.Id));
        }

        Assert.Equal(Bytes(1000), await fixture.ReadAsync("d/f"));
        Assert.Equal(Bytes(10), await fixture.ReadAsync("g"));
        Assert.Equal((1010L, 0L), (fixture.Files.Space(fixture.Ann).Used, fixture.Files.Space(fixture.Ann).Bin));
    }

    [Theory]
    [InlineData("intent stored", false)]
    [InlineData("renamed", true)]
    [InlineData("folders synced", true)]
    [InlineData("books kept", true)]
    public async Task A_crash_while_something_is_put_back_leaves_it_in_the_bin_or_in_the_home(string point, bool restored)
    {
        var armed = false;
        await using var fixture = await StartAsync(crashPoint: at => Crash(armed && at == point, at));
        await fixture.PutAsync("d/f", Bytes(1000), parents: true);
        await fixture.Files.RemoveAsync(fixture.Ann, "d", recursive: true);
        armed = true;
        await CrashedAsync(() => fixture.Files.RestoreAsync(fixture.Ann, fixture.Files.Bin(fixture.Ann)[0].Id));
        await fixture.CrashAndStartAsync();

        Assert.Equal(restored ? 1000 : 0, fixture.BytesAtHome());
        Assert.Equal(restored ? 0 : 1000, fixture.Files.Space(fixture.Ann).Bin);
        Assert.Equal(restored ? 0 : 1, fixture.Files.Bin(fixture.Ann).Count);
        Assert.Equal((1000L, 1000L), (fixture.Files.Space(fixture.Ann).Used, fixture.UsedInStore()));
    }

    [Fact]
    public async Task It_is_gone_with_its_account_and_keeps_an_account_that_is_not_to_be_purged()
    {
        await using var fixture = await StartAsync();
        await RemovedAsync(fixture, ("a", 100));
        var admin = fixture.Bob with { Allow = Permissions.Admin };

        Assert.Equal(RefusalCode.NotEmpty, await RefusedAsync(() => fixture.Files.ReleaseAsync(admin, fixture.Ann.AccountId, purge: false)));
        Assert.Single(fixture.Files.Bin(fixture.Ann));
        await fixture.Files.ReleaseAsync(admin, fixture.Ann.AccountId, purge: true);

        Assert.False(Directory.Exists(fixture.PartialsOfAnn));
        Assert.False(Directory.Exists(fixture.HomeOfAnn));
    }

    [Fact]
    public async Task Without_sync_the_bin_has_it_when_it_is_answered()
    {
        await using var fixture = await StartAsync(change: options => options with { Durable = false, BooksDelay = TimeSpan.FromHours(1) });
        await fixture.PutAsync("f", Bytes(100));
        await fixture.Files.RemoveAsync(fixture.Ann, "f", recursive: false);

        await fixture.CrashAndStartAsync();

        Assert.Equal("/f", Assert.Single(fixture.Files.Bin(fixture.Ann)).Path);
        Assert.Equal(100, fixture.Files.Space(fixture.Ann).Bin);
    }

    [Fact]
    public async Task More_entries_than_are_kept_push_out_the_oldest()
    {
        await using var fixture = await StartAsync(change: options => options with { BinEntries = 2 });
        await RemovedAsync(fixture, ("a", 1), ("b", 10), ("c", 100));

        Assert.Equal(["/c", "/b"], fixture.Files.Bin(fixture.Ann).Select(entry => entry.Path));
        Assert.Equal(110, fixture.Files.Space(fixture.Ann).Used);
    }

    internal static async Task RemovedAsync(FilesFixture fixture, params (string Path, int Size)[] files)
    {
        foreach (var (path, size) in files)
        {
            await fixture.PutAsync(path, Bytes(size));
            // Entries of one microsecond are ordered by chance.
            fixture.Clock.Advance(TimeSpan.FromMicroseconds(1));
            await fixture.Files.RemoveAsync(fixture.Ann, path, recursive: false);
        }
    }

    private static void Crash(bool now, string point)
    {
        if (now)
        {
            throw new SimulatedCrashException(point);
        }
    }

    private static async Task CrashedAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception error) when (error is SimulatedCrashException or RefusedException { Code: RefusalCode.Closing })
        {
            return;
        }

        Assert.Fail("it was answered");
    }
}
