namespace Switchboard.Cli.Parsing;

/// <summary>Flags that every command has, and those of every command that talks to a server.</summary>
internal static class GlobalFlags
{
    public static readonly Flag Help = new("help", ("Show this help", "显示本帮助")) { Short = 'h' };
    public static readonly Flag Json = new("json", ("Print JSON, one object per line where there are many", "输出 JSON；多项时每行一个对象"));
    public static readonly Flag Quiet = new("quiet", ("No progress and no remarks", "不显示进度和提示")) { Short = 'q' };
    public static readonly Flag Color = new("color", ("Colour: when it suits the terminal, always, or never", "颜色：视终端而定、总是、从不"))
    {
        Value = "WHEN",
        Choices = ["auto", "always", "never"],
    };
    public static readonly Flag Lang = new("lang", ("Language: English or Chinese (default: the locale)", "语言：英文或中文（默认按系统区域）"))
    {
        Value = "LANG",
        Choices = ["en", "zh"],
    };

    public static readonly Flag Profile = new("profile", ("Use this profile (see 'switchboard profiles')", "使用这个配置档（见 switchboard profiles）"))
    {
        Value = "NAME",
        Completes = Completes.Profile,
    };
    public static readonly Flag Server = new("server", ("Reach this server: HOST[:PORT] or unix:PATH", "连接这台服务器：主机[:端口] 或 unix:路径"))
    {
        Value = "ADDRESS",
    };
    public static readonly Flag User = new("user", ("Account to log in as, with --server", "登录用的账户，与 --server 同用")) { Value = "NAME" };
    public static readonly Flag Fingerprint = new("fingerprint", ("The key the server must have", "服务器必须持有的密钥指纹")) { Value = "SHA256:…" };
    public static readonly Flag Insecure = new("insecure", ("Connect without TLS: anyone on the way can read along", "不用 TLS 连接：途中任何人都能看到内容"));

    public static readonly Flag Wait = new("wait", ("Wait in line when the server has no place for another user", "服务器用户已满时排队等候"));

    public static readonly Flag[] Global = [Json, Quiet, Color, Lang, Help];
    public static readonly Flag[] Connection = [Profile, Server, User, Fingerprint, Insecure, Wait];
}
