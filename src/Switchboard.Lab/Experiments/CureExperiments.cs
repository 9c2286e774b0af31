using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Switchboard.Framing;
using Switchboard.Lab.Sockets;

namespace Switchboard.Lab.Experiments;

/// <summary>How messages get their edges back: each cure with a program that is wrong, the one that is right, and where it ends.</summary>
internal static class CureExperiments
{
    private const int Fixed = 10;

    public static readonly ExperimentGroup Group = new("cures", ("The cures", "解决办法"),
    [
        new("fixed-size", ("Every message has the same size", "每条消息大小相同"), FixedSize)
        {
            Expects = ("Padded to 10 bytes and read as 10, messages stay apart; unpadded they do not. A message of 11 bytes has no place, and blanks at its end are lost.", "填充到 10 字节并按 10 字节读取，消息就不会混在一起；不填充则会。11 字节的消息放不下，结尾的空格也会丢失。"),
            Background = ("The oldest cure: both sides agree on a size. It wastes what is not used, and has an end that no message may pass. Padding must be something that no message ends with.", "最古老的办法：双方约定大小。没用到的空间浪费了，而且有一个任何消息都不能超过的上限。填充字符必须是任何消息都不会用来结尾的字符。"),
        },
        new("four-digits", ("Four digits of length", "四位数字的长度"), FourDigits)
        {
            Expects = ("“0005hello” is read rightly under any joining. Behind a message of 10,000 bytes the next one is misread: five digits do not fit into four.", "“0005hello”无论怎样粘连都能正确读取。10,000 字节的消息之后，下一条会读错：五位数字装不进四位。"),
            Background = ("The length goes before the message, in digits that a person can read in a trace. It ends at 9,999; a program that formats with “at least four digits” does not notice when it passes that.", "长度放在消息前面，用人能看懂的数字表示。上限是 9,999；用“至少四位”来格式化的程序超过了也不会发觉。"),
        },
        new("four-bytes", ("A 4-byte integer of length", "4 字节整数的长度"), FourBytes)
        {
            Expects = ("Big-endian and unsigned it works. Read as a signed integer, 2 GiB becomes a negative length. A length that a stranger wrote must be bounded before memory is taken for it.", "大端、无符号时工作正常。按有符号整数读取时，2 GiB 会变成负数长度。陌生人写的长度必须先检查上限，再分配内存。"),
            Background = ("Four bytes count to 4 GiB, or to 2 GiB for languages whose integers are signed. Four bytes are also all it takes to ask a careless server for 2 GiB of memory, so every reader needs a limit that it checks first.", "四个字节可以表示到 4 GiB，对使用有符号整数的语言则是 2 GiB。同样，只要四个字节就能让粗心的服务器分配 2 GiB 内存，所以读取方必须先检查上限。"),
        },
        new("json-header", ("Length, JSON header, payload: the frame of this product", "长度、JSON 头部、负载：本产品的帧"), JsonHeader)
        {
            Expects = ("A header and a payload of its size come out as they went in, cut at every byte. A header longer than the limit is refused before it is held.", "无论在哪个字节处切断，头部和相应大小的负载都能原样取出。超过上限的头部在占用内存之前就被拒绝。"),
            Background = ("The header says what the payload is and how long; new fields can be added without breaking an old reader. It ends where the reader's limits are: 64 KiB of header here, and payloads that are streamed and never held whole.", "头部说明负载是什么、有多长；可以添加新字段而不影响旧的读取方。它的边界就是读取方的上限：这里头部为 64 KiB，负载以流的方式处理，从不整个放进内存。"),
        },
        new("delimiter", ("A delimiter, and escaping", "分隔符与转义"), Delimiter)
        {
            Expects = ("A message that contains the delimiter becomes two, unless it is escaped. Without a limit on the line, a sender that never ends it takes all memory.", "包含分隔符的消息会变成两条，除非经过转义。如果不限制行的长度，永远不发送行尾的发送方就能占满内存。"),
            Background = ("Lines are easy to read and to type, and FTP, SMTP and HTTP use them. The price: the delimiter may not occur in a message, so it is escaped, and the escape character too.", "以行为单位易读易输入，FTP、SMTP 和 HTTP 都这样做。代价是消息里不能出现分隔符，所以要转义，转义符本身也要转义。"),
        },
    ]);

    private static void FixedSize(Bench bench)
    {
        bench.Trace.Part(("Wrong: as long as it happens to be", "错误：消息有多长就发多长"));
        var (sender, receiver) = bench.Tcp();
        sender.Send("hi");
        sender.Send("there");
        receiver.AwaitReadable(7);
        bench.Trace.Expect(("the wrong reader's first message", "错误的读取方得到的第一条"), "hithere"u8, receiver.Receive(Fixed));

        bench.Trace.Part(("Right: padded to ten, read as ten", "正确：填充到十字节，按十字节读取"));
        (sender, receiver) = bench.Tcp();
        sender.Send("hi".PadRight(Fixed));
        sender.Send("there".PadRight(Fixed));
        receiver.AwaitReadable(2 * Fixed);
        byte[][] read = [receiver.ReceiveExactly(Fixed), receiver.ReceiveExactly(Fixed)];
        bench.Trace.Expect(("the right reader's messages", "正确的读取方得到的消息"), "hi|there", string.Join('|', read.Select(one => Encoding.UTF8.GetString(one).TrimEnd())));

        bench.Trace.Part(("Where it ends", "它的边界"));
        sender.Send("abc  ".PadRight(Fixed), ("two blanks that belong to the message", "两个属于消息的空格"));
        bench.Trace.Expect(("a message that ends in blanks comes back as", "以空格结尾的消息取出后是"), "abc", Encoding.UTF8.GetString(receiver.ReceiveExactly(Fixed)).TrimEnd());
        bench.Trace.Expect(("a message of 11 bytes fits", "11 字节的消息放得下"), false, "hello world".PadRight(Fixed).Length <= Fixed);
    }

    private static void FourDigits(Bench bench)
    {
        bench.Trace.Part(("Right: four digits, then so many bytes", "正确：先读四位数字，再读相应的字节数"));
        var (sender, receiver) = bench.Tcp();
        sender.Send(Digits("hello") + Digits("") + Digits("你好"), ("three messages in one send", "一次发送三条消息"));
        string[] read = [ReadDigits(receiver), ReadDigits(receiver), ReadDigits(receiver)];
        bench.Trace.Expect(("three messages", "三条消息"), "hello||你好", string.Join('|', read));

        bench.Trace.Part(("Where it ends: 9,999 fits, 10,000 does not", "它的边界：9,999 可以，10,000 不行"));
        sender.Send(Digits(new string('a', 9_999)));
        bench.Trace.Expect(("bytes of the largest message", "最大消息的字节数"), 9_999, ReadDigits(receiver).Length);
        sender.Send(Digits(new string('a', 10_000)) + Digits("next"), ("“10000” has five digits", "“10000”有五位"));
        string cut = ReadDigits(receiver);
        bench.Trace.Expect(("bytes that the reader takes of 10,000", "10,000 字节中读取方取走的字节数"), 1_000, cut.Length);
        bench.Trace.Expect(("what it now takes for a length", "它接着当作长度的内容"), "aaaa"u8, receiver.ReceiveExactly(4, ("not a number: the stream is lost", "不是数字：流已经错位")));
    }

    private static string Digits(string text) => string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(text):0000}{text}");

    private static string ReadDigits(Peer peer)
    {
        int length = int.Parse(peer.ReceiveExactly(4), NumberStyles.None, CultureInfo.InvariantCulture);
        return Encoding.UTF8.GetString(length == 0 ? [] : peer.ReceiveExactly(length));
    }

    private static void FourBytes(Bench bench)
    {
        bench.Trace.Part(("Right: four bytes, the most significant first", "正确：四个字节，最高位在前"));
        var (sender, receiver) = bench.Tcp();
        sender.Send([.. BigEndian(5), .. "hello"u8, .. BigEndian(0)]);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(receiver.ReceiveExactly(4));
        bench.Trace.Expect(("the first message", "第一条消息"), "hello"u8, receiver.ReceiveExactly((int)length));
        bench.Trace.Expect(("the length of the second", "第二条的长度"), 0u, BinaryPrimitives.ReadUInt32BigEndian(receiver.ReceiveExactly(4)));

        bench.Trace.Part(("Where it ends: 2 GiB", "它的边界：2 GiB"));
        sender.Send(BigEndian(0x8000_0000), ("a message of 2 GiB is announced", "宣布一条 2 GiB 的消息"));
        byte[] announced = receiver.ReceiveExactly(4);
        bench.Trace.Expect(("read unsigned", "按无符号读取"), 2_147_483_648u, BinaryPrimitives.ReadUInt32BigEndian(announced));
        bench.Trace.Expect(("read signed", "按有符号读取"), -2_147_483_648, BinaryPrimitives.ReadInt32BigEndian(announced));

        bench.Trace.Part(("Wrong: believing it", "错误：相信对方给的长度"));
        const uint limit = 16 << 20;
        sender.Send(BigEndian(0x7FFF_FFFF), ("four bytes ask for 2 GiB of memory", "四个字节就要求 2 GiB 内存"));
        uint asked = BinaryPrimitives.ReadUInt32BigEndian(receiver.ReceiveExactly(4));
        receiver.Say("length > limit", "refused", ("a right reader refuses it and closes; a wrong one takes the memory", "正确的读取方拒绝并关闭连接；错误的读取方会去分配内存"));
        bench.Trace.Expect(("a limit of 16 MiB refuses it", "16 MiB 的上限会拒绝它"), true, asked > limit);
    }

    private static byte[] BigEndian(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static void JsonHeader(Bench bench)
    {
        bench.Trace.Part(("Wrong: one receive for the header", "错误：用一次接收读取头部"));
        byte[] header = [.. "{\"type\":\"put\",\"path\":\"/a.txt\",\"size\":5}"u8];
        byte[] frame = [.. BigEndian((uint)header.Length), .. header, .. "hello"u8];
        var (sender, receiver) = bench.Tcp();
        sender.Send(frame[..20], ("the first piece", "第一段"));
        receiver.AwaitReadable(20);
        byte[] piece = receiver.Receive(1024, ("half a header: no JSON", "半个头部：不是合法的 JSON"));
        bench.Trace.Expect(("the wrong reader has a whole header", "错误的读取方得到了完整的头部"), false, piece[^1] == (byte)'}');

        bench.Trace.Part(("Right: this product's reader, a byte at a time", "正确：本产品的读取器，每次一个字节"));
        (sender, receiver) = bench.Tcp();
        Task<string> read = ReadFrameAsync(receiver);
        foreach (byte one in frame)
        {
            sender.Socket.Send([one]);
        }
        sender.Say($"{frame.Length} × send(1)", null, ("every byte by itself", "每个字节单独发送"));
        bench.Trace.Expect(("header and payload", "头部与负载"), "/a.txt 5 hello", read.GetAwaiter().GetResult());

        bench.Trace.Part(("Where it ends: the reader's limit", "它的边界：读取方的上限"));
        (sender, receiver) = bench.Tcp();
        sender.Send(BigEndian(1 << 30), ("a header of 1 GiB is announced", "宣布一个 1 GiB 的头部"));
        bench.Trace.Expect(("this product's reader says", "本产品的读取器说"), nameof(FrameError.HeaderTooLong), ReadFrameAsync(receiver).GetAwaiter().GetResult());
    }

    private static async Task<string> ReadFrameAsync(Peer peer)
    {
        var reader = new FrameReader(PipeReader.Create(new System.Net.Sockets.NetworkStream(peer.Socket)));
        try
        {
            Frame frame = (await reader.ReadAsync())!.Value;
            string path = System.Text.Json.JsonDocument.Parse(frame.Header).RootElement.GetProperty("path").GetString()!;
            var payload = await reader.ReadPayloadAsync((int)frame.Size);
            string text = Encoding.UTF8.GetString(System.Buffers.BuffersExtensions.ToArray(payload));
            peer.Say("FrameReader.ReadAsync()", $"{path} ({frame.Size}) \"{text}\"");
            return string.Create(CultureInfo.InvariantCulture, $"{path} {frame.Size} {text}");
        }
        catch (FrameException refused)
        {
            peer.Say("FrameReader.ReadAsync()", refused.Error.ToString());
            return refused.Error.ToString();
        }
    }

    private static void Delimiter(Bench bench)
    {
        bench.Trace.Part(("Wrong: the delimiter inside a message", "错误：消息里含有分隔符"));
        var (sender, receiver) = bench.Tcp();
        sender.Send("two\nlines" + "\n", ("one message", "一条消息"));
        receiver.AwaitReadable(10);
        string[] wrong = Encoding.UTF8.GetString(receiver.Receive(1024)).TrimEnd('\n').Split('\n');
        bench.Trace.Expect(("messages that the wrong program reads", "错误的程序读到的消息数"), 2, wrong.Length);

        bench.Trace.Part(("Right: escaped, and the escape character too", "正确：转义，转义符本身也转义"));
        string[] messages = ["two\nlines", @"a \n that is none"];
        sender.Send(string.Concat(messages.Select(one => Escape(one) + "\n")));
        receiver.AwaitReadable(messages.Sum(one => Escape(one).Length + 1));
        string[] right = [.. Encoding.UTF8.GetString(receiver.Receive(1024)).TrimEnd('\n').Split('\n').Select(Unescape)];
        bench.Trace.Expect(("messages that the right program reads", "正确的程序读到的消息"), string.Join('|', messages), string.Join('|', right));

        bench.Trace.Part(("Where it ends: a line that never does", "它的边界：永不结束的一行"));
        const int limit = 4096;
        sender.Send(new byte[limit + 1].Select(_ => (byte)'x').ToArray(), ("no delimiter", "没有分隔符"));
        receiver.AwaitReadable(limit + 1);
        byte[] line = receiver.Receive(limit);
        bench.Trace.Expect(("a reader with a limit of 4,096 has found the end of a line", "上限为 4,096 的读取方找到了行尾"), false, line.Length < limit || line.Contains((byte)'\n'));
    }

    private static string Escape(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);

    private static string Unescape(string text)
    {
        var plain = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            plain.Append(text[i] != '\\' ? text[i] : text[++i] == 'n' ? '\n' : text[i]);
        }
        return plain.ToString();
    }
}
