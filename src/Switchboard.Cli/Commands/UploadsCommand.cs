using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary><c>uploads list</c>, <c>uploads drop</c>.</summary>
internal static class UploadsCommand
{
    private static readonly Words[] s_columns = [("ID", "编号"), ("KEPT", "已收"), ("SIZE", "总大小"), ("LAST BYTE", "最近收到"), ("PATH", "路径")];

    public static Command Build() => new("uploads", ("List unfinished uploads, or drop one", "列出或放弃未完成的上传"))
    {
        Default = "list",
        Details = ("To finish one, type the same put again. Dropping it frees its space.", "再次输入同样的 put 命令即可续传；放弃后空间随即释放。"),
        Subcommands =
        [
            new("list", ("List them", "列出")) { Connects = true, Run = ListAsync },
            new("drop", ("Forget one and free its space", "放弃一个并释放空间"))
            {
                Arguments = [new("ID", ("The id that 'uploads' shows", "uploads 显示的编号"))],
                Connects = true,
                Run = DropAsync,
            },
        ],
    };

    private static async Task<int> ListAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        Printer printer = call.Printer;
        var table = new TextTable(printer, s_columns) { Right = [1, 2] };
        int count = 0;
        await foreach (UploadEntry upload in client.UploadsAsync(call.Stop))
        {
            count++;
            if (printer.IsJson)
            {
                printer.Json(upload, CliJson.Default.UploadEntry);
                continue;
            }
            string size = upload.Size is { } total ? ByteSize.ToText(total, printer.Language) : "?";
            string last = upload.Busy ? printer.In(("now", "正在上传")) : Amounts.Time(upload.Modified);
            table.Row(upload.Id, ByteSize.ToText(upload.Offset, printer.Language), size, last, upload.Path);
        }
        table.Print();
        if (count == 0)
        {
            printer.Note(("No upload is unfinished.", "没有未完成的上传。"));
        }
        return ExitCode.Done;
    }

    private static async Task<int> DropAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        await client.DropUploadAsync(call.Words[0], call.Stop);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Done = "dropped" }, CliJson.Default.DoneLine);
            return ExitCode.Done;
        }
        call.Printer.Note(($"Dropped {call.Words[0]}", $"已放弃 {call.Words[0]}"));
        return ExitCode.Done;
    }
}
