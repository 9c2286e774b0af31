using System.Buffers.Binary;
using System.Text;

namespace Switchboard.Lab.Checks;

/// <summary>Exercises about a stream of bytes: <c>echo</c>, <c>length-prefix</c>.</summary>
internal static class StreamChecks
{
    public static readonly CheckKind Echo = new("echo", ("Sends back what it gets", "原样返回收到的内容"),
    [
        new("E1", ("what is sent comes back", "发送的内容原样返回"), visit => Round(visit.Connect(), "hello"u8.ToArray())),
        new("E2", ("every byte value comes back", "任何字节值都能返回"), visit => Round(visit.Connect(), [.. Enumerable.Range(' ', 256).Select(value => (byte)value)])),
        new("E3", ("1 MiB comes back whole", "1 MiB 完整返回"), Large),
        new("E4", ("after the client has finished, everything comes back, and then the end", "客户端发完后，全部内容返回，然后连接结束"), ToTheEnd),
        new("E5", ("a silent client does not hold up another", "沉默的客户端不影响其他人"), visit =>
        {
            visit.Connect();
            Round(visit.Connect(), "second"u8.ToArray());
        }),
        new("E6", ("a client that breaks off does no harm", "客户端突然断开不造成影响"), visit =>
        {
            Caller broken = visit.Connect();
            broken.Send("bye"u8.ToArray());
            broken.Reset();
            Round(visit.Connect(), "still there"u8.ToArray());
        }),
    ]);

    public static readonly CheckKind LengthPrefix = new("length-prefix", ("Answers each message with the same one, however it is split and joined", "无论怎样拆分粘连，都用同样的消息应答"),
    [
        new("L1", ("a message comes back with its length", "消息连同长度返回"), visit => Answered(visit.Connect(), "hello"u8.ToArray())),
        new("L2", ("a message sent byte by byte is one message", "逐字节发送的是一条消息"), visit =>
        {
            Caller caller = visit.Connect();
            caller.SendInPieces(Block("byte by byte"u8), 1);
            caller.ExpectBlock("byte by byte"u8.ToArray());
        }),
        new("L3", ("three messages in one send are three messages", "一次发送的三条是三条消息"), visit =>
        {
            Caller caller = visit.Connect();
            caller.Send([.. Block("one"u8), .. Block("two"u8), .. Block("three"u8)]);
            caller.ExpectBlock("one"u8.ToArray());
            caller.ExpectBlock("two"u8.ToArray());
            caller.ExpectBlock("three"u8.ToArray());
        }),
        new("L4", ("an empty message is a message", "空消息也是消息"), visit =>
        {
            Caller caller = visit.Connect();
            caller.Send([.. Block([]), .. Block("after"u8)]);
            caller.ExpectBlock([]);
            caller.ExpectBlock("after"u8.ToArray());
        }),
        new("L5", ("100,000 bytes come back whole", "100,000 字节完整返回"), visit => Answered(visit.Connect(), Pattern(100_000))),
        new("L6", ("a character split between two sends stays whole", "分两次发送的字符保持完整"), visit =>
        {
            Caller caller = visit.Connect();
            byte[] text = Encoding.UTF8.GetBytes("你好，世界");
            caller.SendInPieces(Block(text), 5);
            caller.ExpectBlock(text);
        }),
        new("L7", ("a length over 16 MiB ends the connection", "超过 16 MiB 的长度会使连接结束"), visit =>
        {
            Caller caller = visit.Connect();
            caller.Send([0x7F, 0xFF, 0xFF, 0xFF]);
            caller.ExpectEnd();
        }),
        new("L8", ("a client that leaves within a message does no harm", "客户端在消息中途离开不造成影响"), visit =>
        {
            Caller broken = visit.Connect();
            broken.Send([0, 0, 0, 9, (byte)'x']);
            broken.Reset();
            Answered(visit.Connect(), "still there"u8.ToArray());
        }),
    ]);

    /// <summary>Four bytes of length, the most significant first, and the content.</summary>
    internal static byte[] Block(ReadOnlySpan<byte> content)
    {
        byte[] block = new byte[4 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(block, content.Length);
        content.CopyTo(block.AsSpan(4));
        return block;
    }

    /// <summary>Bytes whose place can be told: a piece that is missing or doubled shows.</summary>
    internal static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(at => (byte)((at * 31) + (at >> 8)))];

    private static void Round(Caller caller, byte[] bytes)
    {
        caller.Send(bytes);
        caller.Expect(bytes);
    }

    private static void Large(Visit visit)
    {
        Caller caller = visit.Connect();
        byte[] bytes = Pattern(1 << 20);
        Task sending = caller.SendMeanwhile(bytes);
        caller.Expect(bytes);
        sending.Wait();
    }

    private static void ToTheEnd(Visit visit)
    {
        Caller caller = visit.Connect();
        caller.Send("last words"u8.ToArray());
        caller.Finish();
        caller.Expect("last words"u8.ToArray());
        caller.ExpectEnd();
    }

    private static void Answered(Caller caller, byte[] content)
    {
        Task sending = caller.SendMeanwhile(Block(content));
        caller.ExpectBlock(content);
        sending.Wait();
    }
}
