using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;

namespace Switchboard.Cli.Commands;

/// <summary><c>sync</c>.</summary>
internal static class SyncCommand
{
    private static readonly Flag s_down = new("down", ("From the server to here", "从服务器到本机"));
    private static readonly Flag s_delete = new("delete", ("Remove at the target what the source does not have", "删除目标中源没有的内容"));
    private static readonly Flag s_dryRun = new("dry-run", ("Only say what would be done", "只显示将要做什么"));
    private static readonly Flag s_exclude = new("exclude", ("Leave out what matches, such as '*.tmp', 'cache/' or '/build/**'", "排除匹配的内容，如 '*.tmp'、'cache/'、'/build/**'"))
    {
        Value = "GLOB",
        Repeats = true,
    };

    public static Command Build() => new("sync", ("Make a folder there equal to one here, or the reverse", "让两边的文件夹保持一致"))
    {
        Arguments =
        [
            new("LOCAL", ("The folder here", "本机文件夹")) { Completes = Completes.LocalPath },
            FileCommands.RemoteArgument("REMOTE"),
        ],
        Flags = [s_down, s_delete, s_dryRun, s_exclude, TransferCommands.LimitRate],
        Connects = true,
        Details = ("Only what differs is moved. Nothing is removed without --delete.", "只传送有差异的内容。不加 --delete 就不会删除任何东西。"),
        Examples =
        [
            new("switchboard sync site /site --delete --dry-run", ("See what would happen", "先看看会发生什么")),
            new("switchboard sync --down notes /notes", ("Bring the server's version here", "把服务器上的版本同步到本机")),
        ],
        Run = SyncAsync,
    };

    private static async Task<int> SyncAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        var told = new TransferReport(call);
        var how = new SyncOptions
        {
            Down = call.Has(s_down),
            Delete = call.Has(s_delete),
            DryRun = call.Has(s_dryRun),
            Exclude = call.Values(s_exclude),
            LimitRate = TransferCommands.Rate(call),
            OnItem = item => Tell(call.Printer, item, call.Has(s_dryRun)),
            OnFailure = told.Failure,
            OnRetry = told.Retry,
            OnLeftOut = told.LeftOut,
        };
        return await told.GuardAsync(async () =>
        {
            SyncSummary summary = await lease.Remote.Transfers.SyncAsync(call.Words[0], lease.Remote.Resolve(call.Words[1]), how, ProgressMeter.For(call.Printer), call.Stop);
            Sum(call, summary, how.DryRun);
            return told.Exit(summary.Failures);
        });
    }

    private static void Tell(Printer printer, SyncItem item, bool dryRun)
    {
        if (printer.IsJson)
        {
            string action = item.Action switch { SyncAction.MakeFolder => "folder", SyncAction.Add => "add", SyncAction.Change => "change", _ => "remove" };
            printer.Json(new() { Action = action, Path = item.Path, Size = item.Size }, CliJson.Default.SyncLine);
        }
        else if (dryRun || !printer.Options.Quiet)
        {
            printer.Line(printer.In(TransferText.Action(item.Action)) + printer.Safe(item.Path));
        }
    }

    private static void Sum(Invocation call, SyncSummary summary, bool dryRun)
    {
        Printer printer = call.Printer;
        printer.Progress("");
        if (!printer.IsJson)
        {
            printer.Note(TransferText.Sync(summary, dryRun, printer.Language));
            return;
        }
        var line = new SyncSummaryLine
        {
            Added = summary.Added,
            Changed = summary.Changed,
            Removed = summary.Removed,
            Unchanged = summary.Unchanged,
            Bytes = summary.Bytes,
            Sent = summary.Sent,
            Failed = summary.Failed,
            DryRun = dryRun,
        };
        printer.Json(line, CliJson.Default.SyncSummaryLine);
    }
}
