using Switchboard.Protocol;
using Switchboard.Server.Services.Files.Commits;
using Switchboard.Server.Services.Files;
using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

public class CrashTests
{
    [Theory]
    [InlineData("data synced", false)]
    [InlineData("intent stored", true)]
    [InlineData("renamed", true)]
    [InlineData("folders synced", true)]
    [InlineData("books kept", true)]
    public async Task A_crash_between_any_two_steps_leaves_whole_files_and_right_books(string point, bool stored)
    {
        var armed = false;
        await using var fixture = await StartAsync(crashPoint: at =>
        {
            if (armed && at == point)
            {
                throw new SimulatedCrashException(at);
            }
        });
        await fixture.PutAsync("old", Bytes(50));
        armed = true;
        byte[] small = Bytes(1000, 1), big = Bytes(400_000, 2);
        await Assert.ThrowsAsync<SimulatedCrashException>(() => fixture.PutAsync("old", small));
        await Restart(fixture);
        armed = false;

        Assert.Equal(stored ? small : Bytes(50), await fixture.ReadAsync("old"));
        Assert.Equal(fixture.BytesAtHome(), fixture.Files.Space(fixture.Ann).Used);
        Assert.Equal(fixture.BytesAtHome(), fixture.UsedInStore());
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
        Assert.Empty(fixture.Store.Intents());
        await fixture.UploadAsync("big", big);
        Assert.Equal(big, await fixture.ReadAsync("big"));
    }

    [Theory]
    [InlineData("data synced", false)]
    [InlineData("intent stored", true)]
    [InlineData("renamed", true)]
    [InlineData("folders synced", true)]
    [InlineData("books kept", true)]
    public async Task An_upload_that_crashes_in_its_commit_is_stored_or_still_offered(string point, bool stored)
    {
        await using var fixture = await StartAsync(quota: 1_000_000, crashPoint: at =>
        {
            if (at == point)
            {
                throw new SimulatedCrashException(at);
            }
        });
        var content = Bytes(400_000);
        await Assert.ThrowsAsync<SimulatedCrashException>(() => fixture.UploadAsync("f", content));
        await Restart(fixture);

        Assert.Equal(400_000, fixture.Files.Space(fixture.Ann).Used);
        if (stored)
        {
            Assert.Equal(content, await fixture.ReadAsync("f"));
            Assert.Empty(fixture.Files.Uploads(fixture.Ann));
            Assert.Contains(fixture.Audit(), record => record is { Action: "upload", Subject: "/f" });
            using var download = await fixture.Files.OpenReadAsync(fixture.Ann, "f", 0, null);
            Assert.Equal(Hex(content), download.Sha256);
        }
        else
        {
            Assert.Equal(400_000, Assert.Single(fixture.Files.Uploads(fixture.Ann)).Offset);
            await using var again = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "f", Total = 400_000 }, default);
            await again.CommitAsync(400_000, Hex(content));
            Assert.Equal(content, await fixture.ReadAsync("f"));
        }

        Assert.Empty(fixture.Store.Intents());
        Assert.Equal(0, fixture.Files.Space(fixture.Ann).Partial);
    }

    [Fact]
    public async Task Rows_without_files_and_files_without_rows_are_dropped_at_start()
    {
        await using var fixture = await StartAsync();
        string id;
        await using (var upload = await fixture.Files.BeginUploadAsync(fixture.Ann, new UploadPlan { Path = "f", Total = 100 }, default))
        {
            await upload.WriteAsync(0, Sequence(Bytes(50)));
            id = upload.Id;
        }

        File.Delete(Path.Combine(fixture.PartialsOfAnn, id));
        await File.WriteAllTextAsync(Path.Combine(fixture.PartialsOfAnn, "put-stray"), "x");
        Directory.CreateDirectory(Path.Combine(fixture.PartialsOfAnn, "trash-9", "a", "b"));

        await fixture.CrashAndStartAsync();

        Assert.Empty(fixture.Files.Uploads(fixture.Ann));
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.PartialsOfAnn));
        Assert.Equal(0, fixture.Files.Space(fixture.Ann).Used);
    }

    [Fact]
    public async Task Many_files_of_one_group_are_all_replayed()
    {
        var armed = false;
        await using var fixture = await StartAsync(crashPoint: at =>
        {
            if (armed && at == "intent stored")
            {
                throw new SimulatedCrashException(at);
            }
        });
        armed = true;
        var puts = Enumerable.Range(0, 100).Select(i => fixture.PutAsync($"d/{i}", Bytes(100, i), parents: true)).ToList();
        await Assert.ThrowsAsync<SimulatedCrashException>(() => Task.WhenAll(puts));
        armed = false;
        await Restart(fixture);

        // Those that were in the group are there; those behind it were never promised anything.
        var there = fixture.Files.List(fixture.Ann, "/d", recursive: false).ToList();
        Assert.InRange(there.Count, 1, 100);
        Assert.All(there, entry => Assert.Equal(100, entry.Size));
        Assert.Equal(100 * there.Count, fixture.Files.Space(fixture.Ann).Used);
    }

    private static Task Restart(FilesFixture fixture) => fixture.CrashAndStartAsync();
}
