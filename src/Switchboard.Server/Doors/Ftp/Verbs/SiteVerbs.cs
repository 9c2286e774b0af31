using System.Globalization;
using Switchboard.Protocol;
using Switchboard.Server.Doors.Ftp.Control;
using Switchboard.Server.Doors.Ftp.Data;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Ftp.Verbs;

/// <summary>What FTP has no verb for.</summary>
internal static class SiteVerbs
{
    private static readonly (string Name, string Syntax, Func<FtpSession, string, ValueTask> Handle)[] Table =
    [
        ("CHMOD", "CHMOD 644 path", ChmodAsync),
        ("UTIME", "UTIME YYYYMMDDHHMM[SS] path", UtimeAsync),
        ("QUOTA", "QUOTA", QuotaAsync),
        ("WHOIS", "WHOIS [name]", WhoisAsync),
        ("HELP", "HELP", HelpAsync),
    ];

    public static ValueTask SiteAsync(FtpSession session, string argument)
    {
        var words = argument.Split(' ', 2);
        var verb = Table.FirstOrDefault(row => row.Name.Equals(words[0], StringComparison.OrdinalIgnoreCase));
        return verb.Handle is null
            ? session.ReplyAsync(504, session.Text("SITE HELP lists those there are.", "SITE HELP 可列出全部。"))
            : verb.Handle(session, words.Length > 1 ? words[1] : "");
    }

    // A mode that makes a program run as somebody else is refused here by its length, and the service takes only the nine bits.
    private static async ValueTask ChmodAsync(FtpSession session, string argument)
    {
        var words = argument.Split(' ', 2);
        if (words.Length < 2 || words[0].TrimStart('0').Length > 3 || !TryOctal(words[0], out var mode))
        {
            throw new RefusedException(RefusalCode.BadRequest, argument, "SITE CHMOD 644 path; only the nine bits of reading, writing and executing");
        }

        await session.Files.SetAttributesAsync(session.Caller, session.Resolve(words[1]), mode, null);
        await session.ReplyAsync(200, session.Text("Mode set.", "权限已设置。"));
    }

    // Two forms are about: "time path", and "path accessed modified created UTC".
    private static async ValueTask UtimeAsync(FtpSession session, string argument)
    {
        var words = argument.Split(' ');
        var (time, path) = words switch
        {
            [.. var names, _, var modified, _, "UTC"] when names.Length > 0 => (FtpTime.Parse(modified), string.Join(' ', names)),
            [var first, _, ..] => (FtpTime.Parse(first), argument[(first.Length + 1)..]),
            _ => (null, ""),
        };
        await session.Files.SetAttributesAsync(
            session.Caller, session.Resolve(path), null, time ?? throw new RefusedException(RefusalCode.BadRequest, argument, "SITE UTIME YYYYMMDDHHMM[SS] path"));
        await session.ReplyAsync(200, session.Text("Time set.", "时间已设置。"));
    }

    private static ValueTask QuotaAsync(FtpSession session, string _)
    {
        var space = session.Files.Space(session.Caller);
        string[] lines =
        [
            session.Text($"quota {space.Quota?.ToString(CultureInfo.InvariantCulture) ?? "none"}", $"配额 {space.Quota?.ToString(CultureInfo.InvariantCulture) ?? "无"}"),
            session.Text($"used {space.Used}", $"已用 {space.Used}"),
            session.Text($"of it unfinished uploads {space.Partial}", $"其中未完成的上传 {space.Partial}"),
            session.Text($"free {space.Free}", $"可用 {space.Free}"),
        ];
        return session.WriteAsync(Reply.Lines(200, session.Text("In bytes:", "以字节计："), lines, session.Text("End", "完")));
    }

    private static async ValueTask WhoisAsync(FtpSession session, string name)
    {
        var wanted = name.Trim() is { Length: > 0 } given ? given : session.Caller.Account;
        if (wanted != session.Caller.Account)
        {
            session.Caller.Require(Permissions.Admin);
        }

        var door = session.Door;
        var account = (await door.Accounts.ListAsync(door.Accounts.Operator(session.From), wanted))[0];
        string[] lines =
        [
            session.Text($"may {string.Join(", ", account.Allow)}", $"权限 {string.Join(", ", account.Allow)}"),
            session.Text($"sessions {door.Accounts.Sessions.Count(wanted)}", $"会话 {door.Accounts.Sessions.Count(wanted)}"),
        ];
        await session.WriteAsync(Reply.Lines(200, wanted, lines, session.Text("End", "完")));
    }

    private static ValueTask HelpAsync(FtpSession session, string _) =>
        session.WriteAsync(Reply.Lines(214, "SITE:", Table.Select(row => row.Syntax), session.Text("End", "完")));

    private static bool TryOctal(string text, out int mode)
    {
        mode = 0;
        foreach (var digit in text)
        {
            if (digit is < '0' or > '7')
            {
                return false;
            }

            mode = (8 * mode) + (digit - '0');
        }

        return text.Length > 0;
    }
}
