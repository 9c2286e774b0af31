using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Native;

/// <summary>What was removed: looked at, put back, freed.</summary>
internal sealed class BinVerbs(NativeSession session, Files files)
{
    public ValueTask ListAsync(Frame frame)
    {
        BinRequest request = Messages.Read(frame, ProtocolJson.Default.BinRequest);
        return session.AnswerInTurnAsync(request.Id, (writer, cancel) =>
            writer.WriteItemsAsync(request.Id, files.Bin(session.Caller), ProtocolJson.Default.BinEntry, cancel));
    }

    public async ValueTask RestoreAsync(Frame frame)
    {
        BinRestore request = Messages.Read(frame, ProtocolJson.Default.BinRestore);
        string path = await files.RestoreAsync(session.Caller, request.Entry);
        await session.AnswerAsync(new BinRestoreAnswer { Id = request.Id, Path = path }, ProtocolJson.Default.BinRestoreAnswer);
    }

    public async ValueTask DropAsync(Frame frame)
    {
        BinDrop request = Messages.Read(frame, ProtocolJson.Default.BinDrop);
        await files.EmptyBinAsync(session.Caller, request.Entry);
        await session.DoneAsync(request.Id);
    }
}
