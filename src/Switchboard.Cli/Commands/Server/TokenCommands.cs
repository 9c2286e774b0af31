using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Server;

/// <summary><c>token add|list|revoke</c>.</summary>
internal static class TokenCommands
{
    private static readonly Flag s_label = new("label", ("What it is for, shown in lists", "用途说明，显示在列表中")) { Value = "TEXT" };
    private static readonly Flag s_allow = AccountCommands.Allow;
    private static readonly Flag s_expires = new("expires", ("When it ends: a time from now such as 30d, or a date such as 2030-01-31", "到期时间：如 30d（从现在起）或 2030-01-31")) { Value = "T" };
    private static readonly Argument s_name = new("NAME", ("The account", "账户名")) { Completes = Completes.Account };

    public static Command Build() => new("token", ("Make, list and revoke device tokens", "创建、列出和撤销设备令牌"))
    {
        Details = (
            "A token logs in a device or a script in place of the password, may be allowed less than its account, and is revoked by itself. Scripts take it from SWITCHBOARD_TOKEN.",
            "令牌代替密码供设备或脚本登录，权限可以小于账户，并可单独撤销。脚本通过环境变量 SWITCHBOARD_TOKEN 使用。"),
        Subcommands =
        [
            Sub("add", ("Make a token and print it once", "创建令牌并显示一次"), AddAsync, [s_name], s_label, s_allow, s_expires),
            Sub("list", ("List an account's tokens", "列出账户的令牌"), ListAsync, [s_name]),
            Sub("revoke", ("End a token at once", "立即撤销令牌"), RevokeAsync, [new("ID", ("The id that 'token list' shows", "token list 显示的编号"))]),
        ],
        Examples = [new("switchboard token add ann --label backup --allow files --expires 90d", ("For a backup script", "供备份脚本使用"))],
    };

    private static Command Sub(string name, Words summary, Func<Invocation, Task<int>> run, Argument[] arguments, params Flag[] flags) =>
        new(name, summary) { Arguments = arguments, Flags = [.. flags, ServerSettings.Data], Connects = true, Run = run };

    private static async Task<int> AddAsync(Invocation call)
    {
        DateTimeOffset? expires = Expiry(call, s_expires);
        string[]? allow = AccountCommands.Permissions(call);
        await using IAdministration door = await AdministrationDoor.OpenAsync(call);
        string token = await door.AddTokenAsync(call.Words[0], call.Value(s_label), allow, expires, call.Stop);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Account = call.Words[0], Token = token, Done = "added" }, CliJson.Default.DoneLine);
            return ExitCode.Done;
        }
        call.Printer.Line(token);
        call.Printer.Note(ServerText.TokenOnce);
        return ExitCode.Done;
    }

    public static DateTimeOffset? Expiry(Invocation call, Flag flag) => call.Value(flag) is not { } text ? null
        : Amounts.ParseMoment(text, DateTimeOffset.Now) is { } moment && moment > DateTimeOffset.Now ? moment
        : throw ParseText.BadValue(flag.Dashed, text, ("It is a time from now such as 30d, or a date to come such as 2030-01-31.", "应为从现在起的时长（如 30d）或将来的日期（如 2030-01-31）。"));

    private static async Task<int> ListAsync(Invocation call)
    {
        await using IAdministration door = await AdministrationDoor.OpenAsync(call);
        Printer printer = call.Printer;
        var table = new TextTable(printer, ServerText.TokenColumns);
        int count = 0;
        await foreach (TokenEntry token in door.TokensAsync(call.Words[0], call.Stop))
        {
            count++;
            if (printer.IsJson)
            {
                printer.Json(token, CliJson.Default.TokenEntry);
                continue;
            }
            string never = printer.In(ServerText.Never);
            table.Row(token.Id, token.Account, token.Label ?? "", token.Allow is { } allow ? string.Join(',', allow) : "*",
                token.LastUsed is { } used ? Amounts.Time(used) : never, token.Expires is { } end ? Amounts.Time(end) : never);
        }
        table.Print();
        if (count == 0)
        {
            printer.Note(("This account has no tokens.", "该账户没有令牌。"));
        }
        return ExitCode.Done;
    }

    private static async Task<int> RevokeAsync(Invocation call)
    {
        await using IAdministration door = await AdministrationDoor.OpenAsync(call);
        await door.RevokeTokenAsync(call.Words[0], call.Stop);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Done = "revoked" }, CliJson.Default.DoneLine);
            return ExitCode.Done;
        }
        call.Printer.Note(ServerText.Revoked(Printable.Escape(call.Words[0])));
        return ExitCode.Done;
    }
}
