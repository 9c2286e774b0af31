using System.Net.Sockets;
using Switchboard.Lab.Sockets;

namespace Switchboard.Lab.Experiments;

/// <summary>What TCP and UDP do to the edges of messages.</summary>
internal static class StreamExperiments
{
    public static readonly ExperimentGroup Group = new("stream", ("The stream", "字节流"),
    [
        new("coalescing", ("Many small sends, one receive", "多次小发送，一次接收"), Coalescing)
        {
            Expects = ("Five sends arrive in one receive, with no edge between them.", "五次发送在一次接收里到达，中间没有边界。"),
            Background = (
                "TCP carries bytes, not messages. What a program hands to send waits in a buffer of the receiving kernel until it is asked for, and a receive takes whatever lies there. Where one send ended is written nowhere: RFC 9293 calls it a stream. This is often called “sticky packets”, but nothing sticks: there were no packets to begin with.",
                "TCP 传送的是字节，而不是消息。程序交给 send 的内容在接收方内核的缓冲区里等待读取，接收时缓冲区里有多少就取多少。一次发送在哪里结束，没有任何记录：RFC 9293 称之为流。人们常说“粘包”，其实没有东西粘在一起：本来就没有包。"),
        },
        new("leftovers", ("A receive smaller than the message", "接收缓冲小于消息"), Leftovers)
        {
            Expects = ("A receive of 4 bytes takes 4; the rest comes with the next ones, and nothing is lost.", "接收 4 字节就取走 4 字节；其余的在随后的接收里到达，一个字节也不丢。"),
            Background = (
                "The size given to recv is a limit and not a wish. What does not fit stays in the kernel, in order. A program that takes each receive for a message reads the end of the last message as the beginning of the next.",
                "传给 recv 的大小是上限，不是要求。装不下的部分按顺序留在内核里。如果把每次接收都当成一条消息，就会把上一条的结尾当作下一条的开头。"),
        },
        new("datagram-whole", ("A datagram is kept whole", "数据报保持完整"), DatagramWhole)
        {
            Expects = ("Three datagrams need three receives, however large the buffer.", "三个数据报要接收三次，缓冲区再大也一样。"),
            Background = (
                "UDP puts a header of eight bytes before what one send was given, and that is one datagram (RFC 768). The kernel queues datagrams, not bytes: a receive takes one, never one and a half and never two.",
                "UDP 在一次发送的内容前加上八字节头部，这就是一个数据报（RFC 768）。内核排队的是数据报而不是字节：一次接收取一个，不会是一个半，也不会是两个。"),
        },
        new("datagram-cut", ("A datagram cut by a small buffer", "被小缓冲区截断的数据报"), DatagramCut)
        {
            Expects = ("A receive of 4 bytes takes 4 of 10; the other 6 are gone, and the next receive gives the next datagram.", "接收 4 字节只得到 10 字节中的 4 个；其余 6 个丢失，下一次接收得到的是下一个数据报。"),
            Background = (
                "With TCP what does not fit stays; with UDP it is thrown away. Linux says so only by the flag MSG_TRUNC, which a plain recv does not show. So the buffer must be as large as the largest datagram that may come.",
                "TCP 装不下的会留下，UDP 装不下的会丢弃。Linux 只用 MSG_TRUNC 标志说明这一点，而普通的 recv 看不到它。所以缓冲区必须不小于可能到来的最大数据报。"),
        },
        new("empty", ("Empty datagrams, and their absence in TCP", "空数据报，以及 TCP 中没有它"), Empty)
        {
            Expects = ("An empty datagram arrives as one. An empty send on TCP puts nothing on the wire; a receive of 0 bytes there means the end.", "空数据报会到达。TCP 上的空发送不会在线路上产生任何东西；在那里接收到 0 字节表示结束。"),
            Background = (
                "Eight bytes of UDP header without anything behind them are a valid datagram. A stream has no place where “nothing” could stand, so TCP uses the receive of zero bytes for something else: the peer has finished.",
                "只有八字节 UDP 头部、后面什么也没有，也是合法的数据报。流里没有可以放“空”的地方，所以 TCP 把接收到零字节用作另一个含义：对方已经发完。"),
        },
    ]);

    private static void Coalescing(Bench bench)
    {
        bench.WatchSegments();
        var (sender, receiver) = bench.Tcp();
        sender.Socket.NoDelay = true;
        string[] messages = ["one", "two", "three", "four", "five"];
        foreach (string message in messages)
        {
            sender.Send(message);
        }
        receiver.AwaitReadable(19);
        byte[] got = receiver.Receive(1024, ("all five at once: the stream has no edges", "五条一起到达：流没有边界"));
        bench.Trace.Expect(("one receive gives", "一次接收得到"), "onetwothreefourfive"u8, got);
        // Not a promise: where the queue below is busy, Linux joins small writes (tcp_autocorking).
        sender.Say("getsockopt(TCP_INFO).data_segs_out", sender.Info.DataSegmentsOut.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static void Leftovers(Bench bench)
    {
        var (sender, receiver) = bench.Tcp();
        sender.Send("hello world");
        receiver.AwaitReadable(11);
        byte[] first = receiver.Receive(4, ("room for four, so four", "只有四字节的空间，就取四字节"));
        bench.Trace.Expect(("still waiting in the kernel", "仍在内核中等待的字节数"), 7, receiver.Socket.Available);
        byte[] second = receiver.Receive(4, ("the rest, in order", "其余部分，顺序不变"));
        byte[] third = receiver.Receive(4);
        bench.Trace.Expect(("first receive", "第一次接收"), "hell"u8, first);
        bench.Trace.Expect(("second receive", "第二次接收"), "o wo"u8, second);
        bench.Trace.Expect(("third receive", "第三次接收"), "rld"u8, third);
    }

    private static void DatagramWhole(Bench bench)
    {
        Peer sender = bench.Udp(Lane.Sender), receiver = bench.Udp(Lane.Receiver);
        foreach (string message in new[] { "one", "two", "three" })
        {
            sender.SendTo(System.Text.Encoding.UTF8.GetBytes(message), receiver.Local);
        }
        byte[][] got = [receiver.ReceiveFrom(1024, ("one datagram, though three wait", "只取一个，虽然有三个在等")).Bytes, receiver.ReceiveFrom(1024).Bytes, receiver.ReceiveFrom(1024).Bytes];
        bench.Trace.Expect(("three receives give", "三次接收得到"), "one|two|three", string.Join('|', got.Select(System.Text.Encoding.UTF8.GetString)));
        bench.Trace.Expect(("anything left", "还有剩余"), false, receiver.HasSomething);
    }

    private static void DatagramCut(Bench bench)
    {
        Peer sender = bench.Udp(Lane.Sender), receiver = bench.Udp(Lane.Receiver);
        sender.SendTo("0123456789"u8.ToArray(), receiver.Local);
        sender.SendTo("next"u8.ToArray(), receiver.Local);
        var (bytes, _, isCut) = receiver.ReceiveFrom(4, ("six bytes are thrown away", "六个字节被丢弃"));
        byte[] after = receiver.ReceiveFrom(64, ("not “456789”: those are gone", "不是 456789：它们已经没了")).Bytes;
        bench.Trace.Expect(("a receive of 4 gives", "接收 4 字节得到"), "0123"u8, bytes);
        bench.Trace.Expect(("the kernel says it was cut", "内核说明数据被截断"), true, isCut);
        bench.Trace.Expect(("the next receive gives", "下一次接收得到"), "next"u8, after);
    }

    private static void Empty(Bench bench)
    {
        bench.Trace.Part(("UDP: empty, and yet a message", "UDP：空的，但仍是一条消息"));
        Peer speaker = bench.Udp(Lane.Sender), hearer = bench.Udp(Lane.Receiver);
        speaker.SendTo([], hearer.Local);
        hearer.AwaitAnything();
        bench.Trace.Expect(("bytes of the datagram that came", "到达的数据报字节数"), 0, hearer.ReceiveFrom(64, ("a datagram of no bytes came", "来了一个零字节的数据报")).Bytes.Length);

        bench.Trace.Part(("TCP: nothing is nothing", "TCP：空就是没有"));
        bench.WatchSegments();
        var (sender, receiver) = bench.Tcp();
        sender.Send([], ("accepted, and nothing is sent", "调用成功，但什么也没发送"));
        bench.Trace.Expect(("segments that carried data (TCP_INFO)", "携带数据的报文段数（TCP_INFO）"), 0L, sender.Info.DataSegmentsOut);
        bench.Trace.Expect(("the receiver has something to read", "接收方有内容可读"), false, receiver.HasSomething);
        sender.FinishSending();
        receiver.AwaitAnything();
        SocketError error = receiver.TryReceive(64, ("zero bytes: the end, not a message", "零字节：表示结束，不是消息"), out byte[] end);
        bench.Trace.Expect(("a receive at the end gives", "结束时接收得到"), "Success 0", $"{error} {end.Length}");
    }
}
