using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>How files are sent and fetched.</summary>
public sealed record TransferOptions
{
    /// <summary>Forget what an earlier, broken transfer left and begin at byte 0.</summary>
    public bool Restart { get; init; }

    public IfExists IfExists { get; init; }

    /// <summary>Keep modification times and permission bits.</summary>
    public bool Preserve { get; init; }

    /// <summary>Uploads: ask first whether the account holds this content already, and then send nothing. Reads each file once more.</summary>
    public bool ByDigest { get; init; }

    /// <summary>Bytes per second, in both directions together; null means as fast as it goes.</summary>
    public long? LimitRate { get; init; }

    /// <summary>How long to try again after the line dropped, counted from the last progress. Default 10 min; zero means not at all.</summary>
    public TimeSpan MaxTrying { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Called once for each file that is done, in order, from one thread at a time.</summary>
    public Action<FileResult>? OnFile { get; init; }

    /// <summary>Called for each file of a folder that failed while the others go on.</summary>
    public Action<FileFailure>? OnFailure { get; init; }

    /// <summary>Called when the line dropped and is tried again: the reason and how long until then.</summary>
    public Action<Refusal, TimeSpan>? OnRetry { get; init; }

    /// <summary>Called with the local path and the reason when something is left out on purpose (a link to a folder, a device).</summary>
    public Action<string, LeftOut>? OnLeftOut { get; init; }
}

/// <summary>Why a local item was not sent.</summary>
public enum LeftOut
{
    /// <summary>A symbolic link to a folder: following it could lead anywhere, and round in circles.</summary>
    LinkToFolder,
    /// <summary>A symbolic link that leads nowhere.</summary>
    BrokenLink,
    /// <summary>A device, a socket or a FIFO.</summary>
    NotAFile,
}

/// <summary>One file that arrived and whose SHA-256 was compared.</summary>
/// <param name="Path">On the server, from the home; for an upload where it stands now.</param>
/// <param name="Size">Bytes of the whole file.</param>
/// <param name="Sha256">Lower-case hex, equal at both ends; empty when the file was skipped unread.</param>
/// <param name="Sent">Bytes of content that crossed the line for it in this call, lost ones and repairs included.</param>
/// <param name="ResumedAt">Bytes that an earlier call had left and that were kept.</param>
public sealed record FileResult(string Path, long Size, string Sha256, long Sent, long ResumedAt)
{
    /// <summary>The local file, or null for a stream.</summary>
    public string? Local { get; init; }

    /// <summary>The target stood and was left alone.</summary>
    public bool Skipped { get; init; }

    /// <summary>What an earlier call had left belonged to another source and was dropped.</summary>
    public bool SourceChanged { get; init; }
}

/// <summary>One file that failed while the rest went on.</summary>
/// <param name="Path">Local for uploads, remote for downloads.</param>
/// <param name="Refusal">Why.</param>
public sealed record FileFailure(string Path, Refusal Refusal);

/// <summary>Where a transfer stands; reported at most ten times a second and once at the end.</summary>
/// <param name="Bytes">Done, including what was kept from an earlier call.</param>
/// <param name="TotalBytes">Null while unknown.</param>
/// <param name="Files">Done.</param>
/// <param name="TotalFiles">Null while unknown.</param>
/// <param name="Path">The file under way.</param>
/// <param name="Kept">The part of <paramref name="Bytes"/> that did not cross the line in this call; leave it out of a speed.</param>
public readonly record struct TransferProgress(long Bytes, long? TotalBytes, long Files, long? TotalFiles, string? Path, long Kept);

/// <summary>What a call moved.</summary>
public sealed record TransferSummary
{
    /// <summary>Files that arrived and were verified; skipped ones are not counted.</summary>
    public long Files { get; init; }
    public long Skipped { get; init; }
    public long Folders { get; init; }
    /// <summary>Sizes of the files that arrived.</summary>
    public long Bytes { get; init; }
    /// <summary>Bytes of content that crossed the line.</summary>
    public long Sent { get; init; }
    /// <summary>Files that failed.</summary>
    public long Failed { get; init; }
    /// <summary>The first 1,000 of them.</summary>
    public IReadOnlyList<FileFailure> Failures { get; init; } = [];
    /// <summary>The only file, when exactly one was moved.</summary>
    public FileResult? Single { get; init; }
}
