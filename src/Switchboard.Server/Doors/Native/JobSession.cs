using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Commands;

namespace Switchboard.Server.Doors.Native;

/// <summary>One connection's session with a job: output goes out as it comes; what the client says meanwhile arrives on the reading side.</summary>
internal sealed class JobSession(long? id, JobReader reader)
{
    /// <summary>A frame's worth of output: larger ones cost no less per byte.</summary>
    private const int PieceBytes = 256 * 1024;

    /// <summary>Silence after which the other end is told that the line is alive.</summary>
    private const long PulseMilliseconds = 15_000;

    private long _lastSent = Environment.TickCount64;
    private Memory<byte> _piece;
    private volatile Refusal? _failure;
    private volatile bool _leaving;
    private volatile bool _mayInput;

    public long? Id => id;

    public JobReader Reader => reader;

    /// <summary>The client said that input would come.</summary>
    public bool MayInput
    {
        get => _mayInput;
        init => _mayInput = value;
    }

    /// <summary>Writes <c>started</c>, then what happens, until the job is over or the client leaves.</summary>
    public async ValueTask FollowAsync(AnswerWriter writer, CancellationToken cancel)
    {
        writer.Write(Started(), ProtocolJson.Default.JobStarted);
        while (!_leaving)
        {
            var next = reader.NextAsync(cancel);
            if (!next.IsCompleted)
            {
                await FlushAsync(writer, cancel);
            }

            var news = await next;
            if (_failure is { } failure)
            {
                throw new RefusedException(failure);
            }

            if (news.Kind is JobNewsKind.Ended)
            {
                break;
            }

            Tell(writer, news);
            await writer.FlushIfFullAsync(cancel);
        }

        reader.Leave();
        writer.Write(Exit(id, reader.Job), ProtocolJson.Default.JobExit);
    }

    /// <summary>The client leaves; the job goes on.</summary>
    public void Leave()
    {
        _leaving = true;
        reader.Nudge();
    }

    /// <summary>Something the client sent was refused: the session ends with that.</summary>
    public void Fail(Refusal refusal)
    {
        _failure = refusal;
        reader.Nudge();
    }

    /// <summary>Called once a second.</summary>
    public void Tick(long now)
    {
        if (now - Volatile.Read(ref _lastSent) >= PulseMilliseconds)
        {
            reader.Nudge();
        }
    }

    public static JobExit Exit(long? id, Job job) => new()
    {
        Id = id,
        Job = job.Id,
        State = job.ToEntry().State,
        Exit = job.Ending?.Exit,
        Reason = job.Ending?.Reason,
    };

    public static JobStarted Started(long? id, Job job, (long Stdout, long Stderr) next, long taken) => new()
    {
        Id = id,
        Job = job.Id,
        Terminal = job.Record.Terminal ? true : null,
        Stdout = next.Stdout,
        Stderr = next.Stderr,
        Stdin = taken,
        Window = CommandsOptions.InputWindow,
    };

    private JobStarted Started() => Started(id, reader.Job, reader.Next, _mayInput ? reader.Job.Input?.Taken(reader.Key) ?? 0 : 0);

    private void Tell(AnswerWriter writer, JobNews news)
    {
        switch (news.Kind)
        {
            case JobNewsKind.Output:
                WriteOutput(writer, news);
                break;
            case JobNewsKind.Gap:
                var gap = new OutputGap { Id = id, Stream = news.Stream == JobOutput.Stdout ? "stdout" : "stderr", Offset = news.Offset, Length = news.Length };
                writer.Write(gap, ProtocolJson.Default.OutputGap);
                break;
            case JobNewsKind.Taken:
                writer.Write(new InputTaken { Id = id, Stdin = news.Offset }, ProtocolJson.Default.InputTaken);
                break;
            case JobNewsKind.Nudged when Environment.TickCount64 - Volatile.Read(ref _lastSent) >= PulseMilliseconds:
                writer.Write(new Pulse { Id = id }, ProtocolJson.Default.Pulse);
                break;
            default:
                break;
        }
    }

    private void WriteOutput(AnswerWriter writer, JobNews news)
    {
        if (reader.TryRead(news, PieceBytes, length => Announce(writer, news, length)) && news.Offset < reader.DrawnBefore)
        {
            TerminalQueries.Blank(_piece.Span[..(int)Math.Min(_piece.Length, reader.DrawnBefore - news.Offset)]);
        }

        _piece = default;
    }

    private Span<byte> Announce(AnswerWriter writer, JobNews news, int length)
    {
        if (news.Stream == JobOutput.Stdout)
        {
            writer.Write(new StandardOutput { Id = id, Offset = news.Offset }, ProtocolJson.Default.StandardOutput, length);
        }
        else
        {
            writer.Write(new StandardError { Id = id, Offset = news.Offset }, ProtocolJson.Default.StandardError, length);
        }

        var memory = writer.Frames.GetPayloadMemory(length)[..length];
        writer.Frames.AdvancePayload(length);
        _piece = memory;
        return memory.Span;
    }

    private async ValueTask FlushAsync(AnswerWriter writer, CancellationToken cancel)
    {
        if (writer.Frames.Unflushed > 0)
        {
            await writer.FlushAsync(cancel);
            Volatile.Write(ref _lastSent, Environment.TickCount64);
        }
    }
}
