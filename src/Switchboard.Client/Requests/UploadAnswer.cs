using System.Threading.Channels;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client.Requests;

/// <summary>The answers of one upload: ready, the digests of what was kept, and stored; each can be awaited by itself.</summary>
internal sealed class UploadAnswer : Exchange
{
    public const int DigestBytes = 32;
    // A part of the digests is 64 of them in this version; anything near a header's limit is not one.
    private const int MostDigestsOfFrame = 8192;

    private readonly TaskCompletionSource<UploadReady> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<StoredAnswer> stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // Its bound is the number of leaves below the kept offset, checked as they come.
    private readonly Channel<byte[]> kept = Channel.CreateUnbounded<byte[]>();
    private long leavesLeft;

    public Task<UploadReady> Ready => ready.Task;

    public Task<StoredAnswer> Stored => stored.Task;

    /// <summary>The digest of each kept leaf, in order.</summary>
    public ChannelReader<byte[]> Kept => kept.Reader;

    /// <summary>The server has said no; what is still being sent is in vain.</summary>
    public bool IsRefused => stored.Task.IsFaulted;

    public override async ValueTask<bool> TakeAsync(AnswerHead head, Frame frame, FrameReader reader)
    {
        switch (head.Kind)
        {
            case AnswerKind.Ready when !ready.Task.IsCompleted:
                return TakeReady(Messages.Read(frame.Header.Span, ProtocolJson.Default.UploadReady));
            case AnswerKind.Kept when leavesLeft > 0:
                await TakeKeptAsync(Messages.Read(frame.Header.Span, ProtocolJson.Default.Kept), frame.Size, reader);
                return false;
            case AnswerKind.Ok when ready.Task.IsCompleted:
                stored.SetResult(Messages.Read(frame.Header.Span, ProtocolJson.Default.StoredAnswer));
                return true;
            default:
                throw head.Unexpected("upload");
        }
    }

    public override void Fail(Exception reason)
    {
        ready.TrySetException(reason);
        kept.Writer.TryComplete(reason);
        stored.TrySetException(reason);
        // One of them is enough to be looked at.
        _ = ready.Task.Exception;
        _ = stored.Task.Exception;
    }

    private bool TakeReady(UploadReady answer)
    {
        if (answer.Leaf <= 0 || answer.Offset < 0)
        {
            throw new RefusedException(RefusalCode.BadFrame, "ready", "an offset or a leaf of that size cannot be");
        }

        leavesLeft = answer.Skip == true ? 0 : (answer.Offset + answer.Leaf - 1) / answer.Leaf;
        if (leavesLeft == 0)
        {
            kept.Writer.Complete();
        }

        ready.SetResult(answer);
        return answer.Skip == true;
    }

    private async ValueTask TakeKeptAsync(Kept part, long size, FrameReader reader)
    {
        var count = size / DigestBytes;
        if (size % DigestBytes != 0 || count > Math.Min(leavesLeft, MostDigestsOfFrame))
        {
            throw new RefusedException(RefusalCode.BadFrame, "kept", $"{size} bytes of digests for {leavesLeft} leaves");
        }

        for (var i = 0; i < count; i++)
        {
            var digest = new byte[DigestBytes];
            await reader.CopyPayloadAsync(digest);
            await kept.Writer.WriteAsync(digest);
        }

        leavesLeft -= count;
        if (part.End == true)
        {
            kept.Writer.Complete(leavesLeft == 0 ? null : new RefusedException(RefusalCode.BadFrame, "kept", $"the digests of {leavesLeft} leaves did not come"));
            leavesLeft = 0;
        }
    }
}
