using static Switchboard.Tests.Files.FilesFixture;

namespace Switchboard.Tests.Files;

/// <summary>Measures the memory of the whole process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(ListingMemoryTests), DisableParallelization = true)]
[Collection(nameof(ListingMemoryTests))]
public class ListingMemoryTests
{
    [Fact]
    public async Task A_big_folder_is_listed_and_read_as_a_tree_without_being_held()
    {
        await using var fixture = await StartAsync();
        await fixture.Files.MakeFolderAsync(fixture.Ann, "d", false, null, null);
        for (var i = 0; i < 20_000; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(fixture.HomeOfAnn, "d", $"file{i}"), []);
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        var count = 0;
        foreach (var entry in fixture.Files.List(fixture.Ann, "d", recursive: false))
        {
            if (++count % 5000 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal(20_000, count);
        Assert.InRange(most, 0, 2_000_000);
    }
}
