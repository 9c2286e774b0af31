namespace Switchboard.Framing;

/// <summary>The head of one frame as it was read. Its payload is still in the stream: <see cref="FrameReader.ReadPayloadAsync"/>.</summary>
/// <param name="header">See <see cref="Header"/>.</param>
/// <param name="size">See <see cref="Size"/>.</param>
public readonly struct Frame(ReadOnlyMemory<byte> header, long size)
{
    /// <summary>One JSON object in valid UTF-8, without a name twice at its top level. From a reader: valid until it reads the next frame.</summary>
    public ReadOnlyMemory<byte> Header { get; } = header;

    /// <summary>Length of the payload in bytes, 0 or more.</summary>
    public long Size { get; } = size;
}
