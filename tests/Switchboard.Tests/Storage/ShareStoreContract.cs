using Switchboard.Protocol;
using Switchboard.Server.Storage;

namespace Switchboard.Tests.Storage;

/// <summary>What every engine that keeps links has to do. Derive, and say how to open one.</summary>
public abstract class ShareStoreContract : IAsyncDisposable
{
    private static readonly AuditRecord Audit = new() { Time = 1, Action = AuditActions.ShareAdd };

    private protected abstract IShareStore Store { get; }

    protected abstract Task<long> AddAccountAsync(string name);

    protected abstract Task RemoveAccountAsync(long account);

    protected abstract int AuditRows { get; }

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task A_link_is_kept_as_it_was_added_until_it_is_removed()
    {
        var ann = await AddAccountAsync("ann");
        var read = Share("r", ann) with { Sha256 = [1, 2], Size = 9, Label = "文", Created = 20 };
        var upload = Share("u", ann) with { Count = 3, Bytes = 100 };
        await Store.AddAsync(read, 10, Audit);
        await Store.AddAsync(upload, 10, Audit);

        AssertSame(read, Store.Find("r"));
        AssertSame(upload, Store.Find("u"));
        Assert.Equal(["r", "u"], Store.Of(ann).Select(share => share.Id));
        Assert.Empty(Store.Of(await AddAccountAsync("bob")));
        Assert.Null(Store.Find("none"));
        Assert.Equal(RefusalCode.ShareUnknown, (await Assert.ThrowsAsync<RefusedException>(() => Store.RemoveAsync(ann + 1, "r", Audit))).Code);
        await Store.RemoveAsync(ann, "r", Audit);
        Assert.Null(Store.Find("r"));
        Assert.Equal(3, AuditRows);
        await RemoveAccountAsync(ann);
        Assert.Null(Store.Find("u"));
    }

    [Fact]
    public async Task One_more_than_the_limit_is_refused_and_expired_ones_do_not_count()
    {
        var ann = await AddAccountAsync("ann");
        await Store.AddAsync(Share("a", ann) with { Expires = 50 }, 2, Audit);
        await Store.AddAsync(Share("b", ann) with { Expires = 100 }, 2, Audit);

        Assert.Equal(RefusalCode.OverLimit, (await Assert.ThrowsAsync<RefusedException>(() => Store.AddAsync(Share("c", ann) with { Created = 49 }, 2, Audit))).Code);
        await Store.AddAsync(Share("c", ann) with { Created = 50 }, 2, Audit);
        Assert.Equal(["b", "c"], Store.Of(ann).Select(share => share.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Uses_are_counted_within_the_bounds_and_in_time_only()
    {
        var ann = await AddAccountAsync("ann");
        await Store.AddAsync(Share("u", ann) with { Count = 2, Bytes = 100, Expires = 50 }, 10, Audit);

        Assert.False(await Store.TryUseAsync("u", 101, 20));
        Assert.False(await Store.TryUseAsync("u", 1, 50));
        Assert.False(await Store.TryUseAsync("none", 1, 20));
        Assert.True(await Store.TryUseAsync("u", 60, 20));
        Assert.False(await Store.TryUseAsync("u", 41, 20));
        Assert.True(await Store.TryUseAsync("u", 40, 21));
        Assert.False(await Store.TryUseAsync("u", 0, 22));
        Assert.Equal((2L, 100L, 21L), (Store.Find("u")!.UsedCount, Store.Find("u")!.UsedBytes, Store.Find("u")!.LastUsed));
        await Store.TakeBackAsync("u", 40);
        Assert.True(await Store.TryUseAsync("u", 40, 23));
    }

    [Fact]
    public async Task What_goes_on_after_a_break_stays_within_twice_what_was_counted()
    {
        var ann = await AddAccountAsync("ann");
        await Store.AddAsync(Share("r", ann) with { Sha256 = [1], Size = 100, Count = 2 }, 10, Audit);
        await Store.AddAsync(Share("any", ann) with { Sha256 = [1], Size = 100 }, 10, Audit);

        Assert.False(await Store.TryResumeAsync("r", 1, 20));
        Assert.True(await Store.TryUseAsync("r", 100, 20));
        Assert.True(await Store.TryResumeAsync("r", 99, 20));
        Assert.False(await Store.TryResumeAsync("r", 2, 20));
        Assert.True(await Store.TryResumeAsync("any", 1_000, 20));
        Assert.Equal((1L, 199L), (Store.Find("r")!.UsedCount, Store.Find("r")!.UsedBytes));
    }

    private static StoredShare Share(string id, long account) =>
        new() { Id = id, Account = account, Owner = "ann", Secret = [7, 8], Path = "文/f", Created = 10, Expires = 1000 };

    // Arrays of records compare by reference.
    private static void AssertSame(StoredShare expected, StoredShare? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Secret, actual.Secret);
        Assert.Equal(expected.Sha256, actual.Sha256);
        Assert.Equal(expected, actual with { Secret = expected.Secret, Sha256 = expected.Sha256 });
    }
}
