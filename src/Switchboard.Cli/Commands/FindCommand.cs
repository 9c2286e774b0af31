using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary><c>find</c>: servers on this network.</summary>
internal static class FindCommand
{
    private static readonly Flag s_port = new("port", ("Where servers take datagrams (default: 9527)", "服务器的 UDP 端口（默认 9527）")) { Value = "PORT" };
    private static readonly Words[] s_columns = [("NAME", "名称"), ("ADDRESS", "地址"), ("FINGERPRINT", "指纹")];

    public static Command Build() => new("find", ("Look for servers on this network", "查找本地网络上的服务器"))
    {
        Flags = [s_port],
        Details = (
            "Asks by broadcast and multicast, for a second and a half. What is found proves nothing: compare the fingerprint when you log in. A server with 'find = no' or without its UDP door is not found, nor is one on another network.",
            "通过广播和多播询问，历时一秒半。找到的结果不代表可信：登录时请核对指纹。设置了 find = no、关闭了 UDP 入口或位于其他网络的服务器不会被找到。"),
        Examples = [new("switchboard find", ("Then: switchboard login ADDRESS --user NAME", "然后：switchboard login 地址 --user 用户名"))],
        Run = RunAsync,
    };

    private static async Task<int> RunAsync(Invocation call)
    {
        Printer printer = call.Printer;
        int port = call.Value(s_port) is { } text ? PortOf(text) : ServerAddress.DefaultPort;
        List<(FoundServer Server, string Address)> found = [];
        await NetworkSearch.FindAsync((server, address) => found.Add((server, Typed(address, server.Port))), port, call.Stop);
        var table = new TextTable(printer, s_columns);
        foreach ((FoundServer server, string address) in found.OrderBy(one => one.Server.Name, StringComparer.Ordinal).ThenBy(one => one.Address, StringComparer.Ordinal))
        {
            if (printer.IsJson)
            {
                printer.Json(new() { Name = server.Name, Address = address, Fingerprint = server.Fingerprint }, CliJson.Default.FoundLine);
                continue;
            }
            table.Row(Printable.Escape(server.Name), address, server.Fingerprint);
        }
        table.Print();
        if (found.Count == 0)
        {
            throw new FailedException("not_found", ExitCode.NotFound, ("No server answered on this network.", "本网络上没有服务器应答。"), ("It may be on another network, or have 'find' or its UDP door off: switchboard login HOST --user NAME", "它可能在其他网络，或关闭了 find 或 UDP 入口：switchboard login 主机 --user 用户名"));
        }
        return ExitCode.Done;
    }

    private static int PortOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65535 ? port
        : throw new UsageException(("A port is a number from 1 to 65535.", "端口应为 1 到 65535 的数字。"));

    // As it is typed behind login: without the port everybody has.
    private static string Typed(IPAddress address, int port)
    {
        string host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        return port == ServerAddress.DefaultPort ? address.ToString() : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
    }
}
