using Switchboard.Protocol;

namespace Switchboard.Server.Doors.Ftp.Control;

/// <summary>A refusal in FTP's dialect.</summary>
internal static class RefusalReplies
{
    /// <summary>RFC 959, section 4.2: 4yz means that the same request may succeed later, 5yz that it will not.</summary>
    public static int CodeOf(RefusalCode code) => code switch
    {
        RefusalCode.LoginRequired or RefusalCode.LoginFailed or RefusalCode.TooManyTries or RefusalCode.AccountDisabled
            or RefusalCode.TlsRequired or RefusalCode.AccountUnknown => 530,
        RefusalCode.TooManyConnections or RefusalCode.TooManyUsers or RefusalCode.Timeout or RefusalCode.Closing or RefusalCode.NoConnection => 421,
        RefusalCode.Busy => 450,
        RefusalCode.DiskFull => 452,
        RefusalCode.Internal or RefusalCode.SourceChanged or RefusalCode.DigestMismatch or RefusalCode.SizeMismatch => 451,
        RefusalCode.BadRequest or RefusalCode.BadFrame => 501,
        RefusalCode.Unsupported or RefusalCode.UnsupportedVersion => 504,
        RefusalCode.OverQuota or RefusalCode.OverLimit => 552,
        RefusalCode.BadName => 553,
        RefusalCode.BadOffset => 554,
        _ => 550,
    };

    public static string TextOf(Refusal refusal, Language language)
    {
        var sentence = RefusalText.Sentence(refusal, language);
        return refusal.Code is RefusalCode.TooManyTries && RefusalText.Hint(refusal, language) is { } hint ? $"{sentence} {hint}" : sentence;
    }
}
