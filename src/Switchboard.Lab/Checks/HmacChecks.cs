using System.Security.Cryptography;

namespace Switchboard.Lab.Checks;

/// <summary>The exercise <c>hmac</c>: a challenge, and the answer that only the secret gives.</summary>
internal static class HmacChecks
{
    private const int Length = 32;

    /// <summary>The secret of the exercise; it stands in docs/lab.md.</summary>
    private static readonly byte[] s_secret = "switchboard-lab"u8.ToArray();

    public static readonly CheckKind Hmac = new("hmac", ("Lets in who answers a random challenge", "只让能回答随机质询的人进入"),
    [
        new("H1", ("32 bytes come first", "首先发来 32 字节"), visit => visit.Connect().Take(Length)),
        new("H2", ("they differ each time", "每次都不同"), visit =>
        {
            Caller first = visit.Connect(), second = visit.Connect();
            byte[] one = first.Take(Length), two = second.Take(Length);
            if (one.AsSpan().SequenceEqual(two))
            {
                throw second.Broken(("another challenge", "另一个质询"), ByteText.Hex(two));
            }
        }),
        new("H3", ("the right answer is let in", "正确的应答被接受"), visit => Right(visit.Connect())),
        new("H4", ("a wrong answer is refused, and the connection ended", "错误的应答被拒绝，连接结束"), visit => Refused(visit.Connect(), _ => new byte[Length])),
        new("H5", ("an answer that is wrong in its last byte only is refused", "只错最后一个字节的应答被拒绝"), visit => Refused(visit.Connect(), answer => [.. answer[..^1], (byte)(answer[^1] ^ 1)])),
        new("H6", ("a replayed answer is refused", "重放的应答被拒绝"), visit =>
        {
            byte[] heard = Right(visit.Connect());
            Refused(visit.Connect(), _ => heard);
        }),
        new("H7", ("an answer in two pieces is one answer", "分两段发送的应答是一个应答"), visit =>
        {
            Caller caller = visit.Connect();
            caller.SendInPieces(Answer(caller.Take(Length)), 20);
            caller.Expect("OK\n"u8.ToArray());
        }),
    ]);

    private static byte[] Answer(byte[] challenge) => HMACSHA256.HashData(s_secret, challenge);

    private static byte[] Right(Caller caller)
    {
        byte[] answer = Answer(caller.Take(Length));
        caller.Send(answer);
        caller.Expect("OK\n"u8.ToArray());
        return answer;
    }

    private static void Refused(Caller caller, Func<byte[], byte[]> forge)
    {
        caller.Send(forge(Answer(caller.Take(Length))));
        caller.Expect("NO\n"u8.ToArray());
        caller.ExpectEnd();
    }
}
