using Switchboard.Protocol;

namespace Switchboard.Server.Services.Shares;

/// <summary>What a link is to open.</summary>
public sealed record SharePlan
{
    /// <summary>A file that is read, or with <see cref="Upload"/> a folder that is uploaded into.</summary>
    public required string Path { get; init; }

    public bool Upload { get; init; }

    /// <summary>Microseconds since 1970; null means <see cref="SharesOptions.Lifetime"/> from now.</summary>
    public long? Expires { get; init; }

    /// <summary>Downloads, or files taken; null means any number of downloads, or <see cref="SharesOptions.Files"/>.</summary>
    public int? Count { get; init; }

    /// <summary>Bytes taken in all; null means <see cref="SharesOptions.Bytes"/>. Only with <see cref="Upload"/>.</summary>
    public long? Bytes { get; init; }

    /// <summary>At most 100 characters.</summary>
    public string? Label { get; init; }
}

/// <summary>A new link. The secret is known here and never again.</summary>
/// <param name="Secret">43 characters of base64url.</param>
public sealed record SharedLink(ShareEntry Entry, string Secret);

/// <summary>Limits of links; each default says where it comes from.</summary>
public sealed record SharesOptions
{
    /// <summary>A week, as for unfinished uploads: long enough for somebody who reads mail once a week.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>A year: a link that nobody remembers is a door that nobody watches.</summary>
    public TimeSpan LongestLifetime { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Files an upload link takes when nothing is said: a holiday's pictures sent a day at a time.</summary>
    public int Files { get; init; } = 100;

    /// <summary>Bytes an upload link takes when nothing is said.</summary>
    public long Bytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>How long after its last download a link that is used up lets a broken one go on: a line that comes back, a laptop that was shut.</summary>
    public TimeSpan ResumeGrace { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Links of one account, void ones included until they expire.</summary>
    public int PerAccount { get; init; } = 100;
}
