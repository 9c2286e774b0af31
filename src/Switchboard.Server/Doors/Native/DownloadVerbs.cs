using System.Buffers;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Chat;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Native;

/// <summary>Bytes going out: files, ranges, whole folders, and the digests that prove what a client kept.</summary>
internal sealed class DownloadVerbs(NativeSession session, Files files, Chat chat)
{
    /// <summary>After so many bytes of one file a new header follows, which is where an error can be told.</summary>
    private const long DataFrameBytes = 4 << 20;

    private const int PieceBytes = 256 * 1024;

    public ValueTask LeavesAsync(Frame frame)
    {
        LeavesRequest request = Messages.Read(frame, ProtocolJson.Default.LeavesRequest);
        return session.AnswerInTurnAsync(request.Id, async (writer, cancel) =>
        {
            SharedFile source = await SourceAsync(request.Path, request.Room, request.Number);
            await LeafFrames.WriteAsync(writer, request.Id, files.LeavesAsync(source.Reader, source.Path, request.Length, cancel), cancel);
            writer.Write(new StatAnswer { Id = request.Id, Entry = source.Show(files.Stat(source.Reader, source.Path)) }, ProtocolJson.Default.StatAnswer);
        });
    }

    public ValueTask GetAsync(Frame frame)
    {
        Get request = Messages.Read(frame, ProtocolJson.Default.Get);
        return session.AnswerInTurnAsync(request.Id, (writer, cancel) =>
            request.Recursive == true ? SendTreeAsync(writer, request, cancel) : SendOneAsync(writer, request, cancel));
    }

    public ValueTask StatAsync(Frame frame)
    {
        StatRequest request = Messages.Read(frame, ProtocolJson.Default.StatRequest);
        return session.AnswerInTurnAsync(request.Id, async (writer, cancel) =>
        {
            SharedFile source = await SourceAsync(request.Path, request.Room, request.Number);
            Entry entry = request.Digest == true
                ? await files.StatWithDigestAsync(source.Reader, source.Path, cancel)
                : files.Stat(source.Reader, source.Path);
            writer.Write(new StatAnswer { Id = request.Id, Entry = source.Show(entry) }, ProtocolJson.Default.StatAnswer);
        });
    }

    /// <summary>The caller's own path, or the file that a message of a room is.</summary>
    private async ValueTask<SharedFile> SourceAsync(string path, string? room, long? number)
    {
        if (room is null)
        {
            return new SharedFile(session.Caller, path);
        }

        (long owner, byte[] sha256, string name) = await chat.SharedAsync(session.Caller, room, number ?? throw new RefusedException(RefusalCode.BadRequest, "number", "which message of the room"));
        return files.Find(session.Caller, owner, sha256) with { ShownAs = name };
    }

    private async ValueTask SendOneAsync(AnswerWriter writer, Get request, CancellationToken cancel)
    {
        SharedFile source = await SourceAsync(request.Path, request.Room, request.Number);
        using Download download = await files.OpenReadAsync(source.Reader, source.Path, request.Offset ?? 0, request.Length);
        await SendAsync(writer, request.Id, source.Show(download.Entry), download, cancel);
        writer.Write(new Done { Id = request.Id }, ProtocolJson.Default.Done);
    }

    private async ValueTask SendTreeAsync(AnswerWriter writer, Get request, CancellationToken cancel)
    {
        foreach (TreeItem item in files.OpenTree(session.Caller, request.Path))
        {
            using (item)
            {
                await SendItemAsync(writer, request.Id, item, cancel);
            }
        }

        writer.Write(new Done { Id = request.Id }, ProtocolJson.Default.Done);
    }

    private static ValueTask SendItemAsync(AnswerWriter writer, long? id, TreeItem item, CancellationToken cancel)
    {
        Entry entry = item.Entry;
        if (item.Refusal is { } refusal)
        {
            return writer.WriteNow(new FileStart { Id = id, Path = entry.Path, Total = entry.Size, Length = 0, Error = refusal.Code.Name() }, ProtocolJson.Default.FileStart);
        }

        if (item.File is not { } file)
        {
            return writer.WriteNow(new FolderStart { Id = id, Path = entry.Path, Modified = entry.Modified, Mode = entry.Mode }, ProtocolJson.Default.FolderStart);
        }

        return file.Length <= FilesOptions.PutLimit ? SendSmallAsync(writer, id, item, cancel) : SendAsync(writer, id, entry, file, cancel);
    }

    /// <summary>One frame for the whole file, its digest in the header: the bytes are at hand, so it costs no second frame.</summary>
    private static ValueTask SendSmallAsync(AnswerWriter writer, long? id, TreeItem item, CancellationToken cancel)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FilesOptions.PutLimit);
        try
        {
            (int bytes, string sha256) = item.ReadSmall(buffer);
            writer.Write(StartOf(id, item.Entry, 0, bytes, sha256) with { Total = bytes }, ProtocolJson.Default.FileStart, bytes);
            writer.Frames.WritePayload(buffer.AsSpan(0, bytes));
            return writer.FlushIfFullAsync(cancel);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask SendAsync(AnswerWriter writer, long? id, Entry entry, Download download, CancellationToken cancel)
    {
        long position = download.Offset;
        long end = position + download.Length;
        int first = download.Length <= PieceBytes ? (int)download.Length : 0;
        writer.Write(StartOf(id, entry, position, download.Length, download.Sha256), ProtocolJson.Default.FileStart, first);
        await SendPayloadAsync(writer, download, first, cancel);
        for (position += first; position < end; position += DataFrameBytes)
        {
            long size = Math.Min(end - position, DataFrameBytes);
            writer.Write(new Data { Id = id, Offset = position }, ProtocolJson.Default.Data, size);
            await SendPayloadAsync(writer, download, size, cancel);
        }

        if (download.Sha256 is null && download.FinishDigest() is { } digest)
        {
            writer.Write(new FileDigest { Id = id, Sha256 = digest }, ProtocolJson.Default.FileDigest);
        }
    }

    private static FileStart StartOf(long? id, Entry entry, long offset, long length, string? sha256) => new()
    {
        Id = id,
        Path = entry.Path,
        Total = entry.Size,
        Modified = entry.Modified,
        Mode = entry.Mode,
        Offset = offset,
        Length = length,
        Sha256 = sha256,
    };

    private static async ValueTask SendPayloadAsync(AnswerWriter writer, Download download, long size, CancellationToken cancel)
    {
        while (size > 0)
        {
            int piece = (int)Math.Min(size, PieceBytes);
            int read = await download.ReadAsync(writer.Frames.GetPayloadMemory(piece)[..piece], cancel);
            writer.Frames.AdvancePayload(read);
            await writer.FlushIfFullAsync(cancel);
            size -= read;
        }
    }
}
