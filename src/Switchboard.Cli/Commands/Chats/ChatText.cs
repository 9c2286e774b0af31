using System.Globalization;
using Switchboard.Cli.Parsing;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Chats;

/// <summary>Words about rooms.</summary>
internal static class ChatText
{
    public static readonly Words[] Columns = [("ROOM", "房间"), ("HERE", "在场"), ("UNREAD", "未读"), ("TOPIC", "话题")];

    public static readonly Words NoRooms = ("No room is open to you.", "没有对您开放的房间。");

    public static readonly Words Help = (
        """
        /to NAME TEXT   say it to one person only
        /join ROOM      enter one more room, or turn to it
        /leave          leave this room
        /rooms          rooms open to you
        /who            who is here
        /topic [TEXT]   show or set the topic; - takes it away
        /history [N]    earlier messages (also Page Up)
        /find WORDS     look for words
        /send FILE      show a file of this machine in the room
        /get N [FOLDER] fetch file number N
        /away, /back    say whether you are there
        /remove N       take your message N away ('history --json' shows numbers)
        //text          a line that begins with a slash
        /quit, q        leave (also Ctrl-D)
        """,
        """
        /to 用户 文字   只对一个人说
        /join 房间      进入另一个房间，或切换到它
        /leave          离开当前房间
        /rooms          对您开放的房间
        /who            谁在这里
        /topic [文字]   查看或设置话题；- 表示取消
        /history [N]    更早的消息（也可按 Page Up）
        /find 词语      查找
        /send 文件      在房间里分享本机的一个文件
        /get N [文件夹] 取回第 N 条消息中的文件
        /away, /back    标明是否在座
        /remove N       撤回自己的第 N 条消息（编号见 history --json）
        //文字          以斜杠开头的一行
        /quit, q        离开（也可按 Ctrl-D）
        """);

    public static Words Entered(string room, string? topic, int here) => topic is null
        ? ($"{room}: {People(here)} here. /help shows what you can type.", $"{room}：{here} 人在场。输入 /help 查看可用命令。")
        : ($"{room}: {topic} · {People(here)} here", $"{room}：{topic} · {here} 人在场");

    public static Words Left(string room) => ($"You are no longer in {room}.", $"您已不在 {room} 中。");

    public static Words New(long count) => (count == 1 ? "1 new message" : $"{count} new messages", $"{count} 条新消息");

    public static Words Gap(long first, long last) => (
        $"messages {first} to {last} are kept no more",
        $"第 {first} 至 {last} 条消息已不再保留");

    public static Words Came(IEnumerable<string> names) => ($"{Names(names)} came", $"{Names(names)} 来了");

    public static Words Went(IEnumerable<string> names) => ($"{Names(names)} left", $"{Names(names)} 离开了");

    public static Words Here(int here) => ($"{People(here)} here", $"{here} 人在场");

    public static Words LineLost(Refusal reason)
    {
        Refusal told = reason with { Detail = null };
        return ($"Line lost, trying again… ({RefusalText.Sentence(told, Language.English).TrimEnd('.')}) What you say is kept.",
            $"连接中断，正在重试…（{RefusalText.Sentence(told, Language.Chinese).TrimEnd('。')}）您说的话会保留。");
    }

    public static Words Back(TimeSpan away)
    {
        string seconds = Math.Max(1, Math.Round(away.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return ($"Back after {seconds} s.", $"{seconds} 秒后已恢复连接。");
    }

    public static Words Topic(string from, string text) => text.Length == 0
        ? ($"{from} took the topic away", $"{from} 取消了话题")
        : ($"{from} set the topic: {text}", $"{from} 设置了话题：{text}");

    public static Words NoTopic(string room) => ($"{room} has no topic.", $"{room} 没有话题。");

    public static Words Removed(string from, long number) => ($"{from} removed message {number}", $"{from} 撤回了第 {number} 条消息");

    public static readonly Words Gone = ("(removed)", "（已撤回）");

    public static readonly Words Finishing = ("Finishing what is under way; Ctrl-C leaves it.", "正在完成进行中的传输；按 Ctrl-C 放弃。");

    public static Words Sending(string name) => ($"Sending {name} …", $"正在发送 {name} ……");

    public static Words Fetched(string local, string size) => ($"Fetched {local} ({size}), verified.", $"已取回 {local}（{size}），校验无误。");

    public static Words NoFile(long number) => ($"Message {number} is no file. A file's line tells its number.", $"第 {number} 条消息不是文件。文件那一行会写明编号。");

    public static Words NoLocalFile(string path) => ($"There is no file {path} on this machine.", $"本机没有文件 {path}。");

    public static Words SharedFile(string name, string size, long number) => ($"📄 {name} ({size}) · /get {number}", $"📄 {name}（{size}）· /get {number}");

    public static Words UnknownCommand(string name) => ($"There is no command /{name}. /help lists them.", $"没有命令 /{name}。/help 列出全部命令。");

    public static Words Needs(string usage) => ($"Type it as: {usage}", $"用法：{usage}");

    public static readonly Words NoEarlier = ("That is the beginning.", "已到最早的消息。");

    public static readonly Words NothingFound = ("Nothing found.", "没有找到。");

    public static readonly Words LeftLast = ("That was your last room.", "这是您所在的最后一个房间。");

    public static Words Earlier(string room) => ($"earlier in {room}", $"{room} 更早的消息");

    public static Words Found(string room) => ($"found in {room}", $"在 {room} 中找到");

    public static readonly Words EndOfBlock = ("now", "现在");

    public static Words State(string state) => state == "away" ? ("away", "离开") : ("here", "在");

    private static string People(int here) => here == 1 ? "1 person" : $"{here} people";

    private static string Names(IEnumerable<string> names) => string.Join(", ", names);
}
