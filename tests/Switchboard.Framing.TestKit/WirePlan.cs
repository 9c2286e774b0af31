namespace Switchboard.Framing.TestKit;

/// <summary>How the bytes of a <see cref="WireDirection"/> come to an end before their writer ends them.</summary>
public enum WireCut
{
    /// <summary>The reader sees an end of stream, as if the writer's machine had closed the connection.</summary>
    End,
    /// <summary>The reader gets an <see cref="IOException"/> that wraps a connection reset.</summary>
    Reset,
}

/// <summary>What one direction of a <see cref="Wire"/> does to its bytes.</summary>
public sealed record WirePlan
{
    /// <summary>Where the stream is split; by default nowhere.</summary>
    public Pieces Pieces { get; init; } = Pieces.Whole;

    /// <summary>Show a piece only when it is complete or the stream ends, so that small writes are joined. For one-way streams: a conversation would wait for itself.</summary>
    public bool Join { get; init; }

    /// <summary>Deliver nothing until the test calls <see cref="WireDirection.Release(long)"/>.</summary>
    public bool Held { get; init; }

    /// <summary>The offset in bytes at which the stream is cut; null for never.</summary>
    public long? CutAt { get; init; }

    /// <summary>What the reader sees at <see cref="CutAt"/>.</summary>
    public WireCut Cut { get; init; }

    /// <summary>Bytes that may be under way; a flush with as many waits. Default 65,536, as in a <see cref="System.IO.Pipelines.Pipe"/>.</summary>
    public int Capacity { get; init; } = 65_536;
}
