using System.Diagnostics;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Commands;

/// <summary>
/// Looks after running jobs once a second: those that bring their account over its quota or the disk to its reserve, or have too many processes,
/// are ended with the reason. What they write is counted at intervals that follow from what a count costs.
/// </summary>
internal sealed class JobWatch(WorkedHomes homes, CommandsOptions options, Log log)
{
    private static readonly TimeSpan FewestBetweenCounts = TimeSpan.FromSeconds(2);

    /// <summary>At most a twentieth of the time goes into counting a home.</summary>
    private const int RestBetweenCounts = 20;

    private readonly Dictionary<long, (long Next, Task Count)> _counts = [];
    private readonly System.Collections.Concurrent.ConcurrentDictionary<long, bool> _owed = new();

    /// <summary>A job of the account ended: what it left is counted once more.</summary>
    public void Owe(long account) => _owed[account] = true;

    public void Look(IReadOnlyList<Job> running)
    {
        var isDiskFull = running.Count > 0 && homes.IsDiskReserveInUse;
        foreach (var job in running)
        {
            job.Tick();
            if (isDiskFull)
            {
                job.End(RefusalCode.DiskFull.Name());
            }

            LookAtProcesses(job);
        }

        foreach (var account in running.GroupBy(job => job.Record.Account))
        {
            LookAtSpace(account.Key, [.. account]);
        }

        foreach (var account in _owed.Keys.Where(account => !running.Any(job => job.Record.Account == account)))
        {
            LookAtSpace(account, []);
        }

        foreach (var gone in _counts.Where(pair => pair.Value.Count.IsCompleted && Environment.TickCount64 > pair.Value.Next).Select(pair => pair.Key).ToList())
        {
            _counts.Remove(gone);
        }
    }

    private void LookAtProcesses(Job job)
    {
        if (job.Root > 1 && ProcessTree.Of(job.Root, options.Processes + 1).Count > options.Processes)
        {
            log.Info("commands", $"job {job.Id} of {job.Record.AccountName} has more than {options.Processes} processes and is ended");
            job.End(RefusalCode.OverLimit.Name(), politely: false);
        }
    }

    private void LookAtSpace(long account, IReadOnlyList<Job> jobs)
    {
        var (next, count) = _counts.GetValueOrDefault(account, (0, Task.CompletedTask));
        if (!count.IsCompleted || Environment.TickCount64 < next)
        {
            return;
        }

        // Before it begins: what ends while it runs is owed anew.
        _owed.TryRemove(account, out _);
        var counting = Task.Factory.StartNew(() => CountAsync(account, jobs), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        _counts[account] = (Environment.TickCount64 + (long)FewestBetweenCounts.TotalMilliseconds, counting);
    }

    private async Task CountAsync(long account, IReadOnlyList<Job> jobs)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            await homes.CountAsync(account, CancellationToken.None);
            var (stored, quota) = homes.Space(account);
            foreach (var job in jobs.Where(job => quota is { } limit && stored > Math.Max(limit, job.StoredAtStart)))
            {
                job.End(RefusalCode.OverQuota.Name());
            }

            await Task.Delay(watch.Elapsed * RestBetweenCounts);
        }
        catch (RefusedException e)
        {
            // An account that is being removed, or a folder that goes away while it is read: the next look tells more.
            log.Debug("commands", $"the home of account {account} could not be counted: {e.Message}");
        }
    }
}
