using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>A program on the server that is followed: its output goes to <see cref="JobOptions.OnOutput"/>, and input, signals and sizes go to it.</summary>
/// <remarks>
/// Every method may be called from any thread, beside every other one. What is said while the line is down is said when it is back;
/// after the job has ended it is passed over.
/// </remarks>
public sealed class RemoteJob : IAsyncDisposable
{
    private const int KeyCharacters = 32;
    private const int LongestSignal = 16;
    // What a refusal of the server names that a session ended with.
    private const string Input = "stdin", Signal = "signal";
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);
    // A session that stood this long was good; one that breaks sooner, again and again, is no progress.
    private static readonly TimeSpan GoodSession = TimeSpan.FromSeconds(5);

    private readonly Redial line;
    private readonly JobOptions how;
    private readonly TimeProvider clock;
    private readonly string key;
    private readonly OutputCursor cursor;
    private readonly JobOutbox outbox;
    private readonly CancellationTokenSource stop;
    private readonly TaskCompletionSource<JobStart> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile JobStart? start;
    private volatile bool isConnected;
    private volatile bool isLeft;
    private bool isInputRefused;
    private long? sessionBegan;
    private long? lost;
    private long goodSessions;
    private JobExit? exit;
    private bool disposed;

    internal RemoteJob(Redial line, JobOptions how, TimeProvider clock, CancellationToken ct)
    {
        (this.line, this.how, this.clock) = (line, how, clock);
        key = (how as RunOptions)?.Key ?? RandomNumberGenerator.GetHexString(KeyCharacters, lowercase: true);
        cursor = new(how);
        outbox = new(cursor, how is { Rows: { } rows, Columns: { } columns } ? (rows, columns) : null);
        stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        if (how is RunOptions or AttachOptions { FromStart: true })
        {
            cursor.Rewind();
        }

        Completion = FollowAsync();
    }

    /// <summary>Completes when the program runs, and fails with what kept it from that.</summary>
    public Task<JobStart> Started => started.Task;

    /// <summary>
    /// Completes when the program has ended and all its output was taken, or the job was left. Fails with <see cref="RefusedException"/> where it
    /// cannot be followed any more (the job itself may well go on), and with whatever <see cref="JobOptions.OnOutput"/> threw.
    /// </summary>
    public Task<JobOutcome> Completion { get; }

    /// <summary>Writes to the program's input. Waits while the server has not taken enough of what was written before.</summary>
    /// <returns>False when the program has ended, its input was ended, or the job was left: nothing more is wanted.</returns>
    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct = default) => outbox.WriteAsync(bytes, isLast: false, ct);

    /// <summary>The program reads the end of its input after what was written. Completes when all of that has left.</summary>
    public Task EndInputAsync() => outbox.EndAsync();

    /// <summary>Sends a signal to the program's foreground processes; <c>KILL</c> ends them all. Completes when it has left.</summary>
    /// <param name="name">Without <c>SIG</c>: <c>INT</c>, <c>TERM</c>, …</param>
    public Task SignalAsync(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, LongestSignal);
        return outbox.SignalAsync(name);
    }

    /// <summary>Tells the program's terminal its new size; of several that were not sent yet the last one counts.</summary>
    public Task ResizeAsync(int rows, int columns) => outbox.ResizeAsync(rows, columns);

    /// <summary>Leaves the job, which goes on without a reader. A line that is down or does not answer within 2 s is left as well.</summary>
    /// <returns>Its state: running, unless it ended just now.</returns>
    public async Task<JobOutcome> DetachAsync()
    {
        isLeft = true;
        _ = outbox.DetachAsync();
        if (isConnected)
        {
            await Task.WhenAny(Completion, Task.Delay(LastWords, clock));
        }

        if (!Completion.IsCompleted)
        {
            await stop.CancelAsync();
        }

        return await Completion;
    }

    /// <summary>Stops following, without a word to the server: for 10 minutes it keeps everything for this reader.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, true))
        {
            return;
        }

        await stop.CancelAsync();
        await ((Task)Completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task<JobOutcome> FollowAsync()
    {
        try
        {
            var payload = how is RunOptions run ? RunMessages.Payload(run) : [];
            var retries = new Retries(how.MaxTrying, Retry, Moved) { IsPassing = IsPassing, Clock = clock };
            await line.RunAsync(client => AttemptAsync(client, payload), retries, stop.Token);
            return JobOutcome.Of(exit!);
        }
        catch (OperationCanceledException) when (isLeft && start is { } known)
        {
            return new(known.Job, JobOutcome.Running, null, null);
        }
        catch (Exception e)
        {
            started.TrySetException(e);
            _ = started.Task.Exception;
            Rethrow(cursor.SinkFailure);
            throw;
        }
        finally
        {
            outbox.Close();
        }
    }

    private async Task AttemptAsync(SwitchboardClient client, byte[] payload)
    {
        while (!await IsOverAsync(client, payload))
        {
            // Something we sent was refused, and the session with it; the job and the line are as they were.
        }
    }

    private async Task<bool> IsOverAsync(SwitchboardClient client, byte[] payload)
    {
        sessionBegan = null;
        using var session = new JobSession(client, cursor, outbox, Begin, clock);
        try
        {
            await OpenAsync(session, payload);
            exit = await session.ExitAsync(stop.Token);
            return true;
        }
        catch (RefusedException e) when (sessionBegan is not null && client.Conversation.Failure is null && e.Refusal.Subject is Input or Signal)
        {
            Drop(e.Refusal);
            return false;
        }
        finally
        {
            isConnected = false;
            goodSessions += sessionBegan is { } began && clock.GetElapsedTime(began) >= GoodSession ? 1 : 0;
        }
    }

    // A run that is to be left at once is asked for again rather than followed: the key makes it the same job.
    private Task OpenAsync(JobSession session, byte[] payload) => how is RunOptions run && (start is null || run.Detach)
        ? session.OpenAsync(RunMessages.Request(run, key, outbox.OpeningSize()), ProtocolJson.Default.RunRequest, payload, stop.Token)
        : session.OpenAsync(RunMessages.Attach(Job, key, how.Input && !isInputRefused, cursor, outbox.OpeningSize()), ProtocolJson.Default.AttachRequest, default, stop.Token);

    private void Drop(Refusal refusal)
    {
        if (refusal.Subject == Input)
        {
            isInputRefused = true;
            outbox.CloseInput();
        }

        how.OnRefused?.Invoke(refusal);
    }

    private string Job => start?.Job ?? ((AttachOptions)how).Job;

    private void Begin(JobStarted session, bool inputGoesOn)
    {
        var expected = start?.Job ?? (how as AttachOptions)?.Job;
        if (expected is not null && session.Job != expected)
        {
            throw new RefusedException(RefusalCode.BadFrame, session.Job, $"another job than {expected}");
        }

        start ??= new(session.Job, session.Terminal == true);
        isConnected = true;
        sessionBegan = clock.GetTimestamp();
        if (lost is { } since)
        {
            lost = null;
            how.OnReconnected?.Invoke(clock.GetElapsedTime(since));
        }

        started.TrySetResult(start);
        if (!inputGoesOn)
        {
            Drop(new(RefusalCode.BadOffset) { Subject = Input, Detail = $"{outbox.Taken} bytes were taken, and now only {session.Stdin}" });
        }
    }

    private void Retry(Refusal reason, TimeSpan wait)
    {
        lost ??= clock.GetTimestamp();
        how.OnRetry?.Invoke(reason, wait);
    }

    private long Moved() => cursor.Stdout + cursor.Stderr + outbox.Taken + goodSessions;

    // Before the job runs, only a broken line is worth a second try; a server that says no, or not now, has said it.
    private bool IsPassing(Refusal refusal) => cursor.SinkFailure is null
        && (start is not null ? LineErrors.IsPassing(refusal) : refusal.Code is RefusalCode.NoConnection or RefusalCode.Closing or RefusalCode.Timeout);

    private static void Rethrow(Exception? own)
    {
        if (own is not null)
        {
            ExceptionDispatchInfo.Throw(own);
        }
    }
}
