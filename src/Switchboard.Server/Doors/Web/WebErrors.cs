using Switchboard.Protocol;

namespace Switchboard.Server.Doors.Web;

/// <summary>Refusals in HTTP's words (docs/http.md; RFC 9110, 15; RFC 4918, 11).</summary>
internal static class WebErrors
{
    public static int Status(RefusalCode code) => code switch
    {
        RefusalCode.BadRequest or RefusalCode.BadName or RefusalCode.OutsideHome or RefusalCode.BadFrame or RefusalCode.BadAccountName or RefusalCode.UnsupportedVersion => 400,
        RefusalCode.LoginRequired or RefusalCode.LoginFailed => 401,
        RefusalCode.Forbidden or RefusalCode.AccountDisabled or RefusalCode.TlsRequired or RefusalCode.ReadOnly or RefusalCode.Muted => 403,
        RefusalCode.NotFound or RefusalCode.AccountUnknown or RefusalCode.TokenUnknown or RefusalCode.UploadUnknown or RefusalCode.JobUnknown or RefusalCode.RoomUnknown
            or RefusalCode.ShareUnknown => 404,
        RefusalCode.Exists or RefusalCode.NotEmpty or RefusalCode.IsAFolder or RefusalCode.NotAFolder or RefusalCode.NotAFile or RefusalCode.BadOffset
            or RefusalCode.SourceChanged or RefusalCode.AccountExists => 409,
        RefusalCode.OverLimit or RefusalCode.SizeMismatch => 413,
        RefusalCode.DigestMismatch => 422,
        RefusalCode.Busy => 423,
        RefusalCode.TooManyTries => 429,
        RefusalCode.Unsupported => 501,
        RefusalCode.OverQuota or RefusalCode.DiskFull => 507,
        RefusalCode.TooManyConnections or RefusalCode.TooManyUsers or RefusalCode.Closing or RefusalCode.RunUnavailable or RefusalCode.Timeout or RefusalCode.NoConnection => 503,
        _ => 500,
    };
}
