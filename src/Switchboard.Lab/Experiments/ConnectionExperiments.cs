using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Switchboard.Lab.Sockets;

namespace Switchboard.Lab.Experiments;

/// <summary>How a connection begins and ends, with the states that the kernel itself says it is in.</summary>
internal static class ConnectionExperiments
{
    public static readonly ExperimentGroup Group = new("connection", ("Beginning and end", "开始与结束"),
    [
        new("handshake", ("The handshake, state by state", "三次握手，逐个状态"), Handshake)
        {
            Expects = ("SYN_SENT while nobody answers, SYN_RECV at the server until the third step counts, ESTABLISHED at both ends in the end.", "无人应答时为 SYN_SENT，服务器在第三步算数之前为 SYN_RECV，最后两端都是 ESTABLISHED。"),
            Background = ("Three segments agree on two starting numbers: SYN, SYN ACK, ACK (RFC 9293, 3.5). On loopback that takes microseconds. So that the states between can be read from /proc/net/tcp, the server has no room at first (a full backlog ignores SYN), and then does not let the bare ACK count (TCP_DEFER_ACCEPT).", "三个报文段商定两个起始序号：SYN、SYN ACK、ACK（RFC 9293 第 3.5 节）。在回环上只需几微秒。为了从 /proc/net/tcp 读到中间状态，服务器先是没有空位（队列满时忽略 SYN），然后不让单独的 ACK 算数（TCP_DEFER_ACCEPT）。"),
        },
        new("teardown", ("The teardown, state by state", "四次挥手，逐个状态"), Teardown)
        {
            Expects = ("The side that closes first goes through FIN_WAIT1 and FIN_WAIT2 to TIME_WAIT, the other through CLOSE_WAIT and LAST_ACK to nothing.", "先关闭的一方经过 FIN_WAIT1、FIN_WAIT2 到 TIME_WAIT，另一方经过 CLOSE_WAIT、LAST_ACK 后消失。"),
            Background = ("Each direction ends by itself: a FIN, and an ACK for it. Who closed first keeps the pair of addresses for a minute, in case its last ACK was lost and so that late segments do not hit a new connection. Here each FIN has to wait behind bytes that the other end does not read yet, so that the states between can be seen.", "每个方向各自结束：一个 FIN 和对它的 ACK。先关闭的一方把这对地址保留一分钟，以防最后的 ACK 丢失，也避免迟到的报文段混入新连接。这里每个 FIN 都排在对方尚未读取的数据后面，以便看到中间状态。"),
        },
        new("half-close", ("Half-close: finished sending, still listening", "半关闭：发完了，还在听"), HalfClose)
        {
            Expects = ("After shutdown(SHUT_WR) the other side reads to the end and can still answer.", "shutdown(SHUT_WR) 之后，对方读到结尾，仍然可以应答。"),
            Background = ("close() ends both directions, shutdown(SHUT_WR) one. So a client can say “that was all” without a length, and still get its answer.", "close() 结束两个方向，shutdown(SHUT_WR) 只结束一个。这样客户端不需要长度就能说“发完了”，并仍能收到应答。"),
        },
        new("reset", ("Reset against orderly end", "复位与正常结束"), Reset)
        {
            Expects = ("An orderly close is read as 0 bytes; a close with unread bytes sends RST and is read as ECONNRESET.", "正常关闭读到 0 字节；还有未读数据时关闭会发送 RST，对方读到 ECONNRESET。"),
            Background = ("A program that closes without reading what came has thrown data away, and TCP says so by a reset (RFC 2525, 2.17). What was sent before may be lost with it.", "没读完就关闭等于丢弃数据，TCP 用复位来说明（RFC 2525 第 2.17 节）。之前发送的内容也可能随之丢失。"),
        },
        new("time-wait", ("TIME_WAIT and address reuse", "TIME_WAIT 与地址重用"), TimeWait)
        {
            Expects = ("While a connection of the old server is in TIME_WAIT, bind fails with EADDRINUSE; with SO_REUSEADDR it works at once.", "旧服务器的连接处于 TIME_WAIT 时，bind 失败（EADDRINUSE）；设置 SO_REUSEADDR 后立即成功。"),
            Background = ("A server that closes first and is started again within a minute finds its own port taken. SO_REUSEADDR says that this is known; it does not let two listeners share a port.", "先关闭连接的服务器在一分钟内重启，会发现自己的端口被占。SO_REUSEADDR 表示已了解这一点；它并不允许两个监听者共用端口。"),
        },
        new("backlog", ("A full backlog", "排满的监听队列"), Backlog)
        {
            Expects = ("With listen(1), two connections are established without accept, and the third stays in SYN_SENT until there is room.", "listen(1) 时，无需 accept 就有两个连接建立，第三个停在 SYN_SENT，直到有空位。"),
            Background = ("The kernel completes handshakes for the listener and queues them: on Linux one more than the backlog says. When the queue is full it ignores SYN, and the client asks again after one second.", "内核替监听者完成握手并排队：Linux 上比 backlog 多一个。队列满时忽略 SYN，客户端一秒后重试。"),
        },
        new("peer-gone", ("Sending to a peer that has gone", "向已离开的对方发送"), PeerGone)
        {
            Expects = ("The first send succeeds, for the kernel only learns from the answer, RST; the second fails with EPIPE.", "第一次发送成功，因为内核要等到应答 RST 才知道；第二次失败（EPIPE）。"),
            Background = ("send hands bytes to the kernel; it says nothing about arrival. So a chat server sees that a person left only at the next send, and must expect the error there.", "send 只是把字节交给内核，并不说明到达与否。所以聊天服务器往往在下一次发送时才发现有人离开，必须在那里处理错误。"),
        },
        new("keep-alive", ("Keep-alive finds a peer that fell silent", "保活机制发现沉默的对方"), KeepAlive)
        {
            Expects = ("With keep-alive the kernel asks though no program sends. A peer that answers stays ESTABLISHED; one whose machine is gone ends in ETIMEDOUT.", "开启保活后，即使程序不发送，内核也会询问。有应答的对方保持 ESTABLISHED；机器已消失的以 ETIMEDOUT 结束。"),
            Background = ("Without traffic TCP sends nothing, so it cannot know. SO_KEEPALIVE asks after two hours by default; here after one second, and gives up after two questions. Programs of their own ask themselves, more often.", "没有数据往来时 TCP 什么也不发，因此无从得知。SO_KEEPALIVE 默认两小时后才询问；这里是一秒，两次无应答就放弃。多数程序会自己更频繁地询问。"),
        },
    ]);

    private static void Handshake(Bench bench)
    {
        bench.WatchSegments(acknowledgements: true);
        bench.Trace.Part(("No room: SYN is ignored", "没有空位：SYN 被忽略"));
        Peer listener = bench.Listen(Lane.Server, backlog: 0);
        bench.Trace.Expect(("the listener", "监听者"), Kernel.Name(TcpState.Listen), Kernel.Name(Kernel.State(listener.Local, new IPEndPoint(IPAddress.Any, 0))));
        bench.Open(Lane.Second, SocketType.Stream, ProtocolType.Tcp).Connect(listener.Local, ("takes the only place in the queue", "占了队列里唯一的位置"));
        Peer client = bench.Open(Lane.Client, SocketType.Stream, ProtocolType.Tcp);
        client.Socket.Bind(bench.AnyPort);
        client.Socket.Blocking = false;
        BeginConnect(client, listener.Local);
        var watch = new StateWatch(bench, client.Local, listener.Local);
        watch.Expect(client: TcpState.SynSent, server: TcpState.None, ("nobody answers: SYN will be sent again after one second", "无人应答：一秒后重发 SYN"));
        listener.Accept(("now there is room", "现在有空位了"));
        watch.Expect(client: TcpState.Established, server: TcpState.Established, ("SYN, SYN ACK, ACK: both know", "SYN、SYN ACK、ACK：双方都知道了"));
        LastStep(bench);
    }

    private static void LastStep(Bench bench)
    {
        bench.Trace.Part(("The third step does not count yet", "第三步还不算数"));
        Peer listener = bench.Listen(Lane.Server);
        const int tcp = 6, deferAccept = 9;
        listener.Socket.SetRawSocketOption(tcp, deferAccept, [30, 0, 0, 0]);
        listener.Say("setsockopt(TCP_DEFER_ACCEPT, 30)", "0", ("the bare ACK is ignored; data must come with it", "忽略单独的 ACK；必须带数据"));
        Peer client = bench.Open(Lane.Client, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.Local, ("SYN ACK has come: for the client it is done", "SYN ACK 已到：对客户端来说已完成"));
        var watch = new StateWatch(bench, client.Local, listener.Local);
        watch.Expect(client: TcpState.Established, server: TcpState.SynReceived, ("the two ends need not agree", "两端的状态可以不同"));
        client.Send("x", ("an ACK that carries data", "带数据的 ACK"));
        watch.Expect(client: TcpState.Established, server: TcpState.Established, null);
    }

    private static void BeginConnect(Peer peer, EndPoint to)
    {
        try
        {
            peer.Socket.Connect(to);
        }
        catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            peer.Say("connect()", "EINPROGRESS");
        }
    }

    private static void Teardown(Bench bench)
    {
        var (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        // Small and fixed, so that they are soon full and stay it.
        client.Socket.SendBufferSize = client.Socket.ReceiveBufferSize = server.Socket.SendBufferSize = server.Socket.ReceiveBufferSize = 64 * 1024;
        var watch = new StateWatch(bench, client.Local, server.Local);
        watch.Expect(client: TcpState.Established, server: TcpState.Established, null);

        long held = client.SendUntilFull(server);
        client.Say("send …", held.ToString("N0", CultureInfo.InvariantCulture), ("until both buffers are full", "直到两端缓冲区都满"));
        client.FinishSending(("its FIN has to wait behind them", "它的 FIN 排在这些数据后面"));
        watch.Expect(client: TcpState.FinWait1, server: TcpState.Established, ("closed here, and not known there", "这边已关闭，那边还不知道"));
        long read = server.ReceiveToEnd(("everything, and then the FIN", "读完全部数据，然后是 FIN"));
        bench.Trace.Expect(("bytes that were sent before it arrive", "之前发送的字节全部到达"), held, read);
        watch.Expect(client: TcpState.FinWait2, server: TcpState.CloseWait, ("FIN acknowledged: one direction is closed", "FIN 得到确认：一个方向已关闭"));

        server.SendUntilFull(client);
        server.Say("send …", null, ("the other direction is open, and full", "另一个方向仍开着，并且满了"));
        server.Close(("its FIN has to wait, too", "它的 FIN 也要等待"));
        watch.Expect(client: TcpState.FinWait2, server: TcpState.LastAck, ("its program is gone; the kernel waits for the last ACK", "程序已离开；内核等待最后的 ACK"));
        client.ReceiveToEnd();
        watch.Expect(client: TcpState.TimeWait, server: TcpState.None, ("the first to close waits, the other is gone", "先关闭的一方等待，另一方已消失"));
    }

    private static void HalfClose(Bench bench)
    {
        var (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        client.Send("all I have");
        client.FinishSending(("no more from here", "这边不再发送"));
        byte[] asked = server.ReceiveExactly(10);
        byte[] end = server.Receive(64, ("0 bytes: the end of this direction", "0 字节：这个方向结束"));
        server.Send("and my answer", ("the other direction is open", "另一个方向仍然开着"));
        bench.Trace.Expect(("the server reads", "服务器读到"), "all I have"u8, asked);
        bench.Trace.Expect(("and then the end", "然后是结尾"), 0, end.Length);
        bench.Trace.Expect(("the client still receives", "客户端仍能收到"), "and my answer"u8, client.ReceiveExactly(13));
    }

    private static void Reset(Bench bench)
    {
        bench.WatchSegments();
        bench.Trace.Part(("Orderly: everything was read", "正常：数据已读完"));
        var (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        client.Send("hello");
        server.ReceiveExactly(5);
        server.Close();
        client.AwaitAnything();
        SocketError orderly = client.TryReceive(64, ("the end", "结束"), out byte[] end);
        bench.Trace.Expect(("the client receives", "客户端收到"), "Success 0", $"{orderly} {end.Length}");

        bench.Trace.Part(("Reset: bytes were left unread", "复位：留有未读的字节"));
        (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        client.Send("hello");
        server.AwaitReadable(5);
        server.Close(("five bytes were never read: RST", "五个字节没有读取：发送 RST"));
        client.AwaitAnything();
        SocketError reset = client.TryReceive(64, ("an error, not an end", "是错误，不是结束"), out _);
        bench.Trace.Expect(("the client's receive fails with", "客户端的接收以此失败"), "ECONNRESET", Errno.Name(reset));
    }

    private static void TimeWait(Bench bench)
    {
        Peer listener = bench.Listen(Lane.Server);
        IPEndPoint address = listener.Local;
        Peer client = bench.Open(Lane.Client, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(address);
        Peer served = listener.Accept();
        IPEndPoint remote = client.Local;
        served.Close(("the server closes first", "服务器先关闭"));
        listener.Close();
        client.AwaitAnything();
        client.Close();
        Kernel.Until(() => Kernel.State(address, remote) == TcpState.TimeWait, "TIME_WAIT");
        bench.Trace.Add(Lane.Kernel, "/proc/net/tcp", Kernel.Name(TcpState.TimeWait));

        bench.Trace.Part(("Wrong: bind as it is", "错误：直接 bind"));
        string plain = PlainSocket.TryBind(address, reuse: false);
        bench.Trace.Add(Lane.Server, $"bind({address.Port})", plain);
        bench.Trace.Expect(("bind without SO_REUSEADDR", "没有 SO_REUSEADDR 的 bind"), "EADDRINUSE", plain);
        bench.Trace.Part(("Right: with SO_REUSEADDR", "正确：设置 SO_REUSEADDR"));
        string reused = PlainSocket.TryBind(address, reuse: true);
        bench.Trace.Add(Lane.Server, $"setsockopt(SO_REUSEADDR); bind({address.Port})", reused);
        bench.Trace.Expect(("bind with SO_REUSEADDR", "有 SO_REUSEADDR 的 bind"), "0", reused);
    }

    private static void Backlog(Bench bench)
    {
        Peer listener = bench.Listen(Lane.Server, backlog: 1);
        listener.Say("listen(1)", "0");
        Peer[] clients = [.. new[] { Lane.Client, Lane.Second, Lane.Third }.Select(lane => bench.Open(lane, SocketType.Stream, ProtocolType.Tcp))];
        clients[0].Connect(listener.Local);
        clients[1].Connect(listener.Local, ("established, though nobody called accept", "已建立，虽然没有人调用 accept"));
        clients[2].Socket.Blocking = false;
        BeginConnect(clients[2], listener.Local);
        string states = string.Join(' ', clients.Select(one => Kernel.Name(one.Info.State)));
        bench.Trace.Add(Lane.Kernel, "getsockopt(TCP_INFO)", states, ("the queue is full: the third SYN is ignored", "队列已满：第三个 SYN 被忽略"));
        bench.Trace.Expect(("three clients", "三个客户端"), "ESTABLISHED ESTABLISHED SYN_SENT", states);
        listener.Accept(("there is room again", "又有了空位"));
        Kernel.Until(() => clients[2].Info.State == TcpState.Established, "the third connection");
        bench.Trace.Expect(("the third, after accept and its next SYN", "accept 之后再次发送 SYN，第三个"), "ESTABLISHED", Kernel.Name(clients[2].Info.State));
    }

    private static void PeerGone(Bench bench)
    {
        bench.WatchSegments();
        var (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        server.Close(("the peer leaves", "对方离开"));
        Kernel.Until(() => client.Info.State == TcpState.CloseWait, "the FIN");
        SocketError first = client.TrySend("anyone?"u8.ToArray(), ("taken by our kernel; the answer is RST", "本机内核收下了；应答是 RST"), out _);
        Kernel.Until(() => client.Info.State == TcpState.Closed, "the reset");
        bench.NoteSegments();
        SocketError second = client.TrySend("anyone?"u8.ToArray(), ("now the kernel knows", "现在内核知道了"), out _);
        bench.Trace.Expect(("the first send", "第一次发送"), "Success", Errno.Name(first));
        bench.Trace.Expect(("the second send", "第二次发送"), "EPIPE", Errno.Name(second));
    }

    private static void KeepAlive(Bench bench)
    {
        bench.Trace.Part(("A peer that is there", "对方还在"));
        var (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        long before = client.Info.SegmentsOut;
        AskAfterASecond(client);
        Kernel.Until(() => client.Info.SegmentsOut > before, "a question of the kernel");
        client.Say("getsockopt(TCP_INFO).segs_out", $"+{client.Info.SegmentsOut - before}", ("the kernel asked, no program sent anything", "内核发出了询问，没有程序发送数据"));
        bench.Trace.Expect(("the client's state", "客户端的状态"), "ESTABLISHED", Kernel.Name(client.Info.State));
        bench.Trace.Expect(("the server's program notices anything", "服务器程序察觉到什么"), false, server.HasSomething);

        bench.Trace.Part(("A peer whose machine is gone", "对方的机器消失了"));
        (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        if (!Kernel.TryDeafen(server.Socket))
        {
            server.Say("(not shown)", null, ("losing what comes for a socket needs a socket filter, which is not permitted here", "丢弃发给套接字的数据需要套接字过滤器，这里不允许"));
            return;
        }
        server.Say("(the machine is gone)", null, ("a filter loses everything that comes for it", "过滤器丢弃发给它的一切"));
        bench.Trace.Expect(("the client learns anything", "客户端得知任何消息"), false, client.HasSomething);
        AskAfterASecond(client);
        client.AwaitAnything();
        SocketError error = client.TryReceive(64, ("the kernel asked twice and gave up", "内核询问两次后放弃"), out _);
        bench.Trace.Expect(("the client's receive fails with", "客户端的接收以此失败"), "ETIMEDOUT", Errno.Name(error));
    }

    private static void AskAfterASecond(Peer peer)
    {
        peer.Socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 1);
        peer.Socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 1);
        peer.Socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 2);
        peer.Socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        peer.Say("setsockopt(SO_KEEPALIVE, TCP_KEEPIDLE=1, TCP_KEEPINTVL=1, TCP_KEEPCNT=2)", "0");
    }
}
