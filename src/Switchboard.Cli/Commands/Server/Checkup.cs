using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Protocol;
using Switchboard.Server;
using Switchboard.Server.Services.Commands;

namespace Switchboard.Cli.Commands.Server;

internal enum Verdict
{
    Ok,
    Warn,
    Fail,
}

/// <summary>What one check found, and what to do about it.</summary>
internal sealed record Finding(string Check, Verdict Verdict, Words Says, Words? ToDo = null);

/// <summary>The checks of <c>doctor</c>. None changes anything but a test file that it removes.</summary>
internal static partial class Checkup
{
    private const int OpenAt2 = 437, CurrentFolder = -100, ReadOnlyFolder = 0x10000, ResolveBeneath = 0x08;

    // Two months of a certificate's life are time enough to renew it in peace.
    private const int DaysToWarn = 60;

    public static async Task<IReadOnlyList<Finding>> RunAsync(ServerOptions options)
    {
        bool running = File.Exists(OwnData.SocketOf(options.Data)) && await AnswersAsync(OwnData.SocketOf(options.Data));
        return [Jail(), User(options), Data(options), Disk(options), Sqlite(), Commands(options), .. options.Listen.Select(e => Port(e, running)), .. Ftp(options, running), .. Udp(options, running), Certificate(options)];
    }

    private static Finding Jail()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new("openat2", Verdict.Fail, ("This is not Linux; homes cannot be kept apart.", "不是 Linux，无法隔离主目录。"), ("Run the server on Linux. The client works here.", "请在 Linux 上运行服务器；客户端可在此使用。"));
        }
        ulong[] how = [ReadOnlyFolder, 0, ResolveBeneath];
        nint handle = syscall(OpenAt2, CurrentFolder, ".", ref how[0], 24);
        if (handle < 0)
        {
            return new("openat2", Verdict.Fail, ($"The kernel does not open files beneath a folder: {Marshal.GetLastPInvokeErrorMessage()}", $"内核不支持在目录之下打开文件：{Marshal.GetLastPInvokeErrorMessage()}"),
                ("Use Linux 5.6 or newer; in a container, allow the call openat2.", "请使用 Linux 5.6 或更高版本；在容器中请允许 openat2 调用。"));
        }
        _ = close((int)handle);
        return new("openat2", Verdict.Ok, ("The kernel keeps homes apart (openat2).", "内核支持隔离主目录（openat2）。"));
    }

    private static Finding User(ServerOptions options)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return new("user", Verdict.Ok, ($"Runs as the ordinary user {Environment.UserName}.", $"以普通用户 {Environment.UserName} 运行。"));
        }
        string who = options.RunAs ?? "switchboard";
        return new("user", Verdict.Ok, ($"Started by root, the server works as an ordinary user ({who}, or who owns the data directory).", $"由 root 启动时，服务器会切换为普通用户（{who}，或数据目录的所有者）。"));
    }

    private static Finding Data(ServerOptions options)
    {
        string folder = options.Data;
        if (!Directory.Exists(folder))
        {
            string above = Existing(folder);
            return Writable(above)
                ? new("data", Verdict.Ok, ($"{folder} will be made at the first start.", $"{folder} 将在首次启动时建立。"))
                : new("data", Verdict.Fail, ($"{folder} cannot be made: {above} is not writable.", $"无法建立 {folder}：{above} 不可写。"), ("Choose another place with --data, or change the rights.", "请用 --data 换一个位置，或修改权限。"));
        }
        if (!Writable(folder))
        {
            return new("data", Verdict.Fail, ($"{folder} is not writable.", $"{folder} 不可写。"), ("Run as its owner, or change the rights.", "请以其所有者身份运行，或修改权限。"));
        }
        UnixFileMode open = OperatingSystem.IsWindows() ? 0 : File.GetUnixFileMode(folder) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute | UnixFileMode.GroupWrite);
        return open == 0
            ? new("data", Verdict.Ok, ($"{folder} is there, writable, and closed to others.", $"{folder} 存在、可写，且不对他人开放。"))
            : new("data", Verdict.Warn, ($"Others may look into {folder}.", $"其他用户可以访问 {folder}。"), ($"chmod 700 {folder}", $"chmod 700 {folder}"));
    }

    private static Finding Disk(ServerOptions options)
    {
        var drive = new DriveInfo(Existing(options.Data));
        string free = ByteSize.ToText(drive.AvailableFreeSpace, Language.English), type = drive.DriveFormat;
        Words says = ($"{free} free on {type}; {ByteSize.ToText(options.DiskReserve, Language.English)} stay reserved.", $"{type} 上剩余 {free}，其中保留 {ByteSize.ToText(options.DiskReserve, Language.English)}。");
        return drive.AvailableFreeSpace switch
        {
            var left when left <= options.DiskReserve => new("disk", Verdict.Fail, says, ("Nothing can be stored: make room, or lower disk-reserve.", "无法存入任何内容：请清理磁盘或调低 disk-reserve。")),
            < 1L << 30 => new("disk", Verdict.Warn, says, ("Less than 1 GiB is left: make room.", "剩余不足 1 GiB，请清理磁盘。")),
            _ when type is "tmpfs" or "ramfs" => new("disk", Verdict.Warn, says, ("This is memory: everything is gone after a restart of the machine.", "这是内存盘，机器重启后数据全部丢失。")),
            _ => new("disk", Verdict.Ok, says),
        };
    }

    private static Finding Sqlite()
    {
        foreach (string library in (string[])["libsqlite3.so.0", "e_sqlite3"])
        {
            if (NativeLibrary.TryLoad(library, typeof(Checkup).Assembly, null, out nint handle) && NativeLibrary.TryGetExport(handle, "sqlite3_libversion", out nint function))
            {
                string version = Version(function);
                return new("sqlite", Verdict.Ok, ($"SQLite {version} ({library}).", $"SQLite {version}（{library}）。"));
            }
        }
        return new("sqlite", Verdict.Fail, ("There is no SQLite library.", "没有找到 SQLite 库。"), ("Install it: apt-get install libsqlite3-0", "请安装：apt-get install libsqlite3-0"));
    }

    private static unsafe string Version(nint function) => Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)function)()) ?? "?";

    private static Finding Commands(ServerOptions options)
    {
        if (options.Commands.Confinement is Confinement.None)
        {
            return new("commands", Verdict.Warn, ("Commands are not confined: they may do what the server's user may. Only administrators can run any.", "命令未被隔离，可做服务器用户能做的一切；仅管理员可以运行命令。"),
                ("Remove commands.confinement to have them confined by bubblewrap.", "去掉 commands.confinement 设置，即可由 bubblewrap 隔离命令。"));
        }
        return SandboxTrial.Run() switch
        {
            { Missing: true } => new("commands", Verdict.Warn, ("Commands cannot be run: bubblewrap is not installed.", "无法运行命令：未安装 bubblewrap。"), ("Where accounts are to run commands: apt-get install bubblewrap", "如需让账户运行命令：apt-get install bubblewrap")),
            { Failure: { } failure } => new("commands", Verdict.Warn, ($"Commands cannot be run: bubblewrap said “{failure}”", $"无法运行命令：bubblewrap 报告“{failure}”"),
                ("Use bubblewrap 0.8 or newer, and let ordinary users make user namespaces (sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns).", "请使用 bubblewrap 0.8 或更高版本，并允许普通用户创建用户命名空间（sysctl kernel.unprivileged_userns_clone、kernel.apparmor_restrict_unprivileged_userns）。")),
            _ => new("commands", Verdict.Ok, ("Commands are confined by bubblewrap. Memory and processor time of whole jobs are not limited (no control group is used).", "命令由 bubblewrap 隔离。不限制整个任务的内存和处理器时间（未使用 cgroup）。")),
        };
    }

    private static Finding[] Udp(ServerOptions options, bool running) => options.Udp is { } door ? [Port(door, running, ProtocolType.Udp)] : [];

    private static Finding Port(IPEndPoint address, bool running, ProtocolType protocol = ProtocolType.Tcp)
    {
        string place = protocol == ProtocolType.Udp ? $"{address} (UDP)" : address.ToString();
        try
        {
            using var socket = new Socket(address.AddressFamily, protocol == ProtocolType.Udp ? SocketType.Dgram : SocketType.Stream, protocol);
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }
            socket.Bind(address);
            return new("port", Verdict.Ok, ($"{place} is free.", $"{place} 空闲。"));
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse && running)
        {
            return new("port", Verdict.Ok, ($"{place} is in use; the server on this data directory runs.", $"{place} 已占用，此数据目录的服务器正在运行。"));
        }
        catch (SocketException refused)
        {
            return new("port", Verdict.Fail, ($"{place} cannot be used: {refused.Message}", $"{place} 无法使用：{refused.Message}"),
                ("Choose another with --listen, --ftp or --udp, or stop what uses it (ss -lnptu shows it).", "请用 --listen、--ftp 或 --udp 换一个，或停掉占用它的程序（ss -lnptu 可查看）。"));
        }
    }

    private static IEnumerable<Finding> Ftp(ServerOptions options, bool running)
    {
        foreach (IPEndPoint door in new[] { options.Ftp, options.Ftps }.OfType<IPEndPoint>())
        {
            yield return Port(door, running);
        }
        if (options.Ftp is null && options.Ftps is null)
        {
            yield break;
        }
        if (options.FtpPlain == PlainFtp.Allow)
        {
            yield return new("ftp", Verdict.Warn, ("FTP logins without TLS are allowed from everywhere: passwords can be read on the way.", "允许任何地址不加密登录 FTP：密码可能在途中被看到。"),
                ("Set ftp-plain to loopback or never.", "请把 ftp-plain 设为 loopback 或 never。"));
        }
        yield return PassivePorts(options);
    }

    private static Finding PassivePorts(ServerOptions options)
    {
        Words address = options.FtpPassiveAddress is { } told ? ($"; PASV tells {told}", $"；PASV 告知 {told}") : ("", "");
        if (options.FtpPassivePorts is not { } ports)
        {
            return new("ftp", Verdict.Ok, ($"FTP data connections use any port{address.En}.", $"FTP 数据连接使用任意端口{address.Zh}。"));
        }
        int free = ports.Shuffled().Count(IsFree);
        return free == ports.Count
            ? new("ftp", Verdict.Ok, ($"FTP data connections use ports {ports}{address.En}; let them through the firewall.", $"FTP 数据连接使用端口 {ports}{address.Zh}；请在防火墙放行。"))
            : new("ftp", Verdict.Warn, ($"{ports.Count - free} of the {ports.Count} FTP data ports {ports} are taken.", $"{ports.Count} 个 FTP 数据端口（{ports}）中有 {ports.Count - free} 个被占用。"),
                ("Choose a range nothing else uses: ftp-passive-ports.", "请用 ftp-passive-ports 选择空闲的范围。"));
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Finding Certificate(ServerOptions options)
    {
        string file = options.CertificateFile ?? Path.Combine(options.Data, "tls", "cert.pem");
        if (!File.Exists(file))
        {
            return options.CertificateFile is null
                ? new("tls", Verdict.Ok, ("A certificate will be made at the first start.", "首次启动时会生成证书。"))
                : new("tls", Verdict.Fail, ($"There is no certificate {file}.", $"证书 {file} 不存在。"), ("Check --cert.", "请检查 --cert。"));
        }
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(file);
            return Dates(certificate);
        }
        catch (Exception unreadable) when (unreadable is System.Security.Cryptography.CryptographicException or IOException or UnauthorizedAccessException)
        {
            return new("tls", Verdict.Fail, ($"{file} cannot be read as a certificate: {unreadable.Message}", $"{file} 无法作为证书读取：{unreadable.Message}"), ("Give a PEM file that the server's user may read.", "请提供服务器用户可读的 PEM 文件。"));
        }
    }

    private static Finding Dates(X509Certificate2 certificate)
    {
        string until = certificate.NotAfter.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        double days = (certificate.NotAfter - DateTime.Now).TotalDays;
        Words renew = ("Renew it with the same key, so that clients keep their trust; SIGHUP reads it again.", "请用同一密钥续期，客户端的信任不变；发送 SIGHUP 可重新读取。");
        return days switch
        {
            < 0 => new("tls", Verdict.Fail, ($"The certificate ended on {until}.", $"证书已于 {until} 到期。"), renew),
            < DaysToWarn => new("tls", Verdict.Warn, ($"The certificate ends on {until}.", $"证书将于 {until} 到期。"), renew),
            _ => new("tls", Verdict.Ok, ($"The certificate is good until {until}.", $"证书有效期至 {until}。")),
        };
    }

    private static async Task<bool> AnswersAsync(string path)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Existing(string folder)
    {
        string at = Path.GetFullPath(folder);
        while (!Directory.Exists(at))
        {
            at = Path.GetDirectoryName(at) ?? "/";
        }
        return at;
    }

    private static bool Writable(string folder)
    {
        string probe = Path.Combine(folder, $".switchboard-doctor-{Environment.ProcessId}");
        try
        {
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint syscall(nint number, nint folder, string path, ref ulong how, nint size);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
