using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Settings;
using Switchboard.Server;
using Switchboard.Server.Services.Chat;
using Switchboard.Server.Services.Commands;

namespace Switchboard.Cli.Commands.Server;

/// <summary>All settings of a server, and how they become <see cref="ServerOptions"/>.</summary>
internal static class ServerSettings
{
    public static readonly Flag Data = new("data", ("The data directory", "数据目录")) { Value = "DIR", Completes = Completes.LocalPath };
    public static readonly Flag Config = new("config", ("The settings file (default: switchboard.conf in the data directory)", "设置文件（默认是数据目录里的 switchboard.conf）")) { Value = "FILE", Completes = Completes.LocalPath };

    private static readonly ServerOptions s_defaults = new() { Data = "" };

    private static readonly Words s_address = ("Expected ADDR:PORT, such as 0.0.0.0:9527, [::]:9527 or 127.0.0.1:0.", "应为 地址:端口，如 0.0.0.0:9527、[::]:9527 或 127.0.0.1:0。");
    private static readonly Words s_yesNo = ("Expected yes or no.", "应为 yes 或 no。");
    private static readonly Words s_size = ("Expected a size, such as 64M or 2G.", "应为大小，如 64M、2G。");
    private static readonly Words s_span = ("Expected a time, such as 30s, 10m, 12h or 7d.", "应为时长，如 30s、10m、12h、7d。");
    private static readonly Words s_number = ("Expected a whole number from 1 on.", "应为不小于 1 的整数。");

    public static readonly Setting[] Table =
    [
        new("data", ("The data directory: accounts, homes, certificate, socket", "数据目录：账户、主目录、证书、套接字")) { Flag = Data },
        new("listen", ("Where native and web connections are taken; port 0 picks a free one", "原生协议和网页的监听地址；端口 0 表示自动选择"))
        {
            Default = "[::]:9527",
            Flag = new("listen", ("Listen here (default: [::]:9527, IPv6 and IPv4)", "监听地址（默认 [::]:9527，含 IPv6 和 IPv4）")) { Value = "ADDR:PORT", Repeats = true },
            Many = true,
            Check = v => ParseEndPoint(v) is null ? s_address : null,
        },
        new("ftp", ("Where FTP listens, with AUTH TLS offered, or off", "FTP 监听地址（支持 AUTH TLS），或 off"))
        {
            Default = "[::]:2121",
            Flag = new("ftp", ("Where FTP listens (default: [::]:2121), or off", "FTP 监听地址（默认 [::]:2121），或 off")) { Value = "ADDR:PORT|off" },
            Check = EndPointOrOff,
        },
        new("ftps", ("Where FTP under implicit TLS listens, or off", "隐式 TLS 的 FTP 监听地址，或 off"))
        {
            Default = "off",
            Flag = new("ftps", ("Where FTP under implicit TLS listens (default: off)", "隐式 TLS 的 FTP 监听地址（默认 off）")) { Value = "ADDR:PORT|off" },
            Check = EndPointOrOff,
        },
        new("udp", ("Where datagrams are taken (chat --udp, find), or off", "UDP 监听地址（chat --udp、find），或 off"))
        {
            Default = "[::]:9527",
            Flag = new("udp", ("Where datagrams are taken (default: [::]:9527), or off", "UDP 监听地址（默认 [::]:9527），或 off")) { Value = "ADDR:PORT|off" },
            Check = EndPointOrOff,
        },
        new("find", ("Answer 'switchboard find' on the local network", "应答本地网络上的 switchboard find")) { Default = "yes", Check = v => ParseBool(v) is null ? s_yesNo : null },
        new("ftp-plain", ("Who may use FTP without TLS: allow, loopback, never", "谁可以使用不加密的 FTP：allow、loopback、never"))
        {
            Default = "loopback",
            Flag = new("ftp-plain", ("Who may use FTP without TLS", "谁可以使用不加密的 FTP")) { Value = "WHO", Choices = ["allow", "loopback", "never"] },
            Check = v => v is "allow" or "loopback" or "never" ? null : ("Expected allow, loopback or never.", "应为 allow、loopback 或 never。"),
        },
        new("ftp-passive-ports", ("Ports of passive FTP data connections, such as 50000-50099, for a firewall (default: any)", "FTP 被动模式的数据端口，如 50000-50099，便于防火墙放行（默认任意）"))
        {
            Check = v => PortRange.Parse(v) is null ? ("Expected ports, such as 50000-50099.", "应为端口范围，如 50000-50099。") : null,
        },
        new("ftp-passive-address", ("The IPv4 address PASV tells, for a server behind address translation (default: the one reached)", "PASV 告知的 IPv4 地址，用于地址转换之后的服务器（默认为客户端连接到的地址）"))
        {
            Check = v => IPAddress.TryParse(v, out IPAddress? told) && told.AddressFamily == AddressFamily.InterNetwork ? null : ("Expected an IPv4 address, such as 203.0.113.7.", "应为 IPv4 地址，如 203.0.113.7。"),
        },
        new("ftp-rate", ("Bytes per second of each FTP transfer (default: no bound)", "每个 FTP 传输的速率上限，字节/秒（默认不限）")) { Check = v => Amounts.ParseSize(v) is null or 0 ? s_size : null },
        new("ftp-digest", ("SHA-256 of what comes over FTP, told and recorded", "为 FTP 上传计算、告知并记录 SHA-256"))
        {
            Default = "yes",
            Check = v => ParseBool(v) is null ? s_yesNo : null,
        },
        new("cert", ("Certificate chain, PEM (default: made at first start)", "证书链，PEM 格式（默认首次启动时生成）"))
        {
            Flag = new("cert", ("Your own certificate chain, PEM; together with --key", "自己的证书链（PEM），与 --key 同用")) { Value = "FILE", Completes = Completes.LocalPath },
        },
        new("key", ("Its private key, PEM", "证书的私钥，PEM 格式"))
        {
            Flag = new("key", ("Its private key, PEM", "证书的私钥（PEM）")) { Value = "FILE", Completes = Completes.LocalPath },
        },
        new("insecure", ("Also take connections without TLS", "也接受不加密的连接"))
        {
            Default = "no",
            Flag = new("insecure", ("Also take connections without TLS: anyone on the way can read along", "也接受不用 TLS 的连接：途中任何人都能看到内容")),
            Check = v => ParseBool(v) is null ? s_yesNo : null,
        },
        new("log-level", ("debug, info, warning, error or off", "debug、info、warning、error 或 off"))
        {
            Default = "info",
            Flag = new("log-level", ("How much is logged (default: info)", "日志详细程度（默认 info）")) { Value = "L", Choices = ["debug", "info", "warning", "error", "off"] },
            Check = v => Enum.TryParse<LogLevel>(v, true, out _) && !char.IsDigit(v[0]) ? null : ("Expected debug, info, warning, error or off.", "应为 debug、info、warning、error 或 off。"),
        },
        new("log-json", ("Log one JSON object per line", "日志每行一个 JSON 对象"))
        {
            Default = "no",
            Flag = new("log-json", ("Log one JSON object per line", "日志每行一个 JSON 对象")),
            Check = v => ParseBool(v) is null ? s_yesNo : null,
        },
        new("run-as", ("Who a server started by root becomes: a user name or number", "由 root 启动时切换成的用户：用户名或编号")),
        Number("max-connections", s_defaults.MaxConnections, ("Connections in all", "连接总数上限")),
        Number("max-connections-per-address", s_defaults.MaxConnectionsPerAddress, ("Connections from one address", "每个地址的连接数上限")),
        Span("connection-wait", s_defaults.ConnectionWait, ("How long one connection too many waits for a place", "超出上限的连接等待空位的时间")),
        Span("login-timeout", s_defaults.LoginTimeout, ("From a connection to a finished login", "从建立连接到完成登录的时限")),
        Span("idle-timeout", s_defaults.IdleTimeout, ("How long a connection may be idle", "连接可空闲的时间")),
        Number("max-users", s_defaults.MaxUsers, ("Logged-in connections at once; one more waits in line or is told", "同时登录的连接数上限；超出者排队或被告知")),
        Number("backlog", s_defaults.Backlog, ("Connections the kernel keeps until they are taken", "内核中等待接受的连接数")),
        Span("stop-timeout", s_defaults.StopTimeout, ("How long a stop waits for what is under way", "停止时等待正在进行的操作的时间")),
        new("durable", ("Acknowledge changes only when they are on the disk", "数据写入磁盘后才确认")) { Default = "yes", Check = v => ParseBool(v) is null ? s_yesNo : null },
        new("disk-reserve", ("Disk space never given to uploads", "不分配给上传的磁盘空间")) { Default = "64M", Check = v => Amounts.ParseSize(v) is null ? s_size : null },
        Span("partial-expiry", s_defaults.PartialExpiry, ("How long unfinished uploads are kept", "未完成的上传保留多久")),
        Span("bin-age", s_defaults.Bin, ("How long removed files can be put back; 0 removes at once", "删除的文件在多长时间内可以恢复；0 表示立即彻底删除")),
        Span("audit-age", s_defaults.AuditAge, ("How long audit records are kept", "审计记录保留多久")),
        Number("audit-rows", s_defaults.AuditRows, ("How many audit records are kept", "审计记录最多保留多少条")),
        new("commands.confinement", ("What keeps commands apart: bubblewrap, or none (then only administrators may run any)", "隔离命令的方式：bubblewrap，或 none（此时仅管理员可运行命令）"))
        {
            Default = "bubblewrap",
            Check = v => v is "bubblewrap" or "none" ? null : ("Expected bubblewrap or none.", "应为 bubblewrap 或 none。"),
        },
        Size("commands.log", s_defaults.Commands.LogBytes, ("Output kept of one job", "每个任务保留的输出")),
        Size("commands.log-per-account", s_defaults.Commands.LogBytesPerAccount, ("Output kept of an account's ended jobs", "每个账户已结束任务保留的输出")),
        Span("commands.reader-grace", s_defaults.Commands.ReaderGrace, ("How long a reader whose line broke is waited for", "断线的读取者等待多久")),
        Number("commands.max", s_defaults.Commands.MaxJobs, ("Jobs at once", "同时运行的任务上限")),
        Number("commands.max-per-account", s_defaults.Commands.MaxJobsPerAccount, ("Jobs at once of one account", "每个账户同时运行的任务上限")),
        Number("commands.kept", s_defaults.Commands.KeptJobs, ("Ended jobs kept of one account", "每个账户保留的已结束任务数")),
        Span("commands.kept-for", s_defaults.Commands.KeptFor, ("How long ended jobs are kept", "已结束的任务保留多久")),
        new("commands.max-time", ("Longest a job may run (default: no bound)", "任务最长运行时间（默认不限）")) { Check = v => Amounts.ParseSpan(v) is null ? s_span : null },
        Number("commands.processes", s_defaults.Commands.Processes, ("Processes of one job", "每个任务的进程数上限")),
        new("commands.memory", ("Address space of each process of a job (default: no bound)", "任务中每个进程的地址空间上限（默认不限）")) { Check = v => Amounts.ParseSize(v) is null or 0 ? s_size : null },
        new("chat.message-bytes", ("Bytes of one message", "单条消息的字节数上限")) { Default = "8K", Check = v => Amounts.ParseSize(v) is null or 0 or > 1 << 20 ? s_size : null },
        Number("chat.rate", s_defaults.Chat.Rate, ("Messages a second of one account, on the average", "每个账户平均每秒的消息数上限")),
        Number("chat.burst", s_defaults.Chat.Burst, ("Messages of one account at once", "每个账户可连续发送的消息数")),
        Number("chat.max-rooms", s_defaults.Chat.MaxRooms, ("Rooms in all, conversations between two not counted", "房间总数上限，私聊不计")),
        Number("chat.max-present", s_defaults.Chat.MaxPresent, ("Connections in one room", "每个房间的连接数上限")),
        new("chat.keep-for", ("How long messages are kept (default: for good)", "消息保留多久（默认一直保留）")) { Check = v => Amounts.ParseSpan(v) is null ? s_span : null },
        new("chat.keep-bytes", ("Bytes kept of each room (default: all)", "每个房间保留的字节数（默认全部）")) { Check = v => Amounts.ParseSize(v) is null or 0 ? s_size : null },
        Size("commands.tmp", s_defaults.Commands.TemporaryBytes, ("A job's own /tmp, which is memory", "任务自己的 /tmp（位于内存）")),
    ];

    private static Words? EndPointOrOff(string value) => value != "off" && ParseEndPoint(value) is null ? s_address : null;

    private static Setting Number(string key, int standard, Words help) => new(key, help)
    {
        Default = standard.ToString(CultureInfo.InvariantCulture),
        Check = v => int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n > 0 ? null : s_number,
    };

    private static Setting Size(string key, long standard, Words help) => new(key, help)
    {
        Default = string.Create(CultureInfo.InvariantCulture, $"{standard >> 20}M"),
        Check = v => Amounts.ParseSize(v) is null or 0 ? s_size : null,
    };

    private static Setting Span(string key, TimeSpan standard, Words help) => new(key, help)
    {
        Default = Amounts.Span(standard),
        Check = v => Amounts.ParseSpan(v) is null ? s_span : null,
    };

    /// <summary>Reads all layers for a command that has the flags.</summary>
    public static IReadOnlyList<SettingValue> Resolve(Invocation call)
    {
        var layers = new SettingsLayers(Table);
        var environment = SettingsLayers.Environment();
        var flags = call.Given.ToArray();
        string? named = call.Value(Config) ?? (environment.TryGetValue("SWITCHBOARD_CONFIG", out string? variable) && variable.Length > 0 ? variable : null);
        SettingsFile? file = named is not null ? SettingsFile.Read(named) : Standard(layers, flags, environment);
        var values = layers.Resolve(flags, environment, file);
        foreach (string name in layers.Ignored.Distinct())
        {
            call.Printer.Note(SettingsText.UnknownVariable(name));
        }
        return values;
    }

    private static SettingsFile? Standard(SettingsLayers layers, (Flag, string)[] flags, Dictionary<string, string> environment)
    {
        string path = Path.Combine(OwnData.Of(layers.Resolve(flags, environment, null)), "switchboard.conf");
        return File.Exists(path) ? SettingsFile.Read(path) : null;
    }

    public static ServerOptions ToOptions(IReadOnlyList<SettingValue> values, string lang)
    {
        string? One(string key) => values.First(v => v.Setting.Key == key).Values.FirstOrDefault();
        int Count(string key) => int.Parse(One(key)!, CultureInfo.InvariantCulture);
        IPEndPoint? Door(string key) => One(key) is { } at and not "off" ? ParseEndPoint(at) : null;
        TimeSpan Time(string key) => Amounts.ParseSpan(One(key)!)!.Value;
        if (One("cert") is null != One("key") is null)
        {
            throw new UsageException(("A certificate and its key belong together: give both --cert and --key.", "证书和私钥必须同时给出：--cert 与 --key。"));
        }
        return new()
        {
            Data = OwnData.Of(values),
            Listen = [.. values.First(v => v.Setting.Key == "listen").Values.Select(v => ParseEndPoint(v)!)],
            Ftp = Door("ftp"),
            Ftps = Door("ftps"),
            Udp = Door("udp"),
            Find = ParseBool(One("find")!)!.Value,
            FtpPlain = Enum.Parse<PlainFtp>(One("ftp-plain")!, true),
            FtpPassivePorts = One("ftp-passive-ports") is { } ports ? PortRange.Parse(ports) : null,
            FtpPassiveAddress = One("ftp-passive-address") is { } address ? IPAddress.Parse(address) : null,
            FtpRate = One("ftp-rate") is { } rate ? Amounts.ParseSize(rate) : null,
            FtpDigest = ParseBool(One("ftp-digest")!)!.Value,
            CertificateFile = One("cert"),
            KeyFile = One("key"),
            Insecure = ParseBool(One("insecure")!)!.Value,
            LogLevel = Enum.Parse<LogLevel>(One("log-level")!, true),
            LogJson = ParseBool(One("log-json")!)!.Value,
            Lang = lang,
            RunAs = One("run-as"),
            MaxConnections = Count("max-connections"),
            MaxConnectionsPerAddress = Count("max-connections-per-address"),
            ConnectionWait = Time("connection-wait"),
            LoginTimeout = Time("login-timeout"),
            IdleTimeout = Time("idle-timeout"),
            MaxUsers = Count("max-users"),
            Backlog = Count("backlog"),
            StopTimeout = Time("stop-timeout"),
            Durable = ParseBool(One("durable")!)!.Value,
            DiskReserve = Amounts.ParseSize(One("disk-reserve")!)!.Value,
            PartialExpiry = Time("partial-expiry"),
            Bin = Time("bin-age"),
            AuditAge = Time("audit-age"),
            AuditRows = Count("audit-rows"),
            ConfigFile = FileOf(values),
            Commands = CommandsOf(One),
            Chat = ChatOf(One),
        };
    }

    private static ChatOptions ChatOf(Func<string, string?> one)
    {
        int Count(string key) => int.Parse(one(key)!, CultureInfo.InvariantCulture);
        return s_defaults.Chat with
        {
            MessageBytes = (int)Amounts.ParseSize(one("chat.message-bytes")!)!.Value,
            Rate = Count("chat.rate"),
            Burst = Count("chat.burst"),
            MaxRooms = Count("chat.max-rooms"),
            MaxPresent = Count("chat.max-present"),
            KeepFor = one("chat.keep-for") is { } time ? Amounts.ParseSpan(time) : null,
            KeepBytes = one("chat.keep-bytes") is { } bytes ? Amounts.ParseSize(bytes) : null,
        };
    }

    private static CommandsOptions CommandsOf(Func<string, string?> one)
    {
        long Bytes(string key) => Amounts.ParseSize(one(key)!)!.Value;
        int Count(string key) => int.Parse(one(key)!, CultureInfo.InvariantCulture);
        TimeSpan Time(string key) => Amounts.ParseSpan(one(key)!)!.Value;
        return s_defaults.Commands with
        {
            Confinement = Enum.Parse<Confinement>(one("commands.confinement")!, true),
            LogBytes = Bytes("commands.log"),
            LogBytesPerAccount = Bytes("commands.log-per-account"),
            ReaderGrace = Time("commands.reader-grace"),
            MaxJobs = Count("commands.max"),
            MaxJobsPerAccount = Count("commands.max-per-account"),
            KeptJobs = Count("commands.kept"),
            KeptFor = Time("commands.kept-for"),
            MaxTime = one("commands.max-time") is { } time ? Amounts.ParseSpan(time) : null,
            Processes = Count("commands.processes"),
            Memory = one("commands.memory") is { } memory ? Amounts.ParseSize(memory) : null,
            TemporaryBytes = Bytes("commands.tmp"),
        };
    }

    // Its place stands in the origin of what was read from it.
    private static string? FileOf(IReadOnlyList<SettingValue> values) =>
        values.Select(v => v.Origin).FirstOrDefault(o => o.StartsWith("file ", StringComparison.Ordinal)) is { } origin ? origin["file ".Length..origin.LastIndexOf(',')] : null;

    /// <summary>A numeric address and port; <c>*</c> or nothing before the colon means all; <c>localhost</c> is 127.0.0.1. Null for anything else.</summary>
    public static IPEndPoint? ParseEndPoint(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port > 65535)
        {
            return null;
        }
        string host = text[..colon] switch { "" or "*" => "[::]", "localhost" => "127.0.0.1", var given => given };
        bool bracketed = host is ['[', .., ']'];
        // "::1:80" could be read two ways; with brackets it cannot.
        return bracketed == host.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(bracketed ? host[1..^1] : host, out IPAddress? address) ? new(address, port) : null;
    }

    private static bool? ParseBool(string text) => text.ToLowerInvariant() switch
    {
        "yes" or "true" or "on" or "1" => true,
        "no" or "false" or "off" or "0" => false,
        _ => null,
    };
}
