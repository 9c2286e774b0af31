using System.Text;
using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Files.Commits;

/// <summary>The audit records of a group: one for all of an account's changes of one kind, so that a folder of files is not a page of lines.</summary>
internal static class GroupAudit
{
    /// <summary>Characters of names in one record: some dozens of paths; the count says how many there were.</summary>
    private const int NamesLimit = 4096;

    public static void Add(GroupOutcome outcome, IReadOnlyList<Change> changes, TimeProvider clock)
    {
        var time = clock.Microseconds();
        foreach (var like in changes.Where(change => change.Action is not null).GroupBy(change => (change.Account.Id, change.Caller.From, change.Action)))
        {
            outcome.Audit.Add(Record([.. like], time));
        }
    }

    private static AuditRecord Record(IReadOnlyList<Change> like, long time) => new()
    {
        Time = time,
        Account = like[0].Account.Name,
        From = like[0].Caller.From,
        Action = like[0].Action!,
        Subject = like[0].Subject,
        Detail = like.Count == 1 ? null : Names(like),
        Count = like.Count,
    };

    private static string Names(IReadOnlyList<Change> like)
    {
        var names = new StringBuilder();
        foreach (var change in like)
        {
            if (names.Length + change.Subject.Length > NamesLimit)
            {
                return names.Append(" …").ToString();
            }

            names.Append(names.Length == 0 ? "" : "\n").Append(change.Subject);
        }

        return names.ToString();
    }
}
