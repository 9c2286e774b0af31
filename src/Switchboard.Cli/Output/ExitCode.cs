using Switchboard.Protocol;

namespace Switchboard.Cli.Output;

/// <summary>What the program ends with. Scripts rely on these.</summary>
internal static class ExitCode
{
    public const int Done = 0, Failed = 1, Usage = 2, Denied = 3, NotFound = 4, TryLater = 5, NoRoom = 6, NotVerified = 7;

    /// <summary>128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;

    /// <summary>A failure of our own where the exit code is a remote program's, as ssh has it.</summary>
    public const int OwnFailure = 255;

    /// <summary>128 + n after signal n.</summary>
    public const int BySignal = 128;

    /// <summary>Every reason has a place here; a test walks the enum.</summary>
    public static int Of(RefusalCode code) => code switch
    {
        RefusalCode.BadRequest or RefusalCode.BadName or RefusalCode.BadAccountName => Usage,

        RefusalCode.LoginRequired or RefusalCode.LoginFailed or RefusalCode.AccountDisabled or RefusalCode.Forbidden
            or RefusalCode.TlsRequired or RefusalCode.ServerUntrusted or RefusalCode.OutsideHome => Denied,

        RefusalCode.NotFound or RefusalCode.AccountUnknown or RefusalCode.TokenUnknown or RefusalCode.UploadUnknown
            or RefusalCode.JobUnknown => NotFound,

        RefusalCode.NoConnection or RefusalCode.Timeout or RefusalCode.Closing or RefusalCode.Busy
            or RefusalCode.TooManyTries or RefusalCode.TooManyConnections or RefusalCode.TooManyUsers => TryLater,

        RefusalCode.OverQuota or RefusalCode.OverLimit or RefusalCode.DiskFull => NoRoom,

        RefusalCode.DigestMismatch or RefusalCode.SizeMismatch or RefusalCode.SourceChanged => NotVerified,

        RefusalCode.Internal or RefusalCode.BadFrame or RefusalCode.Unsupported or RefusalCode.UnsupportedVersion
            or RefusalCode.Exists or RefusalCode.NotAFolder or RefusalCode.IsAFolder or RefusalCode.NotEmpty
            or RefusalCode.NotAFile or RefusalCode.ReadOnly or RefusalCode.BadOffset or RefusalCode.AccountExists
            or RefusalCode.RunUnavailable => Failed,

        _ => Failed,
    };
}
