using System.Buffers;
using System.IO.Pipelines;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Chat;

namespace Switchboard.Server.Doors.Native;

/// <summary>Messages as frames of the native protocol, encoded once for all who read them here.</summary>
internal static class RoomFrames
{
    /// <summary>Bytes of most headers, with the length before them.</summary>
    private const int UsualHeader = 128;

    public static EncodedBatch Of(MessageBatch batch, string room) => batch.Encoded(room, Encode);

    private static EncodedBatch Encode((RoomMessage Header, byte[] Text)[] messages)
    {
        using var bytes = new BytesWriter(messages.Sum(message => UsualHeader + message.Text.Length));
        var writer = new FrameWriter(bytes);
        var starts = new int[messages.Length];
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = (int)writer.Unflushed;
            ChatHeaders.Write(writer, messages[i].Header, messages[i].Text.Length);
            writer.WritePayload(messages[i].Text);
        }

        return new EncodedBatch(bytes.Written.ToArray(), starts);
    }

    /// <summary>A pipe into borrowed memory, whose writer takes what was written.</summary>
    private sealed class BytesWriter(int sizeHint) : PipeWriter, IDisposable
    {
        private byte[] _bytes = ArrayPool<byte>.Shared.Rent(sizeHint);
        private int _length;

        public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

        public override void Advance(int bytes) => _length += bytes;

        public override Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (_bytes.Length - _length < Math.Max(1, sizeHint))
            {
                Grow(sizeHint);
            }

            return _bytes.AsMemory(_length);
        }

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(default(FlushResult));

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);

        private void Grow(int sizeHint)
        {
            byte[] more = ArrayPool<byte>.Shared.Rent(Math.Max(2 * _bytes.Length, _length + sizeHint));
            Written.CopyTo(more);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = more;
        }
    }
}
