using System.Buffers;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client.Requests;

/// <summary>Where the files of a <c>get</c> go. Calls come in order, on the reading loop; what they throw ends the conversation.</summary>
internal interface IGetSink
{
    void Folder(FolderStart folder);

    ValueTask BeginAsync(FileStart file);

    ValueTask WriteAsync(ReadOnlySequence<byte> bytes);

    /// <summary>All announced bytes of the file were given.</summary>
    /// <param name="sha256">Of the whole file as the server computed it; null for a range of a file without a digest on record.</param>
    ValueTask EndAsync(string? sha256);
}

/// <summary>The answer to <c>get</c>, checked: no gaps, no bytes beyond what was announced, no file in a file.</summary>
internal sealed class GetAnswer(IGetSink sink) : Exchange
{
    private const int Piece = 256 * 1024;

    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FileStart? current;
    private long position;
    private long end;

    public Task Completion => done.Task;

    public override async ValueTask<bool> TakeAsync(AnswerHead head, Frame frame, FrameReader reader)
    {
        switch (head.Kind)
        {
            case AnswerKind.File:
                await EndFileAsync(null);
                await BeginFileAsync(Messages.Read(frame.Header.Span, ProtocolJson.Default.FileStart), frame.Size, reader);
                return false;
            case AnswerKind.Data when current is not null:
                var data = Messages.Read(frame.Header.Span, ProtocolJson.Default.Data);
                await TakeBytesAsync(data.Offset, frame.Size, reader);
                return false;
            case AnswerKind.Digest when current is not null:
                await EndFileAsync(Messages.Read(frame.Header.Span, ProtocolJson.Default.FileDigest).Sha256);
                return false;
            case AnswerKind.Folder:
                await EndFileAsync(null);
                sink.Folder(Messages.Read(frame.Header.Span, ProtocolJson.Default.FolderStart));
                return false;
            case AnswerKind.Ok:
                await EndFileAsync(null);
                done.SetResult();
                return true;
            default:
                throw head.Unexpected("get");
        }
    }

    public override void Fail(Exception reason)
    {
        done.TrySetException(reason);
        _ = done.Task.Exception;
    }

    private async ValueTask BeginFileAsync(FileStart file, long size, FrameReader reader)
    {
        if (file.Offset < 0 || file.Length < 0 || file.Total < 0 || file.Offset > file.Total || file.Length > file.Total - file.Offset)
        {
            throw new RefusedException(RefusalCode.BadFrame, file.Path, "a range that cannot be");
        }

        current = file;
        position = file.Offset;
        end = file.Offset + file.Length;
        await sink.BeginAsync(file);
        await TakeBytesAsync(file.Offset, size, reader);
    }

    private async ValueTask TakeBytesAsync(long offset, long size, FrameReader reader)
    {
        if (offset != position || size > end - position)
        {
            throw new RefusedException(RefusalCode.BadFrame, current!.Path, "bytes that were not announced");
        }

        while (reader.PayloadLeft > 0)
        {
            var bytes = await reader.ReadPayloadAsync((int)Math.Min(Piece, reader.PayloadLeft));
            await sink.WriteAsync(bytes);
            position += bytes.Length;
            reader.AdvancePayload(bytes.Length);
        }

        if (position == end && current!.Sha256 is not null)
        {
            // Nothing more comes for this file: it need not wait for the next frame, which a cut line would take away.
            await EndFileAsync(null);
        }
    }

    private async ValueTask EndFileAsync(string? digest)
    {
        if (current is not { } file)
        {
            return;
        }

        if (position != end)
        {
            throw new RefusedException(RefusalCode.BadFrame, file.Path, $"{end - position} announced bytes did not come");
        }

        current = null;
        await sink.EndAsync(digest ?? file.Sha256);
    }
}
