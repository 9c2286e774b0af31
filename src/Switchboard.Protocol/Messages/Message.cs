using System.Text.Json.Serialization;

namespace Switchboard.Protocol;

/// <summary>The header of one frame. <see cref="Type"/> names it; a request carries an <see cref="Id"/> that every answer to it repeats.</summary>
/// <remarks>Field names are the property names in <c>snake_case</c>; absent and <c>null</c> mean the same; unknown fields are ignored.</remarks>
public abstract record Message
{
    [JsonPropertyOrder(-2)]
    public abstract string Type { get; }

    /// <summary>Chosen by the client, 0 to 2^53-1; a client that pipelines gives each request its own.</summary>
    [JsonPropertyOrder(-1)]
    public long? Id { get; init; }

    /// <summary>Length of the payload in bytes that follows the header; absent means 0.</summary>
    [JsonPropertyOrder(1000)]
    public long? Size { get; init; }
}
