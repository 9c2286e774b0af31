using System.Buffers;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Commands;

namespace Switchboard.Server.Doors.Native;

/// <summary>Running, following and ending jobs. A connection has one session with a job at most.</summary>
internal sealed class JobVerbs(NativeSession session, Commands commands, FrameReader reader)
{
    private readonly SessionSlot<JobSession> _slot = new(session);

    /// <summary>A session with a job is under way.</summary>
    public bool IsOpen => _slot.Open is not null;

    public async ValueTask RunAsync(Frame frame)
    {
        RunRequest request = Messages.Read(frame, ProtocolJson.Default.RunRequest);
        JobPlan plan = await PlanAsync(request, frame.Size);
        Task<Job> job = commands.RunAsync(session.Caller, plan);
        if (request.Detach == true)
        {
            await session.AnswerInTurnAsync(request.Id, async (writer, _) => WriteDetached(writer, request.Id, await job));
            return;
        }

        await FollowAsync(request.Id, async () => OpenOf(request, await job));
    }

    public ValueTask AttachAsync(Frame frame)
    {
        AttachRequest request = Messages.Read(frame, ProtocolJson.Default.AttachRequest);
        return FollowAsync(request.Id, () => Task.FromResult(OpenOf(request)));
    }

    public ValueTask JobsAsync(Frame frame)
    {
        JobsRequest request = Messages.Read(frame, ProtocolJson.Default.JobsRequest);
        return session.AnswerInTurnAsync(request.Id, (writer, cancel) =>
            writer.WriteItemsAsync(request.Id, commands.List(session.Caller, request.All == true), ProtocolJson.Default.JobEntry, cancel));
    }

    public ValueTask JobAsync(Frame frame)
    {
        JobRequest request = Messages.Read(frame, ProtocolJson.Default.JobRequest);
        return session.AnswerInTurnAsync(request.Id, (writer, _) =>
            writer.WriteNow(new JobAnswer { Id = request.Id, Entry = commands.Find(session.Caller, request.Job).ToEntry() }, ProtocolJson.Default.JobAnswer));
    }

    public ValueTask KillAsync(Frame frame)
    {
        KillRequest request = Messages.Read(frame, ProtocolJson.Default.KillRequest);
        commands.Signal(session.Caller, commands.Find(session.Caller, request.Job), request.Signal);
        return session.DoneAsync(request.Id);
    }

    public async ValueTask InputAsync(Frame frame)
    {
        StandardInput input = Messages.Read(frame, ProtocolJson.Default.StandardInput);
        await WithinAsync(input.Id, async open =>
        {
            JobInput target = open.Reader.Job.Input is { } taker && open.MayInput ? taker : throw new RefusedException(RefusalCode.BadRequest, "stdin", "no input was announced");
            long offset = input.Offset;
            while (reader.PayloadLeft > 0)
            {
                ReadOnlySequence<byte> bytes = await reader.ReadPayloadAsync(1, session.Ended);
                target.Offer(open.Reader.Key, offset, bytes);
                offset += bytes.Length;
                reader.AdvancePayload(bytes.Length);
            }

            if (input.End == true)
            {
                target.End();
            }
        });
    }

    public async ValueTask ReceivedAsync(Frame frame)
    {
        OutputReceived received = Messages.Read(frame, ProtocolJson.Default.OutputReceived);
        await WithinAsync(received.Id, open =>
        {
            open.Reader.Received(received.Stdout, received.Stderr);
            return ValueTask.CompletedTask;
        });
    }

    public async ValueTask ResizeAsync(Frame frame)
    {
        Resize resize = Messages.Read(frame, ProtocolJson.Default.Resize);
        await WithinAsync(resize.Id, open =>
        {
            open.Reader.Job.Resize(open.Reader.Key, TerminalSize.Of(resize.Rows, resize.Columns));
            return ValueTask.CompletedTask;
        });
    }

    public async ValueTask SignalAsync(Frame frame)
    {
        SendSignal signal = Messages.Read(frame, ProtocolJson.Default.SendSignal);
        await WithinAsync(signal.Id, open =>
        {
            commands.Signal(session.Caller, open.Reader.Job, signal.Signal);
            return ValueTask.CompletedTask;
        });
    }

    public async ValueTask DetachAsync(Frame frame)
    {
        Detach detach = Messages.Read(frame, ProtocolJson.Default.Detach);
        await WithinAsync(detach.Id, open =>
        {
            open.Leave();
            return ValueTask.CompletedTask;
        });
    }

    /// <summary>Once a second: a sign of life for the client.</summary>
    public void Tick(long now) => _slot.Open?.Tick(now);

    /// <summary>The line is gone: the reader may come back.</summary>
    public void Abandon() => _slot.Take()?.Reader.Dispose();

    private async ValueTask<JobPlan> PlanAsync(RunRequest request, long size)
    {
        if (size > CommandsOptions.ArgumentBytes)
        {
            throw new RefusedException(RefusalCode.OverLimit, null, $"arguments and environment have at most {CommandsOptions.ArgumentBytes} bytes");
        }

        ReadOnlySequence<byte> payload = size == 0 ? default : await reader.ReadPayloadAsync((int)size, session.Ended);
        var (arguments, environment) = JobPlan.Texts(payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray(), request.Arguments);
        reader.AdvancePayload(size);
        return new JobPlan
        {
            Arguments = arguments,
            Environment = environment,
            Key = request.Key ?? Commands.NewKey(),
            Folder = request.Folder ?? "/",
            Shell = request.Shell == true,
            Input = request.Input == true,
            Terminal = request.Terminal == true ? TerminalSize.Of(request.Rows, request.Columns) : null,
            Term = request.Term,
            Timeout = JobPlan.TimeOf(request.Timeout),
            Detach = request.Detach == true,
            WaitWhenFull = request.WaitWhenFull == true,
        };
    }

    private static void WriteDetached(AnswerWriter writer, long? id, Job job)
    {
        writer.Write(JobSession.Started(id, job, (0, 0), 0), ProtocolJson.Default.JobStarted);
        writer.Write(JobSession.Exit(id, job), ProtocolJson.Default.JobExit);
    }

    private JobSession OpenOf(RunRequest request, Job job)
    {
        TerminalSize? size = job.Record.Terminal ? TerminalSize.Of(request.Rows, request.Columns) : null;
        job.Input?.Rewind(job.Record.Key!);
        return new JobSession(request.Id, commands.Attach(session.Caller, job, job.Record.Key, (0, 0), size)) { MayInput = request.Input == true };
    }

    private JobSession OpenOf(AttachRequest request)
    {
        Job job = commands.Find(session.Caller, request.Job);
        TerminalSize? size = request.Rows is null && request.Columns is null ? null : TerminalSize.Of(request.Rows, request.Columns);
        job.Input?.Rewind(request.Key ?? "");
        var open = new JobSession(request.Id, commands.Attach(session.Caller, job, request.Key, (request.Stdout, request.Stderr), size)) { MayInput = request.Input == true };
        if (job.Record.Terminal && request.Stdout is null)
        {
            job.Redraw();
        }

        return open;
    }

    private ValueTask FollowAsync(long? id, Func<Task<JobSession>> open) =>
        _slot.BeginAsync(id, open, (opened, writer, cancel) => opened.FollowAsync(writer, cancel), opened => opened.Reader.Dispose());

    private async ValueTask WithinAsync(long? id, Func<JobSession, ValueTask> act)
    {
        // For a session that is over: the reader of frames passes over its payload.
        if (await _slot.FindAsync(id) is not { } open)
        {
            return;
        }

        try
        {
            await act(open);
        }
        catch (RefusedException e)
        {
            open.Fail(e.Refusal);
        }
    }
}
