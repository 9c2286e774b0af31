using System.Text;
using Switchboard.Framing;
using Switchboard.Framing.TestKit;

namespace Switchboard.Tests.Framing;

public class BrokenStreamTests
{
    [Fact]
    public async Task A_cut_at_any_byte_within_a_frame_is_an_error_and_never_a_clean_end()
    {
        var whole = FrameBytes.Of("""{"n":1}""");
        byte[] stream = [.. whole, .. FrameBytes.Of("""{"type":"b","size":5}""", "hello")];
        for (var at = whole.Length + 1; at < stream.Length; at++)
        {
            Assert.Equal(FrameError.Truncated, await FrameBytes.ErrorOf(stream[..at]));
            Assert.Equal(FrameError.Truncated, await ErrorThroughWire(stream, new WirePlan { CutAt = at }));
            Assert.Equal(FrameError.Truncated, await ErrorThroughWire(stream, new WirePlan { CutAt = at, Pieces = Pieces.Of(1) }));
        }
    }

    [Fact]
    public async Task A_cut_between_two_frames_is_a_clean_end()
    {
        byte[] stream = [.. FrameBytes.Of("""{"size":2}""", "ab"), .. FrameBytes.Of("{}")];
        foreach (var at in new[] { 0, 16, stream.Length })
        {
            var wire = new Wire(new WirePlan { CutAt = at });
            await wire.Left.Output.WriteAsync(stream);
            wire.Left.Output.Complete();
            await new FrameReader(wire.Right.Input).ReadAllAsync();
        }
    }

    [Fact]
    public async Task A_cut_in_a_payload_that_nobody_wants_is_an_error_too()
    {
        var reader = FrameBytes.Reader(FrameBytes.Of("""{"size":5}""", "hell"));
        Assert.NotNull(await reader.ReadAsync());
        var error = await Assert.ThrowsAsync<FrameException>(async () => await reader.ReadAsync());
        Assert.Equal(FrameError.Truncated, error.Error);
    }

    [Fact]
    public async Task A_cut_payload_is_told_by_every_way_to_read_it()
    {
        var cut = FrameBytes.Of("""{"size":5}""", "hell");
        foreach (var read in new Func<FrameReader, Task>[]
        {
            async reader => await reader.ReadPayloadAsync(5),
            async reader => await reader.SkipPayloadAsync(),
            reader => reader.ReadWholePayloadAsync(),
        })
        {
            var reader = FrameBytes.Reader(cut);
            Assert.NotNull(await reader.ReadAsync());
            Assert.Equal(FrameError.Truncated, (await Assert.ThrowsAsync<FrameException>(() => read(reader))).Error);
        }
    }

    [Theory]
    [InlineData(0u, FrameError.HeaderLengthZero)]
    [InlineData(65_537u, FrameError.HeaderTooLong)]
    [InlineData(0x7FFF_FFFFu, FrameError.HeaderTooLong)]
    [InlineData(0x8000_0000u, FrameError.HeaderTooLong)]
    [InlineData(0xFFFF_FFFFu, FrameError.HeaderTooLong)]
    public async Task A_length_outside_the_limits_is_told_before_a_byte_of_the_header_is_awaited(uint length, FrameError expected)
    {
        var wire = new Wire();
        await wire.Left.Output.WriteAsync(FrameBytes.Length(length));
        var reader = new FrameReader(wire.Right.Input);
        var error = await Assert.ThrowsAsync<FrameException>(async () => await reader.ReadAsync());
        Assert.Equal(expected, error.Error);
    }

    [Fact]
    public async Task Limits_given_are_the_limits_held()
    {
        var limits = new FrameLimits { MaxHeader = 10, MaxPayload = 3 };
        Assert.NotNull(await FrameBytes.Reader(FrameBytes.Of("""{"size":3}""", "abc"), limits).ReadAsync());
        Assert.Equal(FrameError.PayloadTooLong, await FrameBytes.ErrorOf(FrameBytes.Of("""{"size":4}""", "abcd"), limits));
        Assert.Equal(FrameError.HeaderTooLong, await FrameBytes.ErrorOf(FrameBytes.Of("""{"size": 3}""", "abc"), limits));
    }

    [Fact]
    public async Task After_an_error_the_reader_tells_the_same_again_and_never_finds_a_frame()
    {
        var reader = FrameBytes.Reader([.. FrameBytes.Of("[]"), .. FrameBytes.Of("{}")]);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(FrameError.NotAnObject, (await Assert.ThrowsAsync<FrameException>(async () => await reader.ReadAsync())).Error);
            Assert.Equal(FrameError.NotAnObject, Assert.Throws<FrameException>(() => reader.TryRead(out _)).Error);
            Assert.Equal(FrameError.NotAnObject, (await Assert.ThrowsAsync<FrameException>(async () => await reader.ReadPayloadAsync())).Error);
        }
    }

    [Theory]
    [InlineData("[1,2]")]
    [InlineData("\"text\"")]
    [InlineData("12")]
    [InlineData("null")]
    [InlineData(" true ")]
    public async Task Json_that_is_no_object_is_refused(string header) =>
        Assert.Equal(FrameError.NotAnObject, await FrameBytes.ErrorOf(FrameBytes.Of(header)));

    [Theory]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("{}}")]
    [InlineData("{}{}")]
    [InlineData("{} x")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{a:1}")]
    [InlineData("{'a':1}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("{\"a\":1/*c*/}")]
    [InlineData("{\"a\":\"\n\"}")]
    [InlineData("{\"a\":\"\\x\"}")]
    [InlineData("{\"a\":\"\0\"}")]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("1 2")]
    [InlineData("[1")]
    [InlineData("[]{}")]
    [InlineData("\uFEFF{}")]
    public async Task What_is_no_json_is_refused(string header) =>
        Assert.Equal(FrameError.InvalidJson, await FrameBytes.ErrorOf(FrameBytes.Of(header)));

    [Fact]
    public async Task Nesting_is_bounded()
    {
        static string Nested(int depth) => "{\"a\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}";
        Assert.NotNull(await FrameBytes.Reader(FrameBytes.Of(Nested(64))).ReadAsync());
        Assert.Equal(FrameError.InvalidJson, await FrameBytes.ErrorOf(FrameBytes.Of(Nested(65))));
        Assert.Equal(FrameError.InvalidJson, await FrameBytes.ErrorOf(FrameBytes.Of(Nested(32_000))));
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    [InlineData("""{"\u0061":1,"a":2}""")]
    [InlineData("""{"\u0061":1,"\u0061":2}""")]
    [InlineData("""{"size":1,"size":1}""")]
    [InlineData("""{"size":1,"s\u0069ze":0}""")]
    [InlineData("""{"":1,"":2}""")]
    [InlineData("""{"中":1,"\u4e2d":2}""")]
    [InlineData("""{"\ud83d\ude00":1,"😀":2}""")]
    [InlineData("""{"a/b":1,"a\/b":2}""")]
    [InlineData("""{"a long name, longer than eight bytes":1,"b":{"a":1},"a long name, longer than eight bytes":2}""")]
    public async Task A_name_twice_is_refused_however_it_is_escaped(string header) =>
        Assert.Equal(FrameError.DuplicateKey, await FrameBytes.ErrorOf(FrameBytes.Of(header, "x")));

    [Theory]
    [InlineData("""{"a":1,"A":2}""")]
    [InlineData("""{"a":1,"a ":2,"":3,"aa":4}""")]
    [InlineData("""{"a\u0000":1,"a":2}""")]
    [InlineData("""{"12345678a":1,"12345678b":2}""")]
    [InlineData("""{"a":{"a":1,"a":2},"b":[{"size":"x"}]}""")]
    [InlineData("""{"\\u0061":1,"a":2}""")]
    public async Task Names_that_only_resemble_one_another_are_taken(string header) =>
        Assert.NotNull(await FrameBytes.Reader(FrameBytes.Of(header)).ReadAsync());

    [Theory]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(40)]
    [InlineData(3_000)]
    public async Task A_name_twice_is_found_among_any_number(int names)
    {
        var unique = Enumerable.Range(0, names).Select(i => $"\"name{i}\":0").ToList();
        Assert.NotNull(await FrameBytes.Reader(FrameBytes.Of($"{{{string.Join(',', unique)}}}")).ReadAsync());
        foreach (var twice in new[] { 0, names / 2, names - 1 })
        {
            string[] escaped = [.. unique, $"\"\\u006eame{twice}\":0"];
            Assert.Equal(FrameError.DuplicateKey, await FrameBytes.ErrorOf(FrameBytes.Of($"{{{string.Join(',', escaped)}}}")));
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xC0, 0xAF })]
    [InlineData(new byte[] { 0xE4, 0xB8 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    public async Task Invalid_utf8_is_refused_in_names_and_in_values(byte[] bad)
    {
        Assert.Equal(FrameError.InvalidUtf8, await FrameBytes.ErrorOf(FrameBytes.Of([.. "{\"a\":\""u8, .. bad, .. "\"}"u8])));
        Assert.Equal(FrameError.InvalidUtf8, await FrameBytes.ErrorOf(FrameBytes.Of([.. "{\""u8, .. bad, .. "\":1}"u8])));
        Assert.Equal(FrameError.InvalidUtf8, await FrameBytes.ErrorOf(FrameBytes.Of([.. "{\"a\":[{\"b\":\""u8, .. bad, .. "\"}]}"u8])));
    }

    [Theory]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"a":"\udc00\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"a":[{"b":["\ud800x"]}]}""")]
    [InlineData("""{"a":{"\udfff":1}}""")]
    public async Task Half_a_surrogate_pair_is_refused_like_invalid_utf8(string header) =>
        Assert.Equal(FrameError.InvalidUtf8, await FrameBytes.ErrorOf(FrameBytes.Of(header)));

    [Theory]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("1.5")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("1E+2")]
    [InlineData("1e-1")]
    [InlineData("9223372036854775808")]
    [InlineData("18446744073709551616")]
    [InlineData("99999999999999999999999999999999999999")]
    [InlineData("\"5\"")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("[5]")]
    [InlineData("{}")]
    public async Task A_size_that_is_no_whole_number_in_plain_digits_is_refused(string size)
    {
        Assert.Equal(FrameError.InvalidSize, await FrameBytes.ErrorOf(FrameBytes.Of($$"""{"size":{{size}}}""", "hello")));
        Assert.Equal(FrameError.InvalidSize, await FrameBytes.ErrorOf(FrameBytes.Of($$"""{"a":1,"\u0073ize":{{size}},"b":2}""", "hello")));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("4294967296", 4_294_967_296)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public async Task A_size_may_have_all_63_bits(string size, long expected)
    {
        var frame = await FrameBytes.Reader(FrameBytes.Of($$"""{"siz\u0065":{{size}}}""")).ReadAsync();
        Assert.Equal(expected, frame!.Value.Size);
    }

    [Fact]
    public async Task A_size_deeper_in_the_header_is_none_of_the_framings_business()
    {
        var frame = await FrameBytes.Reader(FrameBytes.Of("""{"entry":{"size":-5},"text":"\"size\":7"}""")).ReadAsync();
        Assert.Equal(0, frame!.Value.Size);
    }

    [Fact]
    public async Task An_error_names_the_number_and_the_limit()
    {
        var error = await Assert.ThrowsAsync<FrameException>(async () => await FrameBytes.Reader(Encoding.ASCII.GetBytes("GET / HTTP/1.1")).ReadAsync());
        Assert.Contains("1195725856", error.Message, StringComparison.Ordinal);
        Assert.Contains("65536", error.Message, StringComparison.Ordinal);
    }

    private static async Task<FrameError> ErrorThroughWire(byte[] stream, WirePlan plan)
    {
        var wire = new Wire(plan);
        await wire.Left.Output.WriteAsync(stream);
        wire.Left.Output.Complete();
        var error = await Assert.ThrowsAsync<FrameException>(() => new FrameReader(wire.Right.Input).ReadAllAsync());
        return error.Error;
    }
}
