using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Shares;

namespace Switchboard.Server.Doors.Native;

/// <summary>Links for people without an account: made, listed, revoked. They are used at the web door.</summary>
internal sealed class ShareVerbs(NativeSession session, Shares shares)
{
    public async ValueTask AddAsync(Frame frame)
    {
        ShareAdd request = Messages.Read(frame, ProtocolJson.Default.ShareAdd);
        var plan = new SharePlan
        {
            Path = request.Path,
            Upload = request.Upload ?? false,
            Expires = request.Expires,
            Count = request.Count,
            Bytes = request.Bytes,
            Label = request.Label,
        };
        SharedLink link = await shares.AddAsync(session.Caller, plan);
        await session.AnswerAsync(new ShareAnswer { Id = request.Id, Share = link.Entry, Secret = link.Secret }, ProtocolJson.Default.ShareAnswer);
    }

    public ValueTask ListAsync(Frame frame)
    {
        ShareList request = Messages.Read(frame, ProtocolJson.Default.ShareList);
        return session.AnswerInTurnAsync(request.Id, async (writer, cancel) =>
            await writer.WriteItemsAsync(request.Id, await shares.ListAsync(session.Caller), ProtocolJson.Default.ShareEntry, cancel));
    }

    public async ValueTask RevokeAsync(Frame frame)
    {
        ShareRevoke request = Messages.Read(frame, ProtocolJson.Default.ShareRevoke);
        await shares.RevokeAsync(session.Caller, request.Share);
        await session.DoneAsync(request.Id);
    }
}
