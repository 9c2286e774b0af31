using System.Text;

namespace Switchboard.Lab.Checks;

/// <summary>Exercises about datagrams: <c>upper-udp</c>, <c>udp-chat</c>.</summary>
internal static class DatagramChecks
{
    public static readonly CheckKind Upper = new("upper-udp", ("Answers each datagram in capitals", "用大写应答每个数据报"),
    [
        new("U1", ("the letters a to z come back as A to Z", "字母 a 到 z 以 A 到 Z 返回"), visit => Asked(visit.Datagrams(), "hello world", "HELLO WORLD")),
        new("U2", ("characters without a capital stay whole", "没有大写形式的字符保持完整"), visit => Asked(visit.Datagrams(), "你好 abc 1", "你好 ABC 1")),
        new("U3", ("each client gets its own answer", "每个客户端得到自己的应答"), visit =>
        {
            DatagramCaller first = visit.Datagrams(), second = visit.Datagrams();
            first.Send("first");
            second.Send("second");
            second.Expect("SECOND");
            first.Expect("FIRST");
        }),
        new("U4", ("three datagrams get three answers", "三个数据报得到三个应答"), visit =>
        {
            DatagramCaller caller = visit.Datagrams();
            Array.ForEach(["a", "b", "c"], caller.Send);
            Array.ForEach(["A", "B", "C"], caller.Expect);
        }),
        new("U5", ("8,000 bytes are answered whole", "8,000 字节得到完整应答"), visit => Asked(visit.Datagrams(), new string('x', 8_000), new string('X', 8_000))),
        new("U6", ("an empty datagram is answered with an empty one", "空数据报得到空的应答"), visit =>
        {
            DatagramCaller caller = visit.Datagrams();
            caller.Send([]);
            caller.Expect([]);
            Asked(caller, "after", "AFTER");
        }),
    ]);

    public static readonly CheckKind Chat = new("udp-chat", ("A room over datagrams, people told apart by name", "用数据报的聊天室，按名字区分各人"),
    [
        new("D1", ("“join NAME” is answered with a notice, “* …”", "“join 名字”得到通知“* …”"), visit => Join(visit, "ann")),
        new("D2", ("what one says reaches the others with the name", "一人说的话带着名字到达其他人"), visit =>
        {
            DatagramCaller ann = Join(visit, "ann"), ben = Join(visit, "ben"), cy = Join(visit, "cy");
            ann.Send("hello");
            ben.ExpectSaid("ann: hello");
            cy.ExpectSaid("ann: hello");
        }),
        new("D3", ("two people at one host are told apart", "同一主机上的两个人能区分开"), visit =>
        {
            DatagramCaller ann = Join(visit, "ann"), ben = Join(visit, "ben"), cy = Join(visit, "cy");
            ann.Send("from ann");
            cy.ExpectSaid("ann: from ann");
            ben.Send("from ben");
            cy.ExpectSaid("ben: from ben");
        }),
        new("D4", ("nobody hears themselves", "自己听不到自己的话"), visit =>
        {
            DatagramCaller ann = Join(visit, "ann"), ben = Join(visit, "ben");
            ann.Send("mine");
            ben.ExpectSaid("ann: mine");
            ben.Send("yours");
            ann.ExpectSaid("ben: yours");
        }),
        new("D5", ("text stays whole in UTF-8", "UTF-8 文本保持完整"), visit =>
        {
            DatagramCaller ann = Join(visit, "小明"), ben = Join(visit, "ben");
            ann.Send("你好，世界");
            ben.ExpectSaid("小明: 你好，世界");
        }),
        new("D6", ("who did not join is not passed on", "没有加入的人说的话不转发"), visit =>
        {
            DatagramCaller ann = Join(visit, "ann"), ben = Join(visit, "ben"), stranger = visit.Datagrams();
            stranger.Send("let me in");
            ann.Send("after it");
            ben.ExpectSaid("ann: after it");
        }),
        new("D7", ("“q” leaves, and nothing more comes", "“q”离开，此后不再收到消息"), Leave),
    ]);

    private static void Leave(Visit visit)
    {
        DatagramCaller ann = Join(visit, "ann"), ben = Join(visit, "ben"), cy = Join(visit, "cy");
        ben.Send("q");
        ben.ExpectNotice();
        // The second is handled after the first was passed to all, so by then the first would have come.
        ann.Send("one");
        cy.ExpectSaid("ann: one");
        ann.Send("two");
        cy.ExpectSaid("ann: two");
        ben.ExpectNothingSaid();
    }

    private static DatagramCaller Join(Visit visit, string name)
    {
        DatagramCaller caller = visit.Datagrams();
        caller.Send(Encoding.UTF8.GetBytes($"join {name}"));
        caller.ExpectNotice();
        return caller;
    }

    private static void Asked(DatagramCaller caller, string question, string answer)
    {
        caller.Send(question);
        caller.Expect(answer);
    }
}
