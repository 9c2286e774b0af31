using System.Net.Sockets;
using Switchboard.Client.Connecting;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client.Requests;

/// <summary>Requests out, answers in, in the same order. Any thread may ask; one loop reads and hands each frame to the oldest open request.</summary>
internal sealed class Conversation : IAsyncDisposable
{
    /// <summary>Requests under way before the server has told its window.</summary>
    public const int FirstWindow = 8;
    // A server cannot make us hold more requests than this, whatever it says.
    private const int MostWindow = 4096;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly Line line;
    private readonly FrameReader reader;
    private readonly FrameWriter writer;
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly SemaphoreSlim places = new(FirstWindow);
    private readonly CancellationTokenSource stop = new();
    private readonly Lock sync = new();
    private readonly Queue<Exchange> open = new();
    private readonly Task reading;
    private Task session = Task.CompletedTask;
    private Refusal? failure;
    private long lastId;
    private long failedId = -1;
    private bool disposed;

    public Conversation(Line line)
    {
        this.line = line;
        reader = new(line.Pipe.Input);
        writer = new(line.Pipe.Output);
        reading = Task.Run(ReadAsync);
    }

    /// <summary>Requests that may be under way.</summary>
    public int Window { get; private set; } = FirstWindow;

    /// <summary>Why the conversation ended, or null.</summary>
    public Refusal? Failure
    {
        get
        {
            lock (sync)
            {
                return failure;
            }
        }
    }

    /// <summary>Takes over the window the server told.</summary>
    public void Widen(int window)
    {
        var wanted = Math.Clamp(window, FirstWindow, MostWindow);
        if (wanted > Window)
        {
            places.Release(wanted - Window);
            Window = wanted;
        }
    }

    /// <summary>Waits for a place in the window and for the writing side, and queues the request. Nobody else writes until the turn is disposed.</summary>
    public async ValueTask<Turn> BeginAsync(Exchange exchange, CancellationToken ct)
    {
        await places.WaitAsync(ct);
        try
        {
            await TakeTurnAsync(ct);
        }
        catch
        {
            places.Release();
            throw;
        }

        lock (sync)
        {
            if (failure is null)
            {
                exchange.Id = lastId++;
                session = exchange.Ended;
                open.Enqueue(exchange);
                return new Turn(this, exchange.Id);
            }
        }

        turn.Release();
        places.Release();
        throw new RefusedException(failure);
    }

    /// <summary>Waits for the writing side, for a request under way that goes on with frames of its own.</summary>
    public async ValueTask<Turn> ResumeAsync(Exchange exchange, CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        if (Failure is not { } reason)
        {
            return new Turn(this, exchange.Id);
        }

        turn.Release();
        throw new RefusedException(reason);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, true))
        {
            // Whoever goes on elsewhere relies on nothing being handed on from here any more.
            await reading;
            return;
        }

        await stop.CancelAsync();
        line.Pipe.Input.CancelPendingRead();
        await reading;
        await line.DisposeAsync();
        stop.Dispose();
    }

    private async ValueTask TakeTurnAsync(CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        while (!session.IsCompleted)
        {
            var running = session;
            turn.Release();
            await running.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await turn.WaitAsync(ct);
        }
    }

    private async Task ReadAsync()
    {
        Refusal reason;
        try
        {
            while (await reader.ReadAsync(stop.Token) is { } frame)
            {
                await TakeAsync(frame);
            }

            reason = new(RefusalCode.NoConnection) { Detail = "the server closed the connection" };
        }
        catch (OperationCanceledException)
        {
            reason = new(RefusalCode.NoConnection) { Detail = "closed" };
        }
        catch (Exception e)
        {
            // Whatever it was has to reach everyone who waits; a conversation without a reader would hang them.
            reason = LineErrors.ToRefusal(e);
        }

        End(reason);
    }

    private async ValueTask TakeAsync(Frame frame)
    {
        var head = AnswerHead.Of(frame.Header.Span);
        if (head.Kind == AnswerKind.Closing)
        {
            throw ClosingReason(frame);
        }

        var exchange = Oldest(head);
        if (exchange is null)
        {
            return;
        }

        if (head.Kind == AnswerKind.Error)
        {
            Refuse(exchange, Errors.ToRefusal(Messages.Read(frame.Header.Span, ProtocolJson.Default.ErrorAnswer)));
        }
        else if (await TakeAsync(exchange, head, frame))
        {
            Finish();
        }
    }

    private async ValueTask<bool> TakeAsync(Exchange exchange, AnswerHead head, Frame frame)
    {
        try
        {
            return await exchange.TakeAsync(head, frame, reader);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            exchange.Fail(e as RefusedException ?? new RefusedException(LineErrors.ToRefusal(e), e));
            throw;
        }
    }

    /// <summary>The request a frame belongs to; null for what may still come for an upload that was refused while it was being sent.</summary>
    private Exchange? Oldest(AnswerHead head)
    {
        lock (sync)
        {
            // What goes to many carries no id: it is for the session, which is alone.
            if (open.TryPeek(out var exchange) && (exchange.Id == head.Id || (head.Id is null && head.Kind is AnswerKind.Message)))
            {
                return exchange;
            }

            return head.Id is not null && head.Id == failedId ? null : throw head.Unexpected("conversation");
        }
    }

    private void Refuse(Exchange exchange, Refusal refusal)
    {
        failedId = exchange.Id;
        exchange.Fail(new RefusedException(refusal));
        Finish();
        if (exchange.RefusalEnds)
        {
            throw new RefusedException(refusal);
        }
    }

    private void Finish()
    {
        lock (sync)
        {
            open.Dequeue();
        }

        places.Release();
    }

    private static RefusedException ClosingReason(Frame frame)
    {
        var notice = Messages.Read(frame.Header.Span, ProtocolJson.Default.ClosingNotice);
        return new(new Refusal(RefusalCodes.TryParse(notice.Code, out var code) ? code : RefusalCode.Closing) { Detail = "the server is ending the connection" });
    }

    private void End(Refusal reason)
    {
        Exchange[] left;
        lock (sync)
        {
            failure = reason;
            left = [.. open];
            open.Clear();
        }

        foreach (var exchange in left)
        {
            exchange.Fail(new RefusedException(reason));
        }

        line.Abort();
        // Everyone who waits for a place comes through and finds the failure.
        places.Release(int.MaxValue / 2);
    }

    /// <summary>The writing side broke. The reason may still be on its way in, so the reader gets a moment to say it.</summary>
    private async ValueTask<RefusedException> WhyAsync()
    {
        await Task.WhenAny(reading, Task.Delay(LastWords));
        return new RefusedException(Failure ?? new Refusal(RefusalCode.NoConnection) { Detail = "the connection is gone" });
    }

    /// <summary>The writing side, held by one request.</summary>
    public sealed class Turn(Conversation conversation, long id) : IDisposable
    {
        private bool disposed;

        public long Id => id;

        public FrameWriter Writer => conversation.writer;

        public async ValueTask FlushAsync(CancellationToken ct)
        {
            if (await IsLineGoneAsync(ct))
            {
                throw await conversation.WhyAsync();
            }
        }

        private async ValueTask<bool> IsLineGoneAsync(CancellationToken ct)
        {
            try
            {
                var flushed = await Writer.FlushAsync(ct);
                return flushed.IsCompleted || flushed.IsCanceled;
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // The sending loop tells its reason this way; to the caller it is the line, not this machine's files.
                return true;
            }
        }

        public void Dispose()
        {
            if (!disposed)
            {
                disposed = true;
                conversation.turn.Release();
            }
        }
    }
}
