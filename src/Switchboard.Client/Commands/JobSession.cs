using System.Text.Json.Serialization.Metadata;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>One connection's part in following a job: opens the session, sends what the outbox holds, and watches the line.</summary>
internal sealed class JobSession : IDisposable
{
    private readonly SwitchboardClient client;
    private readonly JobOutbox outbox;
    private readonly LineWatch watch;
    private readonly JobExchange exchange;
    private readonly ITimer timer;
    private readonly Lock sync = new();
    private bool isSending;
    private bool isMoreDue;

    /// <param name="client">The connection, logged in or about to be.</param>
    /// <param name="cursor">Where the output goes.</param>
    /// <param name="outbox">What is to be sent.</param>
    /// <param name="onStarted">Called on the reading loop when the session stands, and told whether input goes on.</param>
    /// <param name="clock">For signs of life.</param>
    public JobSession(SwitchboardClient client, OutputCursor cursor, JobOutbox outbox, Action<JobStarted, bool> onStarted, TimeProvider clock)
    {
        this.client = client;
        this.outbox = outbox;
        watch = new(clock);
        exchange = new(cursor, outbox, watch, started => onStarted(started, outbox.Open(started.Stdin, started.Window, Send)));
        timer = clock.CreateTimer(_ => Watch(), null, watch.Next, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Asks with the request that begins the session; completes when it is on its way.</summary>
    public async Task OpenAsync<T>(T request, JsonTypeInfo<T> info, ReadOnlyMemory<byte> payload, CancellationToken ct)
        where T : Message
    {
        using var turn = await client.Conversation.BeginAsync(exchange, ct);
        turn.Writer.WriteHeader(request with { Id = turn.Id }, info, payload.Length);
        turn.Writer.WritePayload(payload.Span);
        await turn.FlushAsync(ct);
    }

    /// <summary>Completes with the session's last frame.</summary>
    public async Task<JobExit> ExitAsync(CancellationToken ct)
    {
        try
        {
            return await exchange.Exit.WaitAsync(ct);
        }
        finally
        {
            outbox.Pause();
        }
    }

    public void Dispose() => timer.Dispose();

    /// <summary>Has what is due sent, without waiting: whoever asks may be the reading loop, which must go on reading for the writing side to move.</summary>
    private void Send()
    {
        lock (sync)
        {
            isMoreDue = true;
            if (isSending)
            {
                return;
            }

            isSending = true;
        }

        _ = Task.Run(SendAsync);
    }

    private async Task SendAsync()
    {
        try
        {
            while (IsMoreDue())
            {
                using var turn = await client.Conversation.ResumeAsync(exchange, CancellationToken.None);
                while (!exchange.Exit.IsCompleted && outbox.Write(turn.Writer, turn.Id))
                {
                    watch.Say();
                    await turn.FlushAsync(CancellationToken.None);
                }
            }
        }
        catch (Exception e)
        {
            // The reading side may go on hearing the server for a long time, while nothing of ours arrives.
            Break(LineErrors.ToRefusal(e));
        }
    }

    private bool IsMoreDue()
    {
        lock (sync)
        {
            isSending = isMoreDue;
            isMoreDue = false;
            return isSending;
        }
    }

    private void Watch()
    {
        if (!client.LoginCompletion.IsCompleted)
        {
            // In line for a place, which may take as long as it likes.
            watch.Hear();
        }

        if (watch.IsSilent)
        {
            Break(new(RefusalCode.NoConnection) { Detail = "nothing was heard for 45 s" });
            return;
        }

        if (watch.HasToSay)
        {
            watch.Say();
            outbox.TellCursor();
        }

        timer.Change(watch.Next, Timeout.InfiniteTimeSpan);
    }

    private void Break(Refusal reason)
    {
        exchange.Fail(new RefusedException(reason));
        _ = client.AbortAsync().AsTask();
    }
}
