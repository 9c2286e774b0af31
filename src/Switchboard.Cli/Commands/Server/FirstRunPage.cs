using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;

namespace Switchboard.Cli.Commands.Server;

/// <summary>
/// What the first start says, once: where the server is, how to know it, the administrator's password, and what to type next.
/// Without a terminal the password goes into a file that only the server's user can read, and the file is named instead.
/// </summary>
internal sealed class FirstRunPage(Printer printer)
{
    public void Show(string password, IReadOnlyList<IPEndPoint> bound, string fingerprint, string data)
    {
        printer.Line();
        printer.Line(printer.Styled(Style.Heading, printer.In(("Switchboard is set up.", "Switchboard 已就绪。"))));
        printer.Line();
        Row(("Address", "地址"), string.Join("  ", Reachable(bound)));
        Row(("Fingerprint", "指纹"), fingerprint);
        Row(("Account", "账户"), "admin");
        Row(("Password", "密码"), PlaceOf(password, data));
        Row(("Data", "数据"), data);
        printer.Line();
        Next(bound[0].Port, data);
        printer.Flush();
    }

    private void Row(Words label, string value) =>
        printer.Line("  " + TextWidth.Pad(printer.In(label), 12) + " " + value);

    private string PlaceOf(string password, string data)
    {
        if (printer.Options.OutputIsTerminal)
        {
            return printer.Styled(Style.Heading, password) + "  " + printer.In(("(shown only this once)", "（只显示这一次）"));
        }

        string file = Path.Combine(data, "first-run");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var stream = new FileStream(file, options);
        stream.Write(Encoding.ASCII.GetBytes(password + "\n"));
        return printer.In(($"in {file}", $"保存在 {file}"));
    }

    private void Next(int port, string data)
    {
        string there = port == Switchboard.Server.ServerOptions.DefaultPort ? "HOST" : string.Create(CultureInfo.InvariantCulture, $"HOST:{port}");
        printer.Line(("Next, from any machine of this network:", "接下来，在本网络的任意机器上："));
        printer.Line($"  switchboard login {there} --user admin");
        printer.Line("  switchboard put FILE /");
        printer.Line(("and here, for each person:", "并在本机为每个人建立账户："));
        printer.Line($"  switchboard account add NAME --quota 10G --data {data}");
        printer.Line();
    }

    /// <summary>The addresses a person can type; a server on "any" address is told by those of the machine.</summary>
    private static IEnumerable<string> Reachable(IReadOnlyList<IPEndPoint> bound) =>
        bound.SelectMany(endpoint => IsAny(endpoint.Address) ? Own().Select(own => new IPEndPoint(own, endpoint.Port)) : [endpoint])
            .Select(endpoint => endpoint.ToString())
            .Distinct()
            .Take(4);

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static IEnumerable<IPAddress> Own() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => card.OperationalStatus == OperationalStatus.Up)
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork)
            .OrderBy(IPAddress.IsLoopback);
}
