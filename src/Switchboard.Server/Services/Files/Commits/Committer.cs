using System.Threading.Channels;
using Switchboard.Protocol;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Partials;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files.Commits;

/// <summary>
/// Makes changes last, in groups, so that nobody pays the disk per file: data synced, intent stored, renamed, folders synced, bookkeeping
/// stored, answered. One thread, so changes are also ordered among themselves and no two decide about one name at once.
/// </summary>
/// <remarks>
/// Where the operator wants no waiting for the disk, a change is carried out and answered on its caller's thread, one at a time, and only its
/// bookkeeping goes through the group that is written next.
/// </remarks>
internal sealed class Committer : IAsyncDisposable
{
    // One fdatasync costs a journal commit, syncfs everything that is dirty on the disk: measured, they cross at some dozens.
    private const int SyncEachLimit = 32;

    // Null says that books are due.
    private readonly Channel<Change?> _queue;
    private readonly IFileStore _store;
    private readonly UnsyncedFolders _unsynced;
    private readonly TimeProvider _clock;
    private readonly FilesOptions _options;
    private readonly Action<string>? _crashPoint;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Held by whoever changes names, and so over the group that is being gathered.
    private readonly Lock _names = new();
    private readonly ITimer? _booksDue;
    private CommitGroup _gathered;
    private int _queued;
    private bool _closed;

    /// <param name="crashPoint">For tests: called between any two steps; what it throws ends the committer as a crash would.</param>
    public Committer(FilesOptions options, IFileStore store, UnsyncedFolders unsynced, TimeProvider clock, Action<string>? crashPoint)
    {
        _queue = Channel.CreateBounded<Change?>(new BoundedChannelOptions(options.CommitQueue) { SingleReader = true });
        (_store, _unsynced, _clock, _options, _crashPoint) = (store, unsynced, clock, options, crashPoint);
        _gathered = new CommitGroup(unsynced, store, null);
        // A full queue means that a group is about to be finished anyway.
        _booksDue = options.Durable ? null : clock.CreateTimer(_ => _queue.Writer.TryWrite(null), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        new Thread(Work) { Name = "committer", IsBackground = true }.Start();
    }

    /// <summary>The bookkeeping of some group was lost, so used bytes have to be counted again at the next start.</summary>
    public bool NeedsRecount { get; private set; }

    /// <summary>Takes a change; waits when the queue is full.</summary>
    public Task<T> CommitAsync<T>(Change<T> change)
    {
        if (!_options.Durable && !change.WaitsForBooks && TryCarryNow(change))
        {
            return change.Done;
        }

        Interlocked.Increment(ref _queued);
        return _queue.Writer.TryWrite(change) ? change.Done : WaitAsync(change);
    }

    /// <summary>The digest of a file that was answered and is not in the store yet.</summary>
    public byte[]? Unwritten(long account, FileVersion version)
    {
        if (_options.Durable)
        {
            return null;
        }

        lock (_names)
        {
            return _gathered.Unwritten(account, version);
        }
    }

    /// <summary>Finishes what waits.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_names)
        {
            _closed = true;
        }

        _queue.Writer.TryComplete();
        await _ended.Task;
        await (_booksDue?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>False when it has to take its turn: others of its caller may be waiting, or too many books are behind.</summary>
    private bool TryCarryNow(Change change)
    {
        lock (_names)
        {
            if (_closed || Volatile.Read(ref _queued) > 0 || _gathered.Carried.Count >= _options.BooksBehind)
            {
                return false;
            }

            if (TryCarry(change, _gathered))
            {
                _gathered.Carried.Add(change);
                if (_gathered.Carried.Count == 1)
                {
                    _booksDue!.Change(_options.BooksDelay, Timeout.InfiniteTimeSpan);
                }
            }

            // Others may move folders before the next change comes.
            _gathered.ForgetFolders();
        }

        if (change.Carried)
        {
            change.Complete();
        }

        return true;
    }

    private async Task<T> WaitAsync<T>(Change<T> change)
    {
        try
        {
            await _queue.Writer.WriteAsync(change);
        }
        catch (ChannelClosedException)
        {
            Interlocked.Decrement(ref _queued);
            change.Fail(new RefusedException(RefusalCode.Closing));
        }

        return await change.Done;
    }

    private void Work()
    {
        var group = new List<Change>();
        try
        {
            while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                Take(group);
                Commit(group);
            }

            group.Clear();
            Commit(group);
        }
        catch (SimulatedCrashException crash)
        {
            End(group, crash);
        }

        _ended.TrySetResult();
    }

    private void Take(List<Change> group)
    {
        group.Clear();
        while (group.Count < _options.GroupSize && _queue.Reader.TryRead(out var change))
        {
            if (change is not null)
            {
                group.Add(change);
            }
        }
    }

    private void Commit(List<Change> changes)
    {
        var left = new List<Change>(changes);
        long intent = 0;
        try
        {
            if (_options.Durable)
            {
                SyncData(left);
                Crash("data synced");
            }

            intent = StoreIntent(left);
            Crash("intent stored");
        }
        catch (Exception error) when (error is not SimulatedCrashException)
        {
            Fail(left, error);
        }

        var group = CarryAll(left, changes.Count, intent);
        try
        {
            Crash("renamed");
            group.SyncFolders();
            Crash("folders synced");
        }
        catch (Exception error) when (error is not SimulatedCrashException)
        {
            Fail(left, error);
        }

        Finish(left, group);
    }

    // Also after a failed sync: what was renamed is renamed, and the books have to say so.
    private void Finish(List<Change> left, CommitGroup group)
    {
        try
        {
            GroupAudit.Add(group.Outcome, [.. group.Carried, .. left], _clock);
            if (!group.Outcome.IsEmpty)
            {
                _store.FinishGroup(group.Outcome);
            }

            Crash("books kept");
            left.ForEach(change => change.Complete());
        }
        catch (Exception error) when (error is not SimulatedCrashException)
        {
            NeedsRecount = true;
            Fail(left, error);
        }

        lock (_names)
        {
            _gathered.FollowsNobody();
        }
    }

    private static void SyncData(List<Change> left)
    {
        var files = left.OfType<FileCommit>().ToList();
        if (files.Count > SyncEachLimit)
        {
            foreach (var account in files.DistinctBy(file => file.Account.Home.Device))
            {
                Kernel.SyncAll(account.Account.Partials.Folder);
            }

            return;
        }

        if (files.Count > 1)
        {
            files.ForEach(file => Try(left, file, () => file.SyncData(start: true)));
        }

        foreach (var file in files.Where(left.Contains))
        {
            Try(left, file, () => file.SyncData(start: false));
        }
    }

    // What goes into the bin has its path nowhere else until the books are kept, so it is intended also where nothing is synced.
    private long StoreIntent(List<Change> left)
    {
        var intent = new Intent(
            _options.Durable ? [.. left.OfType<FileCommit>().Select(file => file.Intended)] : [],
            [.. left.OfType<Removal>().Select(removal => removal.Intended).OfType<IntendedRemoval>()]);
        return intent.IsEmpty ? 0 : _store.AddIntent(intent.Write());
    }

    /// <summary>Carries out what is left, and takes the group that was gathered to be finished.</summary>
    private CommitGroup CarryAll(List<Change> left, int taken, long intent)
    {
        lock (_names)
        {
            var group = _gathered;
            left.RemoveAll(change => !TryCarry(change, group));
            Interlocked.Add(ref _queued, -taken);
            group.Outcome.Intent = intent;
            _gathered = new CommitGroup(_unsynced, _store, group);
            return group;
        }
    }

    private bool TryCarry(Change change, CommitGroup group)
    {
        try
        {
            change.Carry(group);
            change.Carried = true;
        }
        catch (Exception error)
        {
            change.Fail(error);
            RefusalAudit.Note(_store, _clock, change.Caller, change.Subject, error);
        }

        return change.Carried;
    }

    private static void Fail(List<Change> left, Exception error)
    {
        left.ForEach(change => change.Fail(error));
        left.Clear();
    }

    private static void Try(List<Change> left, Change change, Action act)
    {
        try
        {
            act();
        }
        catch (Exception error)
        {
            change.Fail(error);
            left.Remove(change);
        }
    }

    private void End(List<Change> group, Exception crash)
    {
        lock (_names)
        {
            _closed = true;
        }

        _queue.Writer.TryComplete();
        while (_queue.Reader.TryRead(out var change))
        {
            if (change is not null)
            {
                group.Add(change);
            }
        }

        // A crash cleans nothing up, so the changes are not failed in their own way.
        group.ForEach(change => change.Abandon(crash));
    }

    private void Crash(string point) => _crashPoint?.Invoke(point);
}

/// <summary>Thrown by a test's crash point: the committer stops where it is, as the process would.</summary>
internal sealed class SimulatedCrashException(string point) : Exception(point);
