using Microsoft.AspNetCore.Http;
using Switchboard.Server.Doors.Web.Verbs;

namespace Switchboard.Server.Doors.Web;

/// <summary>What a request has to prove before it is heard.</summary>
internal enum WebNeeds
{
    Nothing,

    /// <summary>A login, also one whose password has to be changed first.</summary>
    AnyLogin,
    Login,
}

/// <param name="Method">GET answers HEAD too.</param>
/// <param name="Pattern">As ASP.NET's routing reads it.</param>
internal sealed record WebVerb(string Method, string Pattern, WebNeeds Needs, Func<WebRequest, Task> Handle);

/// <summary>Every address of docs/http.md. The OpenAPI document is held against this table by a test.</summary>
internal static class WebVerbs
{
    public const string Api = "/api/v1";

    public static IReadOnlyList<WebVerb> Table { get; } =
    [
        new("GET", "/healthz", WebNeeds.Nothing, StateVerbs.HealthAsync),
        new("GET", "/ready", WebNeeds.Nothing, StateVerbs.ReadyAsync),
        new("GET", "/metrics", WebNeeds.Login, StateVerbs.MetricsAsync),
        new("GET", "/api/openapi.json", WebNeeds.Nothing, StateVerbs.DescribeAsync),

        new("POST", Api + "/session", WebNeeds.Nothing, SessionVerbs.LoginAsync),
        new("GET", Api + "/session", WebNeeds.AnyLogin, SessionVerbs.ShowAsync),
        new("DELETE", Api + "/session", WebNeeds.AnyLogin, SessionVerbs.LogoutAsync),
        new("PUT", Api + "/password", WebNeeds.AnyLogin, SessionVerbs.PasswordAsync),

        new("GET", ContentVerbs.Prefix + "{**path}", WebNeeds.Login, ContentVerbs.GetAsync),
        new("PUT", ContentVerbs.Prefix + "{**path}", WebNeeds.Login, ContentVerbs.PutAsync),
        new("DELETE", ContentVerbs.Prefix + "{**path}", WebNeeds.Login, EntryVerbs.RemoveAsync),
        new("GET", EntryVerbs.Prefix + "{**path}", WebNeeds.Login, EntryVerbs.ListAsync),
        new("POST", EntryVerbs.Prefix + "{**path}", WebNeeds.Login, EntryVerbs.MakeFolderAsync),
        new("POST", Api + "/move", WebNeeds.Login, EntryVerbs.MoveAsync),
        new("GET", ZipVerbs.Prefix + "{**path}", WebNeeds.Login, ZipVerbs.GetAsync),
        new("GET", Api + "/space", WebNeeds.Login, EntryVerbs.SpaceAsync),
        new("GET", Api + "/uploads", WebNeeds.Login, EntryVerbs.UploadsAsync),
        new("GET", Api + "/uploads/{id}/leaves", WebNeeds.Login, EntryVerbs.LeavesAsync),

        .. TusVerbs.OfHome,
        new("GET", Api + "/bin", WebNeeds.Login, BinVerbs.ListAsync),
        new("DELETE", Api + "/bin", WebNeeds.Login, BinVerbs.EmptyAsync),
        new("DELETE", Api + "/bin/{id}", WebNeeds.Login, BinVerbs.DropAsync),
        new("POST", Api + "/bin/{id}/restore", WebNeeds.Login, BinVerbs.RestoreAsync),

        new("GET", Api + "/shares", WebNeeds.Login, ShareVerbs.ListAsync),
        new("POST", Api + "/shares", WebNeeds.Login, ShareVerbs.AddAsync),
        new("DELETE", Api + "/shares/{id}", WebNeeds.Login, ShareVerbs.RevokeAsync),
        new("POST", ShareVerbs.Prefix + "{id}", WebNeeds.Nothing, ShareVerbs.EnterAsync),
        new("GET", ShareVerbs.Prefix + "{id}/content", WebNeeds.Nothing, ShareVerbs.ContentAsync),
        new("GET", ShareVerbs.Prefix + "{id}/uploads/{upload}/leaves", WebNeeds.Nothing, ShareVerbs.LeavesAsync),
        .. TusVerbs.OfShare,

        new("GET", Api + "/rooms", WebNeeds.Login, RoomVerbs.ListAsync),
        new("GET", Api + "/rooms/{room}/messages", WebNeeds.Login, RoomVerbs.HistoryAsync),
        new("POST", Api + "/rooms/{room}/messages", WebNeeds.Login, RoomVerbs.PostAsync),
        new("GET", Api + "/rooms/{room}/messages/{number}/file", WebNeeds.Login, ContentVerbs.GetSharedAsync),

        new("GET", Api + "/jobs", WebNeeds.Login, JobVerbs.ListAsync),
        new("POST", Api + "/jobs", WebNeeds.Login, JobVerbs.RunAsync),
        new("GET", Api + "/jobs/{id}", WebNeeds.Login, JobVerbs.ShowAsync),
        new("GET", Api + "/jobs/{id}/stdout", WebNeeds.Login, JobVerbs.OutputAsync),
        new("GET", Api + "/jobs/{id}/stderr", WebNeeds.Login, JobVerbs.ErrorsAsync),
        new("POST", Api + "/jobs/{id}/signal", WebNeeds.Login, JobVerbs.SignalAsync),

        new("GET", Api + "/tokens", WebNeeds.Login, TokenVerbs.ListAsync),
        new("POST", Api + "/tokens", WebNeeds.Login, TokenVerbs.AddAsync),
        new("DELETE", Api + "/tokens/{id}", WebNeeds.Login, TokenVerbs.RevokeAsync),
        new("GET", Api + "/accounts", WebNeeds.Login, AccountVerbs.ListAsync),
        new("GET", Api + "/accounts/{name}", WebNeeds.Login, AccountVerbs.ShowAsync),
        new("POST", Api + "/accounts", WebNeeds.Login, AccountVerbs.AddAsync),
        new("PATCH", Api + "/accounts/{name}", WebNeeds.Login, AccountVerbs.ChangeAsync),
        new("DELETE", Api + "/accounts/{name}", WebNeeds.Login, AccountVerbs.RemoveAsync),
        new("GET", Api + "/sessions", WebNeeds.Login, AccountVerbs.SessionsAsync),
        new("DELETE", Api + "/sessions/{number}", WebNeeds.Login, AccountVerbs.EndSessionAsync),
        new("GET", Api + "/audit", WebNeeds.Login, AccountVerbs.AuditAsync),
        new("GET", Api + "/settings", WebNeeds.Login, AccountVerbs.SettingsAsync),

        new("GET", Api + "/lab", WebNeeds.Login, LabVerbs.ListAsync),
        new("GET", Api + "/lab/{name}", WebNeeds.Login, LabVerbs.RunAsync),
        new("GET", Api + "/live", WebNeeds.Login, LiveVerbs.OpenAsync),
        new("GET", "/{**path}", WebNeeds.Nothing, PageVerbs.GetAsync),
    ];
}
