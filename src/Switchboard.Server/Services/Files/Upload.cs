using System.Buffers;

namespace Switchboard.Server.Services.Files;

/// <summary>
/// One file on its way in. Used by one door at a time; calls do not overlap. Disposing without a commit parks it: what was written is kept
/// and offered for resume.
/// </summary>
public sealed class Upload : IAsyncDisposable
{
    public string Id => throw new NotImplementedException();

    /// <summary>Bytes kept; grows as bytes are written.</summary>
    public long Offset => throw new NotImplementedException();

    /// <summary>Something was kept for this path, but of another source; it was dropped.</summary>
    public bool SourceChanged => throw new NotImplementedException();

    /// <summary>A file stands there and was to be left alone: nothing is to be written or committed.</summary>
    public bool Skip => throw new NotImplementedException();

    /// <summary>Cancelled when another connection goes on with this upload; every later call refuses with <c>busy</c>.</summary>
    public CancellationToken TakenOver => throw new NotImplementedException();

    /// <summary>Digests (32 bytes each) of the kept bytes in leaves, read from disk now; the last leaf ends at <see cref="Offset"/>.</summary>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> KeptLeavesAsync(CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Writes at an offset of at most <see cref="Offset"/>; bytes below it replace. The buffer may be reused after it completes.</summary>
    public ValueTask WriteAsync(long offset, ReadOnlySequence<byte> bytes) => throw new NotImplementedException();

    /// <summary>Completes when the file is durable under its name. After a refusal what was written stays kept for resume.</summary>
    /// <param name="sha256">Hex; compared when given.</param>
    public Task<Stored> CommitAsync(long total, string? sha256) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
