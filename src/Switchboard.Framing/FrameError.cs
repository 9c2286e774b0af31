namespace Switchboard.Framing;

/// <summary>What is wrong with a stream of frames. After any of them the place of the next frame is unknown, so the connection can only be closed.</summary>
public enum FrameError
{
    /// <summary>The four bytes before a header are zero.</summary>
    HeaderLengthZero,
    /// <summary>The header is longer than <see cref="FrameLimits.MaxHeader"/>; lengths with the highest bit set are large, not negative.</summary>
    HeaderTooLong,
    /// <summary>The stream ended inside a length, a header or a payload.</summary>
    Truncated,
    /// <summary>The header is not UTF-8, or an escape in it names half of a surrogate pair.</summary>
    InvalidUtf8,
    /// <summary>The header is JSON, but not an object.</summary>
    NotAnObject,
    /// <summary>The header is not JSON (RFC 8259), or nested deeper than 64.</summary>
    InvalidJson,
    /// <summary>A name stands twice at the top level of the header, however it is escaped.</summary>
    DuplicateKey,
    /// <summary><c>size</c> is not a whole number from 0 to 2^63-1 written in plain digits.</summary>
    InvalidSize,
    /// <summary>The payload is longer than <see cref="FrameLimits.MaxPayload"/>.</summary>
    PayloadTooLong,
}
