using System.Buffers;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Audit;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Services.Shares;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Sqlite;
using Switchboard.Tests.Files;
using AccountService = Switchboard.Server.Services.Accounts.Accounts;
using ShareService = Switchboard.Server.Services.Shares.Shares;

namespace Switchboard.Tests.Shares;

/// <summary>Links on files and accounts of their own; <c>ann</c> may make some.</summary>
public sealed class SharesHouse : IAsyncDisposable
{
    public const string Stranger = "192.0.2.7";

    private readonly AuditLog _audit;

    private SharesHouse(FilesFixture home, SharesOptions? options)
    {
        Home = home;
        var table = new AuditTable(new AuditLimits());
        var store = new SqliteAccountStore(home.Database, table);
        _audit = new AuditLog(store, home.Clock);
        Accounts = new AccountService(store, _audit, home.Clock);
        Shares = new ShareService(new SqliteShareStore(home.Database, table), Accounts, _audit, home.Files, home.Clock, options);
        Accounts.ShareWithdrawn = Shares.Withdraw;
        Accounts.QuotaChanged = home.Files.QuotaChanged;
        Accounts.ReleaseHome = home.Files.ReleaseAsync;
    }

    public FilesFixture Home { get; }

    public AccountService Accounts { get; }

    public ShareService Shares { get; }

    public Caller Ann => Home.Ann with { Allow = Permissions.Files | Permissions.Share };

    public static async Task<SharesHouse> OpenUpAsync(long? quota = null, SharesOptions? options = null)
    {
        var house = new SharesHouse(await FilesFixture.StartAsync(quota), options);
        await house.SetAsync(new AccountSettings { Allow = ["files", "share"] });
        return house;
    }

    public Task SetAsync(AccountSettings settings) => Accounts.SetAsync(Accounts.Operator(), "ann", settings);

    public Task<SharedLink> AddAsync(string path, bool upload = false, int? count = null, long? bytes = null) =>
        Shares.AddAsync(Ann, new SharePlan { Path = path, Upload = upload, Count = count, Bytes = bytes });

    public Task<OpenShare> OpenAsync(SharedLink link) => Shares.OpenAsync(link.Entry.Id, link.Secret, Stranger);

    public async Task<bool> IsOpenAsync(SharedLink link)
    {
        try
        {
            await OpenAsync(link);
            return true;
        }
        catch (RefusedException refused)
        {
            // Nothing but the code: whatever it was, the stranger hears the same.
            Assert.Equal(new Refusal(RefusalCode.ShareUnknown), refused.Refusal);
            return false;
        }
    }

    public static async Task<byte[]> ReadAsync(OpenShare share, long offset = 0)
    {
        using var download = await share.OpenReadAsync(offset, null);
        var content = new byte[download.Length];
        Assert.Equal(content.Length, await download.ReadAsync(content));
        return content;
    }

    public static async Task<Stored> SendAsync(OpenShare share, string name, byte[] content, string? sha256 = null)
    {
        await using var upload = await share.BeginUploadAsync(name, content.Length, null, default);
        await upload.WriteAsync(0, new ReadOnlySequence<byte>(content));
        return await share.CommitAsync(upload, content.Length, sha256);
    }

    public async Task<List<AuditEntry>> AuditAsync() => [.. await _audit.LatestAsync(Accounts.Operator(), null, 1000)];

    public string[] FilesAtHome() => [.. Home.Files.List(Ann, "/", recursive: true).Where(entry => entry.Type == "file").Select(entry => entry.Path).Order(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        await _audit.DisposeAsync();
        Accounts.Dispose();
        await Home.DisposeAsync();
    }
}
