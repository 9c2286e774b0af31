using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Storage.Homes;

/// <summary>
/// One account's home, held open. Paths are relative to it (<c>a/b</c>; empty is the home itself) and resolved by the kernel beneath it:
/// no name, link or race leads outside.
/// </summary>
internal sealed class Home : IDisposable
{
    /// <summary>rwxr-xr-x and rw-r--r-- less the umask, as mkdir and touch give.</summary>
    public const uint FolderMode = 0b111_101_101;
    public const uint FileMode = 0b110_100_100;

    private readonly UnsyncedFolders _unsynced;

    private Home(SafeFileHandle root, UnsyncedFolders unsynced)
    {
        Root = root;
        _unsynced = unsynced;
        Device = Kernel.Status(root, null).Device;
    }

    public SafeFileHandle Root { get; }

    /// <summary>The disk it is on: partial uploads have to be on the same one.</summary>
    public long Device { get; }

    /// <summary>Opens a home, made (mode 0700) where it is missing. A symlink in its place is followed: only the operator can put one there.</summary>
    public static Home Open(string homes, string account, UnsyncedFolders unsynced)
    {
        var path = Path.Combine(homes, account);
        var error = Kernel.TryOpenRoot(path, Kernel.PathOnly, out var root);
        if (error is Errno.ENOENT)
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            error = Kernel.TryOpenRoot(path, Kernel.PathOnly, out root);
        }

        Kernel.Check(error, "/");
        return new Home(root, unsynced);
    }

    /// <summary>A folder of our own as a home, to be walked through; nothing is to be made in it. Disposing it is the caller's.</summary>
    public static Home Beneath(SafeFileHandle folder) => new(folder, new UnsyncedFolders(durable: false));

    /// <summary>Removes an account's empty folder, or the link the operator put in its place.</summary>
    public static void Remove(string parent, string account)
    {
        Kernel.Check(Kernel.TryOpenRoot(parent, Kernel.ReadOnly, out var folder), null);
        using (folder)
        {
            var name = FileName.From(account);
            var error = Kernel.TryUnlink(folder, name, folder: true);
            error = error is Errno.ENOTDIR ? Kernel.TryUnlink(folder, name, folder: false) : error;
            Kernel.Check(error is Errno.ENOENT ? Errno.None : error, "/");
            Kernel.Sync(folder, "/");
        }
    }

    /// <summary>Whether the kernel can resolve beneath a folder (Linux 5.6); without it there is no jail, so nothing may be served.</summary>
    public static bool IsSupported(string folder)
    {
        Kernel.Check(Kernel.TryOpenRoot(folder, Kernel.PathOnly, out var root), null);
        using (root)
        {
            var error = Kernel.TryOpenBeneath(root, FileName.Here, Kernel.PathOnly, out var handle);
            handle.Dispose();
            return error is Errno.None;
        }
    }

    public SafeFileHandle OpenFolder(string path)
    {
        var flags = Kernel.ReadOnly | Kernel.Folder;
        Kernel.Check(Kernel.TryOpenBeneath(Root, Name(path), flags, out var handle), "/" + path);
        return handle;
    }

    /// <summary>Opens a regular file for reading. Never waits on a FIFO or device; those are refused.</summary>
    public SafeFileHandle OpenFile(string path, out FileStatus status)
    {
        var flags = Kernel.ReadOnly | Kernel.NonBlocking;
        Kernel.Check(Kernel.TryOpenBeneath(Root, Name(path), flags, out var handle), "/" + path);
        status = Kernel.Status(handle, "/" + path);
        if (status.Kind is FileKind.File)
        {
            return handle;
        }

        handle.Dispose();
        throw new RefusedException(status.Kind is FileKind.Folder ? RefusalCode.IsAFolder : RefusalCode.NotAFile, "/" + path);
    }

    /// <summary>What stands at a path, following links as far as they stay inside; a link that leads nowhere inside is told as a link.</summary>
    public FileStatus Status(string path)
    {
        var error = TryStatus(path, out var status);
        if (error is Errno.None)
        {
            return status;
        }

        // openat2 gives these for the path itself and for what the last link says alike; only the latter is an entry.
        if (error is Errno.ENOENT or Errno.EXDEV or Errno.ELOOP && TryStatusOfLink(path) is { Kind: FileKind.Link } link)
        {
            return link;
        }

        throw PosixErrors.ToRefusal(error, "/" + path);
    }

    /// <summary>As <see cref="Status"/>, giving the error where nothing can be reached.</summary>
    public Errno TryStatus(string path, out FileStatus status)
    {
        var error = Kernel.TryOpenBeneath(Root, Name(path), Kernel.PathOnly, out var handle);
        using (handle)
        {
            status = error is Errno.None ? Kernel.Status(handle, "/" + path) : default;
        }

        return error;
    }

    /// <summary>The folder that holds a path's last name, for calls on that name.</summary>
    public HomeName OpenParent(string path, bool make)
    {
        var cut = path.LastIndexOf('/');
        var parent = cut < 0 ? "" : path[..cut];
        var name = FileName.From(path[(cut + 1)..]);
        return new HomeName(make ? OpenFolderMaking(parent) : OpenFolder(parent), name, "/" + path);
    }

    /// <summary>Opens a folder, making what is missing of it. The parents of new folders are noted as unsynced.</summary>
    public SafeFileHandle OpenFolderMaking(string path)
    {
        var flags = Kernel.ReadOnly | Kernel.Folder;
        var error = Kernel.TryOpenBeneath(Root, Name(path), flags, out var handle);
        if (error is Errno.ENOENT && path.Length > 0)
        {
            handle.Dispose();
            MakeFolder(path, parents: true);
            error = Kernel.TryOpenBeneath(Root, Name(path), flags, out handle);
        }

        Kernel.Check(error, "/" + path);
        return handle;
    }

    /// <summary>Makes a folder; one that stands is left alone when <paramref name="parents"/>.</summary>
    public void MakeFolder(string path, bool parents)
    {
        var place = OpenParent(path, parents);
        var error = _unsynced.Make(place.Folder, place.Name, FolderMode, out var kept);
        if (!kept)
        {
            place.Dispose();
        }

        if (error is not (Errno.None or Errno.EEXIST) || (error is Errno.EEXIST && !parents))
        {
            throw PosixErrors.ToRefusal(error, "/" + path);
        }
    }

    public void Dispose() => Root.Dispose();

    private FileStatus? TryStatusOfLink(string path)
    {
        var cut = path.LastIndexOf('/');
        var flags = Kernel.PathOnly | Kernel.Folder;
        var error = Kernel.TryOpenBeneath(Root, Name(cut < 0 ? "" : path[..cut]), flags, out var folder);
        using (folder)
        {
            return error is Errno.None && Kernel.TryStatus(folder, FileName.From(path[(cut + 1)..]), out var status) is Errno.None ? status : null;
        }
    }

    private static FileName Name(string path) => path.Length == 0 ? FileName.Here : FileName.From(path);
}

/// <summary>A name in an open folder of a home.</summary>
/// <param name="Shown">The path as the account sees it.</param>
internal sealed record HomeName(SafeFileHandle Folder, FileName Name, string Shown) : IDisposable
{
    /// <summary>What stands there, links not followed; null for nothing.</summary>
    public FileStatus? Status()
    {
        var error = Kernel.TryStatus(Folder, Name, out var status);
        if (error is Errno.ENOENT)
        {
            return null;
        }

        Kernel.Check(error, Shown);
        return status;
    }

    public void Dispose() => Folder.Dispose();
}
