namespace Switchboard.Protocol;

/// <summary>
/// Why the server (or the client's own side) said no. One value per reason, for all doors; each door translates it
/// once into its dialect. On the native wire it is the value's name in <c>snake_case</c>; codes are never renamed,
/// reused, or dependent on the language (docs/protocol.md, "Errors").
/// </summary>
public enum RefusalCode
{
    /// <summary>A bug or an unforeseen condition of the server. The log has the details; the client gets none.</summary>
    Internal,

    // The shape of what was said.
    BadRequest,
    BadFrame,
    Unsupported,
    UnsupportedVersion,

    // Who is calling.
    LoginRequired,
    LoginFailed,
    TooManyTries,
    AccountDisabled,
    Forbidden,
    TlsRequired,
    ServerUntrusted,

    // How many are calling.
    TooManyConnections,
    TooManyUsers,
    Timeout,
    Closing,
    NoConnection,

    // Names and files.
    NotFound,
    Exists,
    NotAFolder,
    IsAFolder,
    NotEmpty,
    BadName,
    OutsideHome,
    NotAFile,
    Busy,
    ReadOnly,

    // Room.
    OverQuota,
    OverLimit,
    DiskFull,

    // Transfers.
    UploadUnknown,
    BadOffset,
    SizeMismatch,
    DigestMismatch,
    SourceChanged,

    // Accounts.
    AccountUnknown,
    AccountExists,
    TokenUnknown,
    BadAccountName,

    // Commands.
    JobUnknown,
    RunUnavailable,

    // Chat.
    RoomUnknown,
    Muted,

    // Links for people without an account. One code for every reason, so that nothing can be found out by trying.
    ShareUnknown,
}
