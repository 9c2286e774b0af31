using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Switchboard.Client.Local;

/// <summary>
/// Every step is one name below an opened folder, with <c>O_NOFOLLOW</c>. A link that stands inside, or is put there between two steps, is an error
/// and never a way out. A few folders stay open, so that the files of one folder cost one look-up.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxTargetFolder : TargetFolder
{
    private const int MostOpen = 64;
    private const uint FolderMode = 0x1FF, FileMode = 0x1B6;

    private readonly Dictionary<string, SafeFileHandle> open = new(StringComparer.Ordinal);
    private readonly Queue<string> order = new();
    private readonly Lock sync = new();
    private readonly SafeFileHandle root;

    public LinuxTargetFolder(string path)
        : base(path)
    {
        using var current = new SafeFileHandle(-100, ownsHandle: false); // AT_FDCWD
        root = Posix.OpenAt(current, path.Length == 0 ? "." : path, Posix.FolderOnly, 0, path);
    }

    public override LocalEntry? Find(string relative)
    {
        SafeNames.Split(relative);
        lock (sync)
        {
            return Folder(ParentOf(relative), make: false) is { } parent ? Posix.Find(parent, NameOf(relative), relative) : null;
        }
    }

    public override IEnumerable<string> Names(string relative)
    {
        string[] names;
        lock (sync)
        {
            var folder = Folder(relative, make: false) ?? throw new DirectoryNotFoundException(relative);
            // Through the descriptor, so that the folder read is the folder opened.
            names = [.. Directory.EnumerateFileSystemEntries($"/proc/self/fd/{folder.DangerousGetHandle()}").Select(p => System.IO.Path.GetFileName(p))];
        }

        return names;
    }

    public override void MakeFolder(string relative)
    {
        SafeNames.Split(relative);
        lock (sync)
        {
            Folder(relative, make: true);
        }
    }

    public override SafeFileHandle? OpenFile(string relative, bool write)
    {
        SafeNames.Split(relative);
        lock (sync)
        {
            if (Folder(ParentOf(relative), make: false) is not { } parent)
            {
                return null;
            }

            // O_NONBLOCK: a FIFO that stands there must not hold us for ever.
            var flags = (write ? Posix.ReadWrite : Posix.ReadOnly) | Posix.NoFollow | Posix.NonBlocking;
            var file = Posix.TryOpenAt(parent, NameOf(relative), flags, 0, out var error);
            return file is not null || error == ErrnoException.NoEntry ? file : throw ErrnoException.Of(error, relative);
        }
    }

    public override SafeFileHandle CreateFile(string relative)
    {
        SafeNames.Split(relative);
        lock (sync)
        {
            var parent = Folder(ParentOf(relative), make: true)!;
            return Posix.OpenAt(parent, NameOf(relative), Posix.ReadWrite | Posix.Create | Posix.Truncate | Posix.NoFollow | Posix.NonBlocking, FileMode, relative);
        }
    }

    public override bool Rename(string from, string to, bool replace)
    {
        SafeNames.Split(from);
        SafeNames.Split(to);
        lock (sync)
        {
            var source = Folder(ParentOf(from), make: false) ?? throw new FileNotFoundException(null, from);
            var target = Folder(ParentOf(to), make: true)!;
            var error = Posix.Rename(source, NameOf(from), target, NameOf(to), replace ? 0 : Posix.NoReplace);
            if (error == ErrnoException.Invalid && !replace)
            {
                // A file system that cannot refuse by itself: look first.
                error = Posix.Find(target, NameOf(to), to) is null ? Posix.Rename(source, NameOf(from), target, NameOf(to), 0) : ErrnoException.Exists;
            }

            return error == 0 || (error == ErrnoException.Exists && !replace ? false : throw ErrnoException.Of(error, to));
        }
    }

    public override void RemoveFile(string relative) => Remove(relative, 0);

    public override void RemoveFolder(string relative)
    {
        lock (sync)
        {
            if (open.Remove(relative, out var handle))
            {
                handle.Dispose();
            }
        }

        Remove(relative, Posix.RemoveFolderFlag);
    }

    public override void SetFolderAttributes(string relative, int mode, long modified)
    {
        SafeNames.Split(relative);
        lock (sync)
        {
            var folder = Folder(relative, make: false) ?? throw new DirectoryNotFoundException(relative);
            File.SetUnixFileMode(folder, (UnixFileMode)(mode & 0x1FF));
            File.SetLastWriteTimeUtc(folder, Times.ToDateTime(modified));
        }
    }

    public override void SyncFolder(string relative)
    {
        lock (sync)
        {
            Check(Posix.Sync(Folder(relative, make: false) ?? throw new DirectoryNotFoundException(relative)), relative);
        }
    }

    public override void SyncAll() => Check(Posix.SyncFileSystem(root), Path);

    protected override void Dispose(bool disposing)
    {
        foreach (var folder in open.Values)
        {
            folder.Dispose();
        }

        root.Dispose();
    }

    private static void Check(int error, string path)
    {
        // EINVAL and EROFS: a file system that has nothing to make durable.
        if (error is not (0 or ErrnoException.Invalid or 30))
        {
            throw ErrnoException.Of(error, path);
        }
    }

    private void Remove(string relative, int flags)
    {
        SafeNames.Split(relative);
        lock (sync)
        {
            if (Folder(ParentOf(relative), make: false) is { } parent)
            {
                var error = Posix.Unlink(parent, NameOf(relative), flags);
                Check(error == ErrnoException.NoEntry ? 0 : error, relative);
            }
        }
    }

    /// <summary>The opened folder of a checked path; null where it does not stand and is not to be made.</summary>
    private SafeFileHandle? Folder(string relative, bool make)
    {
        if (relative.Length == 0)
        {
            return root;
        }

        if (open.TryGetValue(relative, out var known))
        {
            return known;
        }

        return Folder(ParentOf(relative), make) is { } parent ? Keep(relative, Step(parent, relative, make)) : null;
    }

    private static SafeFileHandle? Step(SafeFileHandle parent, string relative, bool make)
    {
        var flags = Posix.FolderOnly | Posix.NoFollow;
        var folder = Posix.TryOpenAt(parent, NameOf(relative), flags, 0, out var error);
        if (folder is not null || (error == ErrnoException.NoEntry && !make))
        {
            return folder;
        }

        if (error != ErrnoException.NoEntry)
        {
            throw ErrnoException.Of(error, relative);
        }

        error = Posix.MakeFolder(parent, NameOf(relative), FolderMode);
        return error is 0 or ErrnoException.Exists ? Posix.OpenAt(parent, NameOf(relative), flags, 0, relative) : throw ErrnoException.Of(error, relative);
    }

    private SafeFileHandle? Keep(string relative, SafeFileHandle? folder)
    {
        if (folder is null)
        {
            return null;
        }

        // A parent that is closed here may be in use one call up, but only until the step below it is taken, which it was.
        while (open.Count >= MostOpen && order.TryDequeue(out var oldest))
        {
            if (open.Remove(oldest, out var handle))
            {
                handle.Dispose();
            }
        }

        open[relative] = folder;
        order.Enqueue(relative);
        return folder;
    }
}
