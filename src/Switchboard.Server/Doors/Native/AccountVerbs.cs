using System.Text.Json.Serialization.Metadata;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Audit;

namespace Switchboard.Server.Doors.Native;

/// <summary>Administration, and each person's own password and tokens.</summary>
internal sealed class AccountVerbs(NativeSession session, Accounts accounts, AuditLog audit)
{
    public async ValueTask PasswordAsync(Frame frame)
    {
        PasswordRequest request = Messages.Read(frame, ProtocolJson.Default.PasswordRequest);
        await accounts.SetPasswordAsync(session.Caller, request.Verifier);
        await session.DoneAsync(request.Id);
    }

    public async ValueTask AccountAddAsync(Frame frame)
    {
        AccountAdd request = Messages.Read(frame, ProtocolJson.Default.AccountAdd);
        await accounts.AddAsync(session.Caller, request.Name, request.Verifier, request.Quota, request.Allow, request.FtpEncoding);
        await session.DoneAsync(request.Id);
    }

    public ValueTask AccountListAsync(Frame frame)
    {
        AccountList request = Messages.Read(frame, ProtocolJson.Default.AccountList);
        return ListAsync(request.Id, () => accounts.ListAsync(session.Caller, request.Name), ProtocolJson.Default.AccountEntry);
    }

    public async ValueTask AccountSetAsync(Frame frame)
    {
        AccountSet request = Messages.Read(frame, ProtocolJson.Default.AccountSet);
        var settings = new AccountSettings
        {
            Quota = request.Quota,
            Allow = request.Allow,
            Disabled = request.Disabled,
            FtpEncoding = request.FtpEncoding,
            RunNetwork = request.RunNetwork,
            RunPrograms = request.RunPrograms,
            RunPaths = request.RunPaths,
            Verifier = request.Verifier,
        };
        await accounts.SetAsync(session.Caller, request.Name, settings);
        await session.DoneAsync(request.Id);
    }

    public async ValueTask AccountRemoveAsync(Frame frame)
    {
        AccountRemove request = Messages.Read(frame, ProtocolJson.Default.AccountRemove);
        await accounts.RemoveAsync(session.Caller, request.Name, request.Purge ?? false);
        await session.DoneAsync(request.Id);
    }

    public async ValueTask TokenAddAsync(Frame frame)
    {
        TokenAdd request = Messages.Read(frame, ProtocolJson.Default.TokenAdd);
        var settings = new TokenSettings
        {
            Account = request.Account,
            Verifier = request.Verifier,
            Label = request.Label,
            Device = request.Device,
            Allow = request.Allow,
            Expires = request.Expires,
        };
        string token = await accounts.AddTokenAsync(session.Caller, settings);
        await session.AnswerAsync(new TokenAnswer { Id = request.Id, Token = token }, ProtocolJson.Default.TokenAnswer);
    }

    public ValueTask TokenListAsync(Frame frame)
    {
        TokenList request = Messages.Read(frame, ProtocolJson.Default.TokenList);
        return ListAsync(request.Id, () => accounts.ListTokensAsync(session.Caller, request.Account), ProtocolJson.Default.TokenEntry);
    }

    public async ValueTask TokenRevokeAsync(Frame frame)
    {
        TokenRevoke request = Messages.Read(frame, ProtocolJson.Default.TokenRevoke);
        await accounts.RevokeTokenAsync(session.Caller, request.Token);
        await session.DoneAsync(request.Id);
    }

    public ValueTask AuditAsync(Frame frame)
    {
        AuditRequest request = Messages.Read(frame, ProtocolJson.Default.AuditRequest);
        return ListAsync(request.Id, () => audit.LatestAsync(session.Caller, request.Account, request.Last), ProtocolJson.Default.AuditEntry);
    }

    private ValueTask ListAsync<T>(long? id, Func<Task<IReadOnlyList<T>>> read, JsonTypeInfo<T> info) =>
        session.AnswerInTurnAsync(id, async (writer, cancel) => await writer.WriteItemsAsync(id, await read(), info, cancel));
}
