namespace Switchboard.Server.Storage;

/// <summary>One line of the audit log, as it is stored.</summary>
public sealed record AuditRecord
{
    /// <summary>Given by the store.</summary>
    public long Number { get; init; }

    /// <summary>Microseconds since 1970 UTC.</summary>
    public required long Time { get; init; }

    /// <summary>The account that acted; null for the operator and for names that are nobody's.</summary>
    public string? Account { get; init; }

    /// <summary>An address, <c>unix</c> or <c>server</c>.</summary>
    public string? From { get; init; }

    /// <summary>See <see cref="AuditActions"/>.</summary>
    public required string Action { get; init; }

    /// <summary>A path, a name, a token's id.</summary>
    public string? Subject { get; init; }

    public string? Detail { get; init; }

    /// <summary>How many like events this record stands for.</summary>
    public long Count { get; init; } = 1;

    /// <summary>Events with the same bucket are counted in one row; null stands alone.</summary>
    public string? Bucket { get; init; }
}

/// <summary>The words in <see cref="AuditRecord.Action"/>; they never change.</summary>
public static class AuditActions
{
    public const string Login = "login";

    /// <summary>Wrong name or secret, or refused because of earlier ones. Written by strangers, so it has a bound of its own.</summary>
    public const string LoginFailed = "login-failed";

    public const string AccountAdd = "account-add";
    public const string AccountSet = "account-set";
    public const string AccountRemove = "account-remove";
    public const string Password = "password";
    public const string TokenAdd = "token-add";
    public const string TokenRevoke = "token-revoke";
    public const string SessionEnd = "session-end";
    public const string Upload = "upload";
    public const string Download = "download";
    public const string Remove = "remove";
    public const string Move = "move";
    public const string MakeFolder = "mkdir";
    public const string Attributes = "attributes";
    public const string UploadDrop = "upload-drop";
    public const string UploadExpire = "upload-expire";
    public const string BinRestore = "bin-restore";
    public const string BinDrop = "bin-drop";
    public const string ShareAdd = "share-add";
    public const string ShareUse = "share-use";
    public const string ShareRefused = "share-refused";
    public const string ShareRevoke = "share-revoke";
    public const string Refused = "refused";
    public const string Run = "run";
    public const string RunEnd = "run-end";
    public const string Attach = "attach";
    public const string Kill = "kill";
    public const string RoomAdd = "room-add";
    public const string RoomInvite = "room-invite";
    public const string RoomMute = "room-mute";
    public const string RoomBan = "room-ban";
    public const string MessageRemove = "message-remove";
}

/// <summary>Bounds of the audit log, by age and by size.</summary>
public sealed record AuditLimits
{
    /// <summary>A quarter of a year: long enough to look into an incident after it was noticed.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromDays(90);

    /// <summary>About 20 MB at 200 bytes a row.</summary>
    public int Rows { get; init; } = 100_000;

    /// <summary>Rows about failed logins, beside the others: strangers push out only each other's rows.</summary>
    public int FailedLoginRows => Math.Max(1, Rows / 10);
}
