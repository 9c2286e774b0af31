using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Audit;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Commands;

/// <summary>The rules of remote commands, for every door: who may run what, how it is confined, what is kept of it. Every method checks the caller's permission.</summary>
/// <exception cref="RefusedException">Every expected "no", from any method or task.</exception>
public sealed class Commands : IAsyncDisposable
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(1);

    private readonly Accounts.Accounts _accounts;
    private readonly AuditLog _audit;
    private readonly Log _log;
    private readonly WorkedHomes _homes;
    private readonly JobSurroundings _around;
    private readonly JobTable _table;
    private readonly JobLauncher _launcher;
    private readonly JobWatch _watch;
    private readonly ITimer _tick;
    private int _ticking;

    private Commands(CommandsOptions options, Accounts.Accounts accounts, AuditLog audit, WorkedHomes homes, TimeProvider clock, Log log)
    {
        (_accounts, _audit, _homes, _log) = (accounts, audit, homes, log);
        var poller = new Poller(error => log.Error("commands", "a job's event failed", error));
        _around = new JobSurroundings(poller, options, clock, OnEnded);
        _table = new JobTable(options);
        _watch = new JobWatch(homes, options, log);
        _launcher = new JobLauncher(options, homes, _around, log);
        new JobRecovery(options, homes, _around, _table, log).Run();
        _tick = clock.CreateTimer(_ => Tick(), null, TickEvery, TickEvery);
    }

    /// <summary>Opens the service and finds the jobs that outlived the server before this one.</summary>
    public static Commands Start(CommandsOptions options, Accounts.Accounts accounts, AuditLog audit, Files.Files files, Log log, TimeProvider? clock = null)
    {
        Directory.CreateDirectory(options.Jobs, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new Commands(options, accounts, audit, files.Homes, clock ?? TimeProvider.System, log);
    }

    /// <summary>Runs a program; the same key again gives the same job.</summary>
    internal Task<Job> RunAsync(Caller caller, JobPlan plan)
    {
        Require(caller);
        RequireKey(plan.Key);
        return plan.Key is { } key ? _table.OfKeyAsync(caller.AccountId, key, () => BeginAsync(caller, plan)) : BeginAsync(caller, plan);
    }

    internal int RunningCount => _table.Running.Count();

    internal Job Find(Caller caller, string id)
    {
        Require(caller);
        return _table.Find(caller.AccountId, id);
    }

    /// <summary>The account's jobs, oldest first.</summary>
    internal IReadOnlyList<JobEntry> List(Caller caller, bool all)
    {
        Require(caller);
        return [.. _table.All.Where(job => job.Record.Account == caller.AccountId && (all || job.State is JobState.Running))
            .OrderBy(job => job.Record.Started).Select(job => job.ToEntry())];
    }

    /// <summary>Follows a job. Dispose what is returned when the line is gone.</summary>
    internal JobReader Attach(Caller caller, Job job, string? key, (long? Stdout, long? Stderr) from, TerminalSize? size)
    {
        RequireKey(key);
        if (key is null || key != job.Record.Key)
        {
            _audit.Count(_audit.Record(caller, AuditActions.Attach, job.Id));
        }

        return job.Attach(key ?? NewKey(), from, size);
    }

    /// <summary>Sends a signal by its name.</summary>
    internal void Signal(Caller caller, Job job, string? name)
    {
        var signal = Signals.Parse(name ?? "TERM");
        job.Signal(signal);
        _audit.Count(_audit.Record(caller, AuditActions.Kill, job.Id, name ?? "TERM"));
    }

    /// <summary>Ends what an account runs, because it may not any more.</summary>
    public void EndAll(long account, RefusalCode why)
    {
        foreach (var job in _table.Running.Where(job => job.Record.Account == account))
        {
            job.End(why.Name(), politely: false);
        }
    }

    /// <summary>Forgets the jobs of an account that was removed, and what they wrote.</summary>
    public async Task ForgetAsync(long account)
    {
        EndAll(account, RefusalCode.AccountUnknown);
        foreach (var job in _table.All.Where(job => job.Record.Account == account).ToList())
        {
            for (var changed = job.Changed.Next; job.State is JobState.Running; changed = job.Changed.Next)
            {
                await Task.WhenAny(changed, Task.Delay(TickEvery));
            }

            Forget(job);
        }
    }

    /// <summary>Leaves jobs without a terminal to the next server; those with one end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _tick.DisposeAsync();
        _launcher.Dispose();
        foreach (var job in _table.Running.Where(job => job.Record.Terminal).ToList())
        {
            job.Signal(ProcessTree.Kill);
        }

        _around.Poller.Dispose();
        foreach (var job in _table.All)
        {
            job.Dispose();
        }
    }

    private void Require(Caller caller)
    {
        caller.Require(Permissions.Run);
        if (caller.IsOperator)
        {
            throw new RefusedException(RefusalCode.Forbidden, caller.Account, "the operator has no home to run anything in; log in as an account");
        }
    }

    private async Task<Job> BeginAsync(Caller caller, JobPlan plan)
    {
        try
        {
            var job = await LaunchAsync(caller, plan);
            _audit.Count(_audit.Record(caller, AuditActions.Run, job.Id, job.Record.Command));
            return job;
        }
        catch (RefusedException e)
        {
            _audit.Count(_audit.Record(caller, AuditActions.Refused, CommandText.Of(plan), "run: " + e.Refusal.Code.Name()));
            throw;
        }
    }

    private async Task<Job> LaunchAsync(Caller caller, JobPlan plan)
    {
        if (_launcher.Obstacle(caller) is { } obstacle)
        {
            _log.Warning("commands", $"{caller.Account} cannot run anything: {obstacle}");
            throw new RefusedException(RefusalCode.RunUnavailable, null, obstacle);
        }

        GoScript.Check(plan);
        var allowed = await _accounts.RunSettingsAsync(caller);
        RequirePermitted(allowed, plan);
        plan = plan with { Folder = _homes.RequireFolder(caller.AccountId, plan.Folder) };
        _table.TakePlace(caller.AccountId);
        try
        {
            var job = await _launcher.LaunchAsync(caller, allowed, plan);
            _table.Add(job);
            return job;
        }
        catch
        {
            _table.FreePlace(caller.AccountId);
            throw;
        }
    }

    // Where programs are listed, nothing may make another of them: not the shell, nor what a loader reads from the environment.
    private static void RequirePermitted(RunSettings allowed, JobPlan plan)
    {
        var program = plan.Shell ? "sh" : plan.Arguments[0].ToString();
        if (!allowed.Permits(program))
        {
            throw new RefusedException(RefusalCode.Forbidden, program, "not among the programs this account may run");
        }

        if (allowed.Programs.Count > 0 && plan.Environment.Count > 0)
        {
            throw new RefusedException(RefusalCode.Forbidden, program, "an account with a list of programs cannot set the environment");
        }
    }

    /// <summary>For a client that gives none: it cannot come back under it, but is told from the others.</summary>
    internal static string NewKey() => Guid.NewGuid().ToString("N");

    private static void RequireKey(string? key)
    {
        if (key is not null && (key.Length is 0 or > 64 || !key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-')))
        {
            throw new RefusedException(RefusalCode.BadRequest, "key", "1 to 64 of A-Z a-z 0-9 _ -");
        }
    }

    // On the poller's thread.
    private void OnEnded(Job job)
    {
        _table.FreePlace(job.Record.Account);
        var how = job.Ending switch { { Lost: true } => "lost", { Reason: { } reason } => reason, var ending => $"exit {ending?.Exit}" };
        _audit.Count(new AuditRecord { Time = job.Ending!.Time, Account = job.Record.AccountName, From = "server", Action = AuditActions.RunEnd, Subject = job.Id, Detail = how });
        if (job.Ending.Reason == RefusalCode.RunUnavailable.Name())
        {
            _log.Warning("commands", $"the sandbox of job {job.Id} could not be made; what it said stands in the job's output");
        }

        _watch.Owe(job.Record.Account);
    }

    private void Tick()
    {
        if (Interlocked.Exchange(ref _ticking, 1) != 0)
        {
            return;
        }

        try
        {
            _launcher.Tick();
            _watch.Look([.. _table.Running]);
            _table.Surplus(_around.Clock.Microseconds()).ForEach(Forget);
        }
        catch (Exception e)
        {
            _log.Error("commands", "looking after the jobs failed", e);
        }
        finally
        {
            Volatile.Write(ref _ticking, 0);
        }
    }

    private void Forget(Job job)
    {
        _table.Remove(job);
        job.Dispose();
        job.Folder.Remove();
    }
}
