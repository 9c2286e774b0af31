using Switchboard.Protocol;
using Switchboard.Server.Storage.Sqlite;
using Xunit;

namespace Switchboard.Tests.Storage.Sqlite;

public sealed class DatabaseTests : IAsyncLifetime
{
    private static readonly Migration Items = new(1, "001-items.sql", "CREATE TABLE items (n INTEGER PRIMARY KEY, text TEXT)");
    private readonly TemporaryFolder _folder = new();
    private Database _database = null!;

    private string File => _folder.File("test.db");

    public ValueTask InitializeAsync()
    {
        _database = Database.Open(File, [Items]);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_was_written_is_read_and_is_there_after_reopening()
    {
        await Add(1);
        Assert.Equal(1, Count());
        await _database.DisposeAsync();
        _database = Database.Open(File, [Items]);
        Assert.Equal(1, Count());
    }

    [Fact]
    public void The_files_are_for_their_owner_only()
    {
        foreach (var file in Directory.GetFiles(_folder.Path))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task Acts_that_wait_together_share_a_transaction_and_one_that_fails_takes_only_its_own_changes()
    {
        using var blocked = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        var first = _database.WriteAsync(_ => { started.Set(); blocked.Wait(); return 0; });
        started.Wait(); // now the rest can only queue up behind it
        var good = Enumerable.Range(1, 50).Select(n => Add(n)).ToArray();
        var bad = _database.WriteAsync<int>(c =>
        {
            c.Execute("INSERT INTO items VALUES ($1, $2)", 1000, "half");
            throw new RefusedException(RefusalCode.OverQuota);
        });
        var more = Enumerable.Range(51, 50).Select(n => Add(n)).ToArray();
        blocked.Set();
        await first;
        await Task.WhenAll([.. good, .. more]);
        Assert.Equal(RefusalCode.OverQuota, (await Assert.ThrowsAsync<RefusedException>(() => bad)).Code);
        Assert.Equal(100, Count());
    }

    [Fact]
    public async Task A_thousand_waiting_acts_cost_one_transaction()
    {
        using var blocked = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        var commits = 0;
        var first = _database.WriteAsync(c =>
        {
            SQLitePCL.raw.sqlite3_commit_hook(c.Handle, _ => { commits++; return 0; }, null);
            started.Set();
            blocked.Wait();
            return 0;
        });
        started.Wait();
        var all = Enumerable.Range(1, 1000).Select(n => Add(n)).ToArray();
        blocked.Set();
        await first;
        await Task.WhenAll(all);
        Assert.Equal(2, commits);
        Assert.Equal(1000, Count());
    }

    [Fact]
    public async Task A_constraint_that_is_broken_fails_that_act_only_and_the_writer_goes_on()
    {
        await Add(1);
        await Assert.ThrowsAnyAsync<Exception>(() => Add(1));
        await Add(2);
        Assert.Equal(2, Count());
    }

    [Fact]
    public async Task A_full_database_is_refused_as_disk_full_and_nothing_of_the_act_remains()
    {
        await Add(1);
        await _database.WriteAsync(c => c.Execute("PRAGMA max_page_count=8"));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _database.WriteAsync(c =>
            c.Execute("INSERT INTO items VALUES (2, $1)", new string('x', 1_000_000))));
        Assert.Equal(RefusalCode.DiskFull, refused.Code);
        await Add(3);
        Assert.Equal(2, Count());
    }

    [Fact]
    public async Task Lazy_and_posted_acts_are_seen_by_what_comes_after_them()
    {
        _database.Post(c => c.Execute("INSERT INTO items VALUES (1, 'posted')"));
        var lazily = await _database.WriteLazilyAsync(c => c.Execute("INSERT INTO items VALUES (2, 'lazy')"));
        Assert.Equal(1, lazily);
        await Add(3);
        Assert.Equal(3, Count());
    }

    [Fact]
    public async Task What_is_posted_is_written_though_nobody_waits_for_it_and_nothing_follows()
    {
        var written = new TaskCompletionSource();
        _database.Post(c => c.Execute("INSERT INTO items VALUES (1, 'posted')"));
        _database.Post(_ => written.SetResult());
        await written.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await _database.SettleAsync();
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task What_is_posted_at_closing_is_written()
    {
        for (var n = 1; n <= 3000; n++)
        {
            var number = n;
            _database.Post(c => c.Execute("INSERT INTO items VALUES ($1, 'posted')", number));
        }

        await _database.DisposeAsync();
        _database = Database.Open(File, [Items]);
        Assert.Equal(3000, Count());
    }

    [Fact]
    public async Task A_posted_act_that_throws_harms_nobody()
    {
        _database.Post(_ => throw new InvalidOperationException("a cache's trouble"));
        await Add(1);
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task What_waits_at_closing_is_finished_and_what_comes_later_is_refused()
    {
        var waiting = Enumerable.Range(1, 100).Select(n => Add(n)).ToArray();
        await _database.DisposeAsync();
        Assert.All(await Task.WhenAll(waiting), rows => Assert.Equal(1, rows));
        Assert.Equal(RefusalCode.Closing, (await Assert.ThrowsAsync<RefusedException>(() => Add(101))).Code);
    }

    [Fact]
    public async Task Readers_do_not_see_an_open_transaction_and_cannot_write()
    {
        var seen = -1L;
        await _database.WriteAsync(c =>
        {
            c.Execute("INSERT INTO items VALUES (1, 'x')");
            seen = Task.Run(Count).GetAwaiter().GetResult();
            return 0;
        });
        Assert.Equal(0, seen);
        Assert.ThrowsAny<Exception>(() => _database.Read(c => c.Execute("DELETE FROM items")));
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task Many_readers_at_once_beside_a_writer_see_whole_commits()
    {
        var writing = Task.Run(async () =>
        {
            for (var n = 0; n < 200; n += 2)
            {
                var at = n;
                await _database.WriteAsync(c =>
                    c.Execute("INSERT INTO items VALUES ($1, 'a')", at) + c.Execute("INSERT INTO items VALUES ($1, 'b')", at + 1));
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 200; i++)
            {
                Assert.Equal(0, Count() % 2);
            }
        })));
        await writing;
    }

    [Fact]
    public async Task Migrations_run_in_order_and_once()
    {
        await Add(1);
        await _database.DisposeAsync();
        var next = new Migration(2, "002-colour.sql", "ALTER TABLE items ADD COLUMN colour TEXT DEFAULT 'red'; CREATE TABLE other (x)");
        await using (Database.Open(File, [Items, next]))
        {
        }

        _database = Database.Open(File, [Items, next]);
        Assert.Equal("red", _database.Read(c => c.First(r => r.GetString(0), "SELECT colour FROM items")));
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_version_before_it()
    {
        await _database.DisposeAsync();
        var broken = new Migration(2, "002-broken.sql", "CREATE TABLE half (x); CREATE TABLE items (y)");
        Assert.ThrowsAny<Exception>(() => Database.Open(File, [Items, broken]));
        _database = Database.Open(File, [Items]);
        Assert.Equal(0, _database.Read(c => c.Number("SELECT count(*) FROM sqlite_master WHERE name='half'")));
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused_with_both_versions()
    {
        await _database.DisposeAsync();
        await using (Database.Open(File, [Items, new Migration(7, "007-later.sql", "CREATE TABLE later (x)")]))
        {
        }

        var error = Assert.Throws<DatabaseVersionException>(() => Database.Open(File, [Items]));
        Assert.Equal(7, error.Version);
        Assert.Contains("version 7", error.Message, StringComparison.Ordinal);
        _database = Database.Open(_folder.File("other.db"), [Items]);
    }

    [Fact]
    public async Task The_programs_own_schema_can_be_made()
    {
        await using var real = Database.Open(_folder.File("real.db"));
        TestContext.Current.SendDiagnosticMessage("SQLite " + real.Read(c => c.First(r => r.GetString(0), "SELECT sqlite_version()")));
        Assert.True(real.Read(c => c.Number("PRAGMA user_version")) >= 1);
    }

    private Task<int> Add(int n) => _database.WriteAsync(c => c.Execute("INSERT INTO items VALUES ($1, $2)", n, "text " + n));

    private long Count() => _database.Read(c => c.Number("SELECT count(*) FROM items")!.Value);
}
