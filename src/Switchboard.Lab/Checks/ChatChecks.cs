using System.Text;

namespace Switchboard.Lab.Checks;

/// <summary>The exercise <c>chat</c>: a room over TCP, a line is a message.</summary>
internal static class ChatChecks
{
    public static readonly CheckKind Chat = new("chat", ("A room over TCP, a line is a message", "用 TCP 的聊天室，一行是一条消息"),
    [
        new("T1", ("the first line is the name, answered with a notice, “* …”", "第一行是名字，得到通知“* …”"), visit => Enter(visit, "ann")),
        new("T2", ("what one says reaches all others with the name", "一人说的话带着名字到达其他所有人"), visit =>
        {
            Caller ann = Enter(visit, "ann"), ben = Enter(visit, "ben"), cy = Enter(visit, "cy");
            ann.Send("hello\n");
            ben.ExpectLine("ann: hello");
            cy.ExpectLine("ann: hello");
        }),
        new("T3", ("nobody hears themselves", "自己听不到自己的话"), visit =>
        {
            Caller ann = Enter(visit, "ann"), ben = Enter(visit, "ben");
            ann.Send("mine\n");
            ben.ExpectLine("ann: mine");
            ben.Send("yours\n");
            ann.ExpectLine("ben: yours");
        }),
        new("T4", ("a line in pieces is one message, also within a character", "分段发送的一行是一条消息，断在字符中间也一样"), visit =>
        {
            Caller ann = Enter(visit, "ann"), ben = Enter(visit, "ben");
            ann.SendInPieces(Encoding.UTF8.GetBytes("你好，世界\n"), 4);
            ben.ExpectLine("ann: 你好，世界");
        }),
        new("T5", ("two lines in one send are two messages", "一次发送的两行是两条消息"), visit =>
        {
            Caller ann = Enter(visit, "ann"), ben = Enter(visit, "ben");
            ann.Send("one\ntwo\n");
            ben.ExpectLine("ann: one");
            ben.ExpectLine("ann: two");
        }),
        new("T6", ("an empty line is not passed on", "空行不转发"), visit =>
        {
            Caller ann = Enter(visit, "ann"), ben = Enter(visit, "ben");
            ann.Send("\nafter it\n");
            ben.ExpectLine("ann: after it");
        }),
        new("T7", ("“q” ends the connection of who said it, and the others go on", "“q”结束说话者的连接，其他人继续"), Leave),
        new("T8", ("who breaks off harms nobody", "突然断开的人不影响任何人"), visit =>
        {
            Caller ann = Enter(visit, "ann"), ben = Enter(visit, "ben"), cy = Enter(visit, "cy");
            cy.Reset();
            ann.Send("still here?\n");
            ben.ExpectLine("ann: still here?");
            ben.Send("yes\n");
            ann.ExpectLine("ben: yes");
        }),
        new("T9", ("a silent person holds nobody up", "沉默的人不影响任何人"), visit =>
        {
            visit.Connect();
            Caller ann = Enter(visit, "ann"), ben = Enter(visit, "ben");
            ann.Send("hello\n");
            ben.ExpectLine("ann: hello");
        }),
    ]);

    private static void Leave(Visit visit)
    {
        Caller ann = Enter(visit, "ann"), ben = Enter(visit, "ben"), cy = Enter(visit, "cy");
        cy.Send("q\n");
        ExpectNoticesAndEnd(cy);
        ann.Send("go on\n");
        ben.ExpectLine("ann: go on");
    }

    // A farewell may come before the end.
    private static void ExpectNoticesAndEnd(Caller caller)
    {
        while (caller.TakeOrEnd() is { } one)
        {
            if (one != '*')
            {
                throw caller.Broken(("the end of the connection", "连接结束"), ByteText.Of(new[] { one }.AsSpan()));
            }
            caller.TakeLine(notice: true, "\"* …\"");
        }
    }

    private static Caller Enter(Visit visit, string name)
    {
        Caller caller = visit.Connect();
        caller.Send($"{name}\n");
        string greeting = caller.TakeLine(notice: true, "\"* …\\n\"");
        return greeting.StartsWith("* ", StringComparison.Ordinal) ? caller : throw caller.Broken("\"* …\\n\"", ByteText.Of(greeting + "\n"));
    }
}
