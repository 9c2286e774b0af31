using System.Globalization;
using System.Text;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Chats;

/// <summary><c>chat</c>, <c>say</c>, <c>history</c>.</summary>
internal static class ChatCommands
{
    private const string Lobby = "lobby";

    /// <summary>More than any server takes; what is longer is refused there with its own bound.</summary>
    private const int LongestInput = 1 << 20;

    private static readonly Argument s_room = new("ROOM", ("The room; @NAME is a conversation with one person", "房间；@用户 表示与某人的私聊"));
    private static readonly Argument s_text = new("TEXT", ("What to say; - is standard input", "要说的话；- 表示从标准输入读取")) { Many = true };
    private static readonly Flag s_from = new("from", ("Begin with this message", "从这条消息开始")) { Value = "NUMBER" };
    private static readonly Flag s_last = new("last", ("How many, back from the end (default: 50), or from --from on", "条数：从末尾往回数（默认 50），或从 --from 起")) { Value = "COUNT" };
    private static readonly Flag s_udp = new("udp", ("Talk over UDP: for lines that lose much or change their address", "通过 UDP 聊天：适合丢包多或地址会变化的线路"));
    private static readonly Flag s_find = new("find", ("Only messages with all of these words", "只显示包含所有这些词的消息")) { Value = "WORDS" };

    public static Command BuildChat() => new("chat", ("Talk in rooms", "在房间里聊天"))
    {
        Arguments = [s_room with { Optional = true, Help = ("The room (default: lobby); @NAME talks with one person", "房间（默认 lobby）；@用户 表示私聊") }],
        Flags = [s_udp],
        Connects = true,
        Details = (
            "What you type is said when you press Enter; what was said while you were away comes first. /help lists what else there is; q, /quit or Ctrl-D leave. A line that drops comes back by itself, nothing said meanwhile is missed, and nothing you said is lost or said twice.\nIn a pipe, each line of input is a message, and each message a line of output; with --json an object.",
            "输入文字后按回车发送；离开期间的消息会先显示。/help 列出其他命令；q、/quit 或 Ctrl-D 离开。断线会自动恢复，期间的消息不会错过，您说的话不会丢失或重复。\n在管道中，输入的每一行是一条消息，每条消息输出一行；加 --json 时为一个对象。"),
        Examples =
        [
            new("switchboard chat", ("The room that everybody has", "所有人都有的房间")),
            new("switchboard chat --udp", ("The same over reliable UDP, from a laptop that wanders", "通过可靠 UDP，适合移动中的笔记本")),
            new("switchboard chat @ben", ("With one person", "与一个人私聊")),
            new("tail -f build.log | grep ERROR | switchboard chat builds", ("What a program says, line by line", "把程序的输出逐行发送")),
        ],
        Run = ChatAsync,
    };

    public static Command BuildSay() => new("say", ("Say one thing in a room", "在房间里说一句话"))
    {
        Arguments = [s_room, s_text],
        Connects = true,
        Details = ("Done when it is stored on the server; prints nothing, or with --json its number.", "存到服务器后才算完成；不输出内容，加 --json 时输出其编号。"),
        Examples =
        [
            new("switchboard say lobby 'Lunch?'", ("One line", "一句话")),
            new("uptime | switchboard say servers -", ("What another program says", "另一个程序的输出")),
        ],
        Run = SayAsync,
    };

    public static Command BuildHistory() => new("history", ("Show what was said in a room", "显示房间里说过的话"))
    {
        OnlyAsks = true,
        Arguments = [s_room],
        Flags = [s_from, s_last, s_find],
        Connects = true,
        Examples =
        [
            new("switchboard history lobby --last 20", ("The last twenty", "最近二十条")),
            new("switchboard history lobby --from 1 --json > lobby.ndjson", ("All of it, to keep", "全部导出保存")),
            new("switchboard history lobby --find 'release friday'", ("With both words", "包含这两个词")),
        ],
        Run = HistoryAsync,
    };

    private static async Task<int> ChatAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        // Before the screen is taken: a server that cannot be reached is told like everywhere.
        await lease.Remote.ClientAsync(call.Stop);
        await using var console = new ChatConsole(call, lease.Remote);
        return await console.RunAsync(call.Word(0) ?? Lobby, call.Has(s_udp));
    }

    private static async Task<int> SayAsync(Invocation call)
    {
        string text = call.Words.Count == 2 && call.Words[1] == "-" ? await StandardInputAsync(call.Stop) : string.Join(' ', call.Words.Skip(1));
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        PostAnswer said = await client.PostAsync(call.Words[0], text, Guid.NewGuid().ToString("N"), call.Stop);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Room = said.Room, Number = said.Number, Time = said.Time }, CliJson.Default.SaidLine);
        }
        return ExitCode.Done;
    }

    private static async Task<int> HistoryAsync(Invocation call)
    {
        long? from = Number(call, s_from);
        int? last = (int?)Number(call, s_last) ?? (from is null ? call.Has(s_find) ? 1000 : 50 : null);
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        Printer printer = call.Printer;
        var lines = new MessageLines(printer, new NameColors(printer.Options.Color), lease.Remote.Options.User);
        int width = printer.Options.OutputIsTerminal ? printer.Width : int.MaxValue / 4;
        await foreach (HistoryEntry entry in client.HistoryAsync(call.Words[0], from, last, call.Value(s_find), call.Stop))
        {
            if (printer.IsJson)
            {
                printer.Json(entry, CliJson.Default.HistoryEntry);
                continue;
            }
            foreach (string line in lines.Of(ChatConsole.LineOf(entry), null, width))
            {
                printer.Line(line);
            }
        }
        return ExitCode.Done;
    }

    private static long? Number(Invocation call, Flag flag) => call.Value(flag) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number is > 0 and <= int.MaxValue ? number
        : throw ParseText.BadValue(flag.Dashed, text, ("It is a number from 1 on.", "应为从 1 开始的数字。"));

    private static async Task<string> StandardInputAsync(CancellationToken stop)
    {
        using Stream input = StandardStream.Open(0);
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[4096];
        for (int got = await input.ReadAsync(buffer, stop); got > 0 && bytes.Length < LongestInput; got = await input.ReadAsync(buffer, stop))
        {
            bytes.Write(buffer, 0, got);
        }
        return Encoding.UTF8.GetString(bytes.ToArray()).TrimEnd('\n', '\r');
    }
}
