using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files.Commits;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>
/// One file on its way in. Used by one door at a time; calls do not overlap. Disposing without a commit parks it: what was written is kept
/// and offered for resume.
/// </summary>
public sealed class Upload : IAsyncDisposable
{
    /// <summary>How much is written before the kernel is told to begin bringing it to the disk, so that the commit has little left to wait for.</summary>
    private const long WriteBehind = 8 * 1024 * 1024;

    private readonly UploadDesk _desk;
    private readonly SafeFileHandle _file;
    private readonly UploadHold _hold;
    private readonly RunningHash? _hash;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _takenOver = new();
    private long _length;
    private long _behind;
    private Stage _stage;
    private Task _commit = Task.CompletedTask;

    internal Upload(UploadDesk desk, AccountFiles account, Caller caller, UploadPlan plan, UploadRecord record, OpenPartial partial)
    {
        (_desk, Account, Caller, Plan, Record) = (desk, account, caller, plan, record);
        (_file, _hold, _length) = partial;
        _behind = _length;
        _hash = plan.WithoutDigest ? null : new RunningHash();
        TakenOver = _takenOver.Token;
    }

    private enum Stage
    {
        Open,
        Committing,
        Stored,
        Lost,
        Closed,
    }

    public string Id => Record.Id;

    /// <summary>Bytes kept; grows as bytes are written.</summary>
    public long Offset => Volatile.Read(ref _length);

    /// <summary>Bytes of the whole; null when its sender does not know.</summary>
    public long? Total => Record.Total;

    /// <summary>Bytes the whole has to have at least, as far as anybody announced them; null when nobody did.</summary>
    public long? Expected => Record.Total is { } total ? Math.Max(total, Plan.Announced ?? 0) : Plan.Announced;

    /// <summary>Something was kept for this path, but of another source; it was dropped.</summary>
    public bool SourceChanged { get; internal init; }

    /// <summary>A file stands there and was to be left alone: nothing is to be written or committed.</summary>
    public bool Skip { get; internal init; }

    /// <summary>Cancelled when another connection goes on with this upload, or it is dropped; every later call refuses with <c>busy</c>.</summary>
    public CancellationToken TakenOver { get; }

    internal AccountFiles Account { get; }

    internal Caller Caller { get; }

    internal UploadPlan Plan { get; }

    internal UploadRecord Record { get; }

    internal long Reserved => _hold.Reserved;

    internal bool IsStored => _stage is Stage.Stored;

    private string Shown => Plan.ShownAs ?? "/" + Record.Path;

    /// <summary>Digests (32 bytes each) of the kept bytes in leaves, read from disk now; the last leaf ends at <see cref="Offset"/>.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> KeptLeavesAsync([EnumeratorCancellation] CancellationToken ct)
    {
        CheckUsable();
        // The same pass gives the running digest of the whole, so nothing is read twice when nothing has to be repaired.
        _hash?.Restart();
        await foreach (var leaves in new LeafReader(_file, Shown).ReadAsync(_length, _hash, ct))
        {
            CheckUsable();
            yield return leaves;
        }
    }

    /// <summary>Writes at an offset of at most <see cref="Offset"/>; bytes below it replace. The buffer may be reused after it completes.</summary>
    public ValueTask WriteAsync(long offset, ReadOnlySequence<byte> bytes)
    {
        lock (_gate)
        {
            CheckUsable();
            CheckRange(offset, bytes.Length);
            foreach (var part in bytes)
            {
                Write(part.Span, offset);
                offset += part.Length;
            }

            if (_length - _behind >= WriteBehind)
            {
                Kernel.StartWriting(_file, _behind, _length - _behind);
                _behind = _length;
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Drops what was written from an offset on: it was found to be wrong.</summary>
    public void ReturnTo(long offset)
    {
        lock (_gate)
        {
            CheckUsable();
            if (offset < 0 || offset > _length)
            {
                throw new RefusedException(RefusalCode.BadOffset, Shown, $"{_length} bytes are here");
            }

            Kernel.Truncate(_file, offset, Shown);
            _hash?.Cut(offset);
            _behind = Math.Min(_behind, offset);
            var dropped = _length - offset;
            Volatile.Write(ref _length, offset);
            _hold.Dropped(dropped);
        }
    }

    /// <summary>Completes when the file is durable under its name. After a refusal what was written stays kept for resume.</summary>
    /// <param name="sha256">Hex; compared when given.</param>
    public Task<Stored> CommitAsync(long total, string? sha256)
    {
        EnterCommit(total);
        var commit = StoreAsync(sha256);
        _commit = commit;
        return commit;
    }

    public async ValueTask DisposeAsync()
    {
        // A door whose line broke lets go while the committer still works on the open file.
        await _commit.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Stage was;
        lock (_gate)
        {
            (was, _stage) = (_stage, Stage.Closed);
        }

        if (was is Stage.Closed)
        {
            return;
        }

        _file.Dispose();
        _hash?.Dispose();
        _hold.WithdrawDisk();
        if (!Skip && (was is Stage.Open or Stage.Stored))
        {
            await _desk.LeaveAsync(this, parked: was is Stage.Open);
        }

        _takenOver.Dispose();
    }

    /// <summary>Begins with the first bytes of a stored file.</summary>
    internal async Task FillAsync(StoredPrefix prefix, CancellationToken ct)
    {
        _hold.Take(prefix.Length);
        long copied = 0;
        while (copied < prefix.Length)
        {
            // Copying gigabytes must not keep a thread of the pool from everybody else.
            await Task.Yield();
            ct.ThrowIfCancellationRequested();
            lock (_gate)
            {
                // Whoever took this upload over goes on writing: not one byte may come from here after that.
                CheckUsable();
                copied += prefix.CopyStep(_file, copied);
            }
        }

        prefix.CheckUnchanged();
        _hold.Written(copied);
        Volatile.Write(ref _length, copied);
    }

    /// <summary>Gives back what was reserved for bytes that did not come and that nobody promised for the next time.</summary>
    internal void Trim()
    {
        if (Record.Total is null)
        {
            _hold.TrimTo(_length);
        }
    }

    /// <summary>Ends this writer in favour of another. False while it is being committed.</summary>
    internal bool TryEnd()
    {
        lock (_gate)
        {
            if (_stage is Stage.Committing or Stage.Stored)
            {
                return false;
            }

            _stage = _stage is Stage.Open ? Stage.Lost : _stage;
        }

        _takenOver.Cancel();
        return true;
    }

    private void CheckUsable()
    {
        if (_stage is not Stage.Open || Skip)
        {
            throw new RefusedException(RefusalCode.Busy, Shown, "another connection goes on with this upload, or it is finished");
        }
    }

    private void CheckRange(long offset, long count)
    {
        if (offset < 0 || offset > _length)
        {
            throw new RefusedException(RefusalCode.BadOffset, Shown, $"the next byte is {_length}");
        }

        if (Record.Total is { } total && offset + count > total)
        {
            throw new RefusedException(RefusalCode.SizeMismatch, Shown, $"{total} bytes were announced");
        }

        _hold.Take(offset + count);
    }

    private void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        var error = Kernel.TryWrite(_file, bytes, offset, out var written);
        _hash?.Written(bytes[..written], offset);
        var added = Math.Max(0, offset + written - _length);
        _hold.Written(added);
        Volatile.Write(ref _length, _length + added);
        Kernel.Check(error, Shown);
    }

    private void EnterCommit(long total)
    {
        lock (_gate)
        {
            CheckUsable();
            if (total != _length || total < Expected || total > (Record.Total ?? total))
            {
                throw new RefusedException(RefusalCode.SizeMismatch, Shown, $"{_length} bytes are here");
            }

            _stage = Stage.Committing;
        }
    }

    private async Task<Stored> StoreAsync(string? sha256)
    {
        try
        {
            var digest = await DigestAsync();
            if (sha256 is not null && (digest is null || !Digests.Matches(sha256, digest)))
            {
                throw new RefusedException(RefusalCode.DigestMismatch, Shown);
            }

            Digests.Preserve(_file, Plan.Preserve, Plan.Modified, Plan.Mode, Shown);
            var stored = await _desk.CommitAsync(Commit(digest));
            _stage = Stage.Stored;
            return stored;
        }
        finally
        {
            lock (_gate)
            {
                _stage = _stage is Stage.Committing ? Stage.Open : _stage;
            }
        }
    }

    private async Task<byte[]?> DigestAsync()
    {
        if (_hash is null)
        {
            return null;
        }

        if (_hash.Position != _length)
        {
            await _hash.CatchUpAsync(_file, _length, Shown);
        }

        return _hash.Current();
    }

    private FileCommit Commit(byte[]? digest) => new(Account, Caller)
    {
        Partial = Id,
        IsUpload = true,
        File = _file,
        Path = RemotePath.Parse(Record.Path),
        IfExists = Plan.IfExists,
        Parents = Plan.Parents,
        Preserved = Plan.Preserve,
        Size = _length,
        Inode = Kernel.Status(_file, Shown).Inode,
        Sha256 = digest,
        Reserved = _hold.Reserved,
    };
}

/// <summary>A partial file in the hands of a writer.</summary>
internal readonly record struct OpenPartial(SafeFileHandle File, UploadHold Hold, long Length);
