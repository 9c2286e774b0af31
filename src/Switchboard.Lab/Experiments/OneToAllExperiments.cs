using System.Net;
using System.Net.Sockets;
using Switchboard.Lab.Sockets;
using Switchboard.Protocol;

namespace Switchboard.Lab.Experiments;

/// <summary>One to all: broadcast and multicast on loopback, and how the machines in between learn who is where.</summary>
internal static class OneToAllExperiments
{
    private static readonly IPAddress s_everyone = new([127, 255, 255, 255]);

    public static readonly ExperimentGroup Group = new("one-to-all", ("One to all", "一对多"),
    [
        new("broadcast", ("Broadcast", "广播"), Broadcast)
        {
            Expects = ("Without SO_BROADCAST the kernel refuses (EACCES); with it, one send reaches two programs that share the port.", "没有 SO_BROADCAST 时内核拒绝（EACCES）；设置后，一次发送到达共用端口的两个程序。"),
            Background = ("The address with all host bits set means everyone on this network. Every machine there has to look at it, asked or not, and no router passes it on. IPv6 has no broadcast.", "主机位全为 1 的地址表示本网络的所有人。那里的每台机器都得看一眼，无论是否需要，而路由器不会转发。IPv6 没有广播。"),
        },
        new("multicast", ("Multicast", "多播"), Multicast)
        {
            Expects = ("One send reaches the two that joined the group, and not the third, which listens at the same port.", "一次发送到达加入组的两个程序，而监听同一端口却未加入的第三个收不到。"),
            Background = ("A group address (224.0.0.0/4, ff00::/8) belongs to nobody; who wants it joins, and tells the network by IGMP or MLD. Others are left alone.", "组地址（224.0.0.0/4、ff00::/8）不属于任何人；想要的人加入，并用 IGMP 或 MLD 通知网络。其他人不受打扰。"),
        },
        new("arp", ("How ARP learns", "ARP 如何学习"), Arp)
        {
            Expects = ("The first packet to a neighbour costs a question to all and an answer; the second goes straight away.", "发给邻居的第一个包要先问所有人并等到应答；第二个直接发出。"),
            Background = ("An Ethernet frame needs a hardware address. ARP (RFC 826) asks everyone “who has 10.0.0.2?”; the owner answers, and the answer is kept for a while. Nobody proves anything, which is how ARP spoofing works. IPv6 does the same by neighbour discovery (RFC 4861).", "以太网帧需要硬件地址。ARP（RFC 826）问所有人“谁是 10.0.0.2？”，拥有者应答，应答保留一段时间。谁都不需要证明，ARP 欺骗就是这样成功的。IPv6 用邻居发现（RFC 4861）做同样的事。"),
        },
        new("switch", ("How a switch learns", "交换机如何学习"), Switch)
        {
            Expects = ("A frame for an unknown address goes out of every port but the one it came from; its sender is learnt, and the answer goes to one port only.", "目的未知的帧从除来源以外的所有端口发出；发送者被记住，应答只去一个端口。"),
            Background = ("A switch reads the source of each frame and remembers the port (IEEE 802.1D). It never asks. A hub knows nothing and repeats everything; a router works one layer above, with IP addresses.", "交换机读取每个帧的源地址并记住端口（IEEE 802.1D）。它从不询问。集线器什么也不知道，全部转发；路由器工作在上一层，使用 IP 地址。"),
        },
    ]);

    private static void Broadcast(Bench bench)
    {
        Peer[] hearers = [Shared(bench, Lane.Receiver, 0), null!];
        hearers[1] = Shared(bench, Lane.Second, hearers[0].Local.Port);
        Peer sender = bench.Open(Lane.Sender, SocketType.Dgram, ProtocolType.Udp);
        var everyone = new IPEndPoint(s_everyone, hearers[0].Local.Port);
        bench.Trace.Part(("Wrong: not asked for", "错误：没有申请"));
        SocketError refused = sender.SendTo("hello all"u8.ToArray(), everyone, ("a broadcast by mistake would disturb everybody", "误发的广播会打扰所有人"));
        bench.Trace.Expect(("without SO_BROADCAST", "没有 SO_BROADCAST"), "EACCES", Errno.Name(refused));

        bench.Trace.Part(("Right: SO_BROADCAST", "正确：设置 SO_BROADCAST"));
        sender.Socket.EnableBroadcast = true;
        sender.SendTo("hello all"u8.ToArray(), everyone);
        foreach (Peer hearer in hearers)
        {
            hearer.AwaitAnything();
            bench.Trace.Expect(("a receiver has", "接收方得到"), "hello all"u8, hearer.ReceiveFrom(64).Bytes);
        }
    }

    private static Peer Shared(Bench bench, Lane lane, int port)
    {
        Peer peer = bench.Open(lane, SocketType.Dgram, ProtocolType.Udp);
        peer.Socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        peer.Socket.Bind(new IPEndPoint(s_everyone, port));
        return peer;
    }

    private static void Multicast(Bench bench)
    {
        // 239/8 is for use inside an organisation (RFC 2365); the rest is chosen at random, so that two runs do not meet.
        byte[] own = bench.Address.GetAddressBytes();
        var group = new IPAddress([239, own[1], own[2], own[3]]);
        Peer first = Member(bench, Lane.Receiver, group, 0, joins: true);
        Peer second = Member(bench, Lane.Second, group, first.Local.Port, joins: true);
        Peer other = Member(bench, Lane.Third, group, first.Local.Port, joins: false);
        Peer sender = bench.Open(Lane.Sender, SocketType.Dgram, ProtocolType.Udp);
        sender.Socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());
        sender.SendTo("hello group"u8.ToArray(), new IPEndPoint(group, first.Local.Port));
        first.AwaitAnything();
        second.AwaitAnything();
        bench.Trace.Expect(("the first member has", "第一个成员得到"), "hello group"u8, first.ReceiveFrom(64).Bytes);
        bench.Trace.Expect(("the second member has", "第二个成员得到"), "hello group"u8, second.ReceiveFrom(64).Bytes);
        bench.Trace.Expect(("the one who did not join has something", "未加入者得到了内容"), false, other.HasSomething);
    }

    private static Peer Member(Bench bench, Lane lane, IPAddress group, int port, bool joins)
    {
        const int ip = 0, multicastAll = 49;
        Peer peer = bench.Open(lane, SocketType.Dgram, ProtocolType.Udp);
        peer.Socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        // Linux gives a socket what others of this machine joined, unless it is told not to (ip(7), IP_MULTICAST_ALL).
        peer.Socket.SetRawSocketOption(ip, multicastAll, [0, 0, 0, 0]);
        peer.Socket.Bind(new IPEndPoint(group, port));
        if (joins)
        {
            peer.Socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group, IPAddress.Loopback));
            peer.Say($"setsockopt(IP_ADD_MEMBERSHIP, {group})", "0");
        }
        return peer;
    }

    private static void Arp(Bench bench)
    {
        Shown(bench);
        var ann = new Host("ann", "10.0.0.1", "02:00:00:00:00:01");
        Host[] others = [new("ben", "10.0.0.2", "02:00:00:00:00:02"), new("cy", "10.0.0.3", "02:00:00:00:00:03")];
        int first = ann.Send(bench.Trace, others, "10.0.0.2");
        bench.Trace.Add(Lane.Client, "ann: ip neigh", string.Join(", ", ann.Known.Select(one => $"{one.Key} {one.Value}")), ("what she has learnt", "她学到的内容"));
        int second = ann.Send(bench.Trace, others, "10.0.0.2");
        bench.Trace.Expect(("frames for the first packet", "第一个包用了几个帧"), 3, first);
        bench.Trace.Expect(("frames for the second", "第二个包用了几个帧"), 1, second);
        bench.Trace.Expect(("what ann knows of 10.0.0.2", "ann 所知的 10.0.0.2"), "02:00:00:00:00:02", ann.Known["10.0.0.2"]);
    }

    private static void Switch(Bench bench)
    {
        Shown(bench);
        Dictionary<string, int> learnt = [];
        int[] first = Forward(bench.Trace, learnt, from: "02:…:01", at: 1, to: "02:…:02");
        int[] answer = Forward(bench.Trace, learnt, from: "02:…:02", at: 2, to: "02:…:01");
        int[] again = Forward(bench.Trace, learnt, from: "02:…:01", at: 1, to: "02:…:02");
        bench.Trace.Expect(("ports that the first frame goes out of", "第一个帧从哪些端口发出"), "2 3 4", string.Join(' ', first));
        bench.Trace.Expect(("ports of the answer", "应答的端口"), "1", string.Join(' ', answer));
        bench.Trace.Expect(("ports of the next frame", "下一个帧的端口"), "2", string.Join(' ', again));
    }

    private static void Shown(Bench bench) => bench.Trace.Add(
        Lane.Wire, "10.0.0.0/24", null, ("worked through step by step by the rules, not captured: loopback has no ARP and no switch", "按规则逐步推演，并非抓包：回环上没有 ARP，也没有交换机"));

    private static int[] Forward(Trace trace, Dictionary<string, int> learnt, string from, int at, string to)
    {
        learnt[from] = at;
        trace.Add(Lane.Kernel, $"frame at port {at}: {from} → {to}", $"{from} is at port {at}", ("the source is learnt", "记住源地址"));
        int[] ports = learnt.TryGetValue(to, out int known) ? [known] : [.. Enumerable.Range(1, 4).Where(port => port != at)];
        Words why = ports.Length > 1 ? ("unknown: to every other port", "未知：发往其他所有端口") : ("known: to one port", "已知：只发往一个端口");
        trace.Add(Lane.Wire, $"out of port {string.Join(", ", ports)}", null, why);
        return ports;
    }

    private sealed record Host(string Name, string Address, string Hardware)
    {
        public Dictionary<string, string> Known { get; } = [];

        /// <returns>Frames that it took.</returns>
        public int Send(Trace trace, Host[] neighbours, string to)
        {
            int frames = 0;
            if (!Known.TryGetValue(to, out string? hardware))
            {
                trace.Add(Lane.Wire, $"{Hardware} → ff:ff:ff:ff:ff:ff  ARP who has {to}? tell {Address}", null, ("to all", "发给所有人"));
                Host owner = neighbours.First(one => one.Address == to);
                owner.Known[Address] = Hardware;
                Known[to] = hardware = owner.Hardware;
                trace.Add(Lane.Wire, $"{owner.Hardware} → {Hardware}  ARP {to} is at {owner.Hardware}", null, ($"{owner.Name} answers her alone, and has learnt hers from the question", $"{owner.Name} 只应答她，并从问题中学到了她的地址"));
                frames = 2;
            }
            trace.Add(Lane.Wire, $"{Hardware} → {hardware}  IP {Address} → {to}");
            return frames + 1;
        }
    }
}
