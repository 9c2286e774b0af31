using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Switchboard.Lab.Sockets;

namespace Switchboard.Lab.Experiments;

/// <summary>What the kernel keeps between two programs, and the other kinds of socket.</summary>
internal static class BufferExperiments
{
    private const int Runs = 15;

    public static readonly ExperimentGroup Group = new("buffers", ("Buffers, and other kinds of socket", "缓冲区，以及其他种类的套接字"),
    [
        new("nagle", ("Nagle with delayed acknowledgement: the 40 ms", "Nagle 算法遇上延迟确认：40 毫秒"), Nagle)
        {
            Expects = ("A second small send waits in the kernel until the first is acknowledged, and the other end delays that: at least 30 ms for an exchange. With TCP_NODELAY nothing is held.", "第二个小发送在内核里等第一个被确认，而对方延迟确认：一次往返至少 30 毫秒。设置 TCP_NODELAY 后不再等待。"),
            Background = ("Nagle (RFC 896) holds small segments back while something is unacknowledged; delayed acknowledgement (RFC 1122, 4.2.3.2) waits for an answer to ride on, 40 ms on Linux. Each is good, together they make a program that sends header and body apart slow. Send both in one call, or set TCP_NODELAY.", "Nagle 算法（RFC 896）在有未确认数据时扣住小报文段；延迟确认（RFC 1122 第 4.2.3.2 节）等着搭应答的便车，Linux 上为 40 毫秒。单独看都好，合在一起会让头部和正文分开发送的程序变慢。应一次发送，或设置 TCP_NODELAY。"),
        },
        new("full-buffers", ("Buffers fill until send blocks", "缓冲区填满，直到 send 阻塞"), FullBuffers)
        {
            Expects = ("With a receiver that does not read, send takes what both kernels hold and then no more (EAGAIN); after a read it goes on.", "接收方不读时，send 收下两端内核能容纳的数据，然后不再接受（EAGAIN）；对方读取后又可继续。"),
            Background = ("send returns when the kernel has taken the bytes, not when they arrived. When the receive buffer is full the window is zero, the send buffer fills too, and send waits: that is how a slow reader slows down a writer.", "send 在内核收下字节时返回，而不是到达时。接收缓冲区满了，窗口变为零，发送缓冲区也随之填满，send 就等待：慢的读取方就是这样拖慢写入方的。"),
        },
        new("unix-socket", ("The same over a Unix socket", "Unix 套接字上的同样现象"), UnixSocket)
        {
            Expects = ("A stream has no edges there either. A peer that went is told at once: the very first send fails with EPIPE. Datagrams stay whole.", "那里的流同样没有边界。对方离开会立即得知：第一次发送就失败（EPIPE）。数据报保持完整。"),
            Background = ("A Unix socket has a path instead of address and port, no segments, no TIME_WAIT, and the kernel of both ends is the same: nothing has to be learnt from an answer.", "Unix 套接字用路径代替地址和端口，没有报文段，没有 TIME_WAIT，两端在同一个内核里：无需从应答中得知任何事。"),
        },
        new("mapped-ipv4", ("IPv4 callers of an IPv6 socket", "IPv6 套接字上的 IPv4 来客"), MappedIPv4)
        {
            Expects = ("A socket on [::] that is not IPv6 only takes IPv4 callers, as ::ffff:127.0.0.1; with IPV6_V6ONLY they are refused.", "绑定 [::] 且不限于 IPv6 的套接字能接受 IPv4 来客，显示为 ::ffff:127.0.0.1；设置 IPV6_V6ONLY 后则被拒绝。"),
            Background = ("RFC 4291, 2.5.5.2: an IPv4 address in the last four bytes behind ffff. One listener serves both, but a list of allowed addresses must know both forms.", "RFC 4291 第 2.5.5.2 节：ffff 之后的最后四个字节是 IPv4 地址。一个监听者服务两者，但允许地址的名单必须认识两种写法。"),
        },
    ]);

    private static void Nagle(Bench bench)
    {
        bench.Trace.Part(("As it is: Nagle on", "默认：Nagle 开启"));
        var (held, with) = Exchanges(bench, noDelay: false);
        bench.Trace.Part(("With TCP_NODELAY", "设置 TCP_NODELAY"));
        var (notHeld, without) = Exchanges(bench, noDelay: true);
        // Most and not all: on a busy machine a thread may be stopped between the two sends for longer than the acknowledgement takes.
        bench.Trace.Expect(("in most exchanges the kernel held the second send back", "多数往返中，第二次发送被内核扣住"), held > Runs / 2, $"{held} / {Runs}");
        bench.Trace.Expect(("with TCP_NODELAY it did not", "设置 TCP_NODELAY 后不再扣住"), notHeld < Runs / 2, $"{notHeld} / {Runs}");
        bench.Trace.Expect(("the median exchange takes at least 30 ms", "往返时间的中位数至少 30 毫秒"), with >= 30, Milliseconds(with));
        bench.Trace.Expect(("with TCP_NODELAY the median is shorter", "设置 TCP_NODELAY 后中位数更短"), without < with, Milliseconds(without));
    }

    private static (int Held, double Median) Exchanges(Bench bench, bool noDelay)
    {
        var (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        client.Socket.NoDelay = noDelay;
        List<double> times = [];
        int held = 0;
        for (int run = 0; run < Runs; run++)
        {
            DelayAcknowledgements(server.Socket);
            long start = Stopwatch.GetTimestamp();
            client.Socket.Send("head"u8);
            client.Socket.Send("body"u8);
            held += client.Info.NotSent > 0 ? 1 : 0;
            ReceiveEight(server.Socket);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            server.Socket.Send("ok"u8);
            client.Socket.Receive(new byte[2]);
        }
        double median = times.Order().ElementAt(Runs / 2);
        client.Say($"{Runs} × send(\"head\"); send(\"body\")", $"held back {held} ×", noDelay ? null : ("the second waits while the first is unacknowledged", "第一个未确认时，第二个在等待"));
        server.Say("recv until all 8 bytes", $"median {Milliseconds(median)}");
        return (held, median);
    }

    // Linux acknowledges at once while a connection is young ("quick ack"); this is what it does later.
    private static void DelayAcknowledgements(Socket socket)
    {
        const int tcp = 6, quickAck = 12;
        socket.SetRawSocketOption(tcp, quickAck, [0, 0, 0, 0]);
    }

    private static void ReceiveEight(Socket socket)
    {
        byte[] buffer = new byte[8];
        for (int got = 0; got < 8;)
        {
            got += socket.Receive(buffer.AsSpan(got));
        }
    }

    private static string Milliseconds(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.0} ms");

    private static void FullBuffers(Bench bench)
    {
        var (sender, receiver) = bench.Tcp();
        long taken = sender.SendUntilFull(receiver);
        sender.Say("send …", taken.ToString("N0", CultureInfo.InvariantCulture), ("what both kernels hold, though nobody has read a byte", "两端内核容纳的数据，虽然还没有人读过一个字节"));
        SocketError full;
        while ((full = sender.TrySend([0], ("not one byte more", "一个字节也不行了"), out _)) == SocketError.Success)
        {
            // A kernel that looks again may find that what it holds takes less room than it thought, and opens the window once more.
            sender.SendUntilFull(receiver);
        }
        bench.Trace.Expect(("send now says", "这时 send 返回"), "EAGAIN", Errno.Name(full));
        bench.Trace.Expect(("the receiver's kernel holds something", "接收方内核里有数据"), true, receiver.Socket.Available > 0);
        bench.Trace.Expect(("the sender's kernel holds something", "发送方内核里有数据"), true, sender.Info.NotSent > 0);

        byte[] buffer = new byte[64 * 1024];
        long read = 0;
        Kernel.Until(() => (read += receiver.Socket.Available > 0 ? receiver.Socket.Receive(buffer) : 0) > 0 && sender.Socket.Poll(0, SelectMode.SelectWrite), "room to send");
        receiver.Say("recv …", read.ToString("N0", CultureInfo.InvariantCulture), ("the window opens again", "窗口重新打开"));
        bench.Trace.Expect(("send takes bytes again", "send 又能接受数据"), "Success", Errno.Name(sender.TrySend([0], null, out _)));
    }

    private static void UnixSocket(Bench bench)
    {
        PrivateFolder folder = bench.Keep(new PrivateFolder());
        var path = new UnixDomainSocketEndPoint(folder.At("door"));
        bench.Trace.Part(("Stream: no edges here either", "流：这里同样没有边界"));
        Peer listener = bench.Open(Lane.Server, SocketType.Stream, ProtocolType.Unspecified, AddressFamily.Unix);
        listener.Socket.Bind(path);
        listener.Socket.Listen(1);
        Peer client = bench.Open(Lane.Client, SocketType.Stream, ProtocolType.Unspecified, AddressFamily.Unix);
        client.Connect(path);
        Peer server = listener.Accept();
        client.Send("one");
        client.Send("two");
        server.AwaitReadable(6);
        bench.Trace.Expect(("one receive gives", "一次接收得到"), "onetwo"u8, server.Receive(64));

        server.Close();
        SocketError gone = client.TrySend("anyone?"u8.ToArray(), ("the kernel knows at once", "内核立即知道"), out _);
        bench.Trace.Expect(("the first send to a peer that went", "向离开的对方第一次发送"), "EPIPE", Errno.Name(gone));

        bench.Trace.Part(("Datagram: whole", "数据报：完整"));
        Peer receiver = bench.Open(Lane.Receiver, SocketType.Dgram, ProtocolType.Unspecified, AddressFamily.Unix);
        receiver.Socket.Bind(new UnixDomainSocketEndPoint(folder.At("box")));
        Peer sender = bench.Open(Lane.Sender, SocketType.Dgram, ProtocolType.Unspecified, AddressFamily.Unix);
        sender.Connect(new UnixDomainSocketEndPoint(folder.At("box")));
        sender.Send("one");
        sender.Send("two");
        bench.Trace.Expect(("one receive gives", "一次接收得到"), "one"u8, receiver.Receive(64));
    }

    private static void MappedIPv4(Bench bench)
    {
        if (!Socket.OSSupportsIPv6)
        {
            bench.Trace.Add(Lane.Server, "socket(AF_INET6)", "EAFNOSUPPORT", ("this kernel has no IPv6", "本机内核没有 IPv6"));
            bench.Trace.Expect(("IPv6 is switched off here, and nothing can be shown", "这里关闭了 IPv6，无法演示"), true, "");
            return;
        }
        bench.Trace.Part(("One socket for both", "一个套接字服务两者"));
        Peer both = ListenOnAll(bench, only: false);
        Peer caller = Call(bench, both);
        Peer accepted = both.Accept(("IPv4, written as IPv6", "写成 IPv6 形式的 IPv4"));
        var from = (IPEndPoint)accepted.Socket.RemoteEndPoint!;
        bench.Trace.Expect(("the caller's address", "来客的地址"), $"::ffff:{caller.Local.Address}", from.Address.ToString());
        bench.Trace.Expect(("it is a mapped one", "是映射地址"), true, from.Address.IsIPv4MappedToIPv6);

        bench.Trace.Part(("With IPV6_V6ONLY", "设置 IPV6_V6ONLY"));
        Peer only = ListenOnAll(bench, only: true);
        SocketError refused = SocketError.Success;
        try
        {
            Call(bench, only);
        }
        catch (SocketException error)
        {
            refused = error.SocketErrorCode;
            bench.Trace.Add(Lane.Client, "connect()", Errno.Name(refused), ("for IPv4 nobody listens", "IPv4 上没有人监听"));
        }
        bench.Trace.Expect(("an IPv4 caller", "IPv4 来客"), "ECONNREFUSED", Errno.Name(refused));
    }

    private static Peer ListenOnAll(Bench bench, bool only)
    {
        Peer listener = bench.Open(Lane.Server, SocketType.Stream, ProtocolType.Tcp, AddressFamily.InterNetworkV6);
        listener.Socket.DualMode = !only;
        // On every address, but of the loopback device only: a laboratory listens to nobody outside.
        const int socketLevel = 1, bindToDevice = 25;
        listener.Socket.SetRawSocketOption(socketLevel, bindToDevice, "lo\0"u8);
        listener.Socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        listener.Socket.Listen(1);
        listener.Say($"listen({listener.Socket.LocalEndPoint})", "0");
        return listener;
    }

    private static Peer Call(Bench bench, Peer listener)
    {
        Peer caller = bench.Open(Lane.Client, SocketType.Stream, ProtocolType.Tcp);
        caller.Connect(new IPEndPoint(bench.Address, listener.Local.Port));
        return caller;
    }
}
