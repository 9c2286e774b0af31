using System.Formats.Tar;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Backup;

/// <summary>One backup being restored: unpacked beside its place, held against the manifest, then moved into place, the database last.</summary>
internal sealed class BackupReader(string data, IProgress<BackupProgress>? progress) : IAsyncDisposable
{
    private const string Unpacking = ".restoring", Computed = "computed";

    private readonly string _unpacked = Path.Combine(data, Unpacking);
    private DataDirectory? _directory;
    private UnpackedTree? _tree;
    private StreamWriter? _computed;
    private long _files;
    private long _bytes;

    public async Task<BackupSummary> RestoreAsync(Stream from, CancellationToken ct)
    {
        RequireEmpty();
        _directory = DataDirectory.Open(data);
        DeleteUnpacked();
        Directory.CreateDirectory(_unpacked, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _computed = new StreamWriter(Path.Combine(_unpacked, Computed));
        try
        {
            await UnpackAsync(from, ct).ConfigureAwait(false);
        }
        catch (Exception error) when (error is EndOfStreamException or InvalidDataException or FormatException)
        {
            throw Damaged(Backup.Manifest, "the backup is cut off or damaged", error);
        }

        await CompareAsync(ct).ConfigureAwait(false);
        MoveIntoPlace();
        return new BackupSummary { Files = _files, Bytes = _bytes };
    }

    public async ValueTask DisposeAsync()
    {
        _tree?.Dispose();
        if (_computed is not null)
        {
            await _computed.DisposeAsync().ConfigureAwait(false);
            DeleteUnpacked();
        }

        _directory?.Dispose();
    }

    // What a restore that was cut off left behind, and the empty layout, are no data.
    private void RequireEmpty()
    {
        if (!Directory.Exists(data))
        {
            return;
        }

        foreach (var entry in new DirectoryInfo(data).EnumerateFileSystemInfos())
        {
            var harmless = entry.Name is Unpacking or "lock" || (entry is DirectoryInfo folder && entry.LinkTarget is null && !folder.EnumerateFileSystemInfos().Any());
            if (!harmless)
            {
                throw new RefusedException(RefusalCode.NotEmpty, data, entry.Name);
            }
        }
    }

    private async Task UnpackAsync(Stream from, CancellationToken ct)
    {
        _tree = new UnpackedTree(_unpacked);
        await using var tar = new TarReader(from, leaveOpen: true);
        while (await tar.GetNextEntryAsync(copyData: false, ct).ConfigureAwait(false) is { } entry)
        {
            await UnpackAsync(entry, ct).ConfigureAwait(false);
        }

        _tree.Finish();
    }

    private async Task UnpackAsync(TarEntry entry, CancellationToken ct)
    {
        var names = NamesOf(entry.Name);
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                _tree!.AddFolder(names, entry);
                break;
            case TarEntryType.SymbolicLink:
                _tree!.AddLink(names, entry.LinkName);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                var digest = await _tree!.AddFileAsync(names, entry, ct).ConfigureAwait(false);
                await CountAsync(entry, digest).ConfigureAwait(false);
                break;
            default:
                throw Damaged(entry.Name, $"unexpected entry type {entry.EntryType}");
        }
    }

    private async Task CountAsync(TarEntry entry, byte[] digest)
    {
        if (entry.Name == Backup.Manifest)
        {
            return;
        }

        await _computed!.WriteLineAsync(ManifestLine.Of(digest, entry.Name)).ConfigureAwait(false);
        _files++;
        _bytes += entry.Length;
        progress?.Report(new BackupProgress(_files, _bytes, entry.Name));
    }

    // Only what a backup holds, and nothing above it: the file may have come from anywhere.
    private static string[] NamesOf(string path)
    {
        var names = path.TrimEnd('/').Split('/');
        var known = names[0] is Backup.Manifest or Backup.Database or Backup.Settings ? names.Length == 1 : Backup.Folders.Contains(names[0]);
        return known && names.All(name => name is not ("" or "." or ".."))
            ? names
            : throw Damaged(path, "not a name of a backup");
    }

    // Both are in the order of the entries, so they are compared line by line in constant memory.
    private async Task CompareAsync(CancellationToken ct)
    {
        await _computed!.DisposeAsync().ConfigureAwait(false);
        var manifest = Path.Combine(_unpacked, Backup.Manifest);
        if (!File.Exists(manifest))
        {
            throw Damaged(Backup.Manifest, "the backup is cut off");
        }

        await using var expected = File.ReadLinesAsync(manifest, ct).GetAsyncEnumerator(ct);
        await RequireFirstLineAsync(expected).ConfigureAwait(false);
        await foreach (var line in File.ReadLinesAsync(Path.Combine(_unpacked, Computed), ct).ConfigureAwait(false))
        {
            if (await NextAsync(expected).ConfigureAwait(false) != line)
            {
                throw Damaged(line[(line.IndexOf("  ", StringComparison.Ordinal) + 2)..], "differs from the manifest");
            }
        }

        if (await NextAsync(expected).ConfigureAwait(false) is { } missing)
        {
            throw Damaged(missing, "missing from the backup");
        }
    }

    private static async Task RequireFirstLineAsync(IAsyncEnumerator<string> manifest)
    {
        if (!await manifest.MoveNextAsync().ConfigureAwait(false) || manifest.Current != Backup.FirstLine)
        {
            throw new RefusedException(RefusalCode.Unsupported, Backup.Manifest, "not a backup of a version this program knows");
        }
    }

    private static async Task<string?> NextAsync(IAsyncEnumerator<string> manifest)
    {
        while (await manifest.MoveNextAsync().ConfigureAwait(false))
        {
            if (!manifest.Current.StartsWith('#'))
            {
                return manifest.Current;
            }
        }

        return null;
    }

    private void MoveIntoPlace()
    {
        if (!File.Exists(Path.Combine(_unpacked, Backup.Database)))
        {
            throw Damaged(Backup.Database, "missing from the backup");
        }

        Sync();
        foreach (var part in Backup.Folders.Where(part => Directory.Exists(Path.Combine(_unpacked, part))))
        {
            Directory.Delete(Path.Combine(data, part));
            Directory.Move(Path.Combine(_unpacked, part), Path.Combine(data, part));
        }

        if (File.Exists(Path.Combine(_unpacked, Backup.Settings)))
        {
            File.Move(Path.Combine(_unpacked, Backup.Settings), Path.Combine(data, Backup.Settings));
        }

        File.Move(Path.Combine(_unpacked, Backup.Database), DataDirectory.DatabaseOf(data));
        Sync();
    }

    private void Sync()
    {
        Kernel.Check(Kernel.TryOpenRoot(data, Kernel.ReadOnly, out var folder), data);
        using (folder)
        {
            Kernel.SyncAll(folder);
        }
    }

    private void DeleteUnpacked()
    {
        if (Directory.Exists(_unpacked))
        {
            Directory.Delete(_unpacked, recursive: true);
        }
    }

    private static RefusedException Damaged(string subject, string detail, Exception? inner = null) =>
        new(new Refusal(RefusalCode.DigestMismatch) { Subject = subject, Detail = detail }, inner);
}
