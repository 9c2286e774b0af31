using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands;

/// <summary>Words about finding a server and logging in to it.</summary>
internal static class ReachText
{
    public static readonly Words Trust = ("Is this the fingerprint the server's operator told you? [y/N] ", "这与服务器管理员告知的指纹一致吗？[y/N] ");

    public static Words FirstMeeting(string address, string fingerprint) => (
        $"This is the first meeting with {address}. Its key has the fingerprint\n  {fingerprint}",
        $"首次连接 {address}，其密钥指纹为\n  {fingerprint}");

    public static Words Waiting(int position) => ($"The server is full. Place in line: {position}", $"服务器已满，排队位置：{position}");

    public static Words PasswordOf(string user, string server) => ($"Password of {user} at {server}: ", $"{user} 在 {server} 的密码：");

    public static FailedException NoServer() => new("login_required", ExitCode.Denied,
        ("No server is known yet.", "还没有登录过任何服务器。"),
        ("Log in once: switchboard login HOST --user NAME. Or name a server with --server.", "请先登录一次：switchboard login 主机 --user 名称。也可以用 --server 指定服务器。"));

    public static FailedException NoProfile(string name, string? nearest) => new("profile_unknown", ExitCode.NotFound,
        ($"There is no profile '{name}'.", $"没有名为 '{name}' 的配置档。"),
        nearest is null ? ("See 'switchboard profiles'.", "请查看 switchboard profiles。") : ($"Did you mean '{nearest}'?", $"是不是想用 '{nearest}'？"));

    public static FailedException NoUser() => new("login_required", ExitCode.Usage,
        ("Whose account? No user was named.", "没有指定用户。"),
        ("Add --user NAME, or set SWITCHBOARD_USER.", "请加上 --user 名称，或设置环境变量 SWITCHBOARD_USER。"));

    public static FailedException NoSecret() => new("login_required", ExitCode.Denied,
        ("There is no password to log in with, and no terminal to ask on.", "没有可用的密码，也没有终端可以询问。"),
        ("Use --password-stdin with login, or set SWITCHBOARD_TOKEN or SWITCHBOARD_PASSWORD.", "登录时用 --password-stdin，或设置环境变量 SWITCHBOARD_TOKEN 或 SWITCHBOARD_PASSWORD。"));
}
