using Switchboard.Protocol;

namespace Switchboard.Lab;

/// <summary>Who did something: one column of the picture.</summary>
/// <param name="Id">The same in every language.</param>
/// <param name="Name">For people.</param>
/// <param name="Color">One of six, told apart by number.</param>
public sealed record Lane(string Id, Words Name, int Color)
{
    public static readonly Lane Sender = new("sender", ("sender", "发送方"), 0);
    public static readonly Lane Receiver = new("receiver", ("receiver", "接收方"), 1);
    public static readonly Lane Client = new("client", ("client", "客户端"), 0);
    public static readonly Lane Server = new("server", ("server", "服务器"), 1);
    public static readonly Lane Second = new("second", ("second client", "第二个客户端"), 3);
    public static readonly Lane Third = new("third", ("third client", "第三个客户端"), 4);
    public static readonly Lane Kernel = new("kernel", ("kernel", "内核"), 2);
    public static readonly Lane Wire = new("wire", ("on the wire", "线路上"), 5);
    public static readonly Lane Relay = new("relay", ("relay", "中继"), 2);
    public static readonly Lane Thief = new("thief", ("eavesdropper", "窃听者"), 3);
}
