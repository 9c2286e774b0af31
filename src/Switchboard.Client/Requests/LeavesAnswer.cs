using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client.Requests;

/// <summary>The digests of a stored file's first leaves, and the file as it stands.</summary>
/// <param name="mostLeaves">How many were asked for.</param>
internal sealed class LeavesAnswer(long mostLeaves) : Exchange
{
    private readonly TaskCompletionSource<Entry> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<byte[]> digests = [];

    /// <summary>Completes with the file; then <see cref="Digest"/> may be asked.</summary>
    public Task<Entry> Answer => answer.Task;

    public int Count => digests.Count;

    public ReadOnlySpan<byte> Digest(int leaf) => digests[leaf];

    public override async ValueTask<bool> TakeAsync(AnswerHead head, Frame frame, FrameReader reader)
    {
        switch (head.Kind)
        {
            case AnswerKind.Kept when frame.Size % UploadAnswer.DigestBytes == 0 && Count + (frame.Size / UploadAnswer.DigestBytes) <= mostLeaves:
                await TakeAsync(frame.Size / UploadAnswer.DigestBytes, reader);
                return false;
            case AnswerKind.Ok:
                answer.SetResult(Messages.Read(frame.Header.Span, ProtocolJson.Default.StatAnswer).Entry);
                return true;
            default:
                throw head.Unexpected("leaves");
        }
    }

    public override void Fail(Exception reason)
    {
        answer.TrySetException(reason);
        _ = answer.Task.Exception;
    }

    private async ValueTask TakeAsync(long count, FrameReader reader)
    {
        for (var i = 0; i < count; i++)
        {
            var digest = new byte[UploadAnswer.DigestBytes];
            await reader.CopyPayloadAsync(digest);
            digests.Add(digest);
        }
    }
}
