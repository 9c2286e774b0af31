using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Switchboard.Protocol;

namespace Switchboard.Server.Storage.Sqlite;

/// <summary>
/// One SQLite file in WAL mode: one thread that writes, in groups, and connections that read beside it.
/// </summary>
/// <remarks>
/// All acts that wait when the writer becomes free share one transaction and so one flush to the disk; each stands in a savepoint of its own,
/// so one that fails takes nothing of the others with it. An act must be short, must not wait, and must not call back into the database.
/// SQLite's "disk full" and "read only" come out as <see cref="RefusedException"/>; what is left is a bug and comes out as it is.
/// </remarks>
public sealed class Database : IAsyncDisposable
{
    /// <summary>Most acts in one transaction: bounds how long the first of them waits for the last.</summary>
    private const int GroupLimit = 1024;

    /// <summary>Most acts that wait; beyond it <see cref="WriteAsync"/> waits for room and <see cref="Post"/> drops.</summary>
    private const int QueueLimit = 16_384;

    /// <summary>Milliseconds that notes nobody waits for may wait for each other: a transaction for each download would cost more than the download.</summary>
    private const int PostDelay = 50;

    /// <summary>Of the one writer, in KiB: the ends of some thousand rooms' logs, which otherwise are read again for each thing said there.</summary>
    private const int CacheKib = 16_384;

    /// <summary>Pages of the write-ahead log, 16 MiB: a page that grows by a row at a time is copied into the file once for all of them.</summary>
    private const int CheckpointPages = 4096;

    /// <summary>Idle read connections kept; more exist only while more threads read at once.</summary>
    private const int IdleReaders = 8;

    private readonly string _connectionString;
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private readonly Channel<Act> _queue = Channel.CreateBounded<Act>(new BoundedChannelOptions(QueueLimit) { SingleReader = true });
    private readonly ConcurrentQueue<Act> _posted = [];
    private readonly Timer _posting;
    private readonly SqliteConnection _writer;
    private readonly Lock _writing = new();
    private readonly object _bed = new();
    private bool _isAsleep;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _closed;
    private bool _durable = true;
    private bool _isPosting;

    private Database(string path, string connectionString, SqliteConnection writer)
    {
        Path = path;
        _connectionString = connectionString;
        _writer = writer;
        _posting = new Timer(_ =>
        {
            _queue.Writer.TryWrite(new Act<bool>(static _ => true, durable: false));
            WakeWriter();
        });
        _thread = new Thread(WriteLoop) { Name = "database writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Acts are flushed to the disk unless they say that they may be lost.</summary>
    private bool Flushes { get; init; }

    /// <summary>Opens or creates the file (mode 0600) and brings its schema up to date.</summary>
    /// <exception cref="DatabaseVersionException">A newer program wrote it.</exception>
    /// <param name="path">The file.</param>
    /// <param name="durable">False: no act is flushed to the disk, as if all were <see cref="WriteLazilyAsync"/>. The file stays whole in any case.</param>
    public static Database Open(string path, bool durable = true) => Open(path, Migrations.Embedded(), durable);

    internal static Database Open(string path, IReadOnlyList<Migration> migrations, bool durable = true)
    {
        SqliteEngine.EnsureLoaded();
        CreateFile(path);
        var connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString();
        var writer = Connect(connectionString, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
            + FormattableString.Invariant($" PRAGMA cache_size=-{CacheKib}; PRAGMA wal_autocheckpoint={CheckpointPages};"));
        try
        {
            Migrations.Apply(writer, migrations, path);
            return new Database(path, connectionString, writer) { Flushes = durable };
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Runs <paramref name="act"/> in a transaction; completes when it is on the disk. Waits when <see cref="QueueLimit"/> others wait.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.DiskFull"/>, <see cref="RefusalCode.ReadOnly"/>, <see cref="RefusalCode.Busy"/>
    /// (another process held the file for over 5 s), <see cref="RefusalCode.Closing"/>, or what the act itself refused. Nothing of it is stored then.</exception>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, T> act) => EnqueueAsync(new Act<T>(act, durable: true));

    /// <summary>
    /// As <see cref="WriteAsync"/>, blocking: for a thread of one's own. Where nobody else waits, the act runs right here, which saves two
    /// changes of thread, about a third of what a small file costs.
    /// </summary>
    public T Write<T>(Func<SqliteConnection, T> act)
    {
        var own = new Act<T>(act, durable: true);
        return (TryRunHere(own) ? own.Task : EnqueueAsync(own)).GetAwaiter().GetResult();
    }

    /// <summary>As <see cref="WriteAsync"/>, for what may be lost by a power cut (caches): a transaction of only such acts is not flushed to the disk.</summary>
    public Task<T> WriteLazilyAsync<T>(Func<SqliteConnection, T> act) => EnqueueAsync(new Act<T>(act, durable: false));

    /// <summary>
    /// As <see cref="WriteLazilyAsync"/> without an answer: dropped when the queue is full, and its errors are not told. It is written with the
    /// next act that somebody waits for, before it, or within <see cref="PostDelay"/> ms.
    /// </summary>
    public void Post(Action<SqliteConnection> act)
    {
        if (_posted.Count < QueueLimit)
        {
            _posted.Enqueue(new Act<bool>(connection => { act(connection); return true; }, durable: false));
            SetClock();
        }
    }

    /// <summary>Completes when everything posted before is written.</summary>
    public Task SettleAsync() => WriteLazilyAsync(static _ => true);

    /// <summary>Reads what is committed, on the calling thread. The result must not hold on to the connection.</summary>
    public T Read<T>(Func<SqliteConnection, T> act)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) != 0, this);
        if (!_readers.TryTake(out var connection))
        {
            connection = Connect(_connectionString, "PRAGMA query_only=ON;");
        }

        try
        {
            var result = act(connection);
            Return(connection);
            return result;
        }
        catch (Exception error)
        {
            connection.Dispose();
            throw Translate(error);
        }
    }

    /// <summary>Finishes what waits, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            await _posting.DisposeAsync().ConfigureAwait(false);
            _queue.Writer.TryComplete();
            WakeWriter();
            await _ended.Task.ConfigureAwait(false);
            while (_readers.TryTake(out var connection))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }

            lock (_writing)
            {
                _writer.Dispose();
            }
        }
    }

    // The files that SQLite puts beside it (-wal, -shm) take its mode. An existing file is not touched: closing any handle to it
    // would take away the locks this process may hold on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
    private static void CreateFile(string path)
    {
        if (!File.Exists(path))
        {
            new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).Dispose();
        }
    }

    private static SqliteConnection Connect(string connectionString, string pragmas)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this file.
            command.CommandText = "PRAGMA busy_timeout=5000; " + pragmas;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void Return(SqliteConnection connection)
    {
        if (_readers.Count < IdleReaders && Volatile.Read(ref _closed) == 0)
        {
            _readers.Add(connection);
        }
        else
        {
            connection.Dispose();
        }
    }

    private async Task<T> EnqueueAsync<T>(Act<T> act)
    {
        if (!_queue.Writer.TryWrite(act))
        {
            try
            {
                await _queue.Writer.WriteAsync(act).ConfigureAwait(false);
            }
            catch (ChannelClosedException)
            {
                throw new RefusedException(RefusalCode.Closing);
            }
        }

        WakeWriter();
        return await act.Task.ConfigureAwait(false);
    }

    private void WakeWriter()
    {
        // The act is in the queue before it is looked whether anybody sleeps (Dekker): one of the two sees what the other did.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isAsleep))
        {
            lock (_bed)
            {
                Monitor.Pulse(_bed);
            }
        }
    }

    // A monitor and not a task: who waits for a task first spins, and with a hundred small commits a second that is most of what they cost.
    private bool WaitForActs()
    {
        lock (_bed)
        {
            // Before the look at the queue: whoever adds to it after that look sees this and pulses.
            Volatile.Write(ref _isAsleep, true);
            Interlocked.MemoryBarrier();
            while (_queue.Reader.Count == 0 && !_queue.Reader.Completion.IsCompleted)
            {
                Monitor.Wait(_bed);
            }

            Volatile.Write(ref _isAsleep, false);
        }

        return _queue.Reader.Count > 0;
    }

    private void WriteLoop()
    {
        var group = new List<Act>();
        while (_queue.Reader.Count > 0 || WaitForActs())
        {
            // Taken and run under one lock, so that nobody who finds the queue empty goes before what was taken from it.
            lock (_writing)
            {
                while (group.Count < GroupLimit && _queue.Reader.TryRead(out var act))
                {
                    group.Add(act);
                }

                CommitGroup(group);
            }

            group.Clear();
        }

        lock (_writing)
        {
            while (!_posted.IsEmpty)
            {
                CommitGroup([]);
            }
        }

        _ended.SetResult();
    }

    private void SetClock()
    {
        if (!Interlocked.Exchange(ref _isPosting, true) && Volatile.Read(ref _closed) == 0)
        {
            try
            {
                _posting.Change(PostDelay, Timeout.Infinite);
            }
            catch (ObjectDisposedException)
            {
                // Being closed, which writes what is posted.
            }
        }
    }

    private bool TryRunHere(Act act)
    {
        if (!_writing.TryEnter())
        {
            return false;
        }

        try
        {
            if (_queue.Reader.Count > 0 || Volatile.Read(ref _closed) != 0)
            {
                return false;
            }

            CommitGroup([act]);
            return true;
        }
        finally
        {
            _writing.Exit();
        }
    }

    private void CommitGroup(List<Act> group)
    {
        // Cleared first: what is posted from here on sets the clock anew.
        Volatile.Write(ref _isPosting, false);
        var posts = new List<Act>();
        while (posts.Count < GroupLimit && _posted.TryDequeue(out var post))
        {
            posts.Add(post);
        }

        group.InsertRange(0, posts);
        if (!_posted.IsEmpty)
        {
            SetClock();
        }


        if (group.Count == 0)
        {
            return;
        }

        try
        {
            SetDurability(Flushes && group.Exists(act => act.Durable));
            _writer.Execute("BEGIN IMMEDIATE");
            RunAll(group);
            _writer.Execute("COMMIT");
        }
        catch (Exception error)
        {
            RollBack();
            var told = Translate(error);
            group.ForEach(act => act.Fail(told));
            return;
        }

        group.ForEach(act => act.Complete());
    }

    private void RunAll(List<Act> group)
    {
        if (group is [var only])
        {
            // Where it fails, the whole transaction is undone.
            only.Run(_writer);
            return;
        }

        foreach (var act in group)
        {
            _writer.Execute("SAVEPOINT act");
            try
            {
                act.Run(_writer);
            }
            catch (Exception error) when (InTransaction)
            {
                // Disk full and the like end the whole transaction by themselves; only what ended just this act is handled here.
                act.Fail(Translate(error));
                _writer.Execute("ROLLBACK TO act");
            }

            _writer.Execute("RELEASE act");
        }
    }

    private bool InTransaction => SQLitePCL.raw.sqlite3_get_autocommit(_writer.Handle) == 0;

    private void RollBack()
    {
        if (InTransaction)
        {
            _writer.Execute("ROLLBACK");
        }
    }

    // A later flushed transaction also flushes those before it, because the write-ahead log is one file.
    private void SetDurability(bool durable)
    {
        if (durable != _durable)
        {
            using var command = _writer.CreateCommand();
            command.CommandText = durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL";
            command.ExecuteNonQuery();
            _durable = durable;
        }
    }

    private static Exception Translate(Exception error) => error is not SqliteException sqlite ? error : sqlite.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_FULL => new RefusedException(new Refusal(RefusalCode.DiskFull), error),
        SQLitePCL.raw.SQLITE_READONLY => new RefusedException(new Refusal(RefusalCode.ReadOnly), error),
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => new RefusedException(new Refusal(RefusalCode.Busy), error),
        _ => error,
    };

    private abstract class Act(bool durable)
    {
        public bool Durable { get; } = durable;

        public abstract void Run(SqliteConnection connection);

        public abstract void Complete();

        public abstract void Fail(Exception error);
    }

    private sealed class Act<T>(Func<SqliteConnection, T> act, bool durable) : Act(durable)
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Task => _done.Task;

        public override void Run(SqliteConnection connection) => _result = act(connection);

        public override void Complete() => _done.TrySetResult(_result!);

        public override void Fail(Exception error) => _done.TrySetException(error);
    }
}
