using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Server;

/// <summary>Words of the commands that manage a server.</summary>
internal static class ServerText
{
    public static readonly Words[] AccountColumns = [("NAME", "名称"), ("USED", "已用"), ("QUOTA", "配额"), ("MAY", "权限"), ("LAST LOGIN", "最近登录"), ("STATE", "状态")];
    public static readonly Words[] TokenColumns = [("ID", "编号"), ("ACCOUNT", "账户"), ("LABEL", "说明"), ("MAY", "权限"), ("LAST USED", "最近使用"), ("EXPIRES", "到期")];
    public static readonly Words[] AuditColumns = [("TIME", "时间"), ("ACCOUNT", "账户"), ("FROM", "来源"), ("ACTION", "操作"), ("WHAT", "对象")];

    public static readonly Words Never = ("never", "从未");
    public static readonly Words NoQuota = ("none", "无");
    public static readonly Words Disabled = ("disabled", "已停用");

    public static Words Added(string name) => ($"Added the account {name}.", $"已添加账户 {name}。");

    public static Words Changed(string name) => ($"Changed the account {name}.", $"已修改账户 {name}。");

    public static Words PasswordSet(string name) => ($"The password of {name} is changed; its sessions are ended and its devices logged out.", $"{name} 的密码已修改，其会话已结束，设备均已退出登录。");

    public static Words Enabled(string name) => ($"{name} may log in again.", $"{name} 可以重新登录了。");

    public static Words DisabledNow(string name) => ($"{name} is disabled; its sessions are ended.", $"{name} 已停用，其会话已结束。");

    public static Words Removed(string name) => ($"Removed the account {name}.", $"已删除账户 {name}。");

    public static Words TokenOnce => ("This is the only time the token is shown.", "令牌只显示这一次。");

    public static Words Revoked(string id) => ($"Revoked {id}; its sessions are ended.", $"已撤销 {id}，其会话已结束。");
}
