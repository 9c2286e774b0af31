using System.Formats.Tar;
using Microsoft.Win32.SafeHandles;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Sqlite;

namespace Switchboard.Server.Services.Backup;

/// <summary>
/// One backup being written. Folders are walked by handle and links never followed, because what is in a home is its account's to
/// change while the backup, perhaps as root, reads it.
/// </summary>
internal sealed class BackupWriter : IAsyncDisposable
{
    private const int MostNamed = 1_000;

    private readonly string _data;
    private readonly TarWriter _tar;
    private readonly IProgress<BackupProgress>? _progress;
    private readonly string _work;
    private readonly List<string> _changed = [];
    private readonly List<string> _skipped = [];
    private StreamWriter? _manifest;
    private long _files;
    private long _bytes;

    public BackupWriter(string data, Stream to, IProgress<BackupProgress>? progress)
    {
        if (!File.Exists(DataDirectory.DatabaseOf(data)))
        {
            throw new DataDirectoryException(DataDirectoryProblem.Missing, data, $"{data} holds no database");
        }

        _data = data;
        _progress = progress;
        _tar = new TarWriter(to, TarEntryFormat.Pax, leaveOpen: true);
        _work = Path.Combine(data, "run", "backup-" + Path.GetRandomFileName());
    }

    public async Task<BackupSummary> WriteAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(_work, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _manifest = new StreamWriter(Path.Combine(_work, Backup.Manifest)) { NewLine = "\n" };
        await _manifest.WriteLineAsync(Backup.FirstLine).ConfigureAwait(false);
        // The database first: what was committed after it are files without a record, which a server counts anew;
        // records without their file would be the worse half.
        DatabaseSnapshot.Write(DataDirectory.DatabaseOf(_data), Path.Combine(_work, Backup.Database));
        using (var work = OpenTop(_work))
        {
            await AddAnyAsync(work!, FileName.From(Backup.Database), "", false, ct).ConfigureAwait(false);
        }

        using (var data = OpenTop(_data))
        {
            await AddAnyAsync(data!, FileName.From(Backup.Settings), "", false, ct).ConfigureAwait(false);
        }

        foreach (var part in Backup.Folders)
        {
            using var folder = OpenTop(Path.Combine(_data, part));
            await AddFolderAsync(folder, part, followLinks: part == "homes", ct).ConfigureAwait(false);
        }

        await _manifest.DisposeAsync().ConfigureAwait(false);
        await _tar.WriteEntryAsync(Path.Combine(_work, Backup.Manifest), Backup.Manifest, ct).ConfigureAwait(false);
        return new BackupSummary { Files = _files, Bytes = _bytes, Changed = _changed, Skipped = _skipped };
    }

    public async ValueTask DisposeAsync()
    {
        await _tar.DisposeAsync().ConfigureAwait(false);
        if (_manifest is not null)
        {
            await _manifest.DisposeAsync().ConfigureAwait(false);
        }

        if (Directory.Exists(_work))
        {
            Directory.Delete(_work, recursive: true);
        }
    }

    private static SafeFileHandle? OpenTop(string path)
    {
        var error = Kernel.TryOpenRoot(path, Kernel.ReadOnly, out var folder);
        if (error is Errno.ENOENT)
        {
            return null;
        }

        Kernel.Check(error, Path.GetFileName(path));
        return folder;
    }

    private async Task AddFolderAsync(SafeFileHandle? folder, string name, bool followLinks, CancellationToken ct)
    {
        if (folder is null)
        {
            return;
        }

        var status = Kernel.Status(folder, name);
        await AddEntryAsync(Entry(TarEntryType.Directory, name + "/"), status, ct).ConfigureAwait(false);
        foreach (var entry in FolderEntries.Read(folder, name))
        {
            ct.ThrowIfCancellationRequested();
            await AddAnyAsync(folder, entry, name + "/", followLinks, ct).ConfigureAwait(false);
        }
    }

    private async Task AddAnyAsync(SafeFileHandle parent, FileName entry, string prefix, bool followLinks, CancellationToken ct)
    {
        var name = prefix + entry;
        var error = await TryAddAsync(parent, entry, name, followLinks, ct).ConfigureAwait(false);
        // What was removed between being listed and being read is not part of the backup, as if it had been removed a moment earlier.
        if (error is not (Errno.None or Errno.ENOENT))
        {
            await RemarkAsync(_skipped, $"skipped ({error})", name).ConfigureAwait(false);
        }
    }

    private async Task<Errno> TryAddAsync(SafeFileHandle parent, FileName entry, string name, bool followLinks, CancellationToken ct)
    {
        // A name that is not UTF-8 cannot be reached through any door, nor be written into a manifest.
        if (entry.Text is null)
        {
            return Errno.EINVAL;
        }

        var error = Kernel.TryStatus(parent, entry, out var status);
        return error is not Errno.None ? error : status.Kind switch
        {
            FileKind.Folder => await AddFolderInAsync(parent, entry, name, ct).ConfigureAwait(false),
            FileKind.File => await AddFileAsync(parent, entry, name, ct).ConfigureAwait(false),
            FileKind.Link => await AddLinkAsync(parent, entry, name, status, followLinks, ct).ConfigureAwait(false),
            _ => Errno.ENODEV,
        };
    }

    private async Task<Errno> AddFolderInAsync(SafeFileHandle parent, FileName entry, string name, CancellationToken ct)
    {
        var error = Kernel.TryOpenIn(parent, entry, Kernel.ReadOnly | Kernel.Folder, 0, out var folder);
        using (folder)
        {
            if (error is Errno.None)
            {
                await AddFolderAsync(folder, name, false, ct).ConfigureAwait(false);
            }
        }

        return error;
    }

    // Links inside homes are kept as what they are; a home that the operator put elsewhere behind a link comes along as a folder.
    private async Task<Errno> AddLinkAsync(SafeFileHandle parent, FileName entry, string name, FileStatus status, bool isHome, CancellationToken ct)
    {
        var path = $"/proc/self/fd/{parent.DangerousGetHandle()}/{entry.Text}";
        if (isHome)
        {
            using var home = OpenTop(path);
            await AddFolderAsync(home, name, false, ct).ConfigureAwait(false);
            return Errno.None;
        }

        if (new FileInfo(path).LinkTarget is not { } target)
        {
            return Errno.ENOENT;
        }

        await AddEntryAsync(Entry(TarEntryType.SymbolicLink, name, target), status, ct).ConfigureAwait(false);
        return Errno.None;
    }

    // System.Formats.Tar cannot read back a line break in a POSIX header, so these rare names (no door makes them) have GNU's, whose times are whole seconds.
    private static TarEntry Entry(TarEntryType type, string name, string? target = null)
    {
        TarEntry entry = (name + target).Contains('\n', StringComparison.Ordinal) ? new GnuTarEntry(type, name) : new PaxTarEntry(type, name);
        if (target is not null)
        {
            entry.LinkName = target;
        }

        return entry;
    }

    private Task AddEntryAsync(TarEntry entry, FileStatus status, CancellationToken ct)
    {
        entry.Mode = (UnixFileMode)status.Mode;
        entry.ModificationTime = Time(status);
        return _tar.WriteEntryAsync(entry, ct);
    }

    private async Task<Errno> AddFileAsync(SafeFileHandle parent, FileName entry, string name, CancellationToken ct)
    {
        // Not to wait for a writer, should it have become a named pipe since.
        var error = Kernel.TryOpenIn(parent, entry, Kernel.ReadOnly | Kernel.NonBlocking, 0, out var handle);
        if (error is not Errno.None)
        {
            handle.Dispose();
            return error;
        }

        await using var file = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        var before = Kernel.Status(handle, name);
        if (before.Kind is not FileKind.File)
        {
            return Errno.ENODEV;
        }

        await using var content = new HashedStream(file, before.Size);
        var header = Entry(TarEntryType.RegularFile, name);
        header.DataStream = content;
        await AddEntryAsync(header, before, ct).ConfigureAwait(false);
        await _manifest!.WriteLineAsync(ManifestLine.Of(content.Digest(), name)).ConfigureAwait(false);
        var after = Kernel.Status(handle, name);
        if (content.Padded || (after.Size, after.ModifiedNs) != (before.Size, before.ModifiedNs))
        {
            await RemarkAsync(_changed, "changed while it was read", name).ConfigureAwait(false);
        }

        _files++;
        _bytes += before.Size;
        _progress?.Report(new BackupProgress(_files, _bytes, name));
        return Errno.None;
    }

    private Task RemarkAsync(List<string> list, string what, string name)
    {
        if (list.Count < MostNamed)
        {
            list.Add(name);
        }

        return _manifest!.WriteLineAsync(ManifestLine.Remark(what, name));
    }

    private static DateTimeOffset Time(FileStatus status) => DateTimeOffset.UnixEpoch.AddTicks(status.ModifiedNs / 100);
}
