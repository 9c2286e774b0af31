using System.Buffers;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Native;

/// <summary>Bytes coming in: whole small files, and the one upload a connection may have open.</summary>
internal sealed class UploadVerbs(NativeSession session, Files files, FrameReader reader)
{
    /// <summary>Bytes handed on at once: one system call and one hash call per piece, and the piece stays in the second-level cache.</summary>
    private const int PieceBytes = 256 * 1024;

    private Upload? _upload;
    private long? _uploadId;
    private Refusal? _failed;
    private Task _leavesSent = Task.CompletedTask;

    public bool IsOpen => _upload is not null;

    public async ValueTask PutAsync(Frame frame)
    {
        Put request = Messages.Read(frame, ProtocolJson.Default.Put);
        if (frame.Size > FilesOptions.PutLimit)
        {
            throw new RefusedException(RefusalCode.OverLimit, request.Path, $"a put carries at most {FilesOptions.PutLimit} bytes; use upload");
        }

        ReadOnlySequence<byte> content = frame.Size == 0 ? default : await reader.ReadPayloadAsync((int)frame.Size, session.Ended);
        Task<Stored> stored = files.PutAsync(session.Caller, PlanOf(request), content);
        reader.AdvancePayload(frame.Size);
        await session.AnswerLaterAsync(request.Id, (writer, _) => WriteStoredAsync(writer, request.Id, stored));
    }

    public async ValueTask UploadAsync(Frame frame)
    {
        UploadRequest request = Messages.Read(frame, ProtocolJson.Default.UploadRequest);
        if (_upload is not null)
        {
            throw new RefusedException(RefusalCode.BadRequest, request.Path, "one upload at a time on a connection");
        }

        _failed = null;
        _uploadId = request.Id;
        try
        {
            _upload = await files.BeginUploadAsync(session.Caller, PlanOf(request), session.Ended);
        }
        catch (RefusedException e)
        {
            // What the client sent ahead belongs to this upload and is answered by this one error.
            _failed = e.Refusal;
            throw;
        }

        Upload upload = _upload;
        if (upload.Skip)
        {
            await ParkAsync();
        }

        TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _leavesSent = sent.Task;
        await session.AnswerLaterAsync(request.Id, (writer, cancel) => WriteReadyAsync(writer, request.Id, upload, sent, cancel));
    }

    /// <summary>Tells what was kept, and proves it by digests of what the disk holds now.</summary>
    private static async ValueTask WriteReadyAsync(AnswerWriter writer, long? id, Upload upload, TaskCompletionSource sent, CancellationToken cancel)
    {
        try
        {
            var ready = new UploadReady
            {
                Id = id,
                Upload = upload.Id,
                Offset = upload.Offset,
                Leaf = FilesOptions.LeafSize,
                SourceChanged = upload.SourceChanged ? true : null,
                Skip = upload.Skip ? true : null,
            };
            writer.Write(ready, ProtocolJson.Default.UploadReady);
            await writer.FlushAsync(cancel);
            if (upload.Offset > 0 && !upload.Skip)
            {
                await LeafFrames.WriteAsync(writer, id, upload.KeptLeavesAsync(cancel), cancel);
            }
        }
        finally
        {
            sent.TrySetResult();
        }
    }

    public async ValueTask DataAsync(Frame frame)
    {
        Data data = Messages.Read(frame, ProtocolJson.Default.Data);
        if (_upload is null && data.Id == _uploadId && _failed is not null)
        {
            return;
        }

        Upload upload = _upload ?? throw new RefusedException(RefusalCode.UploadUnknown, null, "data without upload");
        await _leavesSent;
        long offset = data.Offset;
        try
        {
            while (reader.PayloadLeft > 0)
            {
                ReadOnlySequence<byte> bytes = await reader.ReadPayloadAsync((int)Math.Min(PieceBytes, reader.PayloadLeft), session.Ended);
                await upload.WriteAsync(offset, bytes);
                offset += bytes.Length;
                reader.AdvancePayload(bytes.Length);
                session.Progress();
            }
        }
        catch (RefusedException e)
        {
            _failed = e.Refusal;
            await ParkAsync();
            throw;
        }
    }

    public async ValueTask CommitAsync(Frame frame)
    {
        Commit request = Messages.Read(frame, ProtocolJson.Default.Commit);
        if (_upload is null)
        {
            throw new RefusedException(_failed ?? new Refusal(RefusalCode.UploadUnknown) { Detail = "commit without upload" });
        }

        await _leavesSent;
        Upload upload = _upload;
        _upload = null;
        Task<Stored> stored = CommitAsync(upload, request);
        await session.AnswerLaterAsync(request.Id, (writer, _) => WriteStoredAsync(writer, request.Id, stored));
    }

    private static async Task<Stored> CommitAsync(Upload upload, Commit request)
    {
        await using (upload)
        {
            return await upload.CommitAsync(request.Total, request.Sha256);
        }
    }

    public ValueTask UploadsAsync(Frame frame)
    {
        UploadsRequest request = Messages.Read(frame, ProtocolJson.Default.UploadsRequest);
        return session.AnswerInTurnAsync(request.Id, (writer, cancel) =>
            writer.WriteItemsAsync(request.Id, files.Uploads(session.Caller), ProtocolJson.Default.UploadEntry, cancel));
    }

    public async ValueTask DropAsync(Frame frame)
    {
        DropUpload request = Messages.Read(frame, ProtocolJson.Default.DropUpload);
        await files.DropUploadAsync(session.Caller, request.Upload);
        await session.DoneAsync(request.Id);
    }

    /// <summary>Leaves the open upload for a later resume.</summary>
    public async ValueTask ParkAsync()
    {
        if (Interlocked.Exchange(ref _upload, null) is { } upload)
        {
            await upload.DisposeAsync();
        }
    }

    public static async ValueTask WriteStoredAsync(AnswerWriter writer, long? id, Task<Stored> task)
    {
        if (!task.IsCompleted)
        {
            // What waits here waits for the disk; the answers before it should not.
            await writer.FlushAsync(CancellationToken.None);
        }

        Stored stored = await task;
        writer.Write(
            new StoredAnswer { Id = id, Path = stored.Path, Total = stored.Total, Sha256 = stored.Sha256, Skipped = stored.Skipped ? true : null },
            ProtocolJson.Default.StoredAnswer);
    }

    private static PutPlan PlanOf(Put request) => new()
    {
        Path = request.Path,
        Sha256 = request.Sha256,
        Modified = request.Modified,
        Mode = request.Mode,
        Preserve = request.Preserve ?? false,
        IfExists = IfExistsWords.Parse(request.IfExists),
        Parents = request.Parents ?? false,
    };

    private static UploadPlan PlanOf(UploadRequest request) => new()
    {
        Path = request.Path,
        Total = request.Total,
        Modified = request.Modified,
        Mode = request.Mode,
        Preserve = request.Preserve ?? false,
        IfExists = IfExistsWords.Parse(request.IfExists),
        Parents = request.Parents ?? false,
        UploadId = request.Upload,
        Restart = request.Restart ?? false,
    };
}
