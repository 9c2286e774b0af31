using System.Collections.Frozen;

namespace Switchboard.Protocol;

/// <summary>What the wire and the command line make of a <see cref="RefusalCode"/>.</summary>
public static class RefusalCodes
{
    private const bool Ends = true, GoesOn = false;

    // One row per code: name on the wire, whether it ends the connection, exit code of the command line.
    // Exit codes: 1 failed, 2 wrong usage, 3 login or permission, 4 not found, 5 no connection or later, 6 quota or limit, 7 verification.
    private static readonly FrozenDictionary<RefusalCode, Row> Rows = new Dictionary<RefusalCode, Row>
    {
        [RefusalCode.Internal] = new("internal", GoesOn, 1),
        [RefusalCode.BadRequest] = new("bad_request", GoesOn, 2),
        [RefusalCode.BadFrame] = new("bad_frame", Ends, 1),
        [RefusalCode.Unsupported] = new("unsupported", GoesOn, 1),
        [RefusalCode.UnsupportedVersion] = new("unsupported_version", GoesOn, 1),
        [RefusalCode.LoginRequired] = new("login_required", GoesOn, 3),
        [RefusalCode.LoginFailed] = new("login_failed", GoesOn, 3),
        [RefusalCode.TooManyTries] = new("too_many_tries", GoesOn, 5),
        [RefusalCode.AccountDisabled] = new("account_disabled", GoesOn, 3),
        [RefusalCode.Forbidden] = new("forbidden", GoesOn, 3),
        [RefusalCode.TlsRequired] = new("tls_required", GoesOn, 3),
        [RefusalCode.ServerUntrusted] = new("server_untrusted", Ends, 3),
        [RefusalCode.TooManyConnections] = new("too_many_connections", Ends, 5),
        [RefusalCode.TooManyUsers] = new("too_many_users", GoesOn, 5),
        [RefusalCode.Timeout] = new("timeout", Ends, 5),
        [RefusalCode.Closing] = new("closing", Ends, 5),
        [RefusalCode.NoConnection] = new("no_connection", Ends, 5),
        [RefusalCode.NotFound] = new("not_found", GoesOn, 4),
        [RefusalCode.Exists] = new("exists", GoesOn, 1),
        [RefusalCode.NotAFolder] = new("not_a_folder", GoesOn, 1),
        [RefusalCode.IsAFolder] = new("is_a_folder", GoesOn, 1),
        [RefusalCode.NotEmpty] = new("not_empty", GoesOn, 1),
        [RefusalCode.BadName] = new("bad_name", GoesOn, 2),
        [RefusalCode.OutsideHome] = new("outside_home", GoesOn, 3),
        [RefusalCode.NotAFile] = new("not_a_file", GoesOn, 1),
        [RefusalCode.Busy] = new("busy", GoesOn, 5),
        [RefusalCode.ReadOnly] = new("read_only", GoesOn, 1),
        [RefusalCode.OverQuota] = new("over_quota", GoesOn, 6),
        [RefusalCode.OverLimit] = new("over_limit", GoesOn, 6),
        [RefusalCode.DiskFull] = new("disk_full", GoesOn, 6),
        [RefusalCode.UploadUnknown] = new("upload_unknown", GoesOn, 4),
        [RefusalCode.BadOffset] = new("bad_offset", GoesOn, 1),
        [RefusalCode.SizeMismatch] = new("size_mismatch", GoesOn, 7),
        [RefusalCode.DigestMismatch] = new("digest_mismatch", GoesOn, 7),
        [RefusalCode.SourceChanged] = new("source_changed", GoesOn, 7),
        [RefusalCode.AccountUnknown] = new("account_unknown", GoesOn, 4),
        [RefusalCode.AccountExists] = new("account_exists", GoesOn, 1),
        [RefusalCode.TokenUnknown] = new("token_unknown", GoesOn, 4),
        [RefusalCode.BadAccountName] = new("bad_account_name", GoesOn, 2),
        [RefusalCode.JobUnknown] = new("job_unknown", GoesOn, 4),
        [RefusalCode.RunUnavailable] = new("run_unavailable", GoesOn, 1),
        [RefusalCode.RoomUnknown] = new("room_unknown", GoesOn, 4),
        [RefusalCode.Muted] = new("muted", GoesOn, 3),
        [RefusalCode.ShareUnknown] = new("share_unknown", GoesOn, 4),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, RefusalCode> ByName =
        Rows.ToFrozenDictionary(row => row.Value.Name, row => row.Key, StringComparer.Ordinal);

    /// <summary>The code as it stands on the wire, in <c>snake_case</c>.</summary>
    public static string Name(this RefusalCode code) => Rows[code].Name;

    /// <summary>The code belongs to the connection, not to a request: the server tells it in <c>closing</c>, or it is the client's own.</summary>
    public static bool EndsConnection(this RefusalCode code) => Rows[code].Ends;

    /// <summary>What the command line exits with.</summary>
    public static int ExitCode(this RefusalCode code) => Rows[code].ExitCode;

    /// <summary>The code of a name read from the wire; false for one of a later version.</summary>
    public static bool TryParse(string? name, out RefusalCode code)
    {
        code = default;
        return name is not null && ByName.TryGetValue(name, out code);
    }

    private sealed record Row(string Name, bool Ends, int ExitCode);
}
