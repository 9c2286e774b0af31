using System.IO.Pipelines;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Chat;

namespace Switchboard.Server.Doors.Native;

/// <summary>Messages as frames of the native protocol, encoded once for all who read them here.</summary>
internal static class RoomFrames
{
    public static EncodedBatch Of(MessageBatch batch, string room) =>
        batch.Encoded(messages => Encode([.. messages.Select(message => (message.ToHeader(room), message.Text))]));

    private static EncodedBatch Encode((RoomMessage Header, byte[] Text)[] messages)
    {
        var bytes = new MemoryStream();
        var pipe = PipeWriter.Create(bytes);
        var writer = new FrameWriter(pipe);
        var starts = new int[messages.Length];
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = (int)writer.Unflushed;
            writer.WriteHeader(messages[i].Header, ProtocolJson.Default.RoomMessage, messages[i].Text.Length);
            writer.WritePayload(messages[i].Text);
        }

        pipe.Complete();
        return new EncodedBatch(bytes.ToArray(), starts);
    }
}
