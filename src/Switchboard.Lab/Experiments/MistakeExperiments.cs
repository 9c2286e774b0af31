using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Switchboard.Lab.Sockets;
using Switchboard.Protocol;

namespace Switchboard.Lab.Experiments;

/// <summary>The classic mistakes, each beside the program that is right.</summary>
internal static class MistakeExperiments
{
    private static readonly Words s_wrong = ("Wrong", "错误"), s_right = ("Right", "正确");

    public static readonly ExperimentGroup Group = new("mistakes", ("The classic mistakes", "经典错误"),
    [
        new("split-character", ("A character split between two receives", "一个字符被分到两次接收里"), SplitCharacter)
        {
            Expects = ("Decoded receive by receive, a Chinese character turns into replacement marks; a decoder that remembers keeps it.", "逐次接收逐次解码，汉字会变成替换符；有记忆的解码器能保住它。"),
            Background = ("A Chinese character is three bytes in UTF-8 and two in GBK, and a receive may end between any two bytes. Collect the whole message first, or use an incremental decoder.", "一个汉字在 UTF-8 中是三个字节，在 GBK 中是两个，而接收可能在任意两个字节之间结束。应先收齐整条消息，或使用增量解码器。"),
        },
        new("length-in-characters", ("A length counted in characters", "按字符计算的长度"), LengthInCharacters)
        {
            Expects = ("“你好” has 2 characters and 6 bytes: with the length 2 the reader stops inside the first character, and the rest spoils the next message.", "“你好”是 2 个字符、6 个字节：长度写成 2 时，读取方停在第一个字的中间，剩下的会破坏下一条消息。"),
            Background = ("The stream counts bytes. The length must be taken after encoding; with plain English text the mistake does not show, which is why it lives so long.", "流按字节计算。必须先编码再取长度；纯英文文本看不出这个错误，所以它能长期存在。"),
        },
        new("short-read", ("recv(4) that returns 2", "recv(4) 只返回 2 字节"), ShortRead)
        {
            Expects = ("A receive of 4 returns the 2 bytes that are there; a loop gets all 4.", "接收 4 字节时返回已到达的 2 字节；循环接收才能得到全部 4 字节。"),
            Background = ("recv returns as soon as it has anything. On a quiet machine four bytes nearly always come together; under load, or at the edge of a segment, they do not.", "recv 只要有数据就返回。机器空闲时四个字节几乎总是一起到达；在负载下或恰好跨报文段时就不是了。"),
        },
        new("byte-order", ("An integer in native byte order", "本机字节序的整数"), ByteOrder)
        {
            Expects = ("1 in the order of this processor is read by the other side as 16,777,216.", "按本机处理器顺序写的 1，对方读成 16,777,216。"),
            Background = ("Most processors put the least significant byte first; the network puts it last (RFC 1700). Two little-endian machines agree by luck: say the order, always.", "多数处理器把最低字节放在前面，网络则放在最后（RFC 1700）。两台小端机器只是碰巧一致：字节序一定要写明。"),
        },
        new("upper-gbk", ("An encoding changed on the way", "途中改坏编码"), UpperGbk)
        {
            Expects = ("Upper-casing the bytes of 則 in GBK gives another character, 凾; upper-casing the text does not.", "对“則”的 GBK 字节做大写转换会得到另一个字“凾”；对文本做转换则不会。"),
            Background = ("The second byte of a GBK character may be an ASCII letter: 則 is 84 74, and 74 is “t”. Who changes bytes without decoding them changes characters. UTF-8 was made so that this cannot happen.", "GBK 字符的第二个字节可能是 ASCII 字母：“則”是 84 74，而 74 就是 t。不解码就修改字节，会改变字符。UTF-8 的设计避免了这一点。"),
        },
        new("stderr", ("stderr is not stdout", "标准错误不是标准输出"), StandardError)
        {
            Expects = ("Who reads only stdout of a command that fails sees nothing; the reason is on stderr.", "只读取失败命令的标准输出，什么也看不到；原因在标准错误里。"),
            Background = ("A process has two outputs, so that results can be piped on while complaints reach the person. A remote command must carry both, apart, and the exit code.", "进程有两个输出，这样结果可以进入管道，而报错能让人看到。远程命令必须分别传送两者，以及退出码。"),
        },
        new("full-pipe", ("A pipe that fills and stops both", "管道写满，双方都停住"), FullPipe)
        {
            Expects = ("A program that writes everything before it reads anything stands still with both pipes full; one that reads in between gets through.", "先全部写完再读取的程序，会在两个管道都写满时停住；边写边读的程序能完成。"),
            Background = ("A pipe holds 64 KiB on Linux. When the child's output is full the child waits for a reader and reads no more input; then its input fills, and the parent waits too. Neither is ever woken.", "Linux 上管道容量为 64 KiB。子进程的输出满了，它就等待读取方，不再读输入；于是输入也满了，父进程也在等。谁也不会被唤醒。"),
        },
        new("both-wait", ("Both ends wait to receive", "两端都在等待接收"), BothWait)
        {
            Expects = ("Nothing is on the way and nothing lies ready at either end, so neither receive can return; when one speaks first, both go on.", "途中没有数据，两端也都没有待读数据，所以两个接收都不会返回；只要一方先说话，双方就能继续。"),
            Background = ("The client waits for a greeting, the server for a request. TCP does not notice: for it the connection is healthy. A protocol says who speaks first, and every receive has a time limit.", "客户端等问候，服务器等请求。TCP 察觉不到：对它来说连接是健康的。协议要规定谁先说话，每次接收都要有时限。"),
        },
        new("empty-line", ("An empty line that is never sent", "从未发出的空行"), EmptyLine)
        {
            Expects = ("Sending the empty string sends nothing, and the other side waits; with a length before it, it arrives.", "发送空字符串等于什么也没发，对方一直等待；前面加上长度就能到达。"),
            Background = ("input() returns an empty string when a person only presses Enter, and send of nothing is nothing. Either it is not sent at all and both sides know, or the frame makes it something.", "用户只按回车时 input() 返回空字符串，而发送空内容就是没有发送。要么双方都知道空行不发送，要么用帧让它成为实在的数据。"),
        },
        new("datagram-too-large", ("A datagram over the maximum size", "超过最大长度的数据报"), DatagramTooLarge)
        {
            Expects = ("65,507 bytes are sent; 65,508 are refused with EMSGSIZE, and nothing goes out.", "65,507 字节可以发送；65,508 字节被拒绝（EMSGSIZE），什么也没有发出。"),
            Background = ("The length field of IPv4 has 16 bits: 65,535 less 20 for the IP header less 8 for UDP. Far below that, above about 1,472 bytes, a datagram is cut into fragments, and one lost fragment loses all of it.", "IPv4 的长度字段有 16 位：65,535 减去 IP 头 20 字节，再减去 UDP 头 8 字节。远在此之前，超过约 1,472 字节，数据报就会分片，丢失任何一片就丢失整个数据报。"),
        },
    ]);

    private static void SplitCharacter(Bench bench)
    {
        byte[] text = Encoding.UTF8.GetBytes("中文");
        var (sender, receiver) = bench.Tcp();
        sender.Send(text);
        receiver.AwaitReadable(6);
        byte[] first = receiver.Receive(4, ("three bytes of 中 and one of 文", "“中”的三个字节和“文”的一个")), second = receiver.Receive(4);

        bench.Trace.Part(s_wrong);
        string wrong = Encoding.UTF8.GetString(first) + Encoding.UTF8.GetString(second);
        receiver.Say("decode(first) + decode(second)", wrong);
        bench.Trace.Expect(("decoded one by one it is still the text", "逐次解码后仍是原文"), false, wrong == "中文");

        bench.Trace.Part(s_right);
        Decoder decoder = Encoding.UTF8.GetDecoder();
        char[] chars = new char[8];
        int count = decoder.GetChars(first, chars, flush: false);
        count += decoder.GetChars(second, chars.AsSpan(count), flush: true);
        receiver.Say("decoder.decode(first); decoder.decode(second)", new string(chars, 0, count));
        bench.Trace.Expect(("an incremental decoder gives", "增量解码器得到"), "中文", new string(chars, 0, count));
    }

    private static void LengthInCharacters(Bench bench)
    {
        bench.Trace.Part(s_wrong);
        var (sender, receiver) = bench.Tcp();
        string text = "你好";
        sender.Send([(byte)text.Length, .. Encoding.UTF8.GetBytes(text)], ("length 2: characters", "长度 2：按字符"));
        byte[] wrong = receiver.ReceiveExactly(receiver.ReceiveExactly(1)[0], ("two of six bytes: not even one character", "六个字节里的两个：连一个字都不到"));
        bench.Trace.Expect(("what the reader has", "读取方得到"), [0xE4, 0xBD], wrong);
        bench.Trace.Expect(("what it takes for the next length", "它接着当作下一个长度的字节"), [0xA0], receiver.ReceiveExactly(1));

        bench.Trace.Part(s_right);
        (sender, receiver) = bench.Tcp();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        sender.Send([(byte)bytes.Length, .. bytes], ("length 6: bytes, counted after encoding", "长度 6：编码之后按字节计"));
        bench.Trace.Expect(("what the reader has", "读取方得到"), bytes, receiver.ReceiveExactly(receiver.ReceiveExactly(1)[0]));
    }

    private static void ShortRead(Bench bench)
    {
        bench.Trace.Part(s_wrong);
        byte[] number = [0, 0, 1, 0];
        var (sender, receiver) = bench.Tcp();
        sender.Send(number[..2]);
        receiver.AwaitReadable(2);
        byte[] got = receiver.Receive(4, ("two are there, so two it is", "只到了两个，就返回两个"));
        bench.Trace.Expect(("recv(4) returns", "recv(4) 返回"), [0, 0], got);
        sender.Send(number[2..]);
        receiver.ReceiveExactly(2, ("the wrong program takes these for the message", "错误的程序会把它们当成消息内容"));

        bench.Trace.Part(s_right);
        sender.Send(number[..2]);
        sender.Send(number[2..]);
        bench.Trace.Expect(("a loop gets", "循环接收得到"), 256, BinaryPrimitives.ReadInt32BigEndian(receiver.ReceiveExactly(4)));
    }

    private static void ByteOrder(Bench bench)
    {
        var (sender, receiver) = bench.Tcp();
        byte[] native = new byte[4], network = new byte[4];
        bench.Trace.Part(s_wrong);
        BinaryPrimitives.WriteInt32LittleEndian(native, 1);
        sender.Send(native, ("pack('i', 1) on a little-endian processor", "小端处理器上的 pack('i', 1)"));
        bench.Trace.Expect(("the reader sees", "读取方看到"), 16_777_216, BinaryPrimitives.ReadInt32BigEndian(receiver.ReceiveExactly(4)));

        bench.Trace.Part(s_right);
        BinaryPrimitives.WriteInt32BigEndian(network, 1);
        sender.Send(network, ("pack('!i', 1)", "pack('!i', 1)"));
        bench.Trace.Expect(("the reader sees", "读取方看到"), 1, BinaryPrimitives.ReadInt32BigEndian(receiver.ReceiveExactly(4)));
    }

    private static void UpperGbk(Bench bench)
    {
        byte[] bytes = [0x84, 0x74]; // 則 in GBK; 84 54 is 凾
        Peer client = bench.Udp(Lane.Client), server = bench.Udp(Lane.Server);
        bench.Trace.Part(("Wrong: bytes.upper()", "错误：bytes.upper()"));
        client.SendTo(bytes, server.Local, ("則 in GBK", "GBK 编码的“則”"));
        var (got, from, _) = server.ReceiveFrom(64);
        server.SendTo([.. got.Select(Upper)], from, ("74 is “t”, and becomes 54, “T”", "74 是 t，变成了 54，即 T"));
        bench.Trace.Expect(("what comes back", "返回的内容"), [0x84, 0x54], client.ReceiveFrom(64, ("凾: another character", "“凾”：变成了另一个字")).Bytes);

        bench.Trace.Part(("Right: the text in UTF-8", "正确：UTF-8 文本"));
        client.SendTo(Encoding.UTF8.GetBytes("則 abc"), server.Local);
        (got, from, _) = server.ReceiveFrom(64);
        server.SendTo(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(got).ToUpperInvariant()), from);
        bench.Trace.Expect(("what comes back", "返回的内容"), Encoding.UTF8.GetBytes("則 ABC"), client.ReceiveFrom(64).Bytes);
    }

    private static byte Upper(byte one) => one is >= (byte)'a' and <= (byte)'z' ? (byte)(one - 32) : one;

    private static void StandardError(Bench bench)
    {
        const string command = "echo reason >&2; exit 3";
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        bench.Trace.Part(s_wrong);
        bench.Trace.Add(Lane.Server, $"sh -c '{command}'; stdout.read()", ByteText.Of(Encoding.UTF8.GetBytes(output)), ("nothing, and no reason why", "什么也没有，也不知道原因"));
        bench.Trace.Expect(("stdout", "标准输出"), "", output);
        bench.Trace.Part(s_right);
        bench.Trace.Add(Lane.Server, "stderr.read(), exit code", $"{ByteText.Of(Encoding.UTF8.GetBytes(error.Result))}, {process.ExitCode}");
        bench.Trace.Expect(("stderr", "标准错误"), "reason\n", error.Result);
        bench.Trace.Expect(("exit code", "退出码"), 3, process.ExitCode);
    }

    private static void FullPipe(Bench bench)
    {
        const int total = 1 << 20;
        using var folder = new PrivateFolder();
        using Fifo input = new(folder.At("in")), output = new(folder.At("out"));
        using Process cat = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec cat <\"$0\" >\"$1\"", input.Path, output.Path]))!;
        try
        {
            bench.Trace.Part(("Wrong: write everything, then read", "错误：先全部写完，再读取"));
            byte[] block = new byte[4096];
            int written = 0, read = 0;
            Kernel.Until(() => (written += Fill(input, block, total - written)) == total || IsStuck(input, output, cat), "both pipes to be full");
            bench.Trace.Add(Lane.Client, "write(stdin, 1 MiB)", written.ToString("N0", System.Globalization.CultureInfo.InvariantCulture), ("not one byte more is taken", "一个字节也写不进去了"));
            bench.Trace.Add(Lane.Kernel, "ioctl(FIONREAD) stdin, stdout", $"{input.Held}, {output.Held}", ("both are full: cat waits for us, we wait for cat", "两个都满了：cat 在等我们，我们在等 cat"));
            bench.Trace.Expect(("all was written", "全部写完"), false, written == total);
            bench.Trace.Expect(("both pipes are full", "两个管道都满了"), true, IsStuck(input, output, cat));

            bench.Trace.Part(("Right: read in between", "正确：边写边读"));
            Kernel.Until(() => (written += Fill(input, block, total - written)) + (read += Drain(output)) == 2 * total, "everything to come back");
            bench.Trace.Add(Lane.Client, "read(stdout)", read.ToString("N0", System.Globalization.CultureInfo.InvariantCulture));
            bench.Trace.Expect(("bytes that came back", "返回的字节数"), total, read);
        }
        finally
        {
            cat.Kill();
            cat.WaitForExit();
        }
    }

    private static int Fill(Fifo pipe, byte[] block, int most)
    {
        int sum = 0;
        for (int count; sum < most && (count = pipe.Write(block)) > 0;)
        {
            sum += count;
        }
        return sum;
    }

    private static int Drain(Fifo pipe)
    {
        byte[] buffer = new byte[65_536];
        int sum = 0;
        for (int count; (count = pipe.Read(buffer)) > 0;)
        {
            sum += count;
        }
        return sum;
    }

    // A pipe of 16 pages takes 65,536 bytes. Asked for sleep first: who sleeps while there is input sleeps in a write, and stays there.
    private static bool IsStuck(Fifo input, Fifo output, Process cat) => Kernel.IsAsleep(cat.Id) && input.Held >= 65_536 && output.Held >= 65_536;

    private static void BothWait(Bench bench)
    {
        var (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        bench.Trace.Part(s_wrong);
        client.Socket.ReceiveTimeout = server.Socket.ReceiveTimeout = 50;
        var serverWaits = Task.Factory.StartNew(() => server.TryReceive(64, ("waits for a request", "等待请求"), out _), TaskCreationOptions.LongRunning);
        SocketError clientGot = client.TryReceive(64, ("waits for a greeting", "等待问候"), out _);
        bench.Trace.Expect(("the client's receive gives nothing until its time is up", "客户端的接收直到超时都没有结果"), true, clientGot is SocketError.TimedOut or SocketError.WouldBlock);
        bench.Trace.Expect(("the server's does the same", "服务器的接收也一样"), true, serverWaits.Result is SocketError.TimedOut or SocketError.WouldBlock);
        bench.Trace.Expect(("bytes ready at both ends, segments on the way from both", "两端待读的字节数，两端在途的报文段数"), "0 0 0 0", $"{client.Socket.Available} {server.Socket.Available} {client.Info.Unacknowledged} {server.Info.Unacknowledged}");

        bench.Trace.Part(("Right: one speaks first", "正确：一方先说话"));
        client.Socket.ReceiveTimeout = server.Socket.ReceiveTimeout = 30_000;
        client.Send("hello?");
        server.Receive(64);
        server.Send("hello!");
        bench.Trace.Expect(("the answer", "应答"), "hello!"u8, client.Receive(64));
    }

    private static void EmptyLine(Bench bench)
    {
        bench.Trace.Part(s_wrong);
        var (sender, receiver) = bench.Tcp();
        sender.Send("", ("a person pressed Enter only", "用户只按了回车"));
        sender.Send("after it");
        receiver.AwaitReadable(8);
        bench.Trace.Expect(("the first message that arrives", "到达的第一条消息"), "after it"u8, receiver.Receive(64, ("the empty one was never sent", "空的那条从未发出")));

        bench.Trace.Part(("Right: with its length", "正确：带上长度"));
        sender.Send([0], ("a message of 0 bytes", "一条 0 字节的消息"));
        sender.Send([8, .. "after it"u8]);
        byte length = receiver.ReceiveExactly(1)[0];
        bench.Trace.Expect(("length of the first message", "第一条消息的长度"), 0, (int)length);
        bench.Trace.Expect(("the second", "第二条"), "after it"u8, receiver.ReceiveExactly(receiver.ReceiveExactly(1)[0]));
    }

    private static void DatagramTooLarge(Bench bench)
    {
        const int largest = 65_507;
        Peer sender = bench.Udp(Lane.Sender), receiver = bench.Udp(Lane.Receiver);
        receiver.Socket.ReceiveBufferSize = 1 << 20;
        bench.Trace.Part(s_wrong);
        SocketError over = sender.SendTo(new byte[largest + 1], receiver.Local, ("one byte too many", "多了一个字节"));
        bench.Trace.Expect(("65,508 bytes", "65,508 字节"), "EMSGSIZE", Errno.Name(over));
        bench.Trace.Expect(("anything came of it", "有数据到达"), false, receiver.HasSomething);
        bench.Trace.Part(s_right);
        sender.SendTo(new byte[largest], receiver.Local);
        bench.Trace.Expect(("bytes that arrive of 65,507", "65,507 字节中到达的字节数"), largest, receiver.ReceiveFrom(65_536).Bytes.Length);
    }
}
