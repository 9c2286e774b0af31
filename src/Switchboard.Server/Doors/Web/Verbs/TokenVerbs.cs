using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>Devices and tokens, one's own or those of an account that one administers.</summary>
internal static class TokenVerbs
{
    public static async Task ListAsync(WebRequest request) =>
        await request.AnswerAsync(new TokensBody(await request.Door.Core.Accounts.ListTokensAsync(request.Caller, request.Text("account"))), WebJson.Default.TokensBody);

    public static async Task AddAsync(WebRequest request)
    {
        NewTokenBody body = await request.ReadAsync(WebJson.Default.NewTokenBody);
        string secret = DeviceToken.NewSecret();
        var settings = new TokenSettings
        {
            Account = body.Account,
            Verifier = Scram.CreateVerifier(secret, Scram.TokenIterations),
            Label = body.Label,
            Allow = body.Allow,
            Expires = body.Expires,
        };
        string id = await request.Door.Core.Accounts.AddTokenAsync(request.Caller, settings);
        await request.AnswerAsync(new TokenBody(id, new DeviceToken(id, secret).ToString()), WebJson.Default.TokenBody, status: 201);
    }

    public static async Task RevokeAsync(WebRequest request)
    {
        await request.Door.Core.Accounts.RevokeTokenAsync(request.Caller, request.Route("id"));
        await request.DoneAsync();
    }
}
