using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Server;

namespace Switchboard.Cli.Commands.Server;

/// <summary>What the first start says, once: to the person who watches, or, when nobody does, to a file only the owner may read.</summary>
internal sealed class FirstRunBanner(Printer printer)
{
    // A machine with containers may have dozens; the first few are those people use.
    private const int MostAddresses = 4;

    /// <param name="password">Of the account <c>admin</c>.</param>
    /// <param name="bound">Where the server listens.</param>
    /// <param name="fingerprint">Of its key.</param>
    /// <param name="data">The data directory.</param>
    public void Tell(string password, Bound bound, string fingerprint, string data)
    {
        if (printer.Options.OutputIsTerminal)
        {
            string[] ftp = bound.Ftp is null ? [] : [.. Typed([bound.Ftp])];
            Show(password, [.. Typed(bound.Native)], ftp, [.. Typed(bound.Native, withPort: true)], fingerprint, data);
            return;
        }
        string file = Path.Combine(data, "first-run");
        Keep(file, password);
        printer.Complain(printer.In(FirstRunText.PasswordIn(file)));
    }

    private void Show(string password, string[] addresses, string[] ftp, string[] web, string fingerprint, string data)
    {
        printer.Line();
        printer.Line(printer.Styled(Style.Heading, printer.In(FirstRunText.Title)));
        Row(FirstRunText.Addresses, string.Join("  ", addresses));
        if (ftp.Length > 0)
        {
            Row(FirstRunText.Ftp, string.Join("  ", ftp));
        }
        Row(FirstRunText.Browser, string.Join("  ", web.Select(address => $"https://{address}/")));
        Row(FirstRunText.Fingerprint, fingerprint);
        Row(FirstRunText.Account, "admin");
        Row(FirstRunText.Password, printer.Styled(Style.Good, password));
        Row(FirstRunText.Data, data);
        printer.Line();
        printer.Line(printer.In(FirstRunText.Next));
        foreach (Example example in FirstRunText.Steps(addresses.FirstOrDefault() ?? "localhost", fingerprint, OwnData.IsStandard(data) ? "" : " --data " + TransferReport.Quoted(data)))
        {
            printer.Line("  " + printer.Styled(Style.Faint, "# " + printer.In(example.Does)));
            printer.Line("  " + printer.Styled(Style.Name, example.Line));
        }
        printer.Line();
        printer.Flush();
    }

    private void Row(Words name, string value) => printer.Line($"  {Terminal.TextWidth.Pad(printer.In(name), 12)}{value}");

    // Made closed, not closed afterwards: between the two anyone could have opened it.
    private static void Keep(string file, string password)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        File.Delete(file);
        using var writer = new StreamWriter(file, options);
        writer.Write(password + "\n");
    }

    private static IEnumerable<string> Typed(IReadOnlyList<IPEndPoint> bound, bool withPort = false) =>
        bound.SelectMany(Reachable).Distinct().Take(MostAddresses).Select(at => !withPort && at.Port == Client.ServerAddress.DefaultPort ? at.Address.ToString() : at.ToString());

    /// <summary>The addresses others can reach: for "all", those of the machine's interfaces, IPv4 first.</summary>
    private static IEnumerable<IPEndPoint> Reachable(IPEndPoint bound)
    {
        if (!bound.Address.Equals(IPAddress.IPv6Any) && !bound.Address.Equals(IPAddress.Any))
        {
            return [bound];
        }
        IPAddress[] own = [.. NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .Where(a => !a.IsIPv6LinkLocal && (a.AddressFamily == AddressFamily.InterNetwork || bound.Address.Equals(IPAddress.IPv6Any)))
            .OrderBy(a => a.AddressFamily == AddressFamily.InterNetworkV6)];
        return own.Length == 0 ? [new IPEndPoint(IPAddress.Loopback, bound.Port)] : own.Select(a => new IPEndPoint(a, bound.Port));
    }

}

internal static class FirstRunText
{
    public static readonly Words Title = ("This server is new. Keep these; the password is shown only now.", "这是一台新服务器。请记下以下内容，密码只显示这一次。");
    public static readonly Words Addresses = ("address", "地址");
    public static readonly Words Ftp = ("ftp", "FTP");
    public static readonly Words Browser = ("browser", "浏览器");
    public static readonly Words Fingerprint = ("fingerprint", "指纹");
    public static readonly Words Account = ("account", "账户");
    public static readonly Words Password = ("password", "密码");
    public static readonly Words Data = ("data", "数据");
    public static readonly Words Next = ("Next, in another terminal:", "接下来，在另一个终端里输入：");

    public static Example[] Steps(string address, string fingerprint, string data) =>
    [
        new($"switchboard login {address} --user admin --fingerprint {fingerprint}", ("log in from any machine of this network", "在本网络的任意机器上登录")),
        new($"switchboard account add NAME --quota 20G{data}", ("an account for each person", "为每个人建一个账户")),
        new("switchboard put FILE /", ("send a file", "上传一个文件")),
    ];

    public static Words PasswordIn(string file) => (
        $"switchboard: this server is new; the password of 'admin' is in {file}. Read it and remove it.",
        $"switchboard：这是一台新服务器，admin 的密码在 {file}，请读取后删除。");

    public static Words CannotListen(string address, string reason) => ($"The server cannot listen on {address}: {reason}.", $"服务器无法监听 {address}：{reason}。");

    public static readonly Words CannotListenHint = ("Choose another address with --listen (port 0 picks a free one); 'switchboard doctor' looks at all of them.", "请用 --listen 换一个地址（端口 0 表示自动选择）；switchboard doctor 可检查全部地址。");
}
