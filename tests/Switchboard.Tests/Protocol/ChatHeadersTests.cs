using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Tests.Protocol;

/// <summary>The headers that are read and written by hand say what the serializer says, byte for byte.</summary>
public sealed class ChatHeadersTests
{
    private static readonly string[] s_texts = ["lobby", "a", "", "zhang.san_2-x", "张三", "a\"b", "a\\b", "\u0007", "é", "😀", "@ann,ben", new string('x', 600), new string('"', 90)];

    public static TheoryData<string> Texts => [.. s_texts];

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Messages_are_written_as_the_serializer_does(string text)
    {
        var message = new RoomMessage { Room = text, Number = long.MaxValue, From = "ann", Time = 0 };
        foreach (RoomMessage each in new[]
        {
            message,
            message with { Room = "lobby", From = text, Time = 1_795_716_957_000_000, Number = 1 },
            message with { Kind = "topic" },
            message with { Target = 7 },
            message with { Sha256 = "ab", Bytes = 12 },
            message with { Number = -1 },
        })
        {
            await AssertSameAsync(each, ProtocolJson.Default.RoomMessage, 5, (frames, written) => ChatHeaders.Write(frames, written, 5));
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Answers_are_written_as_the_serializer_does(string text)
    {
        foreach (long? id in new long?[] { null, 0, 9, (1L << 53) - 1 })
        {
            await AssertSameAsync(new PostAnswer { Id = id, Room = text, Number = 1, Time = 2 }, ProtocolJson.Default.PostAnswer, 0, ChatHeaders.Write);
            foreach (string? key in new[] { null, "k", text })
            {
                await AssertSameAsync(new Posted { Id = id, Room = text, Key = key, Number = 1, Time = 2 }, ProtocolJson.Default.Posted, 0, ChatHeaders.Write);
            }
        }
    }

    [Theory]
    [InlineData("""{"type":"post","room":"lobby"}""")]
    [InlineData("""{"type":"post","id":7,"room":"lobby","key":"k","size":100}""")]
    [InlineData("""{"room":"a\u0022b","key":"A","type":"post","more":{"room":"x","id":[1,2]},"id":9007199254740991}""")]
    [InlineData("""{"type":"post","room":"lobby","key":null,"id":null}""")]
    [InlineData("""{"type":"post","key":"k"}""")]
    [InlineData("""{"type":"post","room":5}""")]
    [InlineData("""{"type":"post","room":null}""")]
    [InlineData("""{"type":"post","room":"lobby","id":"7"}""")]
    [InlineData("""{"type":"post","room":"lobby","id":-1}""")]
    [InlineData("""{"type":"post","room":"lobby","id":9007199254740992}""")]
    [InlineData("""{"type":"post","room":"lobby","key":{}}""")]
    [InlineData("""{"type":"post","room":"lobby","id":1.5}""")]
    public void Posts_are_read_and_refused_as_the_serializer_does(string header)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(header);
        (Post? expected, RefusedException? refusal) = Try(() => Messages.Read(bytes, ProtocolJson.Default.Post));
        (Post? read, RefusedException? refused) = Try(() => ChatHeaders.ReadPost(bytes));
        Assert.Equal(expected is null ? null : expected with { Size = null }, read is null ? null : read with { Size = null });
        Assert.Equal(refusal?.Refusal, refused?.Refusal);
    }

    private static (Post?, RefusedException?) Try(Func<Post> read)
    {
        try
        {
            return (read(), null);
        }
        catch (RefusedException e)
        {
            return (null, e);
        }
    }

    private static async Task AssertSameAsync<T>(T message, JsonTypeInfo<T> info, long size, Action<FrameWriter, T> write)
        where T : Message
    {
        string expected = await WrittenAsync(frames => frames.WriteHeader(message, info, size), size);
        Assert.Equal(expected, await WrittenAsync(frames => write(frames, message), size));
        Assert.Equal(message, JsonSerializer.Deserialize(expected[4..^(int)size], info)! with { Size = null });
    }

    private static async Task<string> WrittenAsync(Action<FrameWriter> write, long size)
    {
        var pipe = new Pipe();
        var frames = new FrameWriter(pipe.Writer);
        write(frames);
        frames.WritePayload(new byte[size]);
        await frames.FlushAsync();
        await pipe.Writer.CompleteAsync();
        return Encoding.UTF8.GetString((await pipe.Reader.ReadAsync()).Buffer.FirstSpan);
    }
}
