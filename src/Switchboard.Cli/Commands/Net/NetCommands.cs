using Switchboard.Addresses;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary><c>net</c>: the address tools.</summary>
internal static class NetCommands
{
    public static Command Build() => new("net", ("Addresses, masks, names and who answers", "地址、掩码、名称与连通性"))
    {
        Details = (
            "IPv4 and IPv6 alike. Every answer shows its working. What two programs could read differently is refused with its place: 010.0.0.1, 1.2.3, a mask with holes.",
            "IPv4 与 IPv6 通用，每个答案都给出推算过程。可能被不同程序读出不同结果的写法会被拒绝并指出位置：010.0.0.1、1.2.3、不连续的掩码。"),
        Subcommands =
        [
            .. new[]
            {
                InfoCommand.Build(), PingCommand.Build(), MaskCommands.BuildMask(), MaskCommands.BuildSame(),
                PlanCommand.Build(), SetCommand.Build(), KindCommand.Build(),
                NameCommands.BuildHost(), NameCommands.BuildAddr(), ServiceCommand.Build(),
                FormCommands.BuildForm(), FormCommands.BuildOrder(), FormCommands.BuildPack(), FormCommands.BuildUnpack(),
            }.Select(Refusing),
        ],
        Examples =
        [
            new("switchboard net mask 192.168.1.77/26", ("Network, broadcast and hosts, with the AND in binary", "网络、广播地址和主机范围，附二进制与运算")),
            new("switchboard net plan 192.168.1.0/24 100 50 20", ("Three networks of those sizes, and what is left", "按主机数划分三个子网，并列出剩余")),
            new("switchboard net kind 8080", ("What port 8080 is, and who listens there", "8080 是什么端口，谁在监听")),
        ],
    };

    // One place turns a refused text into wrong usage.
    private static Command Refusing(Command command) => command with
    {
        Run = async call =>
        {
            try
            {
                return await command.Run!(call);
            }
            catch (AddressFormatException wrong)
            {
                throw FaultText.Of(wrong);
            }
        },
    };
}
