using System.Globalization;
using Switchboard.Addresses;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary>This system's own table of services.</summary>
internal static class SystemServices
{
    public static string Path { get; } = OperatingSystem.IsWindows()
        ? System.IO.Path.Combine(Environment.SystemDirectory, "drivers", "etc", "services")
        : "/etc/services";

    /// <summary>Null where the system has none, as in small containers.</summary>
    public static ServiceTable? Read() => File.Exists(Path) ? new(File.ReadLines(Path)) : null;
}

/// <summary><c>net service</c>: port to name and back.</summary>
internal static class ServiceCommand
{
    private static readonly Words[] s_columns = [("NAME", "名称"), ("PORT", "端口"), ("ALIASES", "别名")];

    public static Command Build() => new("service", ("The port of a service, and back", "服务名与端口互查"))
    {
        Arguments = [new("NAME|PORT", ("A service's name or alias, or a port; /tcp or /udp may follow", "服务名、别名或端口；后面可加 /tcp 或 /udp"))],
        Details = ("From this system's own table (/etc/services), so another machine may answer otherwise.", "取自本机的服务表（/etc/services），其他机器的结果可能不同。"),
        Examples =
        [
            new("switchboard net service https", ("The port of a name", "由名称查端口")),
            new("switchboard net service 53/udp", ("The name of a port", "由端口查名称")),
        ],
        Run = call => Task.FromResult(Run(call)),
    };

    public static ServiceLine LineOf(Service service) => new() { Name = service.Name, Port = service.Port, Protocol = service.Protocol, Aliases = service.Aliases };

    private static int Run(Invocation call)
    {
        string[] parts = call.Words[0].Split('/', 2);
        bool isPort = parts[0].Length > 0 && parts[0].All(char.IsAsciiDigit);
        int port = isPort ? NumberText.ReadPort(parts[0]) : 0;
        ServiceTable table = SystemServices.Read() ?? throw new FailedException("not_found", ExitCode.NotFound,
            ($"This system has no table of services ({SystemServices.Path}).", $"本机没有服务表（{SystemServices.Path}）。"), ("On Debian and Ubuntu it is in the package netbase.", "在 Debian 和 Ubuntu 上由软件包 netbase 提供。"));
        Service[] found = [.. (isPort ? table.At(port) : table.Named(parts[0])).Where(service => parts.Length < 2 || service.Protocol == parts[1])];
        if (found.Length == 0)
        {
            throw NotThere(call.Words[0], isPort ? null : Nearest.Of(parts[0], table.Services.Select(service => service.Name)));
        }
        Print(call.Printer, found);
        return ExitCode.Done;
    }

    private static FailedException NotThere(string text, string? nearest) => new("not_found", ExitCode.NotFound,
        ($"There is no '{text}' in {SystemServices.Path}.", $"{SystemServices.Path} 中没有 '{text}'。"),
        nearest is null ? null : ($"Did you mean '{nearest}'?", $"是不是想查 '{nearest}'？"));

    private static void Print(Printer printer, Service[] found)
    {
        var table = new TextTable(printer, s_columns);
        foreach (Service service in found)
        {
            if (printer.IsJson)
            {
                printer.Json(LineOf(service), NetJson.Default.ServiceLine);
                continue;
            }
            table.Row(service.Name, string.Create(CultureInfo.InvariantCulture, $"{service.Port}/{service.Protocol}"), string.Join(' ', service.Aliases));
        }
        table.Print();
    }
}
