using System.IO.Pipelines;

namespace Switchboard.Framing.TestKit;

/// <summary>The bytes that go one way over a <see cref="Wire"/>, and the test's hand on them. Its methods may be called from any thread.</summary>
public sealed class WireDirection
{
    private readonly WireReader _reader;

    internal WireDirection(WirePlan plan)
    {
        var pipe = new Pipe(new PipeOptions(
            pauseWriterThreshold: plan.Capacity,
            resumeWriterThreshold: Math.Max(1, plan.Capacity / 2),
            useSynchronizationContext: false));
        Writer = pipe.Writer;
        _reader = new WireReader(pipe.Reader, plan);
    }

    /// <summary>How many bytes the reader has been shown so far.</summary>
    public long Delivered => _reader.Shown;

    internal PipeWriter Writer { get; }
    internal PipeReader Reader => _reader;

    /// <summary>From now on nothing more is delivered, until <see cref="Release()"/> or <see cref="Release(long)"/>. What was already shown stays shown.</summary>
    public void Hold() => _reader.Gate.ReleaseUpTo(_reader.Shown);

    /// <summary>Lets through all that was held back, and what follows: what was written meanwhile arrives at once, joined.</summary>
    public void Release() => _reader.Gate.ReleaseUpTo(long.MaxValue);

    /// <summary>Lets so many more bytes through.</summary>
    public void Release(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        _reader.Gate.ReleaseMore(bytes);
    }

    /// <summary>Cuts the stream now, after what was shown; what is under way is lost. Once the reader has met the cut, the writer's flushes say that nobody reads.</summary>
    public void Cut(WireCut how = WireCut.Reset) => _reader.Gate.Cut(_reader.Shown, how);

    /// <summary>Completes when the reader has been shown so many bytes, has looked at all of them and waits for more: then, as long as the test does nothing, nothing else will happen.</summary>
    public Task ReaderWaitsAsync(long delivered, CancellationToken ct = default) => _reader.Gate.ReaderWaitsAsync(delivered, ct);
}
