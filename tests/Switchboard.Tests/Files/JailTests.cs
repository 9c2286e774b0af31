using System.Diagnostics;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;
using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

public class JailTests
{
    [Theory]
    [InlineData("../outside")]
    [InlineData("/../outside")]
    [InlineData("../../../../../../etc/outside")]
    [InlineData("a/../../outside")]
    [InlineData("a/./.././../outside")]
    [InlineData("..//..//outside")]
    [InlineData("/////../outside/")]
    public async Task Going_up_from_the_home_stays_at_home(string path)
    {
        await using var fixture = await StartAsync();

        var stored = await fixture.PutAsync(path, Bytes(10), parents: true);

        Assert.StartsWith("/", stored.Path, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(fixture.HomeOfAnn, stored.Path[1..])));
        Assert.False(File.Exists(Path.Combine(fixture.Folder, "outside")));
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("a\u001b[31m")]
    [InlineData("a\u0085b")]
    public void Control_characters_in_names_are_refused(string path)
    {
        Assert.Equal(RefusalCode.BadName, Refused(() => RemotePath.Parse(path)));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_name()
    {
        Assert.Equal(RefusalCode.BadName, Refused(() => RemotePath.Parse("a" + (char)0xd800 + "b")));
    }

    [Fact]
    public async Task A_name_of_255_bytes_is_stored_and_one_of_256_is_refused()
    {
        await using var fixture = await StartAsync();
        var longest = new string('文', 85);

        Assert.Equal("/" + longest, (await fixture.PutAsync(longest, Bytes(1))).Path);
        Assert.Equal(RefusalCode.BadName, await RefusedAsync(() => fixture.PutAsync(longest + "x", Bytes(1))));
        Assert.StartsWith("/文", (await fixture.PutAsync(longest, Bytes(1), IfExists.KeepBoth)).Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_folders_deep_works_and_deeper_than_a_path_can_say_is_refused()
    {
        await using var fixture = await StartAsync();
        var deep = string.Join('/', Enumerable.Repeat("d", 1000)) + "/f";

        await fixture.PutAsync(deep, Bytes(10), parents: true);

        Assert.Equal(Bytes(10), await fixture.ReadAsync(deep));
        Assert.Equal(1001, fixture.Files.List(fixture.Ann, "/", recursive: true).Count());
        Assert.Equal(RefusalCode.BadName, await RefusedAsync(() => fixture.PutAsync(string.Join('/', Enumerable.Repeat("dd", 2000)), Bytes(1), parents: true)));
    }

    [Fact]
    public async Task A_link_that_leads_outside_is_a_link_and_nothing_goes_through_it()
    {
        await using var fixture = await StartAsync();
        fixture.Files.Space(fixture.Ann);
        await File.WriteAllTextAsync(Path.Combine(fixture.Folder, "secret"), "secret");
        var home = fixture.HomeOfAnn;
        File.CreateSymbolicLink(Path.Combine(home, "up"), "../..");
        File.CreateSymbolicLink(Path.Combine(home, "absolute"), fixture.Folder);
        File.CreateSymbolicLink(Path.Combine(home, "file"), "../../secret");
        File.CreateSymbolicLink(Path.Combine(home, "proc"), "/proc/self/root");

        foreach (var path in new[] { "up/secret", "absolute/secret", "file", "proc/etc/passwd" })
        {
            Assert.Equal(RefusalCode.OutsideHome, await RefusedAsync(() => fixture.Files.OpenReadAsync(fixture.Ann, path, 0, null)));
        }

        foreach (var path in new[] { "up/x", "absolute/x", "proc/tmp/x" })
        {
            Assert.Equal(RefusalCode.OutsideHome, await RefusedAsync(() => fixture.PutAsync(path, Bytes(1), parents: true)));
            Assert.Equal(RefusalCode.OutsideHome, await RefusedAsync(() => fixture.Files.MakeFolderAsync(fixture.Ann, path, true, null, null)));
        }

        Assert.All(fixture.Files.List(fixture.Ann, "/", recursive: true), entry => Assert.Equal("link", entry.Type));
        Assert.Equal("link", fixture.Files.Stat(fixture.Ann, "file").Type);
        await fixture.Files.RemoveAsync(fixture.Ann, "up", recursive: true);
        await fixture.Files.RemoveAsync(fixture.Ann, "file", recursive: true);
        Assert.True(File.Exists(Path.Combine(fixture.Folder, "secret")));
    }

    [Fact]
    public async Task Links_that_stay_inside_work()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("d/sub/a", Bytes(10), parents: true);
        File.CreateSymbolicLink(Path.Combine(fixture.HomeOfAnn, "d", "link"), "../d/sub");

        await fixture.PutAsync("d/link/b", Bytes(20, 2));

        Assert.Equal(Bytes(20, 2), await fixture.ReadAsync("d/sub/b"));
        Assert.Equal("folder", fixture.Files.Stat(fixture.Ann, "d/link").Type);
        Assert.Equal(30, fixture.Files.Usage(fixture.Ann, "/", default).Bytes);
    }

    [Fact]
    public async Task A_folder_swapped_for_a_link_in_the_middle_of_everything_never_leads_outside()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("d/a", Bytes(10), parents: true);
        var outside = Directory.CreateDirectory(Path.Combine(fixture.Folder, "outside")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(outside, "a"), Bytes(99, 9));
        using var stop = new CancellationTokenSource();
        var swapper = Task.Factory.StartNew(() => Swap(fixture.HomeOfAnn, outside, stop.Token), TaskCreationOptions.LongRunning);

        var refused = 0;
        for (var i = 0; i < 500; i++)
        {
            try
            {
                await fixture.PutAsync("d/new", Bytes(10));
                Assert.Equal(Bytes(10), await fixture.ReadAsync("d/a"));
                await fixture.Files.RemoveAsync(fixture.Ann, "d/new", recursive: false);
            }
            catch (RefusedException error)
            {
                Assert.Contains(error.Code, new[] { RefusalCode.OutsideHome, RefusalCode.NotFound, RefusalCode.Busy });
                refused++;
            }
        }

        await stop.CancelAsync();
        await swapper;
        Assert.Equal(["a"], Directory.EnumerateFileSystemEntries(outside).Select(Path.GetFileName));
        Assert.InRange(refused, 1, 500);
    }

    [Fact]
    public async Task A_fifo_does_not_hang_and_is_refused()
    {
        await using var fixture = await StartAsync();
        fixture.Files.Space(fixture.Ann);
        using (var mkfifo = Process.Start("mkfifo", [Path.Combine(fixture.HomeOfAnn, "pipe")]))
        {
            await mkfifo.WaitForExitAsync();
        }

        Assert.Equal(RefusalCode.NotAFile, await RefusedAsync(() => fixture.Files.OpenReadAsync(fixture.Ann, "pipe", 0, null)));
        Assert.Equal(RefusalCode.NotAFile, await RefusedAsync(() => fixture.PutAsync("pipe", Bytes(1))));
        Assert.Equal("other", fixture.Files.Stat(fixture.Ann, "pipe").Type);
        await fixture.Files.RemoveAsync(fixture.Ann, "pipe", recursive: false);
    }

    [Fact]
    public async Task Accounts_do_not_see_one_another_and_an_operator_has_no_home()
    {
        await using var fixture = await StartAsync();
        await fixture.PutAsync("a", Bytes(10));

        Assert.Equal(RefusalCode.NotFound, Refused(() => fixture.Files.Stat(fixture.Bob, "a")));
        Assert.Equal(RefusalCode.NotFound, Refused(() => fixture.Files.Stat(fixture.Bob, "../ann/a")));
        var nobody = fixture.Ann with { Allow = Switchboard.Server.Services.Accounts.Permissions.Chat };
        Assert.Equal(RefusalCode.Forbidden, Refused(() => fixture.Files.List(nobody, "/", false)));
    }

    [Fact]
    public async Task The_home_itself_can_be_neither_moved_nor_removed_nor_replaced()
    {
        await using var fixture = await StartAsync();

        Assert.Equal(RefusalCode.BadRequest, await RefusedAsync(() => fixture.Files.RemoveAsync(fixture.Ann, "/", true)));
        Assert.Equal(RefusalCode.BadRequest, await RefusedAsync(() => fixture.Files.MoveAsync(fixture.Ann, "..", "x", true)));
        Assert.Equal(RefusalCode.IsAFolder, await RefusedAsync(() => fixture.PutAsync("/", Bytes(1))));
    }

    [Fact]
    public async Task No_error_names_a_path_of_the_server()
    {
        await using var fixture = await StartAsync();
        fixture.Files.Space(fixture.Ann);
        File.CreateSymbolicLink(Path.Combine(fixture.HomeOfAnn, "l"), fixture.Folder);
        var errors = new[]
        {
            await Assert.ThrowsAsync<RefusedException>(() => fixture.PutAsync("no/x", Bytes(1))),
            await Assert.ThrowsAsync<RefusedException>(() => fixture.PutAsync("l/x", Bytes(1))),
            await Assert.ThrowsAsync<RefusedException>(() => fixture.Files.OpenReadAsync(fixture.Ann, "gone", 0, null)),
        };

        Assert.All(errors, error => Assert.DoesNotContain(fixture.Folder, error.Refusal.ToString(), StringComparison.Ordinal));
    }

    private static void Swap(string home, string outside, CancellationToken stop)
    {
        var (folder, aside, link) = (Path.Combine(home, "d"), Path.Combine(home, "aside"), Path.Combine(home, "link"));
        while (!stop.IsCancellationRequested)
        {
            File.CreateSymbolicLink(link, outside);
            Directory.Move(folder, aside);
            Directory.Move(link, folder);
            Thread.Yield();
            File.Delete(folder);
            Directory.Move(aside, folder);
            Thread.Yield();
        }
    }
}
