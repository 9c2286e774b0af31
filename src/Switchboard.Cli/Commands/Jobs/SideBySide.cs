using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary>One command on several servers at once, or on one with its output told as JSON.</summary>
internal sealed class SideBySide : IDisposable
{
    /// <summary>Connections at once; further servers begin when others are done.</summary>
    private const int MostAtOnce = 64;

    private readonly Invocation _call;
    private readonly Printer _printer;
    private readonly Encoding? _encoding;
    private readonly InterruptCount _interrupts = new(TimeProvider.System);
    private readonly SemaphoreSlim _places = new(MostAtOnce);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<RemoteJob> _jobs = [];
    // What all were left for, as an exit code; 0 while they are followed.
    private volatile int _leftWith;

    private SideBySide(Invocation call, Encoding? encoding) => (_call, _printer, _encoding) = (call, call.Printer, encoding);

    /// <param name="call">The command.</param>
    /// <param name="profiles">On which; none means the one that flags, environment or the session say.</param>
    /// <param name="describe">What is run, for each server.</param>
    /// <param name="encoding">The program's.</param>
    /// <returns>0 where all ended with it, else the highest exit code.</returns>
    public static async Task<int> RunAsync(Invocation call, IReadOnlyList<string?> profiles, Func<Remote, RunOptions> describe, Encoding? encoding)
    {
        using var together = new SideBySide(call, encoding);
        List<Server> servers = [];
        try
        {
            // One after the other: a password may have to be asked for.
            foreach (string? profile in profiles.DefaultIfEmpty(null))
            {
                servers.Add(await Server.OpenAsync(call, profile));
            }
            return await together.RunAsync(servers, describe);
        }
        finally
        {
            foreach (Server server in servers)
            {
                await server.Lease.DisposeAsync();
            }
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
        _places.Dispose();
    }

    private async Task<int> RunAsync(List<Server> servers, Func<Remote, RunOptions> describe)
    {
        using var diverted = new SignalDiversion(OnSignal, () => { });
        int width = servers.Max(s => TextWidth.Of(s.Shown));
        Result[] results = await Task.WhenAll(servers.Select((server, i) => OneAsync(server, describe(server.Lease.Remote), Prefix(server, i, width), alone: servers.Count == 1)));
        if (_leftWith is JobConsole.OutputClosed)
        {
            return _leftWith;
        }
        _printer.Flush();
        Summarise(results);
        return _leftWith > 0 ? _leftWith : results.Max(r => r.Exit);
    }

    private string Prefix(Server server, int number, int width) =>
        Styles.Numbered(number, TextWidth.Pad(server.Shown, width), _printer.Options.Color) + "  ";

    private async Task<Result> OneAsync(Server server, RunOptions run, string prefix, bool alone)
    {
        await _places.WaitAsync();
        try
        {
            _stop.Token.ThrowIfCancellationRequested();
            return await FollowAsync(server, run with { Input = run.Input && alone }, prefix);
        }
        catch (RefusedException refused)
        {
            return Failed(server, refused.Refusal);
        }
        catch (OperationCanceledException)
        {
            return new(server, ExitCode.Interrupted, ("was not begun", "未开始"));
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<Result> FollowAsync(Server server, RunOptions run, string prefix)
    {
        var output = new ServerOutput(_printer, server.Name, prefix, _encoding, OnBroken);
        bool isDown = false;
        void Lost(Refusal reason)
        {
            if (!isDown)
            {
                isDown = true;
                Say(server, JobText.LineLost(reason));
            }
        }

        void Back(TimeSpan away)
        {
            isDown = false;
            Say(server, JobText.Back(away));
        }

        RemoteJob job = server.Lease.Remote.Commands.Run(run with
        {
            OnOutput = output.TakeAsync,
            OnGap = gap => Say(server, JobText.Gap(gap, _printer.Language)),
            OnRetry = (reason, _) => Lost(reason),
            OnReconnected = Back,
        }, _stop.Token);
        Add(job);
        using var typing = new CancellationTokenSource();
        Task typed = run.Input ? TypeAsync(job, typing.Token) : Task.CompletedTask;
        try
        {
            JobOutcome outcome = await job.Completion;
            output.End();
            return Ended(server, outcome, prefix);
        }
        finally
        {
            await typing.CancelAsync();
            await typed;
        }
    }

    private async Task TypeAsync(RemoteJob job, CancellationToken stop)
    {
        try
        {
            JobStart start = await job.Started.WaitAsync(stop);
            await new Typing(job, _encoding, onEscape: null).RunAsync(start, stop);
        }
        catch (Exception e) when (e is OperationCanceledException or RefusedException)
        {
            // It did not begin, or is over: that is told elsewhere.
            return;
        }
    }

    private Result Ended(Server server, JobOutcome outcome, string prefix)
    {
        if (outcome.IsRunning && _leftWith is JobConsole.OutputClosed)
        {
            return new(server, ExitCode.Done, JobText.ExitOf(outcome));
        }
        if (outcome.IsRunning)
        {
            Begun(server, outcome.Job, prefix);
            return new(server, ExitCode.Done, JobText.ExitOf(outcome));
        }
        int exit = outcome.Exit ?? ExitCode.OwnFailure;
        if (_printer.IsJson)
        {
            _printer.Json(new() { Profile = server.Name, Exit = exit, Reason = outcome.Reason ?? (outcome.State == "lost" ? outcome.State : null) }, CliJson.Default.ExitLine);
            _printer.Flush();
        }
        return new(server, exit, JobText.ExitOf(outcome));
    }

    private void Begun(Server server, string job, string prefix)
    {
        if (_printer.IsJson)
        {
            _printer.Json(new() { Profile = server.Name, Job = job }, CliJson.Default.JobLine);
        }
        else
        {
            _printer.Line(prefix + _printer.Safe(job));
        }
        _printer.Flush();
    }

    private Result Failed(Server server, Refusal refusal)
    {
        if (_printer.IsJson)
        {
            var error = new ErrorBody { Code = refusal.Code.Name(), Message = RefusalText.Sentence(refusal, _printer.Language), Hint = RefusalText.Hint(refusal, _printer.Language) };
            _printer.Json(new() { Profile = server.Name, Error = error }, CliJson.Default.ExitLine);
            _printer.Flush();
        }
        return new(server, ExitCode.OwnFailure, (RefusalText.Sentence(refusal, Language.English), RefusalText.Sentence(refusal, Language.Chinese)));
    }

    private void Summarise(Result[] results)
    {
        Result[] failed = [.. results.Where(r => r.Exit != 0)];
        if (failed.Length == 0 || _printer.IsJson)
        {
            return;
        }
        if (results.Length > 1)
        {
            _printer.Complain(_printer.In(JobText.Summary(failed.Length, results.Length)));
        }
        int width = failed.Max(r => TextWidth.Of(r.Server.Shown));
        foreach (Result result in failed)
        {
            _printer.Complain($"  {TextWidth.Pad(result.Server.Shown, width)}  {_printer.In(result.Told)}");
        }
    }

    private void Add(RemoteJob job)
    {
        lock (_lock)
        {
            _jobs.Add(job);
        }
    }

    private RemoteJob[] Jobs()
    {
        lock (_lock)
        {
            return [.. _jobs];
        }
    }

    // As with one program: nobody reads what they write any more ("… | head").
    private void OnBroken(IOException broken)
    {
        if (broken is ClosedPipeException)
        {
            Array.ForEach(Jobs(), JobConsole.HangUp);
        }
        Leave(broken is ClosedPipeException ? JobConsole.OutputClosed : ExitCode.OwnFailure);
    }

    private void Leave(int exit)
    {
        _leftWith = exit;
        foreach (RemoteJob job in Jobs())
        {
            // How it went is told by each job's own end.
            _ = job.DetachAsync().ContinueWith(left => left.Exception, TaskScheduler.Default);
        }
    }

    private void OnSignal(PosixSignal signal)
    {
        RemoteJob[] jobs = Jobs();
        string name = signal switch
        {
            PosixSignal.SIGINT => _interrupts.Press() < 3 ? "INT" : "KILL",
            PosixSignal.SIGTERM => "TERM",
            PosixSignal.SIGQUIT => "QUIT",
            _ => "",
        };
        if (name.Length == 0)
        {
            // The terminal is gone: all are left running.
            Leave(ExitCode.BySignal + 1);
        }
        else if (!Array.Exists(jobs, job => job.Started.IsCompletedSuccessfully))
        {
            _stop.Cancel();
        }
        else
        {
            Array.ForEach(jobs, job => _ = job.SignalAsync(name));
        }
    }

    private void Say(Server server, Words words) => Remarks.Say(_printer, ($"{server.Shown}: {words.En}", $"{server.Shown}：{words.Zh}"));

    /// <param name="Name">As it is told in JSON.</param>
    /// <param name="Shown">The same, safe for a terminal.</param>
    /// <param name="Lease">The connection.</param>
    private sealed record Server(string Name, string Shown, Remote.Lease Lease)
    {
        public static async Task<Server> OpenAsync(Invocation call, string? profile)
        {
            Remote.Lease lease = await Remote.OpenAsync(call, profile);
            return new(lease.Remote.Name, Printable.Escape(lease.Remote.Name), lease);
        }
    }

    private sealed record Result(Server Server, int Exit, Words Told);
}
