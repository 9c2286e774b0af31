using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Output;

/// <summary>The fixed words of help.</summary>
internal static class HelpText
{
    public static readonly Words Tagline = (
        "switchboard: files, remote commands and chat under one account on a network of your own. What breaks off goes on where it broke; nothing arrives unverified.",
        "switchboard：在自己的网络里用一个账户存取文件、运行远程命令、聊天。断了从断处继续，到达的都经过校验。");
    public static readonly Words Usage = ("Usage: ", "用法：");
    public static readonly Words Subcommands = ("Subcommands", "子命令");
    public static readonly Words Arguments = ("Arguments", "参数");
    public static readonly Words Flags = ("Flags", "选项");
    public static readonly Words ConnectionFlags = ("Which server", "连接哪台服务器");
    public static readonly Words GlobalFlags = ("Everywhere", "通用选项");
    public static readonly Words Examples = ("Examples", "示例");
    public static readonly Words More = (
        "'switchboard help COMMAND' explains one command. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 login or permission, 4 not found, 5 no connection or try later, 6 over a quota or limit, 7 verification failed.",
        "输入 switchboard help 命令 查看某个命令的说明。退出码：0 完成，1 失败，2 用法错误，3 登录或权限，4 未找到，5 连不上或稍后再试，6 超出配额或限制，7 校验失败。");

    public static readonly Example[] FirstSteps =
    [
        new("switchboard serve", ("Start a server here; it says what to type next", "在本机启动服务器；它会告诉你下一步输入什么")),
        new("switchboard login 192.168.1.5 --user ann", ("Log in once; the device is remembered", "登录一次，之后记住本设备")),
        new("switchboard put photos /backup/", ("Send a folder; type the same again to resume", "上传整个文件夹；断了再输入同样的命令即可续传")),
        new("switchboard run make test", ("Run a program over there; a line that drops does not end it", "在服务器上运行程序；断线不会中断它")),
    ];

    public static Words Of(Group group) => group switch
    {
        Group.Server => ("Server", "服务器"),
        Group.Reaching => ("Reaching a server", "连接服务器"),
        Group.Files => ("Files", "文件"),
        Group.Commands => ("Commands", "远程命令"),
        Group.Chat => ("Chat", "聊天"),
        _ => ("Tools", "工具"),
    };
}
