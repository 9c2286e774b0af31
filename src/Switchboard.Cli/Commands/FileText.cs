using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary>Words of the file commands.</summary>
internal static class FileText
{
    private const int BarCells = 30;

    public static Words Made(string path) => ($"Made {path}", $"已创建 {path}");

    public static Words Removed(string path) => ($"Removed {path}", $"已删除 {path}");

    public static Words Moved(string path) => ($"Moved to {path}", $"已移到 {path}");

    public static Words Type(string type) => type switch
    {
        "file" => ("file", "文件"),
        "folder" => ("folder", "文件夹"),
        "link" => ("link that leads nowhere inside the home", "链接（未指向主目录内的内容）"),
        _ => ("other", "其他"),
    };

    public static IEnumerable<string> Stat(Entry entry, Printer printer)
    {
        List<(Words Name, string Value)> rows =
        [
            (("path", "路径"), printer.Safe(entry.Path)),
            (("type", "类型"), printer.In(Type(entry.Type))),
        ];
        if (entry.Type == "file")
        {
            string exact = entry.Size >= 1024 ? $" ({entry.Size})" : "";
            rows.Add((("size", "大小"), ByteSize.ToText(entry.Size, printer.Language) + exact));
        }
        rows.Add((("modified", "修改时间"), Amounts.Time(entry.Modified)));
        rows.Add((("mode", "权限"), Amounts.Mode(entry.Type, entry.Mode)));
        if (entry.Sha256 is { } sha256)
        {
            rows.Add((("sha256", "SHA-256"), sha256));
        }
        return Aligned(rows, printer);
    }

    public static IEnumerable<string> Space(SpaceAnswer space, Printer printer)
    {
        List<(Words Name, string Value)> rows = [];
        string Size(long bytes) => ByteSize.ToText(bytes, printer.Language);
        rows.Add((("quota", "配额"), space.Quota is { } quota ? Size(quota) : printer.In(("none", "无"))));
        rows.Add((("used", "已用"), Size(space.Used) + Share(space)));
        if (space.Partial > 0)
        {
            rows.Add((("of it unfinished uploads", "其中未完成的上传"), Size(space.Partial)));
        }
        if (space.Bin > 0)
        {
            rows.Add((("of it in the bin", "其中回收站"), Size(space.Bin)));
        }
        rows.Add((("free", "可用"), Size(space.Free)));
        rows.Add((("disk free", "磁盘剩余"), Size(space.DiskFree)));
        return Aligned(rows, printer);
    }

    private static string Share(SpaceAnswer space)
    {
        if (space.Quota is not > 0)
        {
            return "";
        }
        double share = Math.Clamp((double)space.Used / space.Quota.Value, 0, 1);
        int full = (int)(share * BarCells);
        return $"  [{new string('#', full)}{new string('.', BarCells - full)}] {(int)(share * 100)}%";
    }

    public static Words Usage(UsageAnswer usage, Language language)
    {
        string size = ByteSize.ToText(usage.Bytes, language);
        string files = usage.Files == 1 ? "1 file" : $"{usage.Files} files", folders = usage.Folders == 1 ? "1 folder" : $"{usage.Folders} folders";
        return ($"{size} in {files}, {folders}", $"{size}，{usage.Files} 个文件，{usage.Folders} 个文件夹");
    }

    /// <summary>Names to the left, values in one column.</summary>
    public static IEnumerable<string> Aligned(List<(Words Name, string Value)> rows, Printer printer)
    {
        int width = rows.Max(r => TextWidth.Of(printer.In(r.Name)));
        return rows.Select(r => printer.Styled(Style.Faint, TextWidth.Pad(printer.In(r.Name), width)) + "  " + r.Value);
    }
}
