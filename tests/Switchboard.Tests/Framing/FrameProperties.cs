using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Switchboard.Framing;
using Switchboard.Framing.TestKit;

namespace Switchboard.Tests.Framing;

/// <summary>Random streams, each from a seed that a failure names. <c>SWITCHBOARD_SEED=n</c> runs that one alone.</summary>
public class FrameProperties(ITestOutputHelper output)
{
    private const int Runs = 300;

    private sealed record Sent(string Header, byte[] Payload);

    [Fact]
    public Task What_the_writer_sent_is_what_the_reader_gets() => ForSeeds(async random =>
    {
        var wire = new Wire(PlanFrom(random));
        List<Sent> frames = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => FrameFrom(random))];
        var sending = SendAsync(wire.Left.Output, frames, new Random(random.Next()));
        var reader = new FrameReader(wire.Right.Input);
        foreach (var sent in frames)
        {
            var frame = await reader.ReadAsync() ?? throw new InvalidDataException("An end of stream before all frames.");
            Assert.Equal(Expected(sent), Encoding.UTF8.GetString(frame.Header.Span));
            Assert.Equal(sent.Payload.Length, frame.Size);
            await ReadInRandomSteps(reader, sent.Payload, random);
        }
        Assert.Null(await reader.ReadAsync());
        await sending;
    });

    [Fact]
    public Task A_damaged_stream_is_judged_as_a_plain_reading_of_the_rules_judges_it() => ForSeeds(async random =>
    {
        byte[] stream = [.. Enumerable.Range(0, random.Next(1, 6)).SelectMany(_ => BytesOf(FrameFrom(random)))];
        for (var i = random.Next(4); i > 0; i--)
            stream[random.Next(stream.Length)] = Damage(random);
        stream = stream[..^(random.Next(3) == 0 ? random.Next(stream.Length) : 0)];
        var wire = new Wire(PlanFrom(random));
        var sending = SendAsync(wire.Left.Output, stream);
        Assert.Equal(Judge(stream), await JudgementOf(new FrameReader(wire.Right.Input)));
        await wire.Right.Input.CompleteAsync();
        await sending;
    });

    private async Task ForSeeds(Func<Random, Task> property)
    {
        int[] seeds = Environment.GetEnvironmentVariable("SWITCHBOARD_SEED") is { } given
            ? [int.Parse(given)]
            : [.. Enumerable.Range(0, Runs), Random.Shared.Next()];
        output.WriteLine($"seeds {seeds[0]} to {seeds.Length - 1}, and {seeds[^1]}");
        foreach (var seed in seeds)
        {
            try
            {
                await property(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Failed with SWITCHBOARD_SEED={seed}", e);
            }
        }
    }

    private static WirePlan PlanFrom(Random random) => new()
    {
        Pieces = random.Next(4) switch
        {
            0 => Pieces.Whole,
            1 => Pieces.Of(1),
            2 => Pieces.Random(random.Next(), 7),
            _ => Pieces.Random(random.Next(), 5_000),
        },
        Capacity = random.Next(2) == 0 ? 65_536 : random.Next(1, 300),
    };

    private static Sent FrameFrom(Random random)
    {
        var names = Enumerable.Range(0, random.Next(random.Next(8) == 0 ? 40 : 6)).Select(i => $"{Text(random)}{i}");
        var fields = names.Select(name => $"{Quote(name, random)}:{Value(random, 3)}");
        var payload = new byte[random.Next(3) switch { 0 => 0, 1 => random.Next(100), _ => random.Next(3_000) }];
        random.NextBytes(payload);
        return new Sent($"{{{string.Join(',', fields)}}}", payload);
    }

    private static string Value(Random random, int depth) => random.Next(depth > 0 ? 7 : 5) switch
    {
        0 => random.NextInt64().ToString(),
        1 => "-1.5e-3",
        2 => "null",
        3 => "true",
        4 => Quote(Text(random), random),
        5 => $"[{Value(random, depth - 1)},{Value(random, depth - 1)}]",
        _ => $$"""{"size":{{Value(random, depth - 1)}}, "x":{} }""",
    };

    private static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => random.GetItems(["a", "z", "é", "中", "😀", "\"", "\\", "\n", "size", "/"], 1)[0]));

    private static string Quote(string text, Random random)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
            quoted.Append(c < ' ' || c is '"' or '\\' || (!char.IsSurrogate(c) && random.Next(5) == 0) ? $"\\u{(int)c:x4}" : c);
        return quoted.Append('"').ToString();
    }

    private static string Expected(Sent sent) => sent.Payload.Length == 0 ? sent.Header
        : $"{sent.Header[..^1]}{(sent.Header.Length == 2 ? "" : ",")}\"size\":{sent.Payload.Length}}}";

    private static byte[] BytesOf(Sent sent) => FrameBytes.Of(Encoding.UTF8.GetBytes(Expected(sent)), sent.Payload);

    private static byte Damage(Random random) => random.Next(2) == 0 ? (byte)random.Next(256) : random.GetItems("0{}[]\",:\\-.e"u8.ToArray(), 1)[0];

    private static async Task SendAsync(PipeWriter output, List<Sent> frames, Random random)
    {
        var writer = new FrameWriter(output);
        foreach (var (header, payload) in frames)
        {
            writer.WriteHeader(Encoding.UTF8.GetBytes(header), payload.Length);
            for (var at = 0; at < payload.Length;)
            {
                var n = random.Next(1, payload.Length - at + 1);
                writer.WritePayload(payload.AsSpan(at, n));
                at += n;
                if (random.Next(3) == 0)
                    await writer.FlushAsync();
            }
            if (random.Next(3) == 0)
                await writer.FlushAsync();
        }
        await writer.FlushAsync();
        await output.CompleteAsync();
    }

    private static async Task SendAsync(PipeWriter output, byte[] stream)
    {
        await output.WriteAsync(stream);
        await output.CompleteAsync();
    }

    private static async Task ReadInRandomSteps(FrameReader reader, byte[] expected, Random random)
    {
        var at = 0;
        while (reader.PayloadLeft > 0 && random.Next(20) != 0)
        {
            var atLeast = random.Next(1, 2_000);
            var left = reader.PayloadLeft;
            var piece = await reader.ReadPayloadAsync(atLeast);
            Assert.InRange(piece.Length, Math.Min(atLeast, left), left);
            Assert.Equal(expected.AsSpan(at, (int)piece.Length).ToArray(), piece.ToArray());
            var used = random.Next(3) == 0 ? random.NextInt64(piece.Length + 1) : piece.Length;
            reader.AdvancePayload(used);
            at += (int)used;
        }
    }

    private static async Task<string> JudgementOf(FrameReader reader)
    {
        var judgement = new StringBuilder();
        try
        {
            while (await reader.ReadAsync() is { } frame)
            {
                judgement.Append($"{frame.Header.Length}+{frame.Size} ");
                await reader.SkipPayloadAsync();
            }
            return judgement.Append("end").ToString();
        }
        catch (FrameException e)
        {
            return judgement.Append(Kind(e.Error)).ToString();
        }
    }

    /// <summary>Damage may break several rules of a header at once; which is told first is not promised.</summary>
    private static string Kind(FrameError error) => error switch
    {
        FrameError.InvalidJson or FrameError.InvalidUtf8 or FrameError.InvalidSize or FrameError.DuplicateKey => "bad header",
        _ => error.ToString(),
    };

    /// <summary>The rules once more, with everything in memory and another parser.</summary>
    private static string Judge(ReadOnlySpan<byte> stream)
    {
        var judgement = new StringBuilder();
        while (!stream.IsEmpty)
        {
            var error = JudgeFrame(stream, out var header, out var size);
            if (error is not null && (error != FrameError.Truncated || size == 0))
                return judgement.Append(Kind(error.Value)).ToString();
            judgement.Append($"{header}+{size} ");
            if (error is not null)
                return judgement.Append(Kind(error.Value)).ToString();
            stream = stream[(int)(4 + header + size)..];
        }
        return judgement.Append("end").ToString();
    }

    private static FrameError? JudgeFrame(ReadOnlySpan<byte> stream, out long header, out long size)
    {
        (header, size) = (0, 0);
        if (stream.Length < 4)
            return FrameError.Truncated;
        header = BinaryPrimitives.ReadUInt32BigEndian(stream);
        if (header is 0 or > 65_536)
            return header == 0 ? FrameError.HeaderLengthZero : FrameError.HeaderTooLong;
        if (stream.Length - 4 < header)
            return FrameError.Truncated;
        var error = JudgeHeader(stream.Slice(4, (int)header).ToArray(), ref size);
        return error ?? (stream.Length - 4 - header < size ? FrameError.Truncated : null);
    }

    private static FrameError? JudgeHeader(byte[] header, ref long size)
    {
        if (!Utf8.IsValid(header))
            return FrameError.InvalidUtf8;
        try
        {
            using var json = JsonDocument.Parse(header);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return FrameError.NotAnObject;
            ReadTexts(json.RootElement);
            var names = json.RootElement.EnumerateObject().Select(field => field.Name).ToList();
            if (names.Distinct().Count() < names.Count)
                return FrameError.DuplicateKey;
            return json.RootElement.TryGetProperty("size", out var said) && !(long.TryParse(said.GetRawText(), out size) && char.IsAsciiDigit(said.GetRawText()[0]))
                ? FrameError.InvalidSize : null;
        }
        catch (JsonException)
        {
            return FrameError.InvalidJson;
        }
        catch (InvalidOperationException)
        {
            return FrameError.InvalidUtf8;
        }
    }

    /// <summary>Throws where a text holds half of a surrogate pair.</summary>
    private static void ReadTexts(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
            element.GetString();
        if (element.ValueKind == JsonValueKind.Array)
            element.EnumerateArray().ToList().ForEach(ReadTexts);
        if (element.ValueKind == JsonValueKind.Object)
            element.EnumerateObject().Where(field => field.Name.Length >= 0).ToList().ForEach(field => ReadTexts(field.Value));
    }
}
