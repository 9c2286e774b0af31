using System.Diagnostics;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;
using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

/// <summary>The disk says no, accounts go away, lines break at the worst moment, and what the audit log tells of it.</summary>
public class TroubleTests
{
    [Fact]
    public async Task A_disk_that_has_only_its_reserve_left_refuses_before_the_first_byte()
    {
        await using var fixture = await StartAsync(change: options => options with { DiskReserve = long.MaxValue / 4 });

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "a", Total = 1000 }, default));

        Assert.Equal((RefusalCode.DiskFull, 0L, 1000L), (refused.Code, refused.Refusal.Free, refused.Refusal.Missing));
        Assert.Equal(RefusalCode.DiskFull, await RefusedAsync(() => fixture.PutAsync("a", Bytes(1))));
        Assert.Equal(0, fixture.Files.Space(fixture.Ann).Used);
        Assert.Empty(fixture.Files.Uploads(fixture.Ann));
    }

    [Fact]
    public async Task A_disk_that_fills_up_in_the_middle_keeps_what_was_written_and_goes_on_when_there_is_room()
    {
        using var disk = SmallDisk.Mount();
        await using var fixture = await StartAsync(change: options => options with
        {
            // Nothing is set aside, so that the kernel is the one who says no.
            DiskReserve = -1_000_000_000,
            Homes = Path.Combine(disk.Path, "homes"),
            Partials = Path.Combine(disk.Path, "partials"),
        });
        var content = Bytes(3_000_000);
        fixture.Files.Space(fixture.Ann);
        var ballast = Path.Combine(disk.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[2_000_000]);

        await using (var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "f", Total = content.Length }, default))
        {
            Assert.Equal(RefusalCode.DiskFull, await RefusedAsync(() => upload.WriteAsync(0, Sequence(content)).AsTask()));
        }

        var kept = Assert.Single(fixture.Files.Uploads(fixture.Ann));
        Assert.InRange(kept.Offset, 1_000_000, 2_999_999);
        File.Delete(ballast);
        await using (var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "f", Total = content.Length }, default))
        {
            Assert.Equal(kept.Offset, upload.Offset);
            await upload.WriteAsync(upload.Offset, Sequence(content, (int)upload.Offset));
            await upload.CommitAsync(content.Length, Hex(content));
        }

        Assert.Equal(content, await fixture.ReadAsync("f"));
    }

    [Fact]
    public async Task Homes_on_another_disk_than_the_partial_uploads_are_refused_with_the_reason()
    {
        using var disk = SmallDisk.Mount();
        await using var fixture = await StartAsync(change: options => options with { Partials = Path.Combine(disk.Path, "partials") });

        var refused = await Assert.ThrowsAsync<RefusedException>(() => fixture.PutAsync("a", Bytes(1)));

        Assert.Equal(RefusalCode.Unsupported, refused.Code);
        Assert.Contains("same file system", refused.Refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_that_holds_something_is_released_only_when_it_is_purged()
    {
        await using var fixture = await StartAsync();
        var admin = fixture.Bob with { Allow = Permissions.Admin };
        await fixture.PutAsync("d/a", Bytes(10), parents: true);
        var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "f", Total = 1000 }, default);
        await upload.WriteAsync(0, Sequence(Bytes(10)));

        Assert.Equal(RefusalCode.NotEmpty, await RefusedAsync(() => fixture.Files.ReleaseAsync(admin, fixture.Ann.AccountId, purge: false)));
        await fixture.Files.ReleaseAsync(admin, fixture.Ann.AccountId, purge: true);
        await upload.DisposeAsync();

        Assert.True(upload.TakenOver.IsCancellationRequested);
        Assert.False(Directory.Exists(fixture.HomeOfAnn));
        Assert.False(Directory.Exists(fixture.PartialsOfAnn));
        await fixture.Files.ReleaseAsync(admin, fixture.Bob.AccountId, purge: false);
    }

    [Fact]
    public async Task Who_tries_to_get_out_a_hundred_times_is_one_line_in_the_audit_log()
    {
        await using var fixture = await StartAsync();
        fixture.Files.Space(fixture.Ann);
        File.CreateSymbolicLink(Path.Combine(fixture.HomeOfAnn, "out"), "/");
        for (var i = 0; i < 100; i++)
        {
            await RefusedAsync(() => fixture.Files.OpenReadAsync(fixture.Ann, $"out/etc/passwd{i}", 0, null));
        }

        await fixture.PutAsync("last", Bytes(1));

        var told = fixture.Audit().Where(record => record.Action == "refused").ToList();
        Assert.Equal(100, told.Sum(record => record.Count));
        // Two, should a minute end in between.
        Assert.InRange(told.Count, 1, 2);
    }

    [Fact]
    public async Task A_line_that_breaks_during_the_commit_harms_nobody_in_the_same_group()
    {
        await using var fixture = await StartAsync();
        for (var i = 0; i < 50; i++)
        {
            var content = Bytes(10_000, i);
            var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "f", Total = content.Length }, default);
            await upload.WriteAsync(0, Sequence(content));
            var commit = upload.CommitAsync(content.Length, Hex(content));
            var other = fixture.PutAsync($"other{i}", content);
            await upload.DisposeAsync();
            await Task.WhenAll(commit, other);
        }

        Assert.Empty(fixture.Files.Uploads(fixture.Ann));
        Assert.Equal(fixture.BytesAtHome(), fixture.Files.Space(fixture.Ann).Used);
    }

    /// <summary>A file system of 4 MB in memory.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private SmallDisk(string path) => Path = path;

        public string Path { get; }

        public static SmallDisk Mount()
        {
            var path = Directory.CreateTempSubdirectory("switchboard-disk-").FullName;
            if (Run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", path))
            {
                return new SmallDisk(path);
            }

            Directory.Delete(path);
            Assert.Skip("skipped: mounting a small disk needs root");
            throw new InvalidOperationException();
        }

        public void Dispose()
        {
            Run("umount", "-l", Path);
            Directory.Delete(Path);
        }

        private static bool Run(string program, params string[] arguments)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }
}
