using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Native;

/// <summary>Looking at and arranging what is stored.</summary>
internal sealed class FileVerbs(NativeSession session, Files files)
{
    public ValueTask ListAsync(Frame frame)
    {
        ListRequest request = Messages.Read(frame, ProtocolJson.Default.ListRequest);
        return session.AnswerInTurnAsync(request.Id, (writer, cancel) =>
            writer.WriteItemsAsync(request.Id, files.List(session.Caller, request.Path ?? "/", request.Recursive ?? false), ProtocolJson.Default.Entry, cancel));
    }

    public ValueTask UsageAsync(Frame frame)
    {
        UsageRequest request = Messages.Read(frame, ProtocolJson.Default.UsageRequest);
        return session.AnswerInTurnAsync(request.Id, (writer, cancel) =>
        {
            Occupied held = files.Usage(session.Caller, request.Path ?? "/", cancel);
            return writer.WriteNow(new UsageAnswer { Id = request.Id, Bytes = held.Bytes, Files = held.Files, Folders = held.Folders }, ProtocolJson.Default.UsageAnswer);
        });
    }

    public ValueTask SpaceAsync(Frame frame)
    {
        SpaceRequest request = Messages.Read(frame, ProtocolJson.Default.SpaceRequest);
        return session.AnswerInTurnAsync(request.Id, (writer, _) =>
        {
            Space space = files.Space(session.Caller);
            return writer.WriteNow(
                new SpaceAnswer { Id = request.Id, Quota = space.Quota, Used = space.Used, Partial = space.Partial, Bin = space.Bin, Free = space.Free, DiskFree = space.DiskFree },
                ProtocolJson.Default.SpaceAnswer);
        });
    }

    public ValueTask VerifyAsync(Frame frame)
    {
        VerifyRequest request = Messages.Read(frame, ProtocolJson.Default.VerifyRequest);
        return session.AnswerInTurnAsync(request.Id, async (writer, cancel) =>
        {
            Verified verified = await files.VerifyAsync(session.Caller, request.Path, cancel);
            writer.Write(
                new VerifyAnswer { Id = request.Id, Sha256 = verified.Sha256, Recorded = verified.Recorded, Total = verified.Total },
                ProtocolJson.Default.VerifyAnswer);
        });
    }

    public async ValueTask MakeFolderAsync(Frame frame)
    {
        MakeFolder request = Messages.Read(frame, ProtocolJson.Default.MakeFolder);
        await files.MakeFolderAsync(session.Caller, request.Path, request.Parents ?? false, request.Mode, request.Modified);
        await session.DoneAsync(request.Id);
    }

    public async ValueTask MoveAsync(Frame frame)
    {
        Move request = Messages.Read(frame, ProtocolJson.Default.Move);
        await files.MoveAsync(session.Caller, request.From, request.To, request.Overwrite ?? false);
        await session.DoneAsync(request.Id);
    }

    public async ValueTask RemoveAsync(Frame frame)
    {
        Remove request = Messages.Read(frame, ProtocolJson.Default.Remove);
        await files.RemoveAsync(session.Caller, request.Path, request.Recursive ?? false, request.Forever ?? false);
        await session.DoneAsync(request.Id);
    }

    public ValueTask AdoptAsync(Frame frame)
    {
        Adopt request = Messages.Read(frame, ProtocolJson.Default.Adopt);
        var plan = new AdoptPlan
        {
            Path = request.Path,
            Sha256 = request.Sha256,
            Total = request.Total,
            Modified = request.Modified,
            Mode = request.Mode,
            Preserve = request.Preserve ?? false,
            IfExists = IfExistsWords.Parse(request.IfExists),
            Parents = request.Parents ?? false,
        };
        Task<Stored> stored = files.AdoptAsync(session.Caller, plan, session.Ended);
        return session.AnswerLaterAsync(request.Id, (writer, _) => UploadVerbs.WriteStoredAsync(writer, request.Id, stored));
    }
}
