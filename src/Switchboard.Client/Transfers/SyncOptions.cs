using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>How two folders are made equal.</summary>
public sealed record SyncOptions
{
    /// <summary>From the server to here; otherwise from here to the server.</summary>
    public bool Down { get; init; }

    /// <summary>Remove at the target what the source does not have. Excluded names are never removed.</summary>
    public bool Delete { get; init; }

    /// <summary>Only tell what would be done.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// Globs of what to leave out: <c>*</c> and <c>?</c> within a name, <c>**</c> across folders; one without a slash matches a name at any depth,
    /// a trailing slash only folders, a leading slash from the top.
    /// </summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    public long? LimitRate { get; init; }

    /// <summary>See <see cref="TransferOptions.MaxTrying"/>.</summary>
    public TimeSpan MaxTrying { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Called for each thing that is done (or would be).</summary>
    public Action<SyncItem>? OnItem { get; init; }

    /// <inheritdoc cref="TransferOptions.OnFailure"/>
    public Action<FileFailure>? OnFailure { get; init; }

    /// <inheritdoc cref="TransferOptions.OnRetry"/>
    public Action<Refusal, TimeSpan>? OnRetry { get; init; }

    /// <inheritdoc cref="TransferOptions.OnLeftOut"/>
    public Action<string, LeftOut>? OnLeftOut { get; init; }
}

/// <summary>What a sync does to one thing at the target.</summary>
public enum SyncAction
{
    MakeFolder,
    /// <summary>The target does not have it.</summary>
    Add,
    /// <summary>The target has another content.</summary>
    Change,
    Remove,
}

/// <param name="Action">What is done.</param>
/// <param name="Path">Relative to the two folders, with slashes.</param>
/// <param name="Size">Bytes, 0 for folders.</param>
public sealed record SyncItem(SyncAction Action, string Path, long Size);

/// <summary>What a sync did, or would do.</summary>
public sealed record SyncSummary
{
    public long Added { get; init; }
    public long Changed { get; init; }
    public long Removed { get; init; }
    public long Folders { get; init; }
    public long Unchanged { get; init; }
    /// <summary>Sizes of the files added and changed.</summary>
    public long Bytes { get; init; }
    /// <summary>Bytes of content that crossed the line.</summary>
    public long Sent { get; init; }
    public long Failed { get; init; }
    /// <summary>The first 1,000 of them.</summary>
    public IReadOnlyList<FileFailure> Failures { get; init; } = [];
}
