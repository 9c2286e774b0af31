using System.Globalization;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Server;

/// <summary><c>audit</c>.</summary>
internal static class AuditCommand
{
    private const int MostAsked = 10_000;

    private static readonly Flag s_last = new("last", ("How many, newest last (default: 100, at most 10000)", "显示多少条，最新的在最后（默认 100，最多 10000）")) { Value = "N" };
    private static readonly Flag s_account = new("account", ("Only this account's", "只看这个账户的")) { Value = "NAME", Completes = Completes.Account };

    public static Command Build() => new("audit", ("Show who did what", "查看操作记录"))
    {
        Flags = [s_last, s_account, ServerSettings.Data],
        Connects = true,
        Details = ("Logins, refusals, changes and transfers. Over the line it needs the permission admin.", "登录、拒绝、变更和传输的记录。远程查看需要 admin 权限。"),
        Run = AuditAsync,
    };

    private static async Task<int> AuditAsync(Invocation call)
    {
        int? last = Last(call);
        await using IAdministration door = await AdministrationDoor.OpenAsync(call);
        Printer printer = call.Printer;
        var table = new TextTable(printer, ServerText.AuditColumns);
        await foreach (AuditEntry entry in door.AuditAsync(call.Value(s_account), last, call.Stop))
        {
            if (printer.IsJson)
            {
                printer.Json(entry, CliJson.Default.AuditEntry);
                continue;
            }
            string what = string.Join("  ", new[] { entry.Subject, entry.Detail, entry.Count > 1 ? $"×{entry.Count}" : null }.Where(p => !string.IsNullOrEmpty(p)));
            table.Row(Amounts.Time(entry.Time), entry.Account ?? "", entry.From ?? "", entry.Action, what);
        }
        table.Print();
        return ExitCode.Done;
    }

    private static int? Last(Invocation call) => call.Value(s_last) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is > 0 and <= MostAsked ? count
        : throw ParseText.BadValue(s_last.Dashed, text, ("It is a number from 1 to 10000.", "应为 1 到 10000 之间的数。"));
}
