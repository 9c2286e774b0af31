using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json.Serialization;
using BenchmarkDotNet.Attributes;
using Switchboard.Framing;

namespace Switchboard.Bench;

/// <summary>Small frames through a pipe, both ends on one thread, against the same bytes through the same pipe without framing.</summary>
[MemoryDiagnoser]
public partial class FramingBenchmarks
{
    /// <summary>Frames per flush, as a client that pipelines sends them.</summary>
    public const int Batch = 64;

    private static readonly Note s_note = new("put", 12_345, "folder/file", 1_700_000_000);

    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;
    private byte[] _payload = [];
    private byte[] _encoded = [];

    public FramingBenchmarks()
    {
        _reader = new FrameReader(_pipe.Reader);
        _writer = new FrameWriter(_pipe.Writer);
    }

    [Params(0, 64)]
    public int Payload { get; set; }

    /// <summary>60 bytes.</summary>
    private static ReadOnlySpan<byte> Header => """{"type":"put","id":12345,"path":"folder/some-file","mode":1}"""u8;

    [GlobalSetup]
    public void Setup()
    {
        _payload = new byte[Payload];
        _writer.WriteHeader(Header, Payload);
        _writer.WritePayload(_payload);
        _writer.FlushAsync().GetAwaiter().GetResult();
        _pipe.Reader.TryRead(out var all);
        _encoded = all.Buffer.ToArray();
        _pipe.Reader.AdvanceTo(all.Buffer.End);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Batch)]
    public async Task Pipe_alone()
    {
        for (var i = 0; i < Batch; i++)
            _pipe.Writer.Write(_encoded);
        await _pipe.Writer.FlushAsync();
        for (var left = (long)Batch * _encoded.Length; left > 0;)
        {
            var read = await _pipe.Reader.ReadAsync();
            left -= read.Buffer.Length;
            _pipe.Reader.AdvanceTo(read.Buffer.End);
        }
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public async Task Frames()
    {
        for (var i = 0; i < Batch; i++)
        {
            _writer.WriteHeader(Header, Payload);
            _writer.WritePayload(_payload);
        }
        await _writer.FlushAsync();
        await ReadBatch();
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public async Task Frames_of_serialised_values()
    {
        for (var i = 0; i < Batch; i++)
        {
            _writer.WriteHeader(s_note, BenchJson.Default.Note, Payload);
            _writer.WritePayload(_payload);
        }
        await _writer.FlushAsync();
        await ReadBatch();
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public async Task Frames_read()
    {
        for (var i = 0; i < Batch; i++)
            _pipe.Writer.Write(_encoded);
        await _pipe.Writer.FlushAsync();
        await ReadBatch();
    }

    /// <summary>One frame at a time: each costs a flush and a read of its own.</summary>
    [Benchmark]
    public async Task One_frame()
    {
        _writer.WriteHeader(Header, Payload);
        _writer.WritePayload(_payload);
        await _writer.FlushAsync();
        await ReadFrame();
    }

    private async ValueTask ReadBatch()
    {
        for (var i = 0; i < Batch; i++)
            await ReadFrame();
    }

    private async ValueTask ReadFrame()
    {
        await _reader.ReadAsync();
        if (_reader.PayloadLeft == 0)
            return;
        var piece = await _reader.ReadPayloadAsync(Payload);
        _reader.AdvancePayload(piece.Length);
    }

    internal sealed record Note(string Type, long Id, string Path, long Modified);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(Note))]
    internal sealed partial class BenchJson : JsonSerializerContext;
}
