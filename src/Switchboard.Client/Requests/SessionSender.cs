using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client.Requests;

/// <summary>The sending side of a session that lasts: writes what is due when it is due, and watches the line.</summary>
internal sealed class SessionSender : IDisposable
{
    private readonly SwitchboardClient client;
    private readonly Exchange exchange;
    private readonly LineWatch watch;
    private readonly Func<FrameWriter, long, bool> write;
    private readonly Action pulse;
    private readonly ITimer timer;
    private readonly Lock sync = new();
    private bool isSending;
    private bool isMoreDue;

    /// <param name="client">The connection, logged in or about to be.</param>
    /// <param name="exchange">The session.</param>
    /// <param name="watch">Told of what is sent.</param>
    /// <param name="write">Writes a frame or more that are due, with the session's id; false when there are none.</param>
    /// <param name="pulse">Makes a sign of life due.</param>
    /// <param name="clock">For signs of life.</param>
    public SessionSender(SwitchboardClient client, Exchange exchange, LineWatch watch, Func<FrameWriter, long, bool> write, Action pulse, TimeProvider clock)
    {
        (this.client, this.exchange, this.watch, this.write, this.pulse) = (client, exchange, watch, write, pulse);
        timer = clock.CreateTimer(_ => Watch(), null, watch.Next, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => timer.Dispose();

    /// <summary>Has what is due sent, without waiting: whoever asks may be the reading loop, which must go on reading for the writing side to move.</summary>
    public void Send()
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
                while (!exchange.Ended.IsCompleted && write(turn.Writer, turn.Id))
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
            pulse();
        }

        timer.Change(watch.Next, Timeout.InfiniteTimeSpan);
    }

    private void Break(Refusal reason)
    {
        exchange.Fail(new RefusedException(reason));
        _ = client.AbortAsync().AsTask();
    }
}
