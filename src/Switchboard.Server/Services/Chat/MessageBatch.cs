using Switchboard.Protocol;
using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Services.Chat;

/// <summary>Frames of a batch in the words of one door, and where each message begins in them.</summary>
internal sealed record EncodedBatch(byte[] Frames, int[] Starts);

/// <summary>Messages of a room that became durable together. What it says never changes, so that everybody may hold it.</summary>
internal sealed class MessageBatch(long sequence, IReadOnlyList<ChatMessage> messages)
{
    private readonly Lock _gate = new();
    // Only until they are encoded: thousands of small objects for each room are what the garbage collector takes longest for.
    private IReadOnlyList<ChatMessage>? _messages = messages;
    private EncodedBatch? _encoded;

    /// <summary>Its place among the batches of its room since the server began; -1 for what was read from the store.</summary>
    public long Sequence => sequence;

    public long First { get; } = messages[0].Number;

    public long Last { get; } = messages[^1].Number;

    public int Weight { get; } = messages.Sum(message => message.Weight);

    /// <summary>Its frames, encoded by whoever needs them first and then there for all.</summary>
    /// <param name="room">The room's name.</param>
    /// <param name="encode">Of headers and texts. Always the same: there is one form of frames, which the native door has.</param>
    public EncodedBatch Encoded(string room, Func<(RoomMessage Header, byte[] Text)[], EncodedBatch> encode)
    {
        if (Volatile.Read(ref _encoded) is { } known)
        {
            return known;
        }

        lock (_gate)
        {
            if (_encoded is null)
            {
                Volatile.Write(ref _encoded, encode([.. _messages!.Select(message => (message.ToHeader(room), message.Text))]));
                _messages = null;
            }

            return _encoded;
        }
    }
}
