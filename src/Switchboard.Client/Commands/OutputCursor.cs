using System.Buffers;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>How far a job's output was handed on. What counts is what the caller has taken: a broken line costs the rest of a piece, which comes again.</summary>
internal sealed class OutputCursor(JobOptions how)
{
    private long stdout = -1;
    private long stderr = -1;

    /// <summary>The next byte of stdout that is wanted; -1 while the server may choose.</summary>
    public long Stdout => Interlocked.Read(ref stdout);

    public long Stderr => Interlocked.Read(ref stderr);

    /// <summary>What the caller's sink threw: its own error, not the line's.</summary>
    public Exception? SinkFailure { get; private set; }

    /// <summary>Wants everything from the beginning.</summary>
    public void Rewind() => (stdout, stderr) = (0, 0);

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadFrame"/>: the session begins at another byte than was asked for.</exception>
    public void Begin(JobStarted at)
    {
        if (at.Stdout < 0 || at.Stderr < 0 || (Stdout >= 0 && (at.Stdout, at.Stderr) != (Stdout, Stderr)))
        {
            throw new RefusedException(RefusalCode.BadFrame, "started", $"output from {at.Stdout} and {at.Stderr} on, asked for was {Stdout} and {Stderr}");
        }

        Interlocked.Exchange(ref stdout, at.Stdout);
        Interlocked.Exchange(ref stderr, at.Stderr);
    }

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadFrame"/>: not the next byte.</exception>
    public void Expect(JobOutput stream, long offset, long length)
    {
        ref var at = ref At(stream);
        if (offset != at || length < 0 || length > long.MaxValue - at)
        {
            throw new RefusedException(RefusalCode.BadFrame, stream.ToString().ToLowerInvariant(), $"{length} bytes at {offset}, expected were those at {at}");
        }
    }

    public async ValueTask HandOnAsync(JobOutput stream, ReadOnlySequence<byte> bytes)
    {
        try
        {
            if (how.OnOutput is { } sink)
            {
                await sink(stream, bytes);
            }
        }
        catch (Exception e)
        {
            SinkFailure = e;
            throw;
        }

        Move(stream, bytes.Length);
    }

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadFrame"/>: not at the next byte, or no stream.</exception>
    public void Skip(OutputGap gap)
    {
        var stream = gap.Stream switch
        {
            "stdout" => JobOutput.Stdout,
            "stderr" => JobOutput.Stderr,
            _ => throw new RefusedException(RefusalCode.BadFrame, "gap", "no such stream"),
        };
        Expect(stream, gap.Offset, gap.Length);
        Move(stream, gap.Length);
        how.OnGap?.Invoke(new(stream, gap.Offset, gap.Length));
    }

    private void Move(JobOutput stream, long bytes) => Interlocked.Add(ref At(stream), bytes);

    private ref long At(JobOutput stream) => ref stream == JobOutput.Stdout ? ref stdout : ref stderr;
}
