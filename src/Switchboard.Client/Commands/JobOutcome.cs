using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>Where a program writes.</summary>
public enum JobOutput
{
    /// <summary>Its standard output, or its terminal.</summary>
    Stdout,
    Stderr,
}

/// <summary>Bytes that were written and are kept no more.</summary>
/// <param name="Stream">Of which they are missing.</param>
/// <param name="Offset">Of the first.</param>
/// <param name="Length">How many.</param>
public readonly record struct JobGap(JobOutput Stream, long Offset, long Length);

/// <summary>A job as its first session finds it.</summary>
/// <param name="Job">Its id.</param>
/// <param name="Terminal">It has one.</param>
public sealed record JobStart(string Job, bool Terminal);

/// <summary>How following a job ended.</summary>
/// <param name="Job">Its id.</param>
/// <param name="State"><c>ended</c>, <c>lost</c> (the server or its machine stopped beneath it), or <c>running</c> (it was left).</param>
/// <param name="Exit">Of an ended job: 0 to 255; 128 + n after signal n.</param>
/// <param name="Reason">Why it did not end by itself: <c>killed</c>, or a code such as <c>timeout</c> (docs/protocol.md, chapter 12).</param>
public sealed record JobOutcome(string Job, string State, int? Exit, string? Reason)
{
    internal const string Running = "running";

    /// <summary>It was left, and goes on.</summary>
    public bool IsRunning => State == Running;

    internal static JobOutcome Of(JobExit exit) => new(exit.Job, exit.State, exit.Exit, exit.Reason);
}

/// <summary>What a small command said.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Stdout">Its output, up to the bound.</param>
/// <param name="Stderr">The same.</param>
/// <param name="IsTruncated">There was more than the bound.</param>
public sealed record CommandResult(JobOutcome Outcome, ReadOnlyMemory<byte> Stdout, ReadOnlyMemory<byte> Stderr, bool IsTruncated)
{
    /// <summary>Its exit code; -1 where it has none, because it did not end.</summary>
    public int Exit => Outcome.Exit ?? -1;
}
