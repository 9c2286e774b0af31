using System.Globalization;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary>Words about transfers.</summary>
internal static class TransferText
{
    public static Words SourceChanged(string path) => ($"{path}: the source changed since it was begun, so it was sent anew", $"{path}：源文件在上次之后有变化，已从头传送");

    public static Words Retry(string reason, TimeSpan wait)
    {
        string seconds = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return ($"{reason} Trying again in {seconds} s.", $"{reason}{seconds} 秒后重试。");
    }

    public static Words Resumable(string line) => ($"Interrupted; nothing that arrived is lost. To go on:\n  {line}", $"已中断，传过的部分不会丢失。继续传送请输入：\n  {line}");

    public static Words LeftOut(string path, LeftOut reason) => reason switch
    {
        Client.LeftOut.LinkToFolder => ($"Left out {path}: a link to a folder is not followed", $"跳过 {path}：不跟随指向文件夹的链接"),
        Client.LeftOut.BrokenLink => ($"Left out {path}: the link leads nowhere", $"跳过 {path}：链接目标不存在"),
        _ => ($"Left out {path}: not a file", $"跳过 {path}：不是普通文件"),
    };

    public static Words Summary(TransferSummary summary, TimeSpan took, Language language)
    {
        string size = ByteSize.ToText(summary.Bytes, language), sent = ByteSize.ToText(summary.Sent, language);
        string time = ProgressLine.Clock(Math.Ceiling(took.TotalSeconds));
        long kept = Math.Max(0, summary.Bytes - summary.Sent);
        string en = $"{Count(summary.Files, "file")}, {size}, verified";
        string zh = $"{summary.Files} 个文件，{size}，校验一致";
        if (kept > 0)
        {
            (en, zh) = ($"{en}; {sent} sent", $"{zh}；实际传送 {sent}");
        }
        if (summary.Skipped > 0)
        {
            (en, zh) = ($"{en}; {summary.Skipped} skipped", $"{zh}；跳过 {summary.Skipped} 个");
        }
        if (summary.Failed > 0)
        {
            (en, zh) = ($"{en}; {summary.Failed} failed", $"{zh}；失败 {summary.Failed} 个");
        }
        return ($"{en} ({time})", $"{zh}（{time}）");
    }

    public static Words Sync(SyncSummary summary, bool dryRun, Language language)
    {
        string size = ByteSize.ToText(summary.Bytes, language);
        string en = $"{summary.Added} added, {summary.Changed} changed, {summary.Removed} removed, {summary.Unchanged} unchanged; {size}";
        string zh = $"新增 {summary.Added}，更改 {summary.Changed}，删除 {summary.Removed}，未变 {summary.Unchanged}；{size}";
        if (summary.Failed > 0)
        {
            (en, zh) = ($"{en}; {summary.Failed} failed", $"{zh}；失败 {summary.Failed} 个");
        }
        return dryRun ? ($"Would be: {en}", $"预计：{zh}") : (en, zh);
    }

    public static Words Action(SyncAction action) => action switch
    {
        SyncAction.MakeFolder => ("folder ", "新建  "),
        SyncAction.Add => ("add    ", "新增  "),
        SyncAction.Change => ("change ", "更改  "),
        _ => ("remove ", "删除  "),
    };

    private static string Count(long number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";
}
