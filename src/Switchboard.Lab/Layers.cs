using Switchboard.Protocol;

namespace Switchboard.Lab;

/// <summary>One layer of OSI, and where it is in the two countings of TCP/IP.</summary>
public sealed record Layer(int Osi, Words OsiName, Words Five, Words Four, Words Unit, string Protocols, Words Devices);

/// <summary>OSI 7, TCP/IP 5 and 4 side by side.</summary>
public static class Layers
{
    private static readonly Words s_application5 = ("5 application", "5 应用层"), s_application4 = ("4 application", "4 应用层"), s_link4 = ("1 link", "1 链路层");
    private static readonly Words s_hosts = ("hosts", "主机");

    public static readonly Layer[] All =
    [
        new(7, ("application", "应用层"), s_application5, s_application4, ("message", "消息"), "HTTP FTP DNS", s_hosts),
        new(6, ("presentation", "表示层"), s_application5, s_application4, ("message", "消息"), "TLS UTF-8", s_hosts),
        new(5, ("session", "会话层"), s_application5, s_application4, ("message", "消息"), "SOCKS RPC", s_hosts),
        new(4, ("transport", "传输层"), ("4 transport", "4 传输层"), ("3 transport", "3 传输层"), ("segment", "报文段"), "TCP UDP QUIC", ("firewall", "防火墙")),
        new(3, ("network", "网络层"), ("3 network", "3 网络层"), ("2 internet", "2 网际层"), ("packet", "分组"), "IPv4 IPv6 ICMP", ("router", "路由器")),
        new(2, ("data link", "数据链路层"), ("2 data link", "2 数据链路层"), s_link4, ("frame", "帧"), "Ethernet ARP", ("switch", "交换机")),
        new(1, ("physical", "物理层"), ("1 physical", "1 物理层"), s_link4, ("bit", "比特"), "1000BASE-T", ("hub", "集线器")),
    ];
}
