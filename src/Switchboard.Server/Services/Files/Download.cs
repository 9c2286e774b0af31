using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>A file being read. One reader; calls do not overlap.</summary>
public sealed class Download : IDisposable
{
    private readonly Digests _digests;
    private readonly AccountFiles _account;
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly FileStatus _status;
    private readonly RunningHash? _hash;
    private long _at;

    internal Download(Digests digests, AccountFiles account, string path, SafeFileHandle file, FileStatus status, ByteRange range, string? shownAs = null)
    {
        (_digests, _account, _path, _file, _status) = (digests, account, path, file, status);
        (Offset, Length, _at) = (range.Offset, range.Length, range.Offset);
        Sha256 = digests.Known(account, status) is { } known ? Convert.ToHexStringLower(known) : null;
        Entry = Entries.Of(shownAs ?? "/" + path, status, sha256: Sha256);
        _hash = Sha256 is null && range == new ByteRange(0, status.Size) ? new RunningHash() : null;
    }

    /// <summary>The file as it was when opened; its path from the home.</summary>
    public Entry Entry { get; }

    /// <summary>Of the whole file in lower-case hex, where it is on record and current.</summary>
    public string? Sha256 { get; }

    /// <summary>Differs whenever the content may differ.</summary>
    public string Version => Digests.Name(_status.Version);

    /// <summary>Where reading began.</summary>
    public long Offset { get; }

    /// <summary>Bytes this download gives in all.</summary>
    public long Length { get; }

    internal FileStatus Status => _status;

    /// <summary>The next bytes; 0 when <see cref="Length"/> bytes were given. Refuses with <c>source_changed</c> when the file shrank meanwhile.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    /// <summary>As <see cref="ReadAsync"/>; a read from the page cache or disk does not wait for anybody else.</summary>
    public int Read(Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, Offset + Length - _at);
        var n = Kernel.Read(_file, buffer[..wanted], _at, Entry.Path);
        if (n < wanted)
        {
            throw new RefusedException(RefusalCode.SourceChanged, Entry.Path, "the file became shorter while it was read");
        }

        _hash?.Append(buffer[..n]);
        _at += n;
        return n;
    }

    /// <summary>
    /// The open file, to be given to the kernel: where no digest has to be computed on the way, else null. It is read at offsets from
    /// <see cref="Offset"/> on and not beyond <see cref="Length"/>, stays open until this is disposed, and leaves no other trace of its name.
    /// </summary>
    public SafeFileHandle? Lend() => _hash is null ? _file : null;

    /// <summary>Bytes were read through <see cref="Lend"/>.</summary>
    public void Skip(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Offset + Length - _at);
        _at += bytes;
    }

    /// <summary>
    /// After the last byte: the digest of the whole file, from the record or computed while reading (then recorded); null when only a
    /// part was read. Refuses with <c>source_changed</c> when the file changed while it was read.
    /// </summary>
    public string? FinishDigest()
    {
        var unchanged = Digests.IsUnchanged(_file, _status, Entry.Path);
        if (_hash is null || _hash.Position != _status.Size)
        {
            return Sha256;
        }

        var digest = _hash.Current();
        if (unchanged)
        {
            _digests.Note(_account, _path, _status, digest);
        }

        return Convert.ToHexStringLower(digest);
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash?.Dispose();
    }
}

/// <summary>One folder or file of a tree being read.</summary>
public sealed class TreeItem : IDisposable
{
    internal TreeItem(Entry entry, Download? file, Refusal? refusal) => (Entry, File, Refusal) = (entry, file, refusal);

    /// <summary>Path relative to the tree's top.</summary>
    public Entry Entry { get; }

    /// <summary>The opened file; null for a folder, or where <see cref="Refusal"/> says why not.</summary>
    public Download? File { get; }

    public Refusal? Refusal { get; }

    /// <summary>Reads a file of at most <see cref="FilesOptions.PutLimit"/> bytes whole; the buffer needs its size.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.SourceChanged"/>.</exception>
    public (int Bytes, string Sha256) ReadSmall(Span<byte> buffer)
    {
        var file = File ?? throw new InvalidOperationException("there is no file to read");
        var bytes = file.Read(buffer);
        return (bytes, file.FinishDigest()!);
    }

    public void Dispose() => File?.Dispose();
}
