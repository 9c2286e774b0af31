using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Serialization;
using Switchboard.Framing;

namespace Switchboard.Tests.Framing;

public sealed partial class FrameWriterTests : IDisposable
{
    private readonly MemoryStream _sent = new();
    private readonly FrameWriter _writer;

    public FrameWriterTests() => _writer = new FrameWriter(PipeWriter.Create(_sent));

    public void Dispose() => _sent.Dispose();

    [Fact]
    public async Task A_frame_is_a_big_endian_length_a_header_and_a_payload()
    {
        _writer.WriteHeader("""{"a":1}"""u8, 3);
        _writer.WritePayload("xyz"u8);
        Assert.Equal((byte[])[0, 0, 0, 16, .. """{"a":1,"size":3}xyz"""u8], await Sent());
    }

    [Theory]
    [InlineData("{}", 0, "{}")]
    [InlineData("{}", 5, """{"size":5}""")]
    [InlineData("{ }", 5, """{ "size":5}""")]
    [InlineData("{\"a\":1 }", 5, """{"a":1 ,"size":5}""")]
    [InlineData("{\"a\":{}}", 5, """{"a":{},"size":5}""")]
    [InlineData("{\"a\":1}", 0, """{"a":1}""")]
    [InlineData("{\"a\":1}", long.MaxValue, """{"a":1,"size":9223372036854775807}""")]
    [InlineData("{\"entry\":{\"size\":7},\"text\":\"\\\"size\\\":1\"}", 5, """{"entry":{"size":7},"text":"\"size\":1","size":5}""")]
    public async Task The_size_is_put_before_the_last_brace(string json, long size, string expected)
    {
        _writer.WriteHeader(Encoding.UTF8.GetBytes(json), size);
        Assert.Equal(FrameBytes.Of(expected), await Sent());
    }

    [Theory]
    [InlineData("{\"size\":5,\"a\":1}", 5)]
    [InlineData(" {\"a\":1, \"size\" : 0}\r\n", 0)]
    [InlineData("{\"size\":9223372036854775807}", long.MaxValue)]
    public async Task A_header_that_was_read_can_be_passed_on(string json, long size)
    {
        _writer.WriteHeader(Encoding.UTF8.GetBytes(json), size);
        Assert.Equal(FrameBytes.Of(json.Trim()), await Sent());
    }

    [Fact]
    public async Task A_value_is_serialised_without_escapes_that_a_header_does_not_need()
    {
        _writer.WriteHeader(new Note("中文 <&>", null), NoteJson.Default.Note, 2);
        _writer.WritePayload("ab"u8);
        _writer.WriteHeader(new Note("b", 7), NoteJson.Default.Note);
        Assert.Equal((byte[])[.. FrameBytes.Of("""{"Text":"中文 <&>","size":2}""", "ab"), .. FrameBytes.Of("""{"Text":"b","Number":7}""")], await Sent());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"size\":1}")]
    [InlineData("{\"a\":1,\"size\":1.0}")]
    [InlineData("{\"a\":1,\"size\":\"0\"}")]
    [InlineData("{\"size\"}")]
    public async Task What_is_no_object_or_has_another_size_is_refused_and_not_sent(string json)
    {
        Assert.ThrowsAny<ArgumentException>(() => _writer.WriteHeader(Encoding.UTF8.GetBytes(json)));
        await AssertUsableAndNothingSent();
    }

    [Fact]
    public async Task A_value_that_is_no_object_is_refused_and_not_sent()
    {
        Assert.Throws<ArgumentException>(() => _writer.WriteHeader([1, 2], NoteJson.Default.Int32Array));
        Assert.Throws<ArgumentException>(() => _writer.WriteHeader(null!, NoteJson.Default.Note));
        await AssertUsableAndNothingSent();
    }

    [Fact]
    public async Task A_header_over_the_limit_is_refused_and_not_sent()
    {
        var fits = $$"""{"text":"{{new string('x', 65_536 - 11)}}"}""";
        Assert.Equal(FrameError.HeaderTooLong, Assert.Throws<FrameException>(() => _writer.WriteHeader(Encoding.UTF8.GetBytes(fits), 1)).Error);
        Assert.Equal(FrameError.HeaderTooLong, Assert.Throws<FrameException>(() => _writer.WriteHeader(new Note(new string('y', 1_000_000), 1), NoteJson.Default.Note)).Error);
        await AssertUsableAndNothingSent();
        _writer.WriteHeader(Encoding.UTF8.GetBytes(fits));
        Assert.Equal((byte[])[.. FrameBytes.Of("{}"), .. FrameBytes.Of(fits)], await Sent());
    }

    [Fact]
    public async Task A_payload_over_the_limit_is_refused_and_not_sent()
    {
        var writer = new FrameWriter(PipeWriter.Create(_sent), new FrameLimits { MaxPayload = 10 });
        Assert.Equal(FrameError.PayloadTooLong, Assert.Throws<FrameException>(() => writer.WriteHeader("{}"u8, 11)).Error);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WriteHeader("{}"u8, -1));
        writer.WriteHeader("{}"u8, 10);
        await writer.FlushAsync();
        Assert.Equal(FrameBytes.Of("""{"size":10}"""), _sent.ToArray());
    }

    [Fact]
    public void A_payload_has_to_be_complete_before_the_next_header()
    {
        _writer.WriteHeader("{}"u8, 3);
        _writer.WritePayload("ab"u8);
        Assert.Throws<InvalidOperationException>(() => _writer.WriteHeader("{}"u8));
        Assert.Throws<InvalidOperationException>(() => _writer.WriteHeader(new Note("", 0), NoteJson.Default.Note));
        Assert.Equal(1, _writer.PayloadLeft);
        _writer.WritePayload("c"u8);
        _writer.WriteHeader("{}"u8);
    }

    [Fact]
    public async Task More_payload_than_announced_is_refused_and_not_sent()
    {
        Assert.Throws<InvalidOperationException>(() => _writer.WritePayload("x"u8));
        Assert.Throws<InvalidOperationException>(() => _writer.GetPayloadMemory(1));
        _writer.WriteHeader("{}"u8, 2);
        Assert.Throws<InvalidOperationException>(() => _writer.WritePayload("abc"u8));
        Assert.Throws<InvalidOperationException>(() => _writer.AdvancePayload(3));
        _writer.WritePayload("ab"u8);
        Assert.Equal(FrameBytes.Of("""{"size":2}""", "ab"), await Sent());
    }

    [Fact]
    public async Task The_memory_for_a_payload_ends_where_the_payload_ends()
    {
        _writer.WriteHeader("{}"u8, 5);
        Assert.Equal(5, _writer.GetPayloadMemory(256 * 1024).Length);
        "he"u8.CopyTo(_writer.GetPayloadMemory(2).Span);
        _writer.AdvancePayload(2);
        "llo"u8.CopyTo(_writer.GetPayloadMemory().Span);
        _writer.AdvancePayload(3);
        Assert.Equal(FrameBytes.Of("""{"size":5}""", "hello"), await Sent());
    }

    [Fact]
    public async Task Nothing_is_sent_before_the_flush()
    {
        _writer.WriteHeader("{}"u8, 1);
        _writer.WritePayload("x"u8);
        Assert.Equal(0, _sent.Length);
        Assert.Equal(15, _writer.Unflushed);
        Assert.Equal(15, (await Sent()).Length);
        Assert.Equal(0, _writer.Unflushed);
    }

    [Fact]
    public async Task A_flush_says_that_the_other_end_reads_no_more()
    {
        var pipe = new Pipe();
        await pipe.Reader.CompleteAsync();
        var writer = new FrameWriter(pipe.Writer);
        writer.WriteHeader("{}"u8);
        Assert.True((await writer.FlushAsync()).IsCompleted);
    }

    [Fact]
    public async Task Small_frames_are_written_without_allocation()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var writer = new FrameWriter(pipe.Writer);
        await WriteAndDrainAsync(writer, pipe.Reader, 1_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        await WriteAndDrainAsync(writer, pipe.Reader, 1_000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    private static async Task WriteAndDrainAsync(FrameWriter writer, PipeReader reader, int frames)
    {
        for (var i = 0; i < frames; i++)
        {
            writer.WriteHeader("""{"type":"data","id":12345,"path":"folder/file"}"""u8, 4);
            writer.WritePayload("data"u8);
            await writer.FlushAsync();
            Assert.True(reader.TryRead(out var result));
            reader.AdvanceTo(result.Buffer.End);
        }
    }

    private async Task AssertUsableAndNothingSent()
    {
        Assert.Equal(0, _writer.Unflushed);
        _writer.WriteHeader("{}"u8);
        Assert.Equal(FrameBytes.Of("{}"), await Sent());
    }

    private async Task<byte[]> Sent()
    {
        await _writer.FlushAsync();
        return _sent.ToArray();
    }

    internal sealed record Note(string Text, int? Number);

    [JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Note))]
    [JsonSerializable(typeof(int[]))]
    internal sealed partial class NoteJson : JsonSerializerContext;
}
