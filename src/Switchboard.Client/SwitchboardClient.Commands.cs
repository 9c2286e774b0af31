using System.Buffers;
using System.Security.Cryptography;
using Switchboard.Protocol;

namespace Switchboard.Client;

// Remote commands (permission run). To follow a long one over broken lines: RemoteCommands.
public sealed partial class SwitchboardClient
{
    /// <summary>Enough for what a small command says.</summary>
    public const int MostCollected = 1 << 20;

    private const int KeyCharacters = 32;

    /// <summary>The account's jobs, oldest first; with <paramref name="all"/> those that have ended too.</summary>
    public IAsyncEnumerable<JobEntry> ListJobsAsync(bool all = false, CancellationToken ct = default) =>
        ListAsync(new JobsRequest { All = all ? true : null }, ProtocolJson.Default.JobsRequest, ProtocolJson.Default.JobEntry, ct);

    /// <exception cref="RefusedException"><see cref="RefusalCode.JobUnknown"/>.</exception>
    public async Task<JobEntry> GetJobAsync(string job, CancellationToken ct = default) =>
        (await AskAsync(new JobRequest { Job = job }, ProtocolJson.Default.JobRequest, ProtocolJson.Default.JobAnswer, ct)).Entry;

    /// <summary>Sends a signal to a job; one that has ended already is no error.</summary>
    /// <param name="job">Its id.</param>
    /// <param name="signal">Without <c>SIG</c>; null means <c>TERM</c>. <c>KILL</c> ends the whole tree of processes.</param>
    /// <param name="ct">Stops waiting.</param>
    public Task KillAsync(string job, string? signal = null, CancellationToken ct = default) =>
        AskAsync(new KillRequest { Job = job, Signal = signal }, ProtocolJson.Default.KillRequest, ProtocolJson.Default.Done, ct);

    /// <summary>
    /// Runs a small command to its end and collects what it says. Other requests on this connection wait meanwhile. A broken line is told and not
    /// mended: the program may have run, or still run.
    /// </summary>
    /// <param name="run">What and how; its callbacks are not called.</param>
    /// <param name="input">All of the program's input.</param>
    /// <param name="most">Bytes of each stream that are kept; the rest is dropped, and the result says so.</param>
    /// <param name="ct">Kills the program.</param>
    public async Task<CommandResult> RunAsync(RunOptions run, ReadOnlyMemory<byte> input = default, int most = MostCollected, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        var collected = new CollectedOutput(most);
        run = run with { OnOutput = collected.TakeAsync, OnGap = null, Input = !input.IsEmpty, Detach = false };
        var cursor = new OutputCursor(run);
        cursor.Rewind();
        var outbox = new JobOutbox(cursor, null);
        using var session = new JobSession(this, cursor, outbox, (_, _) => { }, TimeProvider.System);
        try
        {
            var request = RunMessages.Request(run, run.Key ?? RandomNumberGenerator.GetHexString(KeyCharacters, lowercase: true), null);
            await session.OpenAsync(request, ProtocolJson.Default.RunRequest, RunMessages.Payload(run), ct);
            await using var killing = ct.Register(() => _ = KillAndLeaveAsync(outbox));
            _ = run.Input ? outbox.WriteAsync(input, isLast: true, CancellationToken.None).AsTask() : Task.CompletedTask;
            var exit = await session.ExitAsync(CancellationToken.None);
            ct.ThrowIfCancellationRequested();
            return collected.ToResult(JobOutcome.Of(exit));
        }
        finally
        {
            outbox.Close();
        }
    }

    private static Task KillAndLeaveAsync(JobOutbox outbox)
    {
        _ = outbox.SignalAsync("KILL");
        return outbox.DetachAsync();
    }

    /// <summary>The beginning of each stream, up to a bound.</summary>
    private sealed class CollectedOutput(int most)
    {
        private readonly ArrayBufferWriter<byte> stdout = new();
        private readonly ArrayBufferWriter<byte> stderr = new();
        private bool isTruncated;

        public ValueTask TakeAsync(JobOutput stream, ReadOnlySequence<byte> bytes)
        {
            var to = stream == JobOutput.Stdout ? stdout : stderr;
            var kept = bytes.Slice(0, Math.Min(bytes.Length, most - to.WrittenCount));
            isTruncated |= kept.Length < bytes.Length;
            foreach (var segment in kept)
            {
                to.Write(segment.Span);
            }

            return ValueTask.CompletedTask;
        }

        public CommandResult ToResult(JobOutcome outcome) => new(outcome, stdout.WrittenMemory, stderr.WrittenMemory, isTruncated);
    }
}
