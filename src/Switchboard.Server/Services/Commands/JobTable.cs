using System.Collections.Concurrent;
using Switchboard.Protocol;

namespace Switchboard.Server.Services.Commands;

/// <summary>All jobs there are: an index of the jobs' folders, which are the truth.</summary>
internal sealed class JobTable(CommandsOptions options)
{
    private readonly ConcurrentDictionary<string, Job> _jobs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(long Account, string Key), Lazy<Task<Job>>> _keys = new();
    private readonly ConcurrentDictionary<long, int> _places = new();
    private int _running;

    public IEnumerable<Job> All => _jobs.Values;

    public IEnumerable<Job> Running => _jobs.Values.Where(job => job.State is JobState.Running);

    /// <exception cref="RefusedException"><see cref="RefusalCode.JobUnknown"/>, for another account's too.</exception>
    public Job Find(long account, string id) =>
        _jobs.TryGetValue(id, out var job) && job.Record.Account == account ? job : throw new RefusedException(RefusalCode.JobUnknown, id.Length > 64 ? id[..64] : id);

    /// <summary>The job of a client's key, begun by <paramref name="begin"/> if it is the first to ask. What was refused may be asked for again.</summary>
    public async Task<Job> OfKeyAsync(long account, string key, Func<Task<Job>> begin)
    {
        var lazy = _keys.GetOrAdd((account, key), _ => new Lazy<Task<Job>>(begin));
        try
        {
            return await lazy.Value;
        }
        catch
        {
            _keys.TryRemove(KeyValuePair.Create((account, key), lazy));
            throw;
        }
    }

    /// <summary>Takes a place for a job about to begin.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.OverLimit"/>.</exception>
    public void TakePlace(long account)
    {
        if (Interlocked.Increment(ref _running) > options.MaxJobs)
        {
            Interlocked.Decrement(ref _running);
            throw new RefusedException(RefusalCode.OverLimit, null, $"{options.MaxJobs} jobs run on this server");
        }

        if (_places.AddOrUpdate(account, 1, (_, count) => count + 1) > options.MaxJobsPerAccount)
        {
            FreePlace(account);
            throw new RefusedException(RefusalCode.OverLimit, null, $"{options.MaxJobsPerAccount} jobs of the account run");
        }
    }

    public void FreePlace(long account)
    {
        Interlocked.Decrement(ref _running);
        _places.AddOrUpdate(account, 0, (_, count) => count - 1);
    }

    public void Add(Job job)
    {
        _jobs[job.Id] = job;
        if (job.Record.Key is { } key)
        {
            _keys.TryAdd((job.Record.Account, key), new Lazy<Task<Job>>(Task.FromResult(job)));
        }
    }

    /// <summary>Ended jobs that are beyond the bounds of number, age and bytes: the oldest of each account.</summary>
    public List<Job> Surplus(long now)
    {
        List<Job> surplus = [];
        foreach (var ended in _jobs.Values.Where(job => job.State is not JobState.Running).GroupBy(job => job.Record.Account))
        {
            long bytes = 0;
            var kept = 0;
            foreach (var job in ended.OrderByDescending(job => job.Ending!.Time))
            {
                bytes += job.Output.Kept;
                kept++;
                var isOld = now - job.Ending!.Time > options.KeptFor.TotalMicroseconds;
                if (kept > options.KeptJobs || isOld || (kept > 1 && bytes > options.LogBytesPerAccount))
                {
                    surplus.Add(job);
                }
            }
        }

        return surplus;
    }

    public void Remove(Job job)
    {
        _jobs.TryRemove(job.Id, out _);
        if (job.Record.Key is { } key)
        {
            _keys.TryRemove((job.Record.Account, key), out _);
        }
    }
}
