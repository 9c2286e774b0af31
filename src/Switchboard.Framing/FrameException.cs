namespace Switchboard.Framing;

/// <summary>A stream does not hold what a frame has to be. <see cref="Error"/> says which rule; the message says it for a developer, in English.</summary>
public sealed class FrameException(FrameError error, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The rule that was broken.</summary>
    public FrameError Error { get; } = error;
}
