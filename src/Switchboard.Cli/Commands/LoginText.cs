using Switchboard.Cli.Parsing;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary>Words of the commands about logins.</summary>
internal static class LoginText
{
    public static readonly Words NoProfiles = ("No server is known yet. Log in with: switchboard login HOST --user NAME", "还没有登录过任何服务器。登录方法：switchboard login 主机 --user 名称");
    public static readonly Words WithoutTls = ("without TLS", "未加密");
    public static readonly Words PasswordChanged = ("The password is changed. All other devices of this account are logged out.", "密码已修改，该账户的其他设备均已退出登录。");
    public static readonly Words[] ProfileColumns = [("", ""), ("PROFILE", "配置档"), ("USER", "用户"), ("SERVER", "服务器"), ("KEY", "密钥")];

    public static Words LoggedIn(string account, string profile) => ($"Logged in as {account}; remembered as profile '{profile}'.", $"已登录为 {account}，保存为配置档“{profile}”。");

    public static Words LoggedOut(string profile) => ($"Logged out of '{profile}'; this device's key is revoked.", $"已退出“{profile}”，本设备的密钥已撤销。");

    public static Words Forgotten(string profile) => (
        $"'{profile}' is forgotten here. Its server did not take the key back; revoke it there: switchboard token list",
        $"已在本机忘记“{profile}”，但未能让服务器收回密钥；请在服务器上撤销：switchboard token list");

    public static Words You(string account, string server) => ($"{account} at {server}", $"{account}，服务器 {server}");

    public static Words Permissions(string[] allow)
    {
        string list = allow.Length == 0 ? "-" : string.Join(", ", allow);
        return ($"Permissions: {list}", $"权限：{list}");
    }

    public static string Space(LoginAnswer login, Language language)
    {
        string used = ByteSize.ToText(login.Used, language), free = ByteSize.ToText(login.Free, language);
        Words words = login.Quota is { } quota
            ? ($"Space: {used} used of {ByteSize.ToText(quota, language)}, {free} free", $"空间：配额 {ByteSize.ToText(quota, language)}，已用 {used}，可用 {free}")
            : ($"Space: {used} used, {free} free", $"空间：已用 {used}，可用 {free}");
        return words.In(language);
    }
}
