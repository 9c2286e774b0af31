using Microsoft.AspNetCore.Http;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>Coming and going of a browser, and its holder's password.</summary>
internal static class SessionVerbs
{
    /// <summary>A browser in daily use stays logged in; one that was left in a drawer does not.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    public static async Task LoginAsync(WebRequest request)
    {
        LoginBody body = await request.ReadAsync(WebJson.Default.LoginBody);
        var origin = new LoginOrigin(request.Line.From, body.Device, Trusted: false, ChannelBinding: null);
        Caller caller = await request.Door.Core.Accounts.LoginWithPasswordAsync(body.User, body.Password, origin, request.Cancel);
        DeviceToken token = await MakeTokenAsync(request, caller, body);
        request.Session = await request.Door.Sessions.EnterAsync(token, request.Line.From, DoorNames.Browser, request.Cancel);
        request.Response.Cookies.Append(WebDoor.Cookie, token.ToString(), CookieOf(Lifetime));
        await ShowAsync(request);
    }

    public static Task ShowAsync(WebRequest request)
    {
        Caller caller = request.Caller;
        Space space = caller.Allow.HasFlag(Permissions.Files) ? request.Door.Core.Files.Space(caller) : new Space(null, 0, 0, 0, 0);
        var body = new SessionBody
        {
            Account = caller.Account,
            Allow = PermissionNames.Of(caller.Allow),
            Quota = space.Quota,
            Used = space.Used,
            Free = space.Free,
            Renew = caller.MustRenew ? true : null,
            Token = caller.Token,
            Server = $"switchboard/{ServerHost.Version}",
            Name = Environment.MachineName,
        };
        return request.AnswerAsync(body, WebJson.Default.SessionBody);
    }

    public static async Task LogoutAsync(WebRequest request)
    {
        Caller caller = request.Caller;
        if (request.IsFromPage && caller.Token is { } token)
        {
            await request.Door.Core.Accounts.RevokeTokenAsync(caller, token);
            request.Door.Sessions.Forget(token);
        }

        request.Response.Cookies.Delete(WebDoor.Cookie, CookieOf(TimeSpan.Zero));
        await request.DoneAsync();
    }

    public static async Task PasswordAsync(WebRequest request)
    {
        PasswordBody body = await request.ReadAsync(WebJson.Default.PasswordBody);
        Accounts accounts = request.Door.Core.Accounts;
        await accounts.ConfirmPasswordAsync(request.Caller, body.Current, request.Cancel);
        await accounts.SetPasswordAsync(request.Caller, await accounts.VerifierOfAsync(body.Password, request.Cancel));
        await request.DoneAsync();
    }

    /// <summary>The browser's own token; an earlier one of the same browser goes.</summary>
    private static async Task<DeviceToken> MakeTokenAsync(WebRequest request, Caller caller, LoginBody body)
    {
        Accounts accounts = request.Door.Core.Accounts;
        foreach (TokenEntry earlier in body.Device is null ? [] : await accounts.ListTokensAsync(caller))
        {
            if (earlier.Device == body.Device)
            {
                await accounts.RevokeTokenAsync(caller, earlier.Id);
            }
        }

        string secret = DeviceToken.NewSecret();
        var settings = new TokenSettings
        {
            Verifier = Scram.CreateVerifier(secret, Scram.TokenIterations),
            Label = body.Label,
            Device = body.Device,
            Expires = (DateTimeOffset.UtcNow + Lifetime).ToUnixTimeMilliseconds() * 1000,
        };
        return new DeviceToken(await accounts.AddTokenAsync(caller, settings), secret);
    }

    private static CookieOptions CookieOf(TimeSpan lifetime) => new()
    {
        HttpOnly = true,
        Secure = true,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        MaxAge = lifetime > TimeSpan.Zero ? lifetime : null,
    };
}
