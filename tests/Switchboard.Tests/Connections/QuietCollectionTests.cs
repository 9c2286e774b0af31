using Switchboard.Server;

namespace Switchboard.Tests.Connections;

public sealed class QuietCollectionTests
{
    private const long MiB = 1 << 20;

    private readonly QuietCollection _watch = new();

    [Fact]
    public void Much_that_was_allocated_is_collected_in_the_first_quiet_second_and_once()
    {
        Assert.False(_watch.IsDue(40 * MiB, living: 10 * MiB));
        Assert.False(_watch.IsDue(80 * MiB, living: 10 * MiB));
        Assert.True(_watch.IsDue(80 * MiB + 1000, living: 10 * MiB));
        Assert.False(_watch.IsDue(80 * MiB + 2000, living: 10 * MiB));
    }

    [Fact]
    public void Little_is_not_worth_a_pause_and_adds_up()
    {
        for (long allocated = 0; allocated < 32 * MiB; allocated += MiB / 2)
        {
            Assert.False(_watch.IsDue(allocated, living: 10 * MiB));
        }

        Assert.True(_watch.IsDue(32 * MiB, living: 10 * MiB));
    }

    [Fact]
    public void A_server_that_is_never_quiet_is_left_alone()
    {
        for (long allocated = 0; allocated < 500 * MiB; allocated += 2 * MiB)
        {
            Assert.False(_watch.IsDue(allocated, living: 10 * MiB));
        }
    }

    [Fact]
    public void A_heap_whose_collection_would_be_noticed_is_left_alone()
    {
        _watch.IsDue(900 * MiB, living: 193 * MiB);
        Assert.False(_watch.IsDue(900 * MiB, living: 193 * MiB));
        Assert.True(_watch.IsDue(900 * MiB, living: 192 * MiB));
    }
}
