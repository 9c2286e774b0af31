using Switchboard.Protocol;
using Switchboard.Server.Storage;
using Xunit;

namespace Switchboard.Tests.Storage;

/// <summary>What every engine behind <see cref="IAccountStore"/> has to do. A subclass gives it an empty store.</summary>
public abstract class AccountStoreContract : IAsyncLifetime
{
    private static readonly Verifier First = Scram.CreateVerifier("first", 1);
    private static readonly Verifier Second = Scram.CreateVerifier("second", 1);

    protected static AuditLimits Limits { get; } = new() { Rows = 2000, Age = TimeSpan.FromSeconds(100) };

    protected IAccountStore Store { get; set; } = null!;

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task An_account_is_found_by_name_and_by_id_as_it_was_added()
    {
        var added = await Add("alice", quota: 5);
        Assert.Equal(added, await Store.FindAccountAsync("alice"));
        Assert.Equal(added, await Store.FindAccountAsync(added.Id));
        Assert.Equal(("alice", First, 5, 5L, 0L, false, 7L, null), (added.Name, added.Verifier, added.Allow, added.Quota, added.Used, added.Disabled, added.Created, added.LastLogin));
        Assert.Null(await Store.FindAccountAsync("bob"));
        Assert.Null(await Store.FindAccountAsync(added.Id + 1));
    }

    [Fact]
    public async Task Names_are_unique_and_lists_are_by_name()
    {
        await Add("bob");
        await Add("alice");
        await Add("李雷");
        await Refused(RefusalCode.AccountExists, () => Add("bob"));
        Assert.Equal(["alice", "bob", "李雷"], (await Store.ListAccountsAsync()).Select(a => a.Name));
    }

    [Fact]
    public async Task Of_many_first_accounts_at_once_one_is_made()
    {
        var tries = Enumerable.Range(0, 8).Select(n => Store.AddAccountAsync(new("admin" + n, First, 5, null, 7) { OnlyFirst = true }, Audit("account-add"))).ToArray();
        await Task.WhenAll(tries.Select(t => t.ContinueWith(_ => { }, TaskScheduler.Default)));
        Assert.Equal(1, tries.Count(t => t.IsCompletedSuccessfully));
        Assert.Single(await Store.ListAccountsAsync());
    }

    [Fact]
    public async Task A_change_changes_what_it_names_and_nothing_else()
    {
        var added = await Add("alice", quota: 5);
        Assert.Equal(added with { Allow = 8 }, await Change(added.Id, new() { Allow = 8 }));
        Assert.Equal(added with { Allow = 8, Disabled = true }, await Change(added.Id, new() { Disabled = true }));
        Assert.Equal(added with { Allow = 8, Quota = 0 }, await Change(added.Id, new() { Quota = 0, Disabled = false }));
        Assert.Equal(added with { Allow = 8, Quota = 0, FtpEncoding = "gbk" }, await Change(added.Id, new() { FtpEncoding = "gbk" }));
        Assert.Equal(added with { Allow = 8, Quota = 0, FtpEncoding = "gbk" }, await Change(added.Id, new() { Quota = 0 }));
        Assert.Equal(added with { Allow = 8, Quota = 0 }, await Change(added.Id, new() { FtpEncoding = "" }));
        Assert.Equal(added with { Allow = 8, Quota = 0, Run = "network" }, await Change(added.Id, new() { Run = "network" }));
        Assert.Equal(added with { Allow = 8, Quota = 0, Run = "network" }, await Change(added.Id, new() { Quota = 0 }));
        Assert.Equal(added with { Allow = 8, Quota = 0 }, await Change(added.Id, new() { Run = "" }));
        Assert.Equal(added with { Allow = 8, Quota = null }, await Change(added.Id, new() { Quota = -1 }));
        await Refused(RefusalCode.AccountUnknown, () => Change(added.Id + 1, new() { Allow = 1 }));
    }

    [Fact]
    public async Task A_new_password_takes_the_tokens_with_it_except_the_one_to_keep()
    {
        var added = await Add("alice");
        await AddToken("one", added.Id);
        await AddToken("two", added.Id);
        var changed = await Change(added.Id, new() { Verifier = Second, KeepToken = "two" });
        Assert.Equal((Second, 1, added.PasswordEpoch + 1), (changed.Verifier, changed.Tokens, changed.PasswordEpoch));
        Assert.Equal(["two"], (await Store.ListTokensAsync(added.Id)).Select(t => t.Id));
        Assert.Equal(0, (await Change(added.Id, new() { Verifier = First })).Tokens);
    }

    [Fact]
    public async Task Removing_an_account_removes_tokens_and_devices_and_never_gives_its_id_again()
    {
        var added = await Add("alice");
        await AddToken("one", added.Id);
        Store.NoteLogin(new(added.Id, "one", "laptop", 9));
        await Store.RemoveAccountAsync(added.Id, Audit("account-remove"));
        Assert.Null(await Store.FindTokenAsync("one"));
        var again = await Add("alice");
        Assert.NotEqual(added.Id, again.Id);
        Assert.Null(await Store.DeviceLastUsedAsync(again.Id, "laptop"));
        await Refused(RefusalCode.AccountUnknown, () => Store.RemoveAccountAsync(added.Id, Audit("account-remove")));
    }

    [Fact]
    public async Task A_token_is_found_as_it_was_added_with_its_accounts_name()
    {
        var account = await Add("alice");
        var token = new StoredToken
        {
            Id = "one", AccountId = account.Id, Verifier = Second, Label = "laptop", Device = "d1", Allow = 1, Created = 8, Expires = 90,
        };
        await Store.AddTokenAsync(token, 10, Audit("token-add"));
        Assert.Equal(token with { Account = "alice" }, await Store.FindTokenAsync("one"));
        Assert.Equal(1, (await Store.FindAccountAsync("alice"))!.Tokens);
        await Store.RevokeTokenAsync("one", Audit("token-revoke"));
        Assert.Null(await Store.FindTokenAsync("one"));
        await Refused(RefusalCode.TokenUnknown, () => Store.RevokeTokenAsync("one", Audit("token-revoke")));
        await Refused(RefusalCode.AccountUnknown, () => AddToken("two", account.Id + 1));
    }

    [Fact]
    public async Task Tokens_have_a_bound_and_expired_ones_make_room()
    {
        var account = await Add("alice");
        await AddToken("one", account.Id, most: 2, expires: 50);
        await AddToken("two", account.Id, most: 2);
        await Refused(RefusalCode.OverLimit, () => AddToken("three", account.Id, most: 2, created: 49));
        await AddToken("three", account.Id, most: 2, created: 50);
        Assert.Equal(["two", "three"], (await Store.ListTokensAsync(account.Id)).Select(t => t.Id));
    }

    [Fact]
    public async Task A_login_is_noted_on_account_token_and_device()
    {
        var account = await Add("alice");
        await AddToken("one", account.Id);
        Store.NoteLogin(new(account.Id, "one", "laptop", 77));
        await Settle();
        Assert.Equal(77, (await Store.FindAccountAsync("alice"))!.LastLogin);
        Assert.Equal(77, (await Store.FindTokenAsync("one"))!.LastUsed);
        Assert.Equal(77, await Store.DeviceLastUsedAsync(account.Id, "laptop"));
        Assert.Null(await Store.DeviceLastUsedAsync(account.Id, "phone"));
    }

    [Fact]
    public async Task Devices_of_an_account_are_bounded_and_the_longest_unused_is_forgotten()
    {
        var account = await Add("alice");
        for (var n = 0; n < 300; n++)
        {
            Store.NoteLogin(new(account.Id, null, "device" + n, n));
        }

        await Settle();
        Assert.Null(await Store.DeviceLastUsedAsync(account.Id, "device0"));
        Assert.Equal(299, await Store.DeviceLastUsedAsync(account.Id, "device299"));
    }

    [Fact]
    public async Task Every_change_leaves_its_audit_record_and_a_refused_one_leaves_none()
    {
        var account = await Add("alice");
        await AddToken("one", account.Id);
        await Change(account.Id, new() { Allow = 1 });
        await Refused(RefusalCode.AccountExists, () => Add("alice"));
        await Refused(RefusalCode.TokenUnknown, () => Store.RevokeTokenAsync("two", Audit("token-revoke")));
        await Store.RemoveAccountAsync(account.Id, Audit("account-remove"));
        var records = await Store.AuditAsync(null, 100);
        Assert.Equal(["account-add", "token-add", "account-set", "account-remove"], records.Select(r => r.Action));
        Assert.True(records.Zip(records.Skip(1)).All(pair => pair.First.Number < pair.Second.Number));
    }

    [Fact]
    public async Task Audit_is_read_by_account_and_by_number_newest_last()
    {
        await Store.CountAsync([Audit("a") with { Account = "alice", Subject = "s", Detail = "d", From = "f" }, Audit("b"), Audit("c") with { Account = "alice" }]);
        Assert.Equal(["b", "c"], (await Store.AuditAsync(null, 2)).Select(r => r.Action));
        var ofAlice = await Store.AuditAsync("alice", 10);
        Assert.Equal(["a", "c"], ofAlice.Select(r => r.Action));
        Assert.Equal(("s", "d", "f", 1L), (ofAlice[0].Subject, ofAlice[0].Detail, ofAlice[0].From, ofAlice[0].Count));
    }

    [Fact]
    public async Task Records_of_one_bucket_are_counted_in_one_row_with_the_latest_time()
    {
        await Store.CountAsync([Audit("login") with { Bucket = "x", Count = 2, Time = 10 }]);
        await Store.CountAsync([Audit("login") with { Bucket = "x", Count = 3, Time = 20 }, Audit("login") with { Bucket = "y" }]);
        var rows = await Store.AuditAsync(null, 10);
        Assert.Equal([5L, 1L], rows.Select(r => r.Count));
        Assert.Equal(20, rows[0].Time);
    }

    [Fact]
    public async Task Old_audit_records_go_when_trimmed()
    {
        await Store.CountAsync([Audit("old") with { Time = 1 }, Audit("new") with { Time = 200_000_000 }]);
        await Store.TrimAuditAsync(200_000_000);
        Assert.Equal(["new"], (await Store.AuditAsync(null, 10)).Select(r => r.Action));
    }

    [Fact]
    public async Task The_log_holds_its_size_by_itself_and_failed_logins_push_out_only_each_other()
    {
        await Store.CountAsync([Audit("kept")]);
        await Store.CountAsync([.. Enumerable.Repeat(Audit(AuditActions.LoginFailed), 10_000)]);
        var afterStrangers = await Store.AuditAsync(null, 20_000);
        Assert.Equal("kept", afterStrangers[0].Action);
        Assert.InRange(afterStrangers.Count, 200, 200 + 1024 + 1);
        await Store.CountAsync([.. Enumerable.Repeat(Audit("login"), 10_000)]);
        Assert.InRange((await Store.AuditAsync(null, 20_000)).Count(r => r.Action == "login"), 2000, 2000 + 1024);
        await Store.TrimAuditAsync(0);
        Assert.Equal(2000 + 200, (await Store.AuditAsync(null, 20_000)).Count);
    }

    [Fact]
    public async Task A_secret_is_made_once_and_stays()
    {
        var secret = await Store.SecretAsync("salt", 32);
        Assert.Equal(32, secret.Length);
        Assert.Equal(secret, await Store.SecretAsync("salt", 32));
        Assert.NotEqual(secret, await Store.SecretAsync("other", 32));
    }

    private static AuditRecord Audit(string action) => new() { Time = 7, Action = action };

    private static async Task Refused(RefusalCode code, Func<Task> act) => Assert.Equal(code, (await Assert.ThrowsAsync<RefusedException>(act)).Code);

    private Task<StoredAccount> Add(string name, long? quota = null) => Store.AddAccountAsync(new(name, First, 5, quota, 7), Audit("account-add"));

    private Task<StoredAccount> Change(long id, AccountChange change) => Store.ChangeAccountAsync(id, change, Audit("account-set"));

    private Task AddToken(string id, long account, int most = 10, long? expires = null, long created = 8) =>
        Store.AddTokenAsync(new() { Id = id, AccountId = account, Verifier = Second, Created = created, Expires = expires }, most, Audit("token-add"));

    // Notes are written in the order of the calls, so what comes after them is a barrier.
    private Task Settle() => Store.CountAsync([Audit("barrier")]);
}
