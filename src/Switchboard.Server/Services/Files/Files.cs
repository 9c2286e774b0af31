using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files.Commits;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Partials;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Sqlite;

namespace Switchboard.Server.Services.Files;

/// <summary>The rules of files, for every door: home, names, quota, uploads, digests. Every method checks the caller's permission.</summary>
/// <exception cref="RefusedException">Every expected "no", from any method or task.</exception>
public sealed class Files : IAsyncDisposable
{
    private readonly FilesOptions _options;
    private readonly OpenAccounts _accounts;
    private readonly IFileStore _store;
    private readonly Committer _committer;
    private readonly DiskRoom _disk;
    private readonly SafeFileHandle _partials;
    private readonly Digests _digests;
    private readonly SmallFiles _small;
    private readonly Adoption _adoption;
    private readonly UploadDesk _uploads;
    private readonly BinBooks _binBooks;
    private readonly BinDesk _bins;
    private readonly TimeProvider _clock;
    private ITimer? _sweep;
    private int _freeing;
    private volatile bool _needsRecount;

    private Files(FilesOptions options, IFileStore store, TimeProvider clock, Action<string>? crashPoint)
    {
        (_options, _store, _clock) = (options, store, clock);
        var unsynced = new UnsyncedFolders(options.Durable);
        Kernel.Check(Kernel.TryOpenRoot(options.Partials, Kernel.ReadOnly, out _partials), null);
        _disk = new DiskRoom(options.DiskFree ?? (() => Kernel.DiskFree(_partials)), options.DiskReserve);
        _binBooks = new BinBooks(store, clock);
        _accounts = new OpenAccounts(options, store, unsynced, _binBooks);
        _committer = new Committer(options, store, unsynced, clock, crashPoint);
        _digests = new Digests(store, _committer);
        _small = new SmallFiles(_accounts, _committer, _disk);
        _adoption = new Adoption(_accounts, store, _small, _committer, _disk);
        _uploads = new UploadDesk(options, _accounts, store, _committer, _disk, clock);
        _bins = new BinDesk(options, _accounts, store, _committer, clock);
        Homes = new WorkedHomes(options, _accounts, store, _disk);
    }

    /// <summary>Homes as programs work in them.</summary>
    internal WorkedHomes Homes { get; }

    /// <summary>Opens the service: finishes what the server before began, drops what is of no use, and expires old uploads from then on.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.Unsupported"/> where the kernel has no <c>openat2</c> (before Linux 5.6), because
    /// homes cannot be kept apart there.</exception>
    public static Task<Files> StartAsync(FilesOptions options, Database database, AuditTable audit, TimeProvider? clock = null) =>
        StartAsync(options, new SqliteFileStore(database, audit), clock ?? TimeProvider.System, null);

    internal static async Task<Files> StartAsync(FilesOptions options, IFileStore store, TimeProvider clock, Action<string>? crashPoint)
    {
        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(options.Homes, own);
        Directory.CreateDirectory(options.Partials, own);
        if (!Home.IsSupported(options.Homes))
        {
            throw new RefusedException(RefusalCode.Unsupported, null, "files need openat2 with RESOLVE_BENEATH: Linux 5.6 or newer");
        }

        var files = new Files(options, store, clock, crashPoint);
        await new Recovery(options, files._accounts, store, files._committer, clock).RunAsync();
        await files._uploads.ExpireAsync();
        await files._bins.ExpireAsync();
        files._sweep = clock.CreateTimer(_ => _ = files.SweepAsync(), null, options.SweepInterval, options.SweepInterval);
        return files;
    }

    /// <summary>One path, links followed as far as they stay inside the home.</summary>
    public Entry Stat(Caller caller, string path)
    {
        var account = _accounts.Of(caller);
        var remote = RemotePath.Parse(path);
        return Entries.Of(remote.ToString(), account.Home.Status(remote.Relative));
    }

    /// <summary>As <see cref="Stat"/>, with the SHA-256 from the record where it is current, else computed now.</summary>
    public async ValueTask<Entry> StatWithDigestAsync(Caller caller, string path, CancellationToken ct)
    {
        var account = _accounts.Of(caller);
        var remote = RemotePath.Parse(path);
        var status = account.Home.Status(remote.Relative);
        if (status.Kind is not FileKind.File)
        {
            return Entries.Of(remote.ToString(), status);
        }

        using var file = account.Home.OpenFile(remote.Relative, out status);
        var digest = _digests.Known(account, status) ?? await _digests.ComputeAsync(account, remote.Relative, file, status, ct);
        return Entries.Of(remote.ToString(), status, sha256: Convert.ToHexStringLower(digest));
    }

    /// <summary>A file as it is now, without opening it: what <see cref="Download.Version"/> would be, and its digest where it is on record.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.IsAFolder"/>, <see cref="RefusalCode.NotAFile"/>.</exception>
    public FileState State(Caller caller, string path)
    {
        var account = _accounts.Of(caller);
        var remote = RemotePath.Parse(path);
        var status = account.Home.Status(remote.Relative);
        return status.Kind switch
        {
            FileKind.File => new FileState(Entries.Of(remote.ToString(), status), Digests.Name(status.Version), _digests.Known(account, status)),
            FileKind.Folder => throw new RefusedException(RefusalCode.IsAFolder, remote.ToString()),
            _ => throw new RefusedException(RefusalCode.NotAFile, remote.ToString()),
        };
    }

    /// <summary>Lazy, in constant memory for any number of entries. Paths are relative to <paramref name="path"/>; a file lists itself by its name.</summary>
    public IEnumerable<Entry> List(Caller caller, string path, bool recursive)
    {
        var account = _accounts.Of(caller);
        var remote = RemotePath.Parse(path);
        var status = account.Home.Status(remote.Relative);
        if (status.Kind is not FileKind.Folder)
        {
            return [Entries.Of(remote.Name, status)];
        }

        var walk = new HomeWalk(account.Home, remote.Relative);
        return (recursive ? walk.Tree() : walk.Folder()).Select(entry => entry.ToEntry());
    }

    /// <summary>Makes a folder; the task completes when it is durable.</summary>
    public Task MakeFolderAsync(Caller caller, string path, bool parents, int? mode, long? modified) =>
        _committer.CommitAsync(new FolderCreation(_accounts.Of(caller), caller, RemotePath.Parse(path), parents, mode, modified));

    /// <summary>Renames; the task completes when it is durable.</summary>
    public Task MoveAsync(Caller caller, string from, string to, bool overwrite) =>
        _committer.CommitAsync(new Rename(_accounts.Of(caller), caller, NotHome(from), NotHome(to), overwrite));

    /// <summary>What was removed and can be put back, newest first; at most <see cref="FilesOptions.BinEntries"/>.</summary>
    public IReadOnlyList<BinEntry> Bin(Caller caller) => _bins.List(caller);

    /// <summary>Puts something back under its path, parents made again; a name that is taken gets a number.</summary>
    /// <returns>The path it has now.</returns>
    public Task<string> RestoreAsync(Caller caller, string id) => _bins.RestoreAsync(caller, id);

    /// <summary>Frees one entry of the bin, or all.</summary>
    public Task EmptyBinAsync(Caller caller, string? id) => _bins.EmptyAsync(caller, id);

    /// <summary>Removes into the bin, or where that is off frees; the task completes when it is durable.</summary>
    /// <param name="forever">Past the bin: the room is free again.</param>
    public async Task RemoveAsync(Caller caller, string path, bool recursive, bool forever = false)
    {
        var account = _accounts.Of(caller);
        var remote = NotHome(path);
        Interlocked.Increment(ref _freeing);
        try
        {
            var bin = forever ? null : _bins.NewEntry(account, remote);
            await RemoveAsync(new Removal(account, caller, remote, recursive, bin));
        }
        finally
        {
            Interlocked.Decrement(ref _freeing);
        }
    }

    /// <summary>
    /// Sets permission bits and the modification time of a file or folder; the task completes when they are durable. Set-user-id, set-group-id
    /// and the sticky bit are never taken; the owner's right to read stays. A file's recorded digest holds on.
    /// </summary>
    /// <param name="mode">The lowest nine bits; null leaves them.</param>
    /// <param name="modified">Microseconds since 1970; null leaves it.</param>
    public Task SetAttributesAsync(Caller caller, string path, int? mode, long? modified) =>
        _committer.CommitAsync(new AttributeChange(_accounts.Of(caller), caller, NotHome(path), mode, modified));

    public Occupied Usage(Caller caller, string path, CancellationToken ct)
    {
        var account = _accounts.Of(caller);
        var remote = RemotePath.Parse(path);
        var status = account.Home.Status(remote.Relative);
        return status.Kind is FileKind.Folder ? new HomeWalk(account.Home, remote.Relative).Occupied(ct) : new Occupied(status.Counted, 1, 0);
    }

    public Space Space(Caller caller)
    {
        var now = _accounts.Of(caller).Room.Now;
        var diskFree = _disk.Free;
        var free = diskFree + now.Bin;
        free = now.Quota is { } quota ? Math.Clamp(quota - now.Stored - now.Reserved, 0, free) : free;
        return new Space(now.Quota, now.Used, now.Reserved, free, diskFree, now.Bin);
    }

    /// <summary>Reads the file and compares it with the digest on record.</summary>
    public async Task<Verified> VerifyAsync(Caller caller, string path, CancellationToken ct)
    {
        var account = _accounts.Of(caller);
        var remote = RemotePath.Parse(path);
        using var file = account.Home.OpenFile(remote.Relative, out var status);
        var recorded = _digests.Known(account, status);
        var digest = await _digests.ComputeAsync(account, remote.Relative, file, status, ct);
        return new Verified(Convert.ToHexStringLower(digest), recorded is null ? null : Convert.ToHexStringLower(recorded), status.Size);
    }

    /// <summary>
    /// Where an account holds content that it lets the caller read: what is returned reads that one path, and is asked for anew each time, for the
    /// file may be moved, changed or removed.
    /// </summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.NotFound"/> when the account holds it no more.</exception>
    public SharedFile Find(Caller caller, long owner, byte[] sha256)
    {
        const int CandidateLimit = 8;
        var account = _accounts.Of(owner);
        foreach (var candidate in _store.FilesWith(account.Id, sha256, CandidateLimit))
        {
            if (Adoption.TryOpen(account, candidate) is { } file)
            {
                file.Dispose();
                return new SharedFile(caller with { AccountId = owner, Allow = Permissions.Files }, "/" + candidate.Path);
            }
        }

        throw new RefusedException(RefusalCode.NotFound, null, "whoever sent it does not have it any more");
    }

    /// <summary>Digest of a part of a stored file. The SHA-256 of a whole one comes from the record where that is current, and is recorded else.</summary>
    /// <param name="length">Bytes wanted; null means to the end.</param>
    /// <returns>The digest's bytes in the order in which they are written in hexadecimal.</returns>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadOffset"/>; <see cref="RefusalCode.SourceChanged"/> when it was changed meanwhile.</exception>
    public async ValueTask<byte[]> DigestAsync(Caller caller, string path, DigestKind kind, long offset, long? length, CancellationToken ct)
    {
        var account = _accounts.Of(caller);
        var remote = RemotePath.Parse(path);
        using var file = account.Home.OpenFile(remote.Relative, out var status);
        if (offset < 0 || length < 0 || offset > status.Size || length > status.Size - offset)
        {
            throw new RefusedException(RefusalCode.BadOffset, remote.ToString(), $"the file has {status.Size} bytes");
        }

        var wanted = length ?? status.Size - offset;
        return kind is DigestKind.Sha256 && wanted == status.Size
            ? _digests.Known(account, status) ?? await _digests.ComputeAsync(account, remote.Relative, file, status, ct)
            : await Checksum.ComputeAsync(kind, file, status, new ByteRange(offset, wanted), remote.ToString(), ct);
    }

    /// <summary>
    /// Stores a whole small file. The content is written before this returns (the buffer may be reused); the task completes when the
    /// file is durable under its name. Callers may keep many outstanding: they are committed in groups.
    /// </summary>
    public Task<Stored> PutAsync(Caller caller, PutPlan plan, ReadOnlySequence<byte> content)
    {
        try
        {
            var stored = _small.Put(caller, plan, content);
            return plan.DropUnfinished && _uploads.IsKept(caller, RemotePath.Parse(plan.Path)) ? ThenDropAsync(stored, caller, plan.Path) : stored;
        }
        catch (Exception error)
        {
            NoteRefusal(caller, plan.Path, error);
            return Task.FromException<Stored>(error);
        }
    }

    /// <summary>Refuses now what <see cref="BeginUploadAsync"/> would refuse because of the path: permission, name, what stands there, a missing parent.</summary>
    public void CheckUpload(Caller caller, UploadPlan plan)
    {
        try
        {
            _uploads.Foresee(caller, plan);
        }
        catch (RefusedException error)
        {
            NoteRefusal(caller, plan.Path, error);
            throw;
        }
    }

    /// <summary>Begins or resumes an upload.</summary>
    public async Task<Upload> BeginUploadAsync(Caller caller, UploadPlan plan, CancellationToken ct)
    {
        try
        {
            return await _uploads.BeginAsync(caller, plan, ct);
        }
        catch (RefusedException error)
        {
            NoteRefusal(caller, plan.Path, error);
            throw;
        }
    }

    /// <summary>Stores a file of content the account already holds. Refuses with <see cref="RefusalCode.NotFound"/> when it does not.</summary>
    public Task<Stored> AdoptAsync(Caller caller, AdoptPlan plan, CancellationToken ct) => _adoption.AdoptAsync(caller, plan, ct);

    /// <param name="length">Bytes wanted; null means to the end.</param>
    public Task<Download> OpenReadAsync(Caller caller, string path, long offset, long? length)
    {
        var account = _accounts.Of(caller);
        var remote = RemotePath.Parse(path);
        var file = Open(caller, account, remote, out var status);
        try
        {
            var range = Range(offset, length, status, remote);
            NoteDownload(caller, remote, 1);
            return Task.FromResult(new Download(_digests, account, remote.Relative, file, status, range));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="OpenReadAsync"/>, of a file that still has the content it had.</summary>
    /// <param name="shownAs">What the reader is told it is called.</param>
    /// <exception cref="RefusedException"><see cref="RefusalCode.SourceChanged"/>.</exception>
    internal async Task<Download> OpenSameAsync(Caller caller, string path, byte[] sha256, long offset, long? length, string shownAs)
    {
        var account = _accounts.Of(caller);
        var remote = RemotePath.Parse(path);
        var file = Open(caller, account, remote, out var status);
        try
        {
            var now = _digests.Known(account, status) ?? await _digests.ComputeAsync(account, remote.Relative, file, status, CancellationToken.None);
            return now.AsSpan().SequenceEqual(sha256)
                ? new Download(_digests, account, remote.Relative, file, status, Range(offset, length, status, remote), shownAs)
                : throw new RefusedException(RefusalCode.SourceChanged, shownAs);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Everything below a folder, folders before what they hold, files opened as they come. Dispose each item. What cannot be read (links that
    /// lead to folders or nowhere, FIFOs, closed files) comes with its refusal.
    /// </summary>
    public IEnumerable<TreeItem> OpenTree(Caller caller, string path)
    {
        var account = _accounts.Of(caller);
        var remote = RemotePath.Parse(path);
        if (account.Home.Status(remote.Relative).Kind is not FileKind.Folder)
        {
            throw new RefusedException(RefusalCode.NotAFolder, remote.ToString());
        }

        return Tree(account, caller, remote);
    }

    /// <summary>SHA-256 digests of the leaves of the first <paramref name="length"/> bytes, 32 bytes each, many per block.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> LeavesAsync(
        Caller caller, string path, long length, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var account = _accounts.Of(caller);
        var remote = RemotePath.Parse(path);
        using var file = account.Home.OpenFile(remote.Relative, out var status);
        if (length < 0 || length > status.Size)
        {
            throw new RefusedException(RefusalCode.BadOffset, remote.ToString(), $"the file has {status.Size} bytes");
        }

        await foreach (var leaves in new LeafReader(file, remote.ToString()).ReadAsync(length, null, ct))
        {
            yield return leaves;
        }

        Digests.IsUnchanged(file, status, remote.ToString());
    }

    /// <summary>Tells of changes in the caller's files from now on.</summary>
    /// <param name="wake">Called whenever something changed; must not block.</param>
    public FilesWatch Watch(Caller caller, Action wake) => _accounts.Of(caller).Changes.Watch(wake);

    public IReadOnlyList<UploadEntry> Uploads(Caller caller) => _uploads.List(caller);

    /// <summary>An unfinished upload as it was begun.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.UploadUnknown"/>.</exception>
    public UnfinishedUpload FindUpload(Caller caller, string id) => _uploads.Find(caller, id);

    /// <summary>What a device of an account left unfinished, or is sending.</summary>
    internal IEnumerable<UploadRecord> UploadsOf(long account, string device) => _store.Uploads(account).Where(upload => upload.Device == device);

    /// <summary>
    /// The caller's own unfinished upload that <see cref="UploadPlan.ByPath"/> would go on with at its end; busy when only one is there that
    /// another connection writes. Null where a file stands, or nothing is kept.
    /// </summary>
    public UploadEntry? Unfinished(Caller caller, string path) => _uploads.Unfinished(caller, RemotePath.Parse(path));

    /// <summary>Forgets an unfinished upload; whoever writes it is ended.</summary>
    public Task DropUploadAsync(Caller caller, string id) => _uploads.DropAsync(caller, id);

    /// <summary>An account's quota was changed: it holds from the next reservation on.</summary>
    public void QuotaChanged(long account)
    {
        _accounts.Refresh(account);
        _accounts.Tell(account);
    }

    /// <summary>Gives back what an account stored that is about to be removed, and lets go of its home.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.NotEmpty"/> when it holds files, removed ones in its bin, or unfinished uploads, and is not to be purged.</exception>
    public async Task ReleaseAsync(Caller actor, long account, bool purge)
    {
        actor.Require(Permissions.Admin);
        var open = _accounts.Of(account);
        if (!purge && (_store.Uploads(account).Count > 0 || open.Room.Bin.Count > 0 || new HomeWalk(open.Home, "").Folder().Any()))
        {
            throw new RefusedException(RefusalCode.NotEmpty, open.Name);
        }

        await _uploads.DropAllAsync(open);
        await Task.Factory.StartNew(open.Erase, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _accounts.Forget(account);
        Home.Remove(_options.Homes, open.Name);
        Home.Remove(_options.Partials, open.Name);
    }

    /// <summary>Finishes what waits, and notes that the books are right.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_sweep is not null)
        {
            await _sweep.DisposeAsync();
        }

        await _committer.DisposeAsync();
        await _binBooks.SettleAsync();
        if (!_needsRecount && !_binBooks.NeedsRecount && !_committer.NeedsRecount && Volatile.Read(ref _freeing) == 0)
        {
            await _store.StopAsync();
        }

        _accounts.Dispose();
        _partials.Dispose();
    }

    private async Task<Stored> ThenDropAsync(Task<Stored> storing, Caller caller, string path)
    {
        var stored = await storing;
        await _uploads.DropParkedAsync(caller, RemotePath.Parse(path));
        return stored;
    }

    private IEnumerable<TreeItem> Tree(AccountFiles account, Caller caller, RemotePath top)
    {
        long files = 0;
        try
        {
            foreach (var entry in new HomeWalk(account.Home, top.Relative).Tree())
            {
                files += entry.Status.Kind is FileKind.File ? 1 : 0;
                yield return Item(account, entry);
            }
        }
        finally
        {
            NoteDownload(caller, top, files);
        }
    }

    private TreeItem Item(AccountFiles account, in WalkEntry entry)
    {
        if (entry.Status.Kind is FileKind.Folder)
        {
            return new TreeItem(entry.ToEntry(), null, null);
        }

        try
        {
            var path = entry.Path ?? throw new RefusedException(RefusalCode.BadName, entry.Shown, "not valid UTF-8");
            var file = account.Home.OpenFile(path, out var status);
            return new TreeItem(entry.ToEntry(), new Download(_digests, account, path, file, status, new ByteRange(0, status.Size)), null);
        }
        catch (RefusedException refused)
        {
            return new TreeItem(entry.ToEntry(), null, refused.Refusal);
        }
    }

    private SafeFileHandle Open(Caller caller, AccountFiles account, RemotePath path, out FileStatus status)
    {
        try
        {
            return account.Home.OpenFile(path.Relative, out status);
        }
        catch (RefusedException error)
        {
            NoteRefusal(caller, path.ToString(), error);
            throw;
        }
    }

    private void NoteRefusal(Caller caller, string path, Exception error) => RefusalAudit.Note(_store, _clock, caller, path, error);

    private async Task RemoveAsync(Removal removal)
    {
        string? trash;
        try
        {
            trash = await _committer.CommitAsync(removal);
        }
        finally
        {
            // Also where it is not sure to last: it is there now.
            if (removal.Binned is { } entry)
            {
                await removal.Account.Bin.TakeInAsync(entry);
            }
        }

        if (trash is not null)
        {
            await FreeAsync(removal.Account, removal.Caller, trash, removal.Subject);
        }
    }

    private async Task FreeAsync(AccountFiles account, Caller caller, string trash, string subject)
    {
        long freed = 0;
        try
        {
            // A hundred thousand files take a second; that is no work for a thread others wait for.
            await Task.Factory.StartNew(
                () => account.Partials.EmptyTrash(trash, gone => freed += gone.Counted), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch
        {
            _needsRecount = true;
            throw;
        }

        await _committer.CommitAsync(new RoomFreed(account, caller, freed, subject));
    }

    internal async Task SweepAsync()
    {
        try
        {
            await _uploads.ExpireAsync();
            await _bins.ExpireAsync();
        }
        catch (Exception error) when (error is RefusedException or ObjectDisposedException)
        {
            // The next sweep tries again; an account whose home cannot be opened must not stop the clock for the others.
            _ = error;
        }
    }

    private static ByteRange Range(long offset, long? length, in FileStatus status, RemotePath path) =>
        offset >= 0 && offset <= status.Size && length is null or >= 0
            ? new ByteRange(offset, Math.Min(length ?? long.MaxValue, status.Size - offset))
            : throw new RefusedException(RefusalCode.BadOffset, path.ToString(), $"the file has {status.Size} bytes");

    private void NoteDownload(Caller caller, RemotePath path, long files) =>
        _store.NoteAudit(RefusalAudit.Counted(_clock, caller, AuditActions.Download, path.ToString(), null, files));

    private static RemotePath NotHome(string path)
    {
        var remote = RemotePath.Parse(path);
        return remote.IsHome ? throw new RefusedException(RefusalCode.BadRequest, "/", "the home itself stays") : remote;
    }
}
