using System.Globalization;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>Administration.</summary>
internal static class AccountVerbs
{
    public static async Task ListAsync(WebRequest request) =>
        await request.AnswerAsync(new AccountsBody(await request.Door.Core.Accounts.ListAsync(request.Caller)), WebJson.Default.AccountsBody);

    public static async Task ShowAsync(WebRequest request) =>
        await request.AnswerAsync((await request.Door.Core.Accounts.ListAsync(request.Caller, request.Route("name"))).Single(), WebJson.Default.AccountEntry);

    public static async Task AddAsync(WebRequest request)
    {
        NewAccountBody body = await request.ReadAsync(WebJson.Default.NewAccountBody);
        request.Caller.Require(Permissions.Admin);
        string? made = string.IsNullOrEmpty(body.Password) ? GeneratedPassword.Create() : null;
        Verifier verifier = await request.Door.Core.Accounts.VerifierOfAsync(made ?? body.Password!, request.Cancel);
        AccountEntry added = await request.Door.Core.Accounts.AddAsync(request.Caller, body.Name, verifier, body.Quota, body.Allow, body.FtpEncoding);
        await request.AnswerAsync(new AccountBody(added, made), WebJson.Default.AccountBody, status: 201);
    }

    public static async Task ChangeAsync(WebRequest request)
    {
        AccountChangeBody body = await request.ReadAsync(WebJson.Default.AccountChangeBody);
        request.Caller.Require(Permissions.Admin);
        string? made = body.Password is "" ? GeneratedPassword.Create() : null;
        var settings = new AccountSettings
        {
            Quota = body.Quota,
            Allow = body.Allow,
            Disabled = body.Disabled,
            FtpEncoding = body.FtpEncoding,
            RunNetwork = body.RunNetwork,
            RunPrograms = body.RunPrograms,
            RunPaths = body.RunPaths,
            Verifier = (made ?? body.Password) is { } password ? await request.Door.Core.Accounts.VerifierOfAsync(password, request.Cancel) : null,
        };
        AccountEntry changed = await request.Door.Core.Accounts.SetAsync(request.Caller, request.Route("name"), settings);
        await request.AnswerAsync(new AccountBody(changed, made), WebJson.Default.AccountBody);
    }

    public static async Task RemoveAsync(WebRequest request)
    {
        await request.Door.Core.Accounts.RemoveAsync(request.Caller, request.Route("name"), request.Flag("purge"));
        await request.DoneAsync();
    }

    public static Task SessionsAsync(WebRequest request) =>
        request.AnswerAsync(new SessionsBody(request.Door.Core.Accounts.ListSessions(request.Caller)), WebJson.Default.SessionsBody);

    public static async Task EndSessionAsync(WebRequest request)
    {
        if (!long.TryParse(request.Route("number"), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            throw new RefusedException(RefusalCode.BadRequest, "number", "a session's number");
        }

        await request.Door.Core.Accounts.EndSessionAsync(request.Caller, number);
        await request.DoneAsync();
    }

    public static async Task AuditAsync(WebRequest request)
    {
        int? last = request.Number("last") is { } number ? (int)Math.Min(number, int.MaxValue) : null;
        IEnumerable<AuditEntry> records = await request.Door.Core.Audit.LatestAsync(request.Caller, request.Text("account"), last);
        if (request.Text("action") is { Length: > 0 } action)
        {
            records = records.Where(record => record.Action == action);
        }

        await request.AnswerAsync(new AuditBody(records), WebJson.Default.AuditBody);
    }

    public static Task SettingsAsync(WebRequest request)
    {
        request.Caller.Require(Permissions.Admin);
        return request.AnswerAsync(new SettingsBody(request.Door.Settings()), WebJson.Default.SettingsBody);
    }
}
