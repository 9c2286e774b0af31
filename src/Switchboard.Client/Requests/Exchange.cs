using System.Text.Json.Serialization.Metadata;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client.Requests;

/// <summary>One request and what becomes of its answer. Frames are given to it in order, one at a time, on the reading loop.</summary>
internal abstract class Exchange
{
    /// <summary>Set when the request is queued.</summary>
    public long Id { get; set; }

    /// <summary>A refusal of this request ends the conversation: a failed login.</summary>
    public virtual bool RefusalEnds => false;

    /// <summary>
    /// Completes, however it ends, when other requests may be sent. Behind the opening of a session the server reads nothing but the session's
    /// own frames: a request among them would hold those up for as long as the session lasts.
    /// </summary>
    public virtual Task Ended => Task.CompletedTask;

    /// <summary>Takes one frame that is no error. True after the last one. What it throws ends the conversation.</summary>
    public abstract ValueTask<bool> TakeAsync(AnswerHead head, Frame frame, FrameReader reader);

    /// <summary>The request was refused, or the conversation ended before its answer.</summary>
    public abstract void Fail(Exception reason);
}

/// <summary>A request answered by one frame.</summary>
internal sealed class SingleAnswer<T>(JsonTypeInfo<T> info, AnswerKind expected = AnswerKind.Ok) : Exchange
    where T : Message
{
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => answer.Task;

    public override ValueTask<bool> TakeAsync(AnswerHead head, Frame frame, FrameReader reader)
    {
        if (head.Kind != expected)
        {
            throw head.Unexpected(typeof(T).Name);
        }

        answer.SetResult(Messages.Read(frame.Header.Span, info));
        return ValueTask.FromResult(true);
    }

    public override void Fail(Exception reason)
    {
        answer.TrySetException(reason);
        // Who gave up waiting does not look at it any more; that is no unobserved error.
        _ = answer.Task.Exception;
    }
}
