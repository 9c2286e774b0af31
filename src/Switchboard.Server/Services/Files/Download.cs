using Switchboard.Protocol;

namespace Switchboard.Server.Services.Files;

/// <summary>A file being read. One reader; calls do not overlap.</summary>
public sealed class Download : IDisposable
{
    /// <summary>The file as it was when opened; its path from the home.</summary>
    public Entry Entry => throw new NotImplementedException();

    /// <summary>Of the whole file in lower-case hex, where it is on record and current.</summary>
    public string? Sha256 => throw new NotImplementedException();

    /// <summary>Where reading began.</summary>
    public long Offset => throw new NotImplementedException();

    /// <summary>Bytes this download gives in all.</summary>
    public long Length => throw new NotImplementedException();

    /// <summary>The next bytes; 0 when <see cref="Length"/> bytes were given. Refuses with <c>source_changed</c> when the file changed or shrank meanwhile.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>
    /// After the last byte: the digest of the whole file, from the record or computed while reading (then recorded); null when only a
    /// part was read. Refuses with <c>source_changed</c> when the file changed while it was read.
    /// </summary>
    public string? FinishDigest() => throw new NotImplementedException();

    public void Dispose() { }
}

/// <summary>One folder or file of a tree being read.</summary>
public sealed class TreeItem : IDisposable
{
    /// <summary>Path relative to the tree's top.</summary>
    public Entry Entry => throw new NotImplementedException();

    /// <summary>The opened file; null for a folder, or where <see cref="Refusal"/> says why not.</summary>
    public Download? File => throw new NotImplementedException();

    public Refusal? Refusal => throw new NotImplementedException();

    /// <summary>A file of at most <see cref="FilesOptions.PutLimit"/> bytes, whole, with its digest; the buffer needs that size.</summary>
    public (int Bytes, string Sha256) ReadSmall(Span<byte> buffer) => throw new NotImplementedException();

    public void Dispose() { }
}
