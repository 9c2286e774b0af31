using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary>Joins one remote program to this program's standard streams, signals and terminal, until it ends or is left.</summary>
internal sealed class JobConsole(Invocation call, Encoding? encoding) : IDisposable
{
    /// <summary>The exit code where whoever read our output is gone: 128 + SIGPIPE, as a program run here would end.</summary>
    public const int OutputClosed = ExitCode.BySignal + 13;

    private static readonly TimeSpan s_askedAgain = TimeSpan.FromSeconds(1);

    private readonly Printer _printer = call.Printer;
    private readonly ConsoleOutput _output = new(call.Printer, encoding);
    private readonly InterruptCount _interrupts = new(TimeProvider.System);
    private readonly TaskCompletionSource<Leaving> _leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _givingUp = new();
    private RemoteJob? _job;
    private Typing? _typing;
    private bool _isDown;
    private long? _terminated;

    /// <summary>Why a job was left; the number is the exit code.</summary>
    private enum Leaving
    {
        Detached = ExitCode.Done,
        HungUp = ExitCode.BySignal + 1,
        Interrupted = ExitCode.BySignal + 2,
        OutputClosed = JobConsole.OutputClosed,
        Terminated = ExitCode.BySignal + 15,
        OutputFailed = ExitCode.OwnFailure,
    }

    /// <summary>The job was begun elsewhere: signals that would end a program end only the watching of it.</summary>
    public bool IsOnlyWatching { get; init; }

    /// <summary>Something was typed, piped or read from a file.</summary>
    public bool HasPassedInput => _typing?.Passed > 0;

    /// <summary>Standard input is the remote program's: not where a script of an interactive session stands in it, nor where it is nothing.</summary>
    public static bool HasInput(Invocation call) => !InterruptibleInput.IsNothing && (call.Shared is null || Tty.InputIsTerminal);

    private JobStart? Start => _job is { Started.IsCompletedSuccessfully: true } job ? job.Started.Result : null;

    /// <summary>
    /// For a program whose output nobody reads any more ("… | head"). Run here it would get SIGPIPE at its next write; over there it still has a
    /// reader, the server, so it is told. HUP is for one that ignores PIPE.
    /// </summary>
    public static void HangUp(RemoteJob job)
    {
        _ = job.SignalAsync("PIPE");
        _ = job.SignalAsync("HUP");
    }

    /// <summary>Runs or attaches, and returns the exit code.</summary>
    public async Task<int> FollowAsync(RemoteCommands commands, JobOptions how)
    {
        using var diverted = new SignalDiversion(OnSignal, OnResize);
        how = how with { OnOutput = _output.TakeAsync, OnGap = OnGap, OnRetry = OnRetry, OnReconnected = OnReconnected, OnRefused = OnRefused };
        _printer.Flush();
        _job = how is RunOptions run ? commands.Run(run, _givingUp.Token) : commands.Attach((AttachOptions)how, _givingUp.Token);
        JobOutcome? outcome = await UntilOverAsync(_job, how.Input);
        _output.End();
        _printer.Flush();
        return outcome is null ? (int)_leaving.Task.Result : Tell(outcome);
    }

    public void Dispose() => _givingUp.Dispose();

    // Null where it was given up before it ran.
    private async Task<JobOutcome?> UntilOverAsync(RemoteJob job, bool hasInput)
    {
        using var typing = new CancellationTokenSource();
        Task typed = TypeAsync(job, hasInput, typing.Token);
        try
        {
            if (await Task.WhenAny(job.Completion, _leaving.Task, _output.Broken) == job.Completion)
            {
                return await job.Completion;
            }
            return await LeaveAsync(job);
        }
        catch (OperationCanceledException) when (Start is null && _leaving.Task.IsCompleted)
        {
            return null;
        }
        catch (RefusedException refused) when (Start is not null && refused.Code is not RefusalCode.JobUnknown)
        {
            Say(JobText.MayGoOn(Printable.Escape(Start.Job), Again("attach", Start.Job)));
            throw;
        }
        finally
        {
            await typing.CancelAsync();
            await typed;
        }
    }

    private async Task<JobOutcome> LeaveAsync(RemoteJob job)
    {
        if (!_leaving.Task.IsCompleted)
        {
            Leave(_output.Broken.Result is ClosedPipeException ? Leaving.OutputClosed : Leaving.OutputFailed);
        }
        if (!job.Started.IsCompleted)
        {
            await _givingUp.CancelAsync();
        }
        else if (_leaving.Task.Result is Leaving.OutputClosed)
        {
            HangUp(job);
        }
        return await job.DetachAsync();
    }

    private async Task TypeAsync(RemoteJob job, bool hasInput, CancellationToken stop)
    {
        try
        {
            JobStart start = await job.Started.WaitAsync(stop);
            if (!hasInput)
            {
                return;
            }
            _typing = new Typing(job, encoding, Tty.InputIsTerminal ? OnEscape : null) { EndsWhenEmpty = !IsOnlyWatching || Tty.InputIsTerminal };
            TakeTerminal();
            await _typing.RunAsync(start, stop);
            if (start.Terminal)
            {
                // Raw until the program ends, also where nothing more can be typed.
                await Task.Delay(Timeout.Infinite, stop);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RefusedException)
        {
            // The job did not start, or is over: that is told elsewhere.
            return;
        }
        finally
        {
            RawMode.Restore();
        }
    }

    private void TakeTerminal()
    {
        if (Start is { Terminal: true } && Tty.InputIsTerminal && !OperatingSystem.IsWindows())
        {
            _ = RawMode.Enter();
        }
    }

    private void OnEscape(Escape escape)
    {
        switch (escape)
        {
            case Escape.Detach:
                Leave(Leaving.Detached);
                break;
            case Escape.Help:
                Say(JobText.Escapes);
                break;
            case Escape.Suspend when Suspension.IsPossible:
                Suspension.Stop();
                TakeTerminal();
                OnResize();
                break;
            default:
                Say(JobText.NoSuspend);
                break;
        }
    }

    private void OnSignal(PosixSignal signal)
    {
        if (signal == PosixSignal.SIGHUP)
        {
            Leave(Leaving.HungUp);
        }
        else if (Start is not { } start || IsOnlyWatching)
        {
            Leave(signal == PosixSignal.SIGTERM ? Leaving.Terminated : Leaving.Interrupted);
        }
        else if (signal == PosixSignal.SIGINT)
        {
            Interrupt(_job!, start.Job);
        }
        else if (signal == PosixSignal.SIGTERM)
        {
            Terminate(_job!);
        }
        else
        {
            _ = _job!.SignalAsync("QUIT");
        }
    }

    // A program that does not listen shall not keep us from ending: asked again, we leave. timeout(1) asks twice at once and means once.
    private void Terminate(RemoteJob job)
    {
        if (_terminated is { } before && Stopwatch.GetElapsedTime(before) > s_askedAgain)
        {
            Leave(Leaving.Terminated);
            return;
        }
        _terminated ??= Stopwatch.GetTimestamp();
        _ = job.SignalAsync("TERM");
    }

    private void Interrupt(RemoteJob job, string id)
    {
        int presses = _interrupts.Press();
        _ = job.SignalAsync(presses < 3 ? "INT" : "KILL");
        if (presses == 2)
        {
            Say(JobText.OnceMore(id, Again("kill", id)));
        }
    }

    private void Leave(Leaving why) => _leaving.TrySetResult(why);

    private void OnResize()
    {
        if (Start is { Terminal: true } && Tty.Size is { } size)
        {
            _ = _job!.ResizeAsync(size.Rows, size.Columns);
        }
    }

    private void OnGap(JobGap gap) => Say(JobText.Gap(gap, _printer.Language));

    private void OnRetry(Refusal reason, TimeSpan wait)
    {
        if (!_isDown)
        {
            _isDown = true;
            Say(JobText.LineLost(reason));
        }
    }

    private void OnReconnected(TimeSpan away)
    {
        _isDown = false;
        Say(JobText.Back(away));
    }

    private void OnRefused(Refusal refusal) => Say((RefusalText.Sentence(refusal, Language.English), RefusalText.Sentence(refusal, Language.Chinese)));

    private void Say(Words words) => Remarks.Say(_printer, words);

    private int Tell(JobOutcome outcome)
    {
        if (outcome.IsRunning)
        {
            return TellLeft(outcome.Job);
        }
        if (outcome.Reason is { } reason)
        {
            _printer.Note(JobText.Reason(reason));
        }
        if (outcome.Exit is null)
        {
            _printer.Error(outcome.State, outcome.State == "lost" ? JobText.Lost(Printable.Escape(outcome.Job)) : JobText.NoExit(Printable.Escape(outcome.Job)));
        }
        return outcome.Exit ?? ExitCode.OwnFailure;
    }

    private int TellLeft(string job)
    {
        Leaving why = _leaving.Task.IsCompleted ? _leaving.Task.Result : Leaving.Detached;
        if (why is Leaving.OutputFailed)
        {
            throw _output.Broken.Result;
        }
        LeaveScreen();
        if (why is not Leaving.OutputClosed)
        {
            _printer.Note(JobText.Left(Printable.Escape(job), Again("attach", job)));
        }
        return (int)why;
    }

    // A full-screen program that goes on over there leaves this terminal on its second screen, without a cursor, with its colours and modes.
    private void LeaveScreen()
    {
        if (Start is { Terminal: true } && _printer.Options.OutputIsTerminal)
        {
            _printer.Output.Write(Tty.LeaveFullScreen);
        }
    }

    private string Again(string command, string job) => $"{(call.Shared is null ? "switchboard " : "")}{command} {Printable.Escape(job)}";
}
