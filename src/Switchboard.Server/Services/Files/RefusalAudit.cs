using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Files;

/// <summary>Tells the audit log of refusals an operator wants to know of: attempts to get out, and room that ran out. Mistyped names are not.</summary>
internal static class RefusalAudit
{
    private const long Minute = 60_000_000;

    public static void Note(IFileStore store, TimeProvider clock, Caller caller, string subject, Exception error)
    {
        if (error is RefusedException { Code: RefusalCode.OutsideHome or RefusalCode.Forbidden or RefusalCode.OverQuota or RefusalCode.DiskFull or RefusalCode.DigestMismatch } refused)
        {
            store.NoteAudit(Counted(clock, caller, AuditActions.Refused, subject, refused.Code.Name(), 1));
        }
    }

    /// <summary>A record that is counted together with like ones of its minute, so that a loop cannot fill the log. Refusals are counted whatever the
    /// path: who tries a thousand paths gets one row.</summary>
    public static AuditRecord Counted(TimeProvider clock, Caller caller, string action, string subject, string? detail, long count)
    {
        var time = clock.Microseconds();
        return new AuditRecord
        {
            Time = time,
            Account = caller.Account,
            From = caller.From,
            Action = action,
            Subject = subject,
            Detail = detail,
            Count = count,
            Bucket = $"files|{time / Minute}|{action}|{caller.Account}|{caller.From}|{detail ?? subject}",
        };
    }
}
