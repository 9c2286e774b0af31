using Switchboard.Protocol;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Services.Shares;

/// <summary>A link that was opened with its secret. Every method checks anew what the opening checked.</summary>
public sealed class OpenShare
{
    internal OpenShare(ShareEntry entry, string name) => (Entry, Name) = (entry, name);

    public ShareEntry Entry { get; }

    /// <summary>Of the file or folder; never a path.</summary>
    public string Name { get; }

    /// <summary>Bytes of the file; null for a folder.</summary>
    public long? Size { get; internal init; }

    /// <summary>Of the file in lower-case hex; null for a folder.</summary>
    public string? Sha256 { get; internal init; }

    /// <summary>Reads the file. A download from its first byte on counts.</summary>
    /// <param name="length">Bytes wanted; null means to the end.</param>
    public Task<Download> OpenReadAsync(long offset, long? length) => throw new RefusedException(RefusalCode.ShareUnknown);

    /// <summary>Begins a file in the folder.</summary>
    /// <param name="name">As the sender calls it; made safe.</param>
    /// <param name="total">Its bytes.</param>
    /// <param name="modified">Microseconds since 1970.</param>
    public Task<Upload> BeginUploadAsync(string name, long total, long? modified, CancellationToken ct) => throw new RefusedException(RefusalCode.ShareUnknown);

    /// <summary>Stores what was uploaded; it counts, files and bytes, exactly under concurrency.</summary>
    public Task<Stored> CommitAsync(Upload upload, long total, string? sha256) => throw new RefusedException(RefusalCode.ShareUnknown);
}
