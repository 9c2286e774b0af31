using Switchboard.Protocol;
using Switchboard.Server.Connections;

namespace Switchboard.Server.Doors.Native;

/// <summary>When a request is carried out, seen from those before it on the same connection. Answers keep the order of requests in any case.</summary>
internal enum Turn
{
    /// <summary>At once, together with others of its kind that are still becoming durable; only reads before it are waited for.</summary>
    Together,

    /// <summary>When all before it are answered: what it reads includes what they wrote. Its bytes stream from there.</summary>
    InTurn,

    /// <summary>When all before it are answered, and nothing after it is looked at before it is done.</summary>
    Alone,

    /// <summary>At once, because it belongs to an answer that is being written.</summary>
    Within,
}

/// <summary>
/// The answers of one connection, in the order of its requests. The reader of requests adds, one loop writes; at
/// <see cref="Window"/> answers under way the reader waits, and so, through TCP, does the client.
/// </summary>
internal sealed class AnswerQueue(AnswerWriter writer, Log log)
{
    /// <summary>Enough small files to fill 20 ms of a fast line, few enough to bound memory and open files.</summary>
    public const int Window = 1024;

    // Not a channel: with what it keeps for its waiters it was a twelfth of what a quiet connection costs.
    private readonly Queue<Answer> _answers = new();
    private readonly WakeSignal _news = new();
    private int _waiting;
    private int _readsWaiting;
    private TaskCompletionSource? _quiet;
    private TaskCompletionSource? _room;
    private volatile bool _isComplete;

    public delegate ValueTask Writing(AnswerWriter writer, CancellationToken cancel);

    /// <summary>Of sentences in errors; the client's <c>hello</c> says which.</summary>
    public Language Language { get; set; } = Language.English;

    /// <summary>Requests not yet answered.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public async ValueTask AddAsync(long? id, Writing write, bool isRead, CancellationToken cancel)
    {
        while (Waiting >= Window)
        {
            TaskCompletionSource room = Announced(ref _room);
            await (Waiting >= Window ? room.Task.WaitAsync(cancel) : Task.CompletedTask);
        }

        Interlocked.Increment(ref _waiting);
        if (isRead)
        {
            Interlocked.Increment(ref _readsWaiting);
        }

        lock (_answers)
        {
            _answers.Enqueue(new Answer(id, write, isRead));
        }

        _news.Set();
    }

    /// <summary>Nothing more is added.</summary>
    public void Complete()
    {
        _isComplete = true;
        _news.Set();
    }

    /// <summary>Waits until a request with this turn may be carried out.</summary>
    public async ValueTask ReachAsync(Turn turn, CancellationToken cancel)
    {
        while (turn == Turn.Alone ? Waiting > 0 : turn == Turn.Together && Volatile.Read(ref _readsWaiting) > 0)
        {
            TaskCompletionSource quiet = Announced(ref _quiet);
            if (Waiting == 0)
            {
                return;
            }

            await quiet.Task.WaitAsync(cancel);
        }
    }

    /// <summary>Writes answers until the queue is completed and empty. Ends with an exception when the line breaks or an answer breaks off inside a payload.</summary>
    public async Task WriteAllAsync(CancellationToken cancel)
    {
        await using CancellationTokenRegistration ending = cancel.UnsafeRegister(static news => ((WakeSignal)news!).Set(), _news);
        while (true)
        {
            // Looked at before the queue: what was added last was added before it.
            bool isLast = _isComplete;
            while (TryTake(out Answer answer))
            {
                await WriteOneAsync(answer, cancel);
            }

            await writer.FlushAsync(cancel);
            if (isLast)
            {
                return;
            }

            await _news.WaitAsync();
            cancel.ThrowIfCancellationRequested();
        }
    }

    private bool TryTake(out Answer answer)
    {
        lock (_answers)
        {
            return _answers.TryDequeue(out answer);
        }
    }

    // With a full fence: the waiter's next look at the count must not come before it can be seen waiting, or neither side would see the other.
    private static TaskCompletionSource Announced(ref TaskCompletionSource? place)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref place, waiter);
        return waiter;
    }

    private async ValueTask WriteOneAsync(Answer answer, CancellationToken cancel)
    {
        try
        {
            await answer.Write(writer, cancel);
        }
        catch (RefusedException e) when (writer.Frames.PayloadLeft == 0)
        {
            WriteError(answer.Id, e.Refusal);
        }
        catch (Exception e) when (!IsEndOfLine(e) && writer.Frames.PayloadLeft == 0)
        {
            log.Error("native", "a request failed unexpectedly", e);
            WriteError(answer.Id, new Refusal(RefusalCode.Internal));
        }

        if (answer.IsRead)
        {
            Interlocked.Decrement(ref _readsWaiting);
        }

        if (Interlocked.Decrement(ref _waiting) == 0)
        {
            await writer.FlushAsync(cancel);
            Interlocked.Exchange(ref _quiet, null)?.TrySetResult();
        }

        if (Volatile.Read(ref _room) is not null)
        {
            Interlocked.Exchange(ref _room, null)?.TrySetResult();
        }
    }

    public void WriteError(long? id, Refusal refusal) => writer.Write(Errors.ToAnswer(refusal, id, Language), ProtocolJson.Default.ErrorAnswer);

    public static bool IsEndOfLine(Exception e) => e is IOException or OperationCanceledException or ObjectDisposedException or System.Net.Sockets.SocketException;

    private readonly record struct Answer(long? Id, Writing Write, bool IsRead);
}
