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
internal sealed class Committer : IAsyncDisposable
{
    // One fdatasync costs a journal commit, syncfs everything that is dirty on the disk: measured, they cross at some dozens.
    private const int SyncEachLimit = 32;

    private readonly Channel<Change> _queue;
    private readonly IFileStore _store;
    private readonly UnsyncedFolders _unsynced;
    private readonly TimeProvider _clock;
    private readonly int _groupSize;
    private readonly Action<string>? _crashPoint;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="crashPoint">For tests: called between any two steps; what it throws ends the committer as a crash would.</param>
    public Committer(FilesOptions options, IFileStore store, UnsyncedFolders unsynced, TimeProvider clock, Action<string>? crashPoint)
    {
        _queue = Channel.CreateBounded<Change>(new BoundedChannelOptions(options.CommitQueue) { SingleReader = true });
        (_store, _unsynced, _clock, _groupSize, _crashPoint) = (store, unsynced, clock, options.GroupSize, crashPoint);
        new Thread(Work) { Name = "committer", IsBackground = true }.Start();
    }

    /// <summary>The bookkeeping of some group was lost, so used bytes have to be counted again at the next start.</summary>
    public bool NeedsRecount { get; private set; }

    /// <summary>Takes a change; waits when the queue is full.</summary>
    public Task<T> CommitAsync<T>(Change<T> change) => _queue.Writer.TryWrite(change) ? change.Done : WaitAsync(change);

    /// <summary>Finishes what waits.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ended.Task;
    }

    private async Task<T> WaitAsync<T>(Change<T> change)
    {
        try
        {
            await _queue.Writer.WriteAsync(change);
        }
        catch (ChannelClosedException)
        {
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
                group.Clear();
                while (group.Count < _groupSize && _queue.Reader.TryRead(out var change))
                {
                    group.Add(change);
                }

                Commit(group);
            }
        }
        catch (SimulatedCrashException crash)
        {
            End(group, crash);
        }

        _ended.TrySetResult();
    }

    private void Commit(List<Change> changes)
    {
        var group = new CommitGroup(_unsynced, _store);
        var left = new List<Change>(changes);
        try
        {
            SyncData(left);
            Crash("data synced");
            StoreIntent(left, group);
            Crash("intent stored");
            CarryAll(left, group);
            Crash("renamed");
            group.SyncFolders();
            Crash("folders synced");
        }
        catch (Exception error) when (error is not SimulatedCrashException)
        {
            left.ForEach(change => change.Fail(error));
            left.Clear();
            group.ForgetFolders();
        }

        Finish(left, group);
    }

    // Also after a failed sync: what was renamed is renamed, and the books have to say so.
    private void Finish(List<Change> left, CommitGroup group)
    {
        try
        {
            GroupAudit.Add(group.Outcome, left, _clock);
            if (!group.Outcome.IsEmpty)
            {
                _store.FinishGroupAsync(group.Outcome).GetAwaiter().GetResult();
            }

            Crash("books kept");
            left.ForEach(change => change.Complete());
        }
        catch (Exception error) when (error is not SimulatedCrashException)
        {
            NeedsRecount = true;
            left.ForEach(change => change.Fail(error));
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

    private void StoreIntent(List<Change> left, CommitGroup group)
    {
        var files = left.OfType<FileCommit>().Select(file => file.Intended).ToList();
        if (files.Count > 0)
        {
            group.Outcome.Intent = _store.AddIntentAsync(Intent.Write(files)).GetAwaiter().GetResult();
        }
    }

    private void CarryAll(List<Change> left, CommitGroup group)
    {
        var refused = 0;
        for (var i = 0; i < left.Count; i++)
        {
            var change = left[i];
            try
            {
                change.Carry(group);
                change.Carried = true;
                left[i - refused] = change;
            }
            catch (Exception error)
            {
                change.Fail(error);
                RefusalAudit.Note(_store, _clock, change.Caller, change.Subject, error);
                refused++;
            }
        }

        left.RemoveRange(left.Count - refused, refused);
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
        _queue.Writer.TryComplete();
        while (_queue.Reader.TryRead(out var change))
        {
            group.Add(change);
        }

        // A crash cleans nothing up, so the changes are not failed in their own way.
        group.ForEach(change => change.Abandon(crash));
    }

    private void Crash(string point) => _crashPoint?.Invoke(point);
}

/// <summary>Thrown by a test's crash point: the committer stops where it is, as the process would.</summary>
internal sealed class SimulatedCrashException(string point) : Exception(point);
