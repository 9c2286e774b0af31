using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Services.Files;

/// <summary>A file that a caller may read: one of its own, or one in somebody else's home.</summary>
/// <param name="Reader">The caller; in another's home as one who reads there and may do nothing else.</param>
/// <param name="Path">Of that home.</param>
public sealed record SharedFile(Caller Reader, string Path)
{
    /// <summary>The name it was sent under. Where it lies in another's home is nobody's business.</summary>
    public string? ShownAs { get; init; }

    public Entry Show(Entry entry) => ShownAs is null ? entry : entry with { Path = ShownAs };
}
