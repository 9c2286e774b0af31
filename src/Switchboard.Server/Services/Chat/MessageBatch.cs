using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Services.Chat;

/// <summary>Frames of a batch in the words of one door, and where each message begins in them.</summary>
internal sealed record EncodedBatch(byte[] Frames, int[] Starts);

/// <summary>Messages of a room that became durable together. Never changes, so that everybody may hold it.</summary>
internal sealed class MessageBatch(long sequence, IReadOnlyList<ChatMessage> messages)
{
    private EncodedBatch? _encoded;

    /// <summary>Its place among the batches of its room since the server began; -1 for what was read from the store.</summary>
    public long Sequence => sequence;

    public IReadOnlyList<ChatMessage> Messages => messages;

    public long First => messages[0].Number;

    public long Last => messages[^1].Number;

    public int Weight { get; } = messages.Sum(message => message.Weight);

    /// <summary>Its frames, encoded by whoever needs them first and then there for all.</summary>
    public EncodedBatch Encoded(Func<IReadOnlyList<ChatMessage>, EncodedBatch> encode)
    {
        if (Volatile.Read(ref _encoded) is { } known)
        {
            return known;
        }

        lock (this)
        {
            return _encoded ??= encode(messages);
        }
    }
}
