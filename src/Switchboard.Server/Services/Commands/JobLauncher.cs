using System.Collections.Concurrent;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Spools;

namespace Switchboard.Server.Services.Commands;

/// <summary>Turns a plan into a job: what confines it, whether that can be had, and the first moments.</summary>
internal sealed class JobLauncher : IDisposable
{
    private readonly CommandsOptions _options;
    private readonly WorkedHomes _homes;
    private readonly JobSurroundings _around;
    private readonly SandboxPool _pool;
    private readonly string? _bubblewrap = Sandbox.Find();
    private readonly string _filter;
    private readonly int _user;
    private readonly ConcurrentQueue<int> _holders = new();
    private readonly ConcurrentDictionary<long, ((string, string, string?) Question, Sandbox Sandbox)> _sandboxes = new();
    private readonly string _within;
    private volatile string _limits;
    private volatile bool _wasUsed;

    /// <param name="options">Limits and confinement.</param>
    /// <param name="homes">Where the homes are.</param>
    /// <param name="around">What jobs work with.</param>
    /// <param name="log">For the operator.</param>
    public JobLauncher(CommandsOptions options, WorkedHomes homes, JobSurroundings around, Log log)
    {
        (_options, _homes, _around) = (options, homes, around);
        _filter = Path.Combine(options.Jobs, "filter");
        File.WriteAllBytes(_filter, Seccomp.Program());
        _user = ProcessTree.EffectiveUser();
        _pool = new SandboxPool(StartSandbox, error => log.Warning("commands", $"a sandbox could not be made ahead: {error.Message}"), GiveUp);
        _limits = Holder.Limits(options, ProcessTree.ThreadsOf(_user));
        _within = Holder.LimitsWithin(options);
    }

    /// <summary>Why nothing can be run for a caller; null where it can.</summary>
    public string? Obstacle(Caller caller) => _options.Confinement switch
    {
        _ when _user == 0 => "the server runs as root",
        Confinement.None => caller.Allow.HasFlag(Permissions.Admin) ? null : "commands.confinement is none, so only administrators may",
        _ when _bubblewrap is null => "bubblewrap is not installed",
        _ => null,
    };

    /// <summary>Starts it. Its folder in the home is known to be there.</summary>
    public async Task<Job> LaunchAsync(Caller caller, RunSettings allowed, JobPlan plan)
    {
        var home = _homes.PathOf(caller.AccountId);
        var confined = _options.Confinement is Confinement.Bubblewrap;
        var sandbox = confined ? Confined(caller, allowed, home) : null;
        var ready = await ReadyAsync(caller, plan, sandbox, home);
        _holders.Enqueue(ready.HolderProcess);
        _wasUsed = true;
        try
        {
            // Beside the job's first moments; nobody can end its input before this is done.
            var holding = plan.Input && plan.Terminal is null ? Task.Run(() => Holder.HoldInput(ready.Folder)) : null;
            var job = Begin(caller, plan, ready, sandbox?.HomeInside ?? home, confined);
            if (holding is not null && await holding is { } holder)
            {
                Keep(holder, job);
            }

            return job;
        }
        catch
        {
            ready.Dispose();
            throw;
        }
    }

    /// <summary>Once a second: what quiet accounts left, and remains of holders that have ended.</summary>
    public void Tick()
    {
        _pool.Tick();
        if (_wasUsed)
        {
            // Reads all of /proc, which no command should wait for.
            _wasUsed = false;
            _limits = Holder.Limits(_options, ProcessTree.ThreadsOf(_user));
        }

        for (var left = _holders.Count; left > 0 && _holders.TryDequeue(out var holder); left--)
        {
            if (Spawn.TryReap(holder) is -1)
            {
                _holders.Enqueue(holder);
            }
        }
    }

    public void Dispose() => _pool.Dispose();

    private void Keep(int holder, Job job)
    {
        _holders.Enqueue(holder);
        if (job.State is not JobState.Running)
        {
            // The job let its holders go before this one was there to hear it.
            ProcessTree.Signal(holder, ProcessTree.Kill);
        }
    }

    private Job Begin(Caller caller, JobPlan plan, ReadySandbox ready, string home, bool confined)
    {
        var now = _around.Clock.Microseconds();
        var time = (plan.Timeout, _options.MaxTime) switch
        {
            ({ } asked, { } most) => asked < most ? asked : most,
            var (asked, most) => asked ?? most,
        };
        var record = new JobRecord
        {
            Id = ready.Folder.Id,
            Account = caller.AccountId,
            AccountName = caller.Account,
            Key = plan.Key,
            Command = CommandText.Of(plan),
            Folder = plan.Folder,
            Started = now,
            Deadline = time is { } limit ? now + (long)limit.TotalMicroseconds : null,
            Terminal = plan.Terminal is not null,
            Input = plan.Input,
            Detached = plan.Detach,
            WaitWhenFull = plan.WaitWhenFull,
            Confined = confined,
            Holder = ready.HolderProcess,
            HolderStart = plan.Terminal is null ? null : ProcessTree.StartOf(ready.HolderProcess),
        };
        ready.Folder.Write(record);
        var job = Job.Begin(record, ready, _around, _homes.Space(caller.AccountId).Stored);
        ready.Go(GoScript.Write(plan, record.Id, home, tellProcess: !confined));
        return job;
    }

    // Looking at what the machine has takes longer than starting a small program, so the last answer holds while its questions are the same.
    private Sandbox Confined(Caller caller, RunSettings allowed, string home)
    {
        var question = (caller.Account, home, allowed.Stored);
        if (!_sandboxes.TryGetValue(caller.AccountId, out var known) || known.Question != question)
        {
            known = (question, Sandbox.Of(_options, _bubblewrap!, caller.Account, home, allowed, NamesOf(caller)));
            _sandboxes[caller.AccountId] = known;
        }

        return known.Sandbox;
    }

    private Task<ReadySandbox> ReadyAsync(Caller caller, JobPlan plan, Sandbox? sandbox, string home)
    {
        if (sandbox is null)
        {
            IEnumerable<string> environment = [.. Sandbox.Environment(caller.Account, home).Select(pair => $"{pair.Name}={pair.Value}")];
            string[] session = plan.Terminal is null ? ["setsid", "-w"] : ["setsid", "-c", "-w"];
            return _around.Poller.RunAsync(() => ReadySandbox.Start(_options.Jobs, ["env", "-i", .. environment, .. session], _limits, "", null, plan.Terminal));
        }

        // A program with a terminal becomes the leader of its session inside, so that the terminal is its own (setsid(1), -c).
        return plan.Terminal is { } size
            ? _around.Poller.RunAsync(() => ReadySandbox.Start(_options.Jobs, [.. sandbox.Arguments, "--", "setsid", "-c"], _limits, _within, _filter, size))
            : _pool.TakeAsync([.. sandbox.Arguments, "--new-session", "--"]);
    }

    private ReadySandbox StartSandbox(IReadOnlyList<string> command) => ReadySandbox.Start(_options.Jobs, command, _limits, _within, _filter, terminal: null);

    private void GiveUp(ReadySandbox sandbox)
    {
        _holders.Enqueue(sandbox.HolderProcess);
        sandbox.Dispose();
    }

    // The real files name people a job has no business with, and not the account it runs for.
    private (string Users, string Groups) NamesOf(Caller caller)
    {
        var stem = Path.Combine(_options.Jobs, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"names-{caller.AccountId}-{_user}"));
        var (users, groups) = (stem + ".passwd", stem + ".group");
        if (!File.Exists(groups))
        {
            var group = ProcessTree.EffectiveGroup();
            var shell = File.Exists("/bin/bash") ? "/bin/bash" : "/bin/sh";
            File.WriteAllText(users, $"root:x:0:0:root:/:/bin/false\n{caller.Account}:x:{_user}:{group}::/home/{caller.Account}:{shell}\nnobody:x:65534:65534:nobody:/:/bin/false\n");
            File.WriteAllText(groups, $"root:x:0:\n{caller.Account}:x:{group}:\nnogroup:x:65534:\n");
        }

        return (users, groups);
    }
}
