using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Sqlite;
using FileService = Switchboard.Server.Services.Files.Files;

namespace Switchboard.Tests.Files;

/// <summary>A file service on a folder of its own (in memory where there is /dev/shm), with the accounts <c>ann</c> and <c>bob</c>.</summary>
public sealed class FilesFixture : IAsyncDisposable
{

    private FilesFixture(string folder)
    {
        Folder = folder;
        Database = Database.Open(Path.Combine(folder, "switchboard.db"));
        Options = new FilesOptions { Homes = Path.Combine(folder, "homes"), Partials = Path.Combine(folder, "partials") };
    }

    public string Folder { get; }

    public FilesOptions Options { get; set; }

    public ManualClock Clock { get; } = new();

    public FileService Files { get; private set; } = null!;

    internal Database Database { get; private set; }

    internal IFileStore Store { get; private set; } = null!;

    public Caller Ann { get; private set; } = null!;

    public Caller Bob { get; private set; } = null!;

    public string HomeOfAnn => Path.Combine(Options.Homes, "ann");

    public string PartialsOfAnn => Path.Combine(Options.Partials, "ann");

    public static async Task<FilesFixture> StartAsync(long? quota = null, Action<string>? crashPoint = null, Func<FilesOptions, FilesOptions>? change = null)
    {
        var top = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var folder = Path.Combine(top, "switchboard-test-" + RandomNumberGenerator.GetHexString(12));
        Directory.CreateDirectory(folder);
        var fixture = new FilesFixture(folder);
        fixture.Options = change?.Invoke(fixture.Options) ?? fixture.Options;
        fixture.Ann = await fixture.AddAsync("ann", quota);
        fixture.Bob = await fixture.AddAsync("bob", null);
        await fixture.OpenAsync(crashPoint);
        return fixture;
    }

    /// <summary>Ends the service as kill -9 does, and starts another on what it left.</summary>
    public async Task CrashAndStartAsync()
    {
        await Database.DisposeAsync();
        Database = Database.Open(Path.Combine(Folder, "switchboard.db"));
        await OpenAsync(null);
    }

    public async Task StopAndStartAsync()
    {
        await Files.DisposeAsync();
        await CrashAndStartAsync();
    }

    public async Task SetQuotaAsync(long? quota)
    {
        await Database.WriteAsync(db => db.Execute("UPDATE accounts SET quota = $1 WHERE name = 'ann'", quota));
        Files.QuotaChanged(Ann.AccountId);
    }

    public long UsedInStore() => Database.Read(db => db.Number("SELECT used_bytes FROM accounts WHERE name = 'ann'"))!.Value;

    public List<AuditRecord> Audit() => Database.Read(db => AuditTable.Latest(db, "ann", 100));

    /// <summary>Bytes of all regular files in ann's home.</summary>
    public long BytesAtHome() => new DirectoryInfo(HomeOfAnn).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    public Task<Stored> PutAsync(string path, byte[] content, IfExists ifExists = IfExists.Overwrite, bool parents = false) =>
        Files.PutAsync(Ann, new PutPlan { Path = path, IfExists = ifExists, Parents = parents }, new ReadOnlySequence<byte>(content));

    public async Task<Stored> UploadAsync(string path, byte[] content)
    {
        await using var upload = await Files.BeginUploadAsync(Ann, new UploadPlan { Path = path, Total = content.Length }, default);
        await upload.WriteAsync(0, new ReadOnlySequence<byte>(content));
        return await upload.CommitAsync(content.Length, Hex(content));
    }

    public async Task<byte[]> ReadAsync(string path)
    {
        using var download = await Files.OpenReadAsync(Ann, path, 0, null);
        var content = new byte[download.Length];
        Assert.Equal(content.Length, await download.ReadAsync(content));
        Assert.Equal(Hex(content), download.FinishDigest());
        return content;
    }

    public static async Task MakeFifoAsync(string path)
    {
        using var mkfifo = Process.Start("mkfifo", [path]);
        await mkfifo.WaitForExitAsync();
    }

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static ReadOnlySequence<byte> Sequence(byte[] bytes, int from = 0, int? length = null) => new(bytes, from, length ?? bytes.Length - from);

    public static string Hex(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static async Task<RefusalCode> RefusedAsync(Func<Task> act) => (await Assert.ThrowsAsync<RefusedException>(act)).Code;

    public static RefusalCode Refused(Action act) => Assert.Throws<RefusedException>(act).Code;

    public async ValueTask DisposeAsync()
    {
        await Files.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task OpenAsync(Action<string>? crashPoint)
    {
        Store = new SqliteFileStore(Database, new AuditTable(new AuditLimits()));
        Files = await FileService.StartAsync(Options, Store, Clock, crashPoint);
    }

    private async Task<Caller> AddAsync(string name, long? quota)
    {
        var id = await Database.WriteAsync(db =>
        {
            db.Execute(
                "INSERT INTO accounts (name, salt, iterations, stored_key, server_key, allow, quota, created) VALUES ($1, '', 1, '', '', 1, $2, 0)",
                name, quota);
            return db.Number("SELECT last_insert_rowid()")!.Value;
        });
        return new Caller { AccountId = id, Account = name, Allow = Permissions.Files, From = "test", Device = "laptop" };
    }
}

/// <summary>A clock that starts at the real time and is moved by hand.</summary>
public sealed class ManualClock : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _ahead;

    /// <summary>How far every reading moves it: finds code that reads twice what has to be one moment.</summary>
    public TimeSpan PerReading { get; set; }

    /// <summary>Lets timers go off that somebody set after he made them.</summary>
    public void GoOff()
    {
        foreach (var timer in _timers.Where(timer => timer.IsSet))
        {
            timer.GoOff();
        }
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + (_ahead += PerReading);

    public void Advance(TimeSpan by) => _ahead += by;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(() => callback(state));
        _timers.Add(timer);
        return timer;
    }

    private sealed class ManualTimer(Action callback) : ITimer
    {
        public bool IsSet { get; private set; }

        public void GoOff()
        {
            IsSet = false;
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => IsSet = true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
