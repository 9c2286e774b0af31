using System.Text.Json.Serialization.Metadata;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>One connection's part in following a job: opens the session, sends what the outbox holds, and watches the line.</summary>
internal sealed class JobSession : IDisposable
{
    private readonly SwitchboardClient client;
    private readonly JobOutbox outbox;
    private readonly JobExchange exchange;
    private readonly SessionSender sender;

    /// <param name="client">The connection, logged in or about to be.</param>
    /// <param name="cursor">Where the output goes.</param>
    /// <param name="outbox">What is to be sent.</param>
    /// <param name="onStarted">Called on the reading loop when the session stands, and told whether input goes on.</param>
    /// <param name="clock">For signs of life.</param>
    public JobSession(SwitchboardClient client, OutputCursor cursor, JobOutbox outbox, Action<JobStarted, bool> onStarted, TimeProvider clock)
    {
        this.client = client;
        this.outbox = outbox;
        var watch = new LineWatch(clock);
        exchange = new(cursor, outbox, watch, started => onStarted(started, outbox.Open(started.Stdin, started.Window, sender!.Send)));
        sender = new(client, exchange, watch, outbox.Write, outbox.TellCursor, clock);
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

    public void Dispose() => sender.Dispose();
}
