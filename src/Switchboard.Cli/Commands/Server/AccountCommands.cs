using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Server;

/// <summary><c>account add|list|show|set|passwd|disable|enable|remove</c>.</summary>
internal static class AccountCommands
{
    private static readonly Flag s_quota = new("quota", ("Most bytes it may store, such as 20G; none lifts it", "最多可存的字节数，如 20G；none 表示不限")) { Value = "SIZE" };
    private static readonly Flag s_ftpEncoding = new("ftp-encoding", ("How its old FTP clients spell names, such as gbk; none means UTF-8", "旧 FTP 客户端的文件名编码，如 gbk；none 表示 UTF-8")) { Value = "NAME" };
    private static readonly Flag s_runNetwork = new("run-network", ("Its commands see the machine's network: yes or no", "其命令能否使用本机网络：yes 或 no")) { Value = "yes|no", Choices = ["yes", "no"] };
    private static readonly Flag s_runPrograms = new("run-programs", ("The only programs it may run, such as make,gcc; any lifts it", "只允许运行的程序，如 make,gcc；any 表示不限")) { Value = "LIST" };
    private static readonly Flag s_runPaths = new("run-paths", ("Paths outside the home its commands see, such as /srv/a,/srv/b:rw; none takes them away", "其命令可见的主目录以外的路径，如 /srv/a,/srv/b:rw；none 表示没有")) { Value = "LIST" };
    private static readonly Flag s_purge = new("purge", ("Also remove its files and unfinished uploads", "连同其文件和未完成的上传一起删除"));

    public static readonly Flag Allow = new("allow", ("What it may do: files, run, chat, admin (default: files,chat)", "允许的操作：files、run、chat、admin（默认 files,chat）")) { Value = "LIST" };

    private static readonly Argument s_name = new("NAME", ("The account", "账户名")) { Completes = Completes.Account };

    public static Command Build() => new("account", ("Add, list and change accounts", "添加、列出和修改账户"))
    {
        Details = (
            "Spoken to the server that runs on this machine's data directory, or, when none runs, written there directly. With --profile or --server: to that server, where you need the permission admin.",
            "直接与本机数据目录上运行的服务器通信；没有服务器运行时直接写入数据目录。加 --profile 或 --server 则管理那台服务器，需要 admin 权限。"),
        Subcommands =
        [
            Sub("add", ("Add an account", "添加账户"), AddAsync, [s_name], s_quota, Allow, s_ftpEncoding, Secrets.PasswordStdin),
            Sub("list", ("List all accounts", "列出所有账户"), ListAsync, []),
            Sub("show", ("Show one account", "显示一个账户"), ShowAsync, [s_name]),
            Sub("set", ("Change quota, permissions, what its commands may do, FTP encoding or password", "修改配额、权限、命令的权限、FTP 编码或密码"), SetAsync, [s_name],
                s_quota, Allow, s_runNetwork, s_runPrograms, s_runPaths, s_ftpEncoding, Secrets.PasswordStdin),
            Sub("passwd", ("Give it a new password", "设置新密码"), PasswordAsync, [s_name], Secrets.PasswordStdin),
            Sub("disable", ("Lock it out and end its sessions", "停用并结束其会话"), call => EnableAsync(call, false), [s_name]),
            Sub("enable", ("Let it log in again", "重新启用"), call => EnableAsync(call, true), [s_name]),
            Sub("remove", ("Remove it; with --purge its files too", "删除账户；加 --purge 连同文件"), RemoveAsync, [s_name], s_purge),
        ],
        Examples =
        [
            new("switchboard account add ann --quota 20G", ("Ask for a password", "询问密码")),
            new("switchboard account set ann --allow files,run", ("Permit remote commands", "允许远程命令")),
            new("switchboard account set ann --run-paths /srv/project:rw --run-network yes", ("Let her commands see more", "让她的命令看到更多")),
            new("switchboard account set li --ftp-encoding gbk", ("Right names for an FTP client without UTF-8", "让不支持 UTF-8 的 FTP 客户端正确显示文件名")),
            new("switchboard account remove ann --purge", ("Gone, with everything", "彻底删除")),
        ],
    };

    private static Command Sub(string name, Words summary, Func<Invocation, Task<int>> run, Argument[] arguments, params Flag[] flags) =>
        new(name, summary) { Arguments = arguments, Flags = [.. flags, ServerSettings.Data], Connects = true, Run = run };

    /// <summary>A list of permissions; <c>none</c> is the empty one.</summary>
    public static string[]? Permissions(Invocation call)
    {
        if (call.Value(Allow) is not { } list)
        {
            return null;
        }
        string[] known = ["files", "run", "chat", "admin", "share"];
        string[] asked = list == "none" ? [] : list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return Array.Find(asked, a => !known.Contains(a)) is { } wrong
            ? throw ParseText.BadValue(Allow.Dashed, wrong, Expected(Nearest.Of(wrong, known)))
            : asked;
    }

    private static Words Expected(string? nearest) => nearest is null
        ? ("It is a list of: files, run, chat, admin, share.", "可用的有：files、run、chat、admin、share，用逗号分隔。")
        : ($"Did you mean '{nearest}'?", $"是不是想用 '{nearest}'？");

    private static long? Quota(Invocation call) => call.Value(s_quota) switch
    {
        null => null,
        "none" => -1,
        { } text => Amounts.Size(s_quota, text),
    };

    private static async Task<int> AddAsync(Invocation call)
    {
        long? quota = Quota(call);
        string[]? allow = Permissions(call);
        await using IAdministration door = await AdministrationDoor.OpenAsync(call);
        var (password, generated) = await Secrets.NewAsync(call, SecretText.New);
        await door.AddAccountAsync(call.Words[0], password, quota == -1 ? null : quota, allow, call.Value(s_ftpEncoding), call.Stop);
        return Told(call, "added", ServerText.Added, generated ? password : null);
    }

    private static async Task<int> ListAsync(Invocation call)
    {
        await using IAdministration door = await AdministrationDoor.OpenAsync(call);
        Printer printer = call.Printer;
        var table = new TextTable(printer, ServerText.AccountColumns) { Right = [1, 2] };
        await foreach (AccountEntry account in door.AccountsAsync(null, call.Stop))
        {
            if (printer.IsJson)
            {
                printer.Json(account, CliJson.Default.AccountEntry);
                continue;
            }
            string[] row = Row(printer, account);
            table.Row(account.Name, row[0], row[1], row[2], row[3], row[4]);
        }
        table.Print();
        return ExitCode.Done;
    }

    private static string[] Row(Printer printer, AccountEntry account) =>
    [
        ByteSize.ToText(account.Used, printer.Language),
        account.Quota is { } quota ? ByteSize.ToText(quota, printer.Language) : printer.In(ServerText.NoQuota),
        account.Allow.Length == 0 ? "-" : string.Join(',', account.Allow),
        account.LastLogin is { } last ? Amounts.Time(last) : printer.In(ServerText.Never),
        account.Disabled ? printer.In(ServerText.Disabled) : account.Sessions > 0 ? printer.In(($"{account.Sessions} online", $"{account.Sessions} 在线")) : "",
    ];

    private static async Task<int> ShowAsync(Invocation call)
    {
        await using IAdministration door = await AdministrationDoor.OpenAsync(call);
        Printer printer = call.Printer;
        await foreach (AccountEntry account in door.AccountsAsync(call.Words[0], call.Stop))
        {
            if (printer.IsJson)
            {
                printer.Json(account, CliJson.Default.AccountEntry);
                continue;
            }
            printer.Line(printer.Styled(Style.Heading, printer.Safe(account.Name)));
            string[] row = Row(printer, account);
            string[] values = [row[0], row[1], row[2], Amounts.Time(account.Created), row[3], $"{account.Tokens}", $"{account.Sessions}", account.FtpEncoding ?? "utf-8", RunOf(printer, account), row[4]];
            for (int i = 0; i < values.Length; i++)
            {
                printer.Line($"  {Terminal.TextWidth.Pad(printer.In(s_rows[i]), 12)}  {values[i]}".TrimEnd());
            }
        }
        return ExitCode.Done;
    }

    private static string RunOf(Printer printer, AccountEntry account)
    {
        if (!account.Allow.Contains("run"))
        {
            return printer.In(("none", "无"));
        }
        List<string> told = [account.RunPrograms is { } programs ? string.Join(", ", programs) : printer.In(("any program", "任意程序"))];
        told.AddRange(account.RunNetwork == true ? [printer.In(("network", "网络"))] : []);
        told.AddRange(account.RunPaths ?? []);
        return printer.Safe(string.Join("; ", told));
    }

    private static readonly Words[] s_rows =
    [
        ("used", "已用"), ("quota", "配额"), ("may", "权限"), ("created", "创建时间"), ("last login", "最近登录"), ("tokens", "令牌数"), ("sessions", "会话数"), ("ftp names", "FTP 编码"), ("commands", "命令"), ("state", "状态"),
    ];

    private static async Task<int> SetAsync(Invocation call)
    {
        long? quota = Quota(call);
        string[]? allow = Permissions(call);
        string? password = call.Has(Secrets.PasswordStdin) ? await Secrets.FromStdinAsync(call.Stop) : null;
        string? encoding = call.Value(s_ftpEncoding);
        bool setsRun = call.Has(s_runNetwork) || call.Has(s_runPrograms) || call.Has(s_runPaths);
        bool setsOther = quota is not null || allow is not null || password is not null || encoding is not null;
        if (!setsRun && !setsOther)
        {
            throw new UsageException(
                ("There is nothing to change.", "没有要修改的内容。"),
                ("Add --quota, --allow, --run-network, --run-programs, --run-paths, --ftp-encoding or --password-stdin.", "请加上 --quota、--allow、--run-network、--run-programs、--run-paths、--ftp-encoding 或 --password-stdin。"));
        }
        await using IAdministration door = await AdministrationDoor.OpenAsync(call);
        if (setsRun)
        {
            bool? network = call.Value(s_runNetwork) is { } given ? given == "yes" : null;
            await door.SetRunAsync(call.Words[0], network, Listed(call.Value(s_runPrograms), "any"), Listed(call.Value(s_runPaths), "none"), call.Stop);
        }
        if (setsOther)
        {
            await door.SetAccountAsync(call.Words[0], quota, allow, null, password, encoding, call.Stop);
        }
        return Told(call, "changed", ServerText.Changed);
    }

    private static string[]? Listed(string? list, string nothing) => list is null ? null
        : list == nothing ? [] : list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static async Task<int> PasswordAsync(Invocation call)
    {
        await using IAdministration door = await AdministrationDoor.OpenAsync(call);
        var (password, generated) = await Secrets.NewAsync(call, SecretText.New);
        await door.SetAccountAsync(call.Words[0], null, null, null, password, null, call.Stop);
        return Told(call, "changed", ServerText.PasswordSet, generated ? password : null);
    }

    private static async Task<int> EnableAsync(Invocation call, bool enable)
    {
        await using IAdministration door = await AdministrationDoor.OpenAsync(call);
        await door.SetAccountAsync(call.Words[0], null, null, !enable, null, null, call.Stop);
        return Told(call, enable ? "enabled" : "disabled", enable ? ServerText.Enabled : ServerText.DisabledNow);
    }

    private static async Task<int> RemoveAsync(Invocation call)
    {
        await using IAdministration door = await AdministrationDoor.OpenAsync(call);
        await door.RemoveAccountAsync(call.Words[0], call.Has(s_purge), call.Stop);
        return Told(call, "removed", ServerText.Removed);
    }

    private static int Told(Invocation call, string done, Func<string, Words> note, string? generated = null)
    {
        string name = call.Words[0];
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Account = name, Password = generated, Done = done }, CliJson.Default.DoneLine);
            return ExitCode.Done;
        }
        call.Printer.Note(note(Printable.Escape(name)));
        if (generated is not null)
        {
            call.Printer.Line(generated);
        }
        return ExitCode.Done;
    }
}
