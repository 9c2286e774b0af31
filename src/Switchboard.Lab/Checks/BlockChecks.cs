using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Switchboard.Lab.Checks;

/// <summary>Exercises whose messages are blocks, four bytes of length and the content: <c>command</c>, <c>upload</c>, <c>login</c>.</summary>
internal static class BlockChecks
{
    public static readonly CheckKind Command = new("command", ("Runs a command and sends stdout and stderr back", "执行命令并返回标准输出和标准错误"),
    [
        new("C1", ("stdout comes back", "返回标准输出"), visit => Ran(visit.Connect(), "echo hello", "hello\n", "")),
        new("C2", ("stderr comes back, apart", "标准错误单独返回"), visit => Ran(visit.Connect(), "echo out; echo err >&2", "out\n", "err\n")),
        new("C3", ("1,000,000 bytes of output come whole", "1,000,000 字节的输出完整返回"), visit => Ran(visit.Connect(), "head -c 1000000 /dev/zero | tr '\\0' x", new string('x', 1_000_000), "")),
        new("C4", ("much on both does not stop it", "两者都很多时不会停住"), visit => Ran(visit.Connect(), "head -c 300000 /dev/zero | tr '\\0' e >&2; head -c 300000 /dev/zero | tr '\\0' o", new string('o', 300_000), new string('e', 300_000))),
        new("C5", ("an empty command gives two empty blocks, and the connection goes on", "空命令得到两个空块，连接继续"), visit =>
        {
            Caller caller = visit.Connect();
            Ran(caller, "", "", "");
            Ran(caller, "echo after", "after\n", "");
        }),
        new("C6", ("two commands in one send are two commands, and nothing is left over", "一次发送的两条命令是两条，没有残留"), visit =>
        {
            Caller caller = visit.Connect();
            caller.Send([.. Block("echo one"), .. Block("echo two")]);
            Answered(caller, "one\n", "");
            Answered(caller, "two\n", "");
        }),
        new("C7", ("a program that does not exist is told on stderr, and the connection goes on", "不存在的程序在标准错误中说明，连接继续"), visit =>
        {
            Caller caller = visit.Connect();
            caller.Send(Block("no-such-program-here"));
            caller.ExpectBlock([]);
            if (caller.TakeBlock().Length == 0)
            {
                throw caller.Broken(("a reason on stderr", "标准错误中的原因"), "\"\"");
            }
            Ran(caller, "echo after", "after\n", "");
        }),
        new("C8", ("text in UTF-8 stays whole", "UTF-8 文本保持完整"), visit => Ran(visit.Connect(), "echo 你好", "你好\n", "")),
    ]);

    public static readonly CheckKind Upload = new("upload", ("Takes files: length, JSON header, payload, MD5", "接收文件：长度、JSON 头部、负载、MD5"),
    [
        new("F1", ("a file is taken, and its MD5 told", "文件被接收，并返回其 MD5"), visit => Uploaded(visit.Connect(), "small.txt", "hello"u8.ToArray())),
        new("F2", ("an empty file is a file", "空文件也是文件"), visit => Uploaded(visit.Connect(), "empty", [])),
        new("F3", ("1,000,000 bytes arrive whole", "1,000,000 字节完整到达"), visit => Uploaded(visit.Connect(), "large.bin", StreamChecks.Pattern(1_000_000))),
        new("F4", ("a file in small pieces is one file", "分成小段发送的是一个文件"), visit =>
        {
            Caller caller = visit.Connect();
            caller.SendInPieces(File("pieces", "cut anywhere"u8.ToArray()), 3);
            ExpectTaken(caller, "cut anywhere"u8.ToArray());
        }),
        new("F5", ("two files in one send are two files", "一次发送的两个文件是两个"), visit =>
        {
            Caller caller = visit.Connect();
            caller.Send([.. File("one", "1"u8.ToArray()), .. File("two", "22"u8.ToArray())]);
            ExpectTaken(caller, "1"u8.ToArray());
            ExpectTaken(caller, "22"u8.ToArray());
        }),
        new("F6", ("a file whose MD5 is another one is refused, and the connection goes on", "MD5 不符的文件被拒绝，连接继续"), visit =>
        {
            Caller caller = visit.Connect();
            caller.Send([.. Header(("name", "bad"), ("size", 3), ("md5", Md5("abd"u8))), .. "abc"u8]);
            ExpectOk(caller, false);
            Uploaded(caller, "good", "abc"u8.ToArray());
        }),
        new("F7", ("a name that leads out of the folder is refused", "指向文件夹之外的名字被拒绝"), visit =>
        {
            Caller caller = visit.Connect();
            caller.Send(File("../escaped", "x"u8.ToArray()));
            ExpectOk(caller, false);
        }),
        new("F8", ("a Chinese name is a name", "中文名也是名字"), visit => Uploaded(visit.Connect(), "图片.bin", StreamChecks.Pattern(5_000))),
    ]);

    public static readonly CheckKind Login = new("login", ("Nothing before login; upload and download after", "登录前什么都不行；登录后上传下载"),
    [
        new("N1", ("an upload before login is refused, and the stream stays in step", "登录前上传被拒绝，流不错位"), visit =>
        {
            Caller caller = visit.Connect();
            caller.Send([.. Header(("op", "put"), ("name", "early"), ("size", 3)), .. "abc"u8]);
            ExpectOk(caller, false);
            Enter(caller);
        }),
        new("N2", ("a download before login is refused", "登录前下载被拒绝"), visit => Ask(visit.Connect(), false, ("op", "get"), ("name", "early"))),
        new("N3", ("a wrong password is refused", "错误的口令被拒绝"), visit =>
        {
            Caller caller = visit.Connect();
            Ask(caller, false, ("op", "login"), ("user", "ann"), ("password", "wrong"));
            Ask(caller, false, ("op", "get"), ("name", "early"));
        }),
        new("N4", ("the right password is let in", "正确的口令被接受"), visit => Enter(visit.Connect())),
        new("N5", ("what was uploaded comes back", "上传的内容能下载回来"), visit => Kept(visit.Connect(), "note.txt", "hello"u8.ToArray())),
        new("N6", ("300,000 bytes go up and come back", "300,000 字节上传并下载回来"), visit => Kept(visit.Connect(), "large.bin", StreamChecks.Pattern(300_000))),
        new("N7", ("the login of one connection is not another's", "一个连接的登录不属于另一个连接"), visit =>
        {
            Enter(visit.Connect());
            Ask(visit.Connect(), false, ("op", "get"), ("name", "note.txt"));
        }),
        new("N8", ("a name that leads out of the folder is refused", "指向文件夹之外的名字被拒绝"), visit =>
        {
            Caller caller = visit.Connect();
            Enter(caller);
            Ask(caller, false, ("op", "get"), ("name", "../../../../../../etc/passwd"));
        }),
        new("N9", ("a file that is not there is refused, and the connection goes on", "不存在的文件被拒绝，连接继续"), visit =>
        {
            Caller caller = visit.Connect();
            Enter(caller);
            Ask(caller, false, ("op", "get"), ("name", "nowhere"));
            Stored(caller, "again", "x"u8.ToArray());
        }),
    ]);

    private static byte[] Block(string text) => StreamChecks.Block(Encoding.UTF8.GetBytes(text));

    private static void Ran(Caller caller, string command, string output, string error)
    {
        caller.Send(Block(command));
        Answered(caller, output, error);
    }

    private static void Answered(Caller caller, string output, string error)
    {
        caller.ExpectBlock(Encoding.UTF8.GetBytes(output));
        caller.ExpectBlock(Encoding.UTF8.GetBytes(error));
    }

    private static void Uploaded(Caller caller, string name, byte[] content)
    {
        Task sending = caller.SendMeanwhile(File(name, content));
        ExpectTaken(caller, content);
        sending.Wait();
    }

    private static byte[] File(string name, byte[] content) => [.. Header(("name", name), ("size", content.Length), ("md5", Md5(content))), .. content];

    private static string Md5(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(MD5.HashData(content));

    private static void ExpectTaken(Caller caller, byte[] content)
    {
        using JsonDocument answer = ExpectOk(caller, true);
        string md5 = answer.RootElement.TryGetProperty("md5", out JsonElement told) ? told.ToString() : "";
        if (md5 != Md5(content))
        {
            throw caller.Broken($"\"md5\": \"{Md5(content)}\"", answer.RootElement.GetRawText());
        }
    }

    private static void Enter(Caller caller) => Ask(caller, true, ("op", "login"), ("user", "ann"), ("password", "secret"));

    private static void Ask(Caller caller, bool ok, params (string Name, object Value)[] fields)
    {
        caller.Send(Header(fields));
        ExpectOk(caller, ok).Dispose();
    }

    private static void Kept(Caller caller, string name, byte[] content)
    {
        Enter(caller);
        Stored(caller, name, content);
        caller.Send(Header(("op", "get"), ("name", name)));
        using JsonDocument answer = ExpectOk(caller, true);
        if (!answer.RootElement.TryGetProperty("size", out JsonElement size) || !size.TryGetInt64(out long told) || told != content.Length)
        {
            throw caller.Broken($"\"size\": {content.Length}", answer.RootElement.GetRawText());
        }
        caller.Expect(content);
    }

    private static void Stored(Caller caller, string name, byte[] content)
    {
        Task sending = caller.SendMeanwhile([.. Header(("op", "put"), ("name", name), ("size", content.Length)), .. content]);
        ExpectOk(caller, true).Dispose();
        sending.Wait();
    }

    private static JsonDocument ExpectOk(Caller caller, bool expected)
    {
        string wanted = $"{{\"ok\": {(expected ? "true" : "false")}}}";
        byte[] block = caller.TakeBlock();
        try
        {
            var answer = JsonDocument.Parse(block);
            bool isRight = answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty("ok", out JsonElement ok)
                && ok.ValueKind == (expected ? JsonValueKind.True : JsonValueKind.False);
            return isRight ? answer : throw caller.Broken(wanted, ByteText.Of(block));
        }
        catch (JsonException)
        {
            throw caller.Broken(wanted, ByteText.Of(block));
        }
    }

    private static byte[] Header(params (string Name, object Value)[] fields)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            foreach ((string name, object value) in fields)
            {
                if (value is int number)
                {
                    writer.WriteNumber(name, number);
                }
                else
                {
                    writer.WriteString(name, (string)value);
                }
            }
            writer.WriteEndObject();
        }
        return StreamChecks.Block(bytes.ToArray());
    }
}
