using System.Net.Sockets;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary>Why a name or an address was not found: the resolver's answers as codes and as sentences.</summary>
internal static class ResolverText
{
    public static string Code(SocketError error) => error switch
    {
        SocketError.HostNotFound => "no_such_name",
        SocketError.NoData => "no_data",
        SocketError.TryAgain => "try_again",
        _ => "failed",
    };

    /// <summary>No answer may become one later (exit code 5); a "no" stays one (4).</summary>
    public static FailedException NoAddress(string name, string code)
    {
        Words why = Of(code);
        bool later = code == "try_again";
        return new(later ? "try_again" : "not_found", later ? ExitCode.TryLater : ExitCode.NotFound,
            ($"'{name}' has no address here: {why.En}.", $"'{name}' 查不到地址：{why.Zh}。"),
            ("Names are looked up in the hosts file and by the DNS servers that 'switchboard net info' shows.", "名称由 hosts 文件和 DNS 服务器解析，后者见 switchboard net info。"));
    }

    private static Words Of(string code) => code switch
    {
        "no_such_name" => ("nobody has this name", "没有这个名称"),
        "no_data" => ("the name is there, but has no address", "名称存在，但没有地址"),
        "try_again" => ("no resolver answered", "解析服务器没有应答"),
        _ => ("the resolver failed", "解析失败"),
    };
}
