using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Storage.Partials;

/// <summary>
/// One account's unfinished uploads: plain files outside every home, on the home's disk, so that a rename commits them. Also the
/// account's bin, and where removed trees wait for their deletion.
/// </summary>
internal sealed class PartialFolder : IDisposable
{
    private const string TrashPrefix = "trash-";
    private int _trash;

    private PartialFolder(SafeFileHandle folder) => Folder = folder;

    public SafeFileHandle Folder { get; }

    /// <exception cref="RefusedException"><see cref="RefusalCode.Unsupported"/> when it is not on the home's disk.</exception>
    public static PartialFolder Open(string partials, string account, Home home)
    {
        var path = Path.Combine(partials, account);
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Kernel.Check(Kernel.TryOpenRoot(path, Kernel.ReadOnly, out var folder), "/");
        if (Kernel.Status(folder, "/").Device == home.Device)
        {
            return new PartialFolder(folder);
        }

        folder.Dispose();
        throw new RefusedException(RefusalCode.Unsupported, "/", "homes and partial uploads must be on the same file system");
    }

    /// <summary>For clearing up: whatever home it belongs to.</summary>
    public static PartialFolder OpenAlone(string path)
    {
        Kernel.Check(Kernel.TryOpenRoot(path, Kernel.ReadOnly, out var folder), null);
        return new PartialFolder(folder);
    }

    /// <summary>Under which name an entry of the bin lies here.</summary>
    public static string Binned(string id) => "bin-" + id;

    /// <summary>A handle of its own on this folder.</summary>
    public SafeFileHandle OpenItself()
    {
        Kernel.Check(Kernel.TryOpenBeneath(Folder, FileName.Here, Kernel.ReadOnly | Kernel.Folder, out var folder), null);
        return folder;
    }

    /// <summary>Null when there is no such folder, or its owner closed it.</summary>
    public SafeFileHandle? TryOpenFolder(string name)
    {
        var error = Kernel.TryOpenIn(Folder, FileName.From(name), Kernel.ReadOnly | Kernel.Folder, 0, out var folder);
        if (error is Errno.None)
        {
            return folder;
        }

        folder.Dispose();
        return null;
    }

    public SafeFileHandle Create(string id, string subject)
    {
        Kernel.Check(Kernel.TryOpenIn(Folder, FileName.From(id), Kernel.ReadWrite | Kernel.Create | Kernel.Exclusive, Home.FileMode, out var file), subject);
        return file;
    }

    /// <summary>Null when there is no such file.</summary>
    public SafeFileHandle? TryOpen(string id) => TryOpen(id, Kernel.ReadWrite);

    /// <summary>Only to sync it: its sender's mode may be set already and forbid writing. Null when there is no such file.</summary>
    public SafeFileHandle? TryOpenToSync(string id) => TryOpen(id, Kernel.ReadOnly);

    private SafeFileHandle? TryOpen(string id, int access)
    {
        var error = Kernel.TryOpenIn(Folder, FileName.From(id), access | Kernel.NonBlocking, 0, out var file);
        if (error is Errno.None)
        {
            return file;
        }

        file.Dispose();
        return error is Errno.ENOENT ? null : throw PosixErrors.ToRefusal(error, null);
    }

    public FileStatus? Status(string id) =>
        Kernel.TryStatus(Folder, FileName.From(id), out var status) is Errno.None ? status : null;

    /// <summary>One that is gone already is no error.</summary>
    public void Remove(string id)
    {
        var error = TryRemove(id);
        Kernel.Check(error is Errno.ENOENT ? Errno.None : error, null);
    }

    /// <summary>Where nothing more can be done about an error; what stays is removed at the next start.</summary>
    public Errno TryRemove(string id) => Kernel.TryUnlink(Folder, FileName.From(id), folder: false);

    /// <summary>Everything that lies here, trash included.</summary>
    public List<string> Names()
    {
        // A handle of its own, because the position in a folder belongs to the open file.
        using var folder = OpenItself();
        return [.. FolderEntries.Read(folder, null).Select(name => name.ToString())];
    }

    /// <summary>Takes a tree out of a home in one step, so that nobody sees it half removed.</summary>
    /// <returns>The name under which it waits for <see cref="EmptyTrash"/>.</returns>
    public string MoveToTrash(HomeName place)
    {
        Kernel.Check(Lift(place.Folder, place.Name, out var name), place.Shown);
        return name;
    }

    /// <summary>As <see cref="MoveToTrash"/>, of something that lies here; null when it is gone already.</summary>
    public string? TryMoveToTrash(string id)
    {
        var error = Lift(Folder, FileName.From(id), out var name);
        Kernel.Check(error is Errno.ENOENT ? Errno.None : error, null);
        return error is Errno.ENOENT ? null : name;
    }

    /// <summary>Deletes a tree from the trash. Folders found on the way are lifted to the top of the trash first: one open folder at any depth.</summary>
    /// <param name="seen">Called with what is about to be deleted.</param>
    public void EmptyTrash(string name, Action<FileStatus> seen)
    {
        var waiting = new Stack<string>([name]);
        while (waiting.TryPop(out var top))
        {
            var tree = FileName.From(top);
            while (Kernel.TryUnlink(Folder, tree, folder: true) is Errno.ENOTEMPTY)
            {
                DeleteContent(tree, waiting, seen);
            }

            _ = Kernel.TryUnlink(Folder, tree, folder: false);
        }
    }

    public void Dispose() => Folder.Dispose();

    private void DeleteContent(in FileName tree, Stack<string> waiting, Action<FileStatus> seen)
    {
        // The account may have made it unreadable; in the trash nobody but us can swap it, so its mode can be set by name.
        _ = Kernel.TrySetFolderMode(Folder, tree);
        Kernel.Check(Kernel.TryOpenIn(Folder, tree, Kernel.ReadOnly | Kernel.Folder, 0, out var folder), null);
        using (folder)
        {
            foreach (var entry in FolderEntries.Read(folder, null))
            {
                DeleteEntry(folder, entry, waiting, seen);
            }
        }
    }

    private void DeleteEntry(SafeFileHandle folder, in FileName entry, Stack<string> waiting, Action<FileStatus> seen)
    {
        Kernel.Check(Kernel.TryStatus(folder, entry, out var status), null);
        seen(status);
        if (status.Kind is not FileKind.Folder)
        {
            Kernel.Check(Kernel.TryUnlink(folder, entry, folder: false), null);
        }
        else if (Kernel.TryUnlink(folder, entry, folder: true) is not Errno.None)
        {
            _ = Kernel.TrySetFolderMode(folder, entry);
            Kernel.Check(Lift(folder, entry, out var lifted), null);
            waiting.Push(lifted);
        }
    }

    private Errno Lift(SafeFileHandle folder, in FileName entry, out string name)
    {
        while (true)
        {
            name = NextTrash();
            var error = Kernel.TryRename(folder, entry, Folder, FileName.From(name), replace: false);
            if (error is not Errno.EEXIST)
            {
                return error;
            }
        }
    }

    private string NextTrash() => TrashPrefix + Interlocked.Increment(ref _trash).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
