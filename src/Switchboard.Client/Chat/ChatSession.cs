using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>One connection's part in a chat: opens the session, sends what the outbox holds, and watches the line.</summary>
internal sealed class ChatSession : IDisposable
{
    private readonly SessionSender sender;
    private readonly SwitchboardClient client;
    private readonly ChatExchange exchange;
    private readonly ChatOutbox outbox;

    public ChatSession(SwitchboardClient client, ChatExchange exchange, ChatOutbox outbox, LineWatch watch, TimeProvider clock)
    {
        (this.client, this.exchange, this.outbox) = (client, exchange, outbox);
        sender = new(client, exchange, watch, outbox.Write, outbox.Pulse, clock);
    }

    /// <summary>Asks with the request that begins the session; completes when it is on its way.</summary>
    public async Task OpenAsync(CancellationToken ct)
    {
        var join = outbox.Open(sender.Send);
        using (var turn = await client.Conversation.BeginAsync(exchange, ct))
        {
            turn.Writer.WriteHeader(join with { Id = turn.Id }, ProtocolJson.Default.JoinRoom);
            await turn.FlushAsync(ct);
        }

        sender.Send();
    }

    public void Dispose() => sender.Dispose();
}
