using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Switchboard.Lab.Sockets;
using Switchboard.Protocol;

namespace Switchboard.Lab.Experiments;

/// <summary>Who is calling: what an eavesdropper can do with what it heard.</summary>
internal static class IdentityExperiments
{
    private const string Password = "correct horse";

    public static readonly ExperimentGroup Group = new("identity", ("Who is calling", "来者是谁"),
    [
        new("plain-password", ("A plain password", "明文口令"), PlainPassword)
        {
            Expects = ("Whoever copies the line can read the password and log in with it.", "谁复制了线路上的数据，谁就能读到口令并用它登录。"),
            Background = ("Without encryption every machine on the way can keep what passes. And a server that receives the password itself can lose it.", "没有加密时，途经的每台机器都能留下经过的内容。而且收到口令原文的服务器也可能泄露它。"),
        },
        new("replayed-hash", ("A hash instead, replayed", "改发散列值，被重放"), ReplayedHash)
        {
            Expects = ("The eavesdropper cannot read the password, and does not need to: the hash itself opens the door.", "窃听者读不到口令，也不需要：散列值本身就能打开门。"),
            Background = ("What is sent is the same each time, so the hash has become the password. A hash on the line only helps together with something that is new every time.", "每次发送的内容都一样，散列值就成了口令。线路上的散列值必须与每次都不同的东西配合才有用。"),
        },
        new("challenge", ("A random challenge with HMAC", "随机质询与 HMAC"), Challenge)
        {
            Expects = ("The right answer to this challenge is accepted; the same answer to the next one is refused.", "对这次质询的正确应答被接受；把同一应答用于下一次则被拒绝。"),
            Background = ("The server sends 32 random bytes, the client answers with HMAC-SHA256 of them under the shared secret (RFC 2104). Nothing that was heard can be used again. But the server has to keep the secret itself, and the client does not learn who the server is.", "服务器发送 32 个随机字节，客户端用共享密钥对其计算 HMAC-SHA256 作为应答（RFC 2104）。听到的内容无法再用。但服务器必须保存密钥本身，客户端也不知道服务器是谁。"),
        },
        new("scram", ("What SCRAM adds", "SCRAM 增加了什么"), WhatScramAdds)
        {
            Expects = ("What the server stores does not log anybody in, a replay is refused, and a server that does not know the account is found out by the client.", "服务器保存的内容不能用来登录，重放被拒绝，不知道该账户的服务器会被客户端识破。"),
            Background = ("SCRAM-SHA-256 (RFC 5802, RFC 7677), which this product speaks: salted and stretched on the client, a verifier on the server, and a signature by which the server proves itself. Under TLS it is bound to the certificate, too.", "SCRAM-SHA-256（RFC 5802、RFC 7677），即本产品使用的方式：客户端加盐并多次迭代，服务器只存验证值，并用签名证明自己。在 TLS 下还与证书绑定。"),
        },
        new("constant-time", ("A forged digest, compared in constant time and not", "伪造的摘要：恒定时间比较与非恒定时间比较"), ConstantTime)
        {
            Expects = ("A comparison that stops at the first difference takes longer the more is right; the constant-time one takes the same.", "遇到第一处不同就停止的比较，猜对得越多耗时越长；恒定时间比较则耗时相同。"),
            Background = ("Who can measure can guess a digest byte by byte: 256 tries for each instead of all at once. A fixed-time comparison looks at every byte, whatever it has seen so far (hmac.compare_digest, CryptographicOperations.FixedTimeEquals).", "能测量时间的人可以逐字节猜出摘要：每个字节最多 256 次，而不必一次全部猜对。恒定时间比较不管已看到什么，都会检查每个字节（hmac.compare_digest、CryptographicOperations.FixedTimeEquals）。"),
        },
    ]);

    private static void PlainPassword(Bench bench)
    {
        byte[] heard = Overhear(bench, Encoding.UTF8.GetBytes(Password));
        bench.Trace.Expect(("the eavesdropper reads", "窃听者读到"), Password, Encoding.UTF8.GetString(heard));
        bench.Trace.Expect(("and is let in", "并且能登录"), true, Replay(bench, heard, one => one.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(Password))));
    }

    private static void ReplayedHash(Bench bench)
    {
        byte[] stored = SHA256.HashData(Encoding.UTF8.GetBytes(Password));
        byte[] heard = Overhear(bench, stored);
        bench.Trace.Expect(("the eavesdropper reads the password", "窃听者读到口令"), false, heard.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(Password)));
        bench.Trace.Expect(("and is let in", "却能登录"), true, Replay(bench, heard, one => one.AsSpan().SequenceEqual(stored)));
    }

    // The same bytes on a connection, and a copy of them.
    private static byte[] Overhear(Bench bench, byte[] secret)
    {
        var (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        client.Send(secret, ("a login", "一次登录"));
        byte[] heard = server.ReceiveExactly(secret.Length);
        bench.Trace.Add(Lane.Thief, "copy of the line", ByteText.Of(heard));
        return heard;
    }

    private static bool Replay(Bench bench, byte[] heard, Func<byte[], bool> isRight)
    {
        var (thief, server) = bench.Tcp(Lane.Thief, Lane.Server);
        thief.Send(heard, ("the same bytes, from somebody else", "同样的字节，来自另一个人"));
        bool accepted = isRight(server.ReceiveExactly(heard.Length));
        server.Send(accepted ? "welcome" : "no");
        return accepted;
    }

    private static void Challenge(Bench bench)
    {
        byte[] secret = Encoding.UTF8.GetBytes(Password);
        bench.Trace.Part(("The client who knows the secret", "知道密钥的客户端"));
        var (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        byte[] first = RandomNumberGenerator.GetBytes(32);
        server.Send(first, ("32 random bytes", "32 个随机字节"));
        client.Send(HMACSHA256.HashData(secret, client.ReceiveExactly(32)));
        byte[] answer = server.ReceiveExactly(32);
        bench.Trace.Expect(("the right answer is accepted", "正确的应答被接受"), true, CryptographicOperations.FixedTimeEquals(answer, HMACSHA256.HashData(secret, first)));

        bench.Trace.Part(("The eavesdropper who heard it", "听到它的窃听者"));
        var (thief, again) = bench.Tcp(Lane.Thief, Lane.Server);
        byte[] second = RandomNumberGenerator.GetBytes(32);
        again.Send(second, ("other random bytes", "另外的随机字节"));
        thief.ReceiveExactly(32);
        thief.Send(answer, ("the answer to the first challenge", "对第一次质询的应答"));
        byte[] replayed = again.ReceiveExactly(32);
        bench.Trace.Expect(("the replayed answer is accepted", "重放的应答被接受"), false, CryptographicOperations.FixedTimeEquals(replayed, HMACSHA256.HashData(secret, second)));
    }

    private static void WhatScramAdds(Bench bench)
    {
        Verifier verifier = Scram.CreateVerifier(Password, Scram.MinPasswordIterations);
        bench.Trace.Add(Lane.Server, "stores", $"salt, iterations, StoredKey {verifier.StoredKey[..12]}…", ("neither the password nor anything that logs in", "既不是口令，也不能用来登录"));
        bench.Trace.Part(("Both prove themselves", "双方都证明自己"));
        var client = new ScramClient("ann", Password, null);
        string first = client.First(), proof = "";
        string? signature = Login(bench, verifier, first, challenge => proof = client.Final(challenge));
        bench.Trace.Expect(("the client is let in", "客户端登录成功"), true, signature is not null);
        bench.Trace.Expect(("the server has proved itself", "服务器证明了自己"), true, IsBelieved(client, signature));

        bench.Trace.Part(("The eavesdropper repeats both messages", "窃听者重放两条消息"));
        bench.Trace.Expect(("it is let in", "它能登录"), false, Login(bench, verifier, first, _ => proof) is not null);
        bench.Trace.Part(("A thief has what the server stores", "小偷得到了服务器保存的内容"));
        var thief = new ScramClient("ann", verifier.StoredKey, null);
        bench.Trace.Expect(("it is let in", "它能登录"), false, Login(bench, verifier, thief.First(), thief.Final) is not null);
        bench.Trace.Part(("A false server says yes to everybody", "假服务器对谁都说可以"));
        var deceived = new ScramClient("ann", Password, null);
        bench.Trace.Expect(("it is believed", "它被相信"), false, IsBelieved(deceived, LoginAtFalseServer(bench, deceived, verifier)));
    }

    /// <returns>The server's signature; null when it refused.</returns>
    private static string? Login(Bench bench, Verifier verifier, string first, Func<string, string> answer)
    {
        var (client, server) = bench.Tcp(Lane.Client, Lane.Server);
        var scram = new ScramServer(ScramFirst.Parse(Scram.Mechanism, Say(client, server, first), channelBound: false), verifier, null);
        string challenge = Say(server, client, scram.First());
        string proof = Say(client, server, answer(challenge));
        try
        {
            return Say(server, client, scram.Final(proof));
        }
        catch (RefusedException refused)
        {
            server.Say("refuses", refused.Refusal.Code.ToString());
            return null;
        }
    }

    // It has seen salt and rounds, which are no secret, and has to make the signature up.
    private static string LoginAtFalseServer(Bench bench, ScramClient deceived, Verifier seen)
    {
        var (client, server) = bench.Tcp(Lane.Client, Lane.Thief);
        var scram = new ScramServer(ScramFirst.Parse(Scram.Mechanism, Say(client, server, deceived.First()), channelBound: false), seen, null);
        Say(client, server, deceived.Final(Say(server, client, scram.First())));
        return Say(server, client, $"v={Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}");
    }

    private static bool IsBelieved(ScramClient client, string? signature)
    {
        try
        {
            client.Verify(signature ?? "");
            return true;
        }
        catch (RefusedException)
        {
            return false;
        }
    }

    private static string Say(Peer from, Peer to, string text)
    {
        int length = from.Send(text);
        return Encoding.UTF8.GetString(to.ReceiveExactly(length));
    }

    private static void ConstantTime(Bench bench)
    {
        // A digest of 32 bytes differs by nanoseconds; a long one shows the same with what any clock can tell.
        byte[] real = RandomNumberGenerator.GetBytes(256 * 1024);
        byte[] early = [.. real], late = [.. real];
        early[0] ^= 1;
        late[^1] ^= 1;
        double stopsEarly = Fastest(() => StopsAtDifference(real, early)), stopsLate = Fastest(() => StopsAtDifference(real, late));
        double fixedEarly = Fastest(() => CryptographicOperations.FixedTimeEquals(real, early)), fixedLate = Fastest(() => CryptographicOperations.FixedTimeEquals(real, late));
        bench.Trace.Part(("Wrong: stops at the first difference", "错误：遇到不同就停止"));
        Tell(bench, "compare(real, forged)", stopsEarly, stopsLate);
        bench.Trace.Expect(("all but the last byte right takes at least 10 times as long", "只错最后一个字节时，耗时至少是 10 倍"), stopsLate >= 10 * stopsEarly, Ratio(stopsLate / stopsEarly));
        bench.Trace.Part(("Right: always looks at all", "正确：总是看完全部"));
        Tell(bench, "FixedTimeEquals(real, forged)", fixedEarly, fixedLate);
        bench.Trace.Expect(("both take the same, within a half", "两者耗时相同，相差不超过一半"), fixedLate / fixedEarly is > 0.5 and < 2, Ratio(fixedLate / fixedEarly));
    }

    private static void Tell(Bench bench, string call, double early, double late)
    {
        bench.Trace.Add(Lane.Thief, call, string.Create(CultureInfo.InvariantCulture, $"{early:0.0} µs"), ("the first byte is wrong", "第一个字节错"));
        bench.Trace.Add(Lane.Thief, call, string.Create(CultureInfo.InvariantCulture, $"{late:0.0} µs"), ("the last byte is wrong", "最后一个字节错"));
    }

    private static string Ratio(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.0} ×");

    private static bool StopsAtDifference(byte[] a, byte[] b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] != b[i])
            {
                return false;
            }
        }
        return true;
    }

    // The fastest of many: what disturbs only ever makes slower.
    private static double Fastest(Func<bool> compare)
    {
        double best = double.MaxValue;
        for (int run = 0; run < 60; run++)
        {
            long start = Stopwatch.GetTimestamp();
            compare();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
        return Math.Max(best, 0.01);
    }
}
