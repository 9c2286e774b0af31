using System.Globalization;
using Switchboard.Cli.Commands.Server;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary><c>share add|list|revoke</c>.</summary>
internal static class ShareCommands
{
    private static readonly Flag s_upload = new("upload", ("Let files be sent into a folder, instead of one file be read", "允许向文件夹上传文件，而不是下载一个文件"));
    private static readonly Flag s_expires = new("expires", ("When it ends: a time from now such as 30d, or a date such as 2030-01-31; 7 days where nothing is said", "到期时间：如 30d（从现在起）或 2030-01-31；默认 7 天")) { Value = "T" };
    private static readonly Flag s_count = new("count", ("Most downloads, or with --upload most files (100)", "最多下载次数；加 --upload 时为最多文件数（默认 100）")) { Value = "N" };
    private static readonly Flag s_size = new("size", ("With --upload: most bytes in all (1G)", "加 --upload 时：总大小上限（默认 1G）")) { Value = "SIZE" };
    private static readonly Flag s_label = new("label", ("What it is for, shown in lists", "用途说明，显示在列表中")) { Value = "TEXT" };

    private static readonly Words[] s_columns =
        [("ID", "编号"), ("KIND", "类型"), ("USED", "已用"), ("EXPIRES", "到期"), ("LABEL", "说明"), ("PATH", "路径")];

    public static Command Build() => new("share", ("Make, list and revoke links for people without an account", "创建、列出和撤销供无账户者使用的链接"))
    {
        Details = (
            "Whoever has the link reads that one file, or sends files into that one folder and sees nothing of it. It is void when the file changes, is moved or removed. Needs the permission 'share'.",
            "持有链接的人只能下载该文件，或向该文件夹上传文件但看不到其中内容。文件被更改、移动或删除后链接即失效。需要 share 权限。"),
        Subcommands =
        [
            new("add", ("Make a link and print it once", "创建链接并显示一次"))
            {
                Arguments = [FileCommands.RemoteArgument("PATH")],
                Flags = [s_upload, s_expires, s_count, s_size, s_label],
                Connects = true,
                Run = AddAsync,
            },
            new("list", ("List your links", "列出您的链接")) { Connects = true, Run = ListAsync },
            new("revoke", ("End a link at once", "立即撤销链接"))
            {
                Arguments = [new("ID", ("The id that 'share list' shows", "share list 显示的编号"))],
                Connects = true,
                Run = RevokeAsync,
            },
        ],
        Examples =
        [
            new("switchboard share add report.pdf --expires 3d --count 5", ("Five downloads within three days", "三天内可下载五次")),
            new("switchboard share add /inbox --upload --size 5G", ("Let somebody send you up to 5 GB", "让别人向您发送最多 5 GB 文件")),
        ],
    };

    private static async Task<int> AddAsync(Invocation call)
    {
        DateTimeOffset? expires = TokenCommands.Expiry(call, s_expires);
        (int? count, long? bytes) = Bounds(call);
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        string path = lease.Remote.Resolve(call.Words[0]);
        ShareAnswer answer = await client.ShareAsync(path, call.Has(s_upload), expires, count, bytes, call.Value(s_label), call.Stop);
        string link = Link(lease.Remote.Options.Address, answer);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Link = link, Share = answer.Share }, CliJson.Default.ShareLine);
            return ExitCode.Done;
        }
        call.Printer.Line(link);
        call.Printer.Note(("This is the only time the link is shown.", "链接只显示这一次。"));
        return ExitCode.Done;
    }

    private static (int? Count, long? Bytes) Bounds(Invocation call)
    {
        if (call.Value(s_size) is not null && !call.Has(s_upload))
        {
            throw new UsageException(("--size bounds what is sent: it needs --upload.", "--size 限制上传总量，需要同时使用 --upload。"));
        }
        int? count = call.Value(s_count) is not { } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
            : throw ParseText.BadValue(s_count.Dashed, text, ("It is a whole number from 1 on.", "应为不小于 1 的整数。"));
        return (count, call.Value(s_size) is { } size ? Amounts.Size(s_size, size) : null);
    }

    // Over the Unix socket nobody said by which name others reach this machine.
    private static string Link(ServerAddress address, ShareAnswer answer)
    {
        ServerAddress reached = address.UnixPath is null ? address : ServerAddress.Tcp(Environment.MachineName);
        return $"https://{reached}/s/{answer.Share.Id}#{answer.Secret}";
    }

    private static async Task<int> ListAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        Printer printer = call.Printer;
        var table = new TextTable(printer, s_columns);
        int count = 0;
        await foreach (ShareEntry share in client.SharesAsync(call.Stop))
        {
            count++;
            if (printer.IsJson)
            {
                printer.Json(share, CliJson.Default.ShareEntry);
                continue;
            }
            string expires = share.Void ? printer.In(("void", "已失效")) : Amounts.Time(share.Expires);
            table.Row(share.Id, Kind(share, printer), Used(share, printer), expires, share.Label ?? "", share.Path);
        }
        table.Print();
        if (count == 0)
        {
            printer.Note(("You have no links.", "您没有链接。"));
        }
        return ExitCode.Done;
    }

    private static string Kind(ShareEntry share, Printer printer) => printer.In(share.Kind == "upload" ? ("upload", "上传") : ("read", "下载"));

    private static string Used(ShareEntry share, Printer printer)
    {
        string used = share.Count is { } most ? $"{share.UsedCount}/{most}" : $"{share.UsedCount}";
        return share.Bytes is { } bytes ? $"{used}, {ByteSize.ToText(share.UsedBytes, printer.Language)}/{ByteSize.ToText(bytes, printer.Language)}" : used;
    }

    private static async Task<int> RevokeAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        await client.RevokeShareAsync(call.Words[0], call.Stop);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Done = "revoked" }, CliJson.Default.DoneLine);
            return ExitCode.Done;
        }
        string id = Printable.Escape(call.Words[0]);
        call.Printer.Note(($"Revoked {id}; it opens nothing any more.", $"已撤销 {id}，该链接已失效。"));
        return ExitCode.Done;
    }
}
