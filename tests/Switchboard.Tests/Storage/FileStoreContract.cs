using System.Security.Cryptography;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Tests.Storage;

/// <summary>What every engine that keeps the books of files has to do. Derive, and say how to open one.</summary>
public abstract class FileStoreContract : IAsyncDisposable
{
    private static readonly byte[] Content = SHA256.HashData("content"u8);

    private protected abstract IFileStore Store { get; }

    /// <summary>Adds an account without quota.</summary>
    protected abstract Task<long> AddAccountAsync(string name);

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task An_upload_is_kept_as_it_was_added_until_it_is_finished()
    {
        var account = await AddAccountAsync("ann");
        var upload = Upload("u1", account) with { Total = 5, Modified = -7, Device = "d" };
        await Store.AddUploadAsync(upload);
        await Store.AddUploadAsync(Upload("u2", account));

        Assert.Equal(upload, Store.Uploads(account).Single(kept => kept.Id == "u1"));
        await Store.TouchUploadAsync("u1", 99, 12);
        await Store.TouchUploadAsync("gone", 99, 12);
        Assert.Equal(upload with { Touched = 99, Reserved = 12 }, Store.Uploads().Single(kept => kept.Id == "u1"));

        var outcome = new GroupOutcome();
        outcome.Uploads.Add("u1");
        await Store.FinishGroupAsync(outcome);
        Assert.Equal("u2", Assert.Single(Store.Uploads(account)).Id);
    }

    [Fact]
    public async Task Uploads_are_those_of_the_account_that_is_asked_for()
    {
        await Store.AddUploadAsync(Upload("u1", await AddAccountAsync("ann")));

        Assert.Empty(Store.Uploads(await AddAccountAsync("bob")));
        Assert.Single(Store.Uploads());
    }

    [Fact]
    public async Task Uploads_of_a_path_are_told_and_another_sender_may_claim_one()
    {
        var account = await AddAccountAsync("ann");
        var upload = Upload("u1", account) with { Path = "a/b" };
        await Store.AddUploadAsync(upload);
        await Store.AddUploadAsync(Upload("u2", account) with { Path = "a" });
        await Store.AddUploadAsync(Upload("u3", await AddAccountAsync("bob")) with { Path = "a/b" });

        Assert.Equal(upload, Assert.Single(Store.Uploads(account, "a/b")));
        var claimed = upload with { Total = 9, Modified = 8, Device = "ftp", Reserved = 7 };
        await Store.ChangeUploadAsync(claimed with { Path = "elsewhere", Touched = 99 });
        await Store.ChangeUploadAsync(claimed with { Id = "gone" });

        Assert.Equal(claimed, Assert.Single(Store.Uploads(account, "a/b")));
    }

    [Fact]
    public async Task An_intent_waits_until_its_group_is_finished()
    {
        var first = Store.AddIntent([1, 2]);
        var second = Store.AddIntent([3]);

        Assert.Equal([first, second], Store.Intents().Select(intent => intent.Number));
        Assert.Equal([1, 2], Store.Intents()[0].Content);
        Store.FinishGroup(new GroupOutcome { Intent = first });
        Assert.Equal(second, Assert.Single(Store.Intents()).Number);
    }

    [Fact]
    public async Task Used_bytes_add_up_and_never_fall_below_nothing()
    {
        var account = await AddAccountAsync("ann");
        await AddUsedAsync(account, 100);
        await AddUsedAsync(account, -30);
        Assert.Equal(new AccountSpace("ann", null, 70, false), Store.Space(account));

        await AddUsedAsync(account, -100);
        Assert.Equal(0, Store.Space(account)!.Used);
        Assert.Null(Store.Space(account + 1000));
    }

    [Fact]
    public async Task A_start_after_an_orderly_stop_trusts_the_books_and_any_other_does_not()
    {
        var account = await AddAccountAsync("ann");
        Assert.True(await Store.StartAsync());
        await Store.StopAsync();
        Assert.True(await Store.StartAsync());
        Assert.False(Store.Space(account)!.Recount);

        Assert.False(await Store.StartAsync());
        Assert.True(Store.Space(account)!.Recount);
        await Store.SetUsedAsync(account, 42);
        Assert.Equal(new AccountSpace("ann", null, 42, false), Store.Space(account));
    }

    [Fact]
    public async Task A_digest_holds_for_exactly_one_state_of_a_file()
    {
        var account = await AddAccountAsync("ann");
        var version = new FileVersion(1, 2, 3, 4);
        await NoteAsync(new DigestRecord(account, version, Content, "a/b"));

        Assert.Equal(Content, Store.Digest(account, version));
        Assert.Null(Store.Digest(account, version with { Inode = 9 }));
        Assert.Null(Store.Digest(account, version with { Size = 9 }));
        Assert.Null(Store.Digest(account, version with { ModifiedNs = 9 }));
        Assert.Null(Store.Digest(account, version with { ChangedNs = 9 }));
        Assert.Null(Store.Digest(account + 1000, version));
    }

    [Fact]
    public async Task Content_is_found_where_it_was_last_seen()
    {
        var account = await AddAccountAsync("ann");
        await NoteAsync(
            new DigestRecord(account, new FileVersion(1, 2, 3, 4), Content, "文/a"),
            new DigestRecord(account, new FileVersion(2, 2, 3, 4), Content, "文/sub/b"),
            new DigestRecord(account, new FileVersion(3, 2, 3, 4), Content, "文0"));

        var moved = new GroupOutcome();
        moved.MoveFolder(account, "文", "new");
        await Store.FinishGroupAsync(moved);
        Assert.Equal(["new/a", "new/sub/b", "文0"], Store.FilesWith(account, Content, 10).Select(file => file.Path).Order(StringComparer.Ordinal));

        var removed = new GroupOutcome();
        removed.RemoveFolder(account, "new/sub");
        removed.Forget(account, 3);
        await Store.FinishGroupAsync(removed);
        Assert.Equal("new/a", Assert.Single(Store.FilesWith(account, Content, 10)).Path);
        Assert.Empty(Store.FilesWith(account, new byte[32], 10));
    }

    [Fact]
    public async Task A_digest_of_an_account_that_is_gone_is_dropped()
    {
        await NoteAsync(new DigestRecord(12345, new FileVersion(1, 2, 3, 4), Content, "a"));

        Assert.Null(Store.Digest(12345, new FileVersion(1, 2, 3, 4)));
    }

    [Fact]
    public async Task A_bin_is_kept_as_it_was_filled_oldest_first_until_its_entries_leave()
    {
        var account = await AddAccountAsync("ann");
        var folder = new BinRecord { Id = "b1", Account = account, Path = "文/d", IsFolder = true, Removed = 20 };
        var file = new BinRecord { Id = "b2", Account = account, Path = "f", Size = 5, Removed = 10 };
        var other = file with { Id = "b3", Account = await AddAccountAsync("bob") };
        await BinAsync(outcome => outcome.Binned.AddRange([folder, file, other]));

        Assert.Equal([file, folder], Store.Bin(account));
        Assert.Equal(["b1", "b2", "b3"], Store.BinIds().Order(StringComparer.Ordinal));
        await BinAsync(outcome => (outcome.BinSizes["b1"], outcome.BinSizes["gone"]) = (7, 7));
        Assert.Equal(folder with { Size = 7 }, Store.Bin(account)[1]);

        await BinAsync(outcome =>
        {
            outcome.LeaveBin(file);
            outcome.Binned.Add(file with { Id = "b4" });
            outcome.LeaveBin(file with { Id = "b4" });
        });
        Assert.Equal("b1", Assert.Single(Store.Bin(account)).Id);
    }

    [Fact]
    public async Task Bins_that_hold_something_old_enough_are_told_and_a_late_entry_of_an_account_that_is_gone_is_dropped()
    {
        long ann = await AddAccountAsync("ann"), bob = await AddAccountAsync("bob");
        await BinAsync(outcome => outcome.Binned.AddRange(
        [
            new BinRecord { Id = "a1", Account = ann, Path = "a", Removed = 10 }, new BinRecord { Id = "a2", Account = ann, Path = "a", Removed = 9 },
            new BinRecord { Id = "b1", Account = bob, Path = "b", Removed = 11 }, new BinRecord { Id = "x", Account = bob + 1000, Path = "x", Removed = 1 },
        ]));

        Assert.Equal([ann], Store.AccountsWithBin(10));
        Assert.Empty(Store.AccountsWithBin(8));
        Assert.DoesNotContain("x", Store.BinIds());
    }

    private static UploadRecord Upload(string id, long account) => new() { Id = id, Account = account, Path = "文/f", Created = 1, Touched = 2 };

    private Task AddUsedAsync(long account, long bytes)
    {
        var outcome = new GroupOutcome();
        outcome.AddUsed(account, bytes);
        return Store.FinishGroupAsync(outcome);
    }

    private Task BinAsync(Action<GroupOutcome> fill)
    {
        var outcome = new GroupOutcome();
        fill(outcome);
        return Store.FinishGroupAsync(outcome);
    }

    private Task NoteAsync(params DigestRecord[] digests)
    {
        var outcome = new GroupOutcome();
        Array.ForEach(digests, outcome.Note);
        return Store.FinishGroupAsync(outcome);
    }
}
