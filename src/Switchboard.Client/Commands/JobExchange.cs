using Switchboard.Client.Requests;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>What the server says in a session, checked: it begins where it was asked to, and every byte of output is the next one.</summary>
/// <param name="cursor">Where the output goes.</param>
/// <param name="outbox">What depends on how much input was taken.</param>
/// <param name="watch">Told of every sign of the server.</param>
/// <param name="onStarted">Called before anything is handed on; what it throws ends the conversation.</param>
internal sealed class JobExchange(OutputCursor cursor, JobOutbox outbox, LineWatch watch, Action<JobStarted> onStarted) : Exchange
{
    /// <summary>The server may forget what was received, so it is told well before it has to wait for that (4 MiB).</summary>
    private const long TellEvery = 1 << 20;

    private readonly TaskCompletionSource<JobExit> exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? job;
    private long untold;

    public Task<JobExit> Exit => exit.Task;

    public override Task Ended => exit.Task;

    public override async ValueTask<bool> TakeAsync(AnswerHead head, Frame frame, FrameReader reader)
    {
        watch.Hear();
        switch (head.Kind)
        {
            case AnswerKind.Started when job is null:
                Begin(Messages.Read(frame, ProtocolJson.Default.JobStarted));
                return false;
            case AnswerKind.Stdout when job is not null:
                await TakeOutputAsync(JobOutput.Stdout, Messages.Read(frame, ProtocolJson.Default.StandardOutput).Offset, reader);
                return false;
            case AnswerKind.Stderr when job is not null:
                await TakeOutputAsync(JobOutput.Stderr, Messages.Read(frame, ProtocolJson.Default.StandardError).Offset, reader);
                return false;
            case AnswerKind.Gap when job is not null:
                cursor.Skip(Messages.Read(frame, ProtocolJson.Default.OutputGap));
                return false;
            case AnswerKind.Taken when job is not null:
                TakeInput(Messages.Read(frame, ProtocolJson.Default.InputTaken).Stdin);
                return false;
            case AnswerKind.Pulse when job is not null:
                return false;
            case AnswerKind.Ok when job is not null:
                End(Messages.Read(frame, ProtocolJson.Default.JobExit));
                return true;
            default:
                throw head.Unexpected("run");
        }
    }

    public override void Fail(Exception reason)
    {
        exit.TrySetException(reason);
        _ = exit.Task.Exception;
    }

    private void Begin(JobStarted started)
    {
        cursor.Begin(started);
        job = started.Job;
        onStarted(started);
    }

    // Whatever has arrived is handed on at once: a person waits for it, and a slow line may need minutes for a whole frame.
    private async ValueTask TakeOutputAsync(JobOutput stream, long offset, FrameReader reader)
    {
        cursor.Expect(stream, offset, reader.PayloadLeft);
        while (reader.PayloadLeft > 0)
        {
            var bytes = await reader.ReadPayloadAsync();
            watch.StopListening();
            await cursor.HandOnAsync(stream, bytes);
            watch.ListenAgain();
            untold += bytes.Length;
            reader.AdvancePayload(bytes.Length);
            if (untold >= TellEvery)
            {
                untold = 0;
                outbox.TellCursor();
            }
        }
    }

    private void TakeInput(long before)
    {
        if (!outbox.Take(before))
        {
            throw new RefusedException(RefusalCode.BadFrame, "taken", $"input before {before}, which was not sent");
        }
    }

    private void End(JobExit end)
    {
        if (end.Job != job)
        {
            throw new RefusedException(RefusalCode.BadFrame, end.Job, $"the end of another job than {job}");
        }

        exit.TrySetResult(end);
    }
}
