using Microsoft.Win32.SafeHandles;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Storage.Homes;

/// <summary>
/// Folders whose entries changed and are not on the disk yet. Whoever is about to acknowledge anything takes all of them and syncs them first,
/// so a file is never acknowledged in a folder that a power cut could still undo.
/// </summary>
/// <param name="durable">False: nothing is ever synced, and no folder noted.</param>
internal sealed class UnsyncedFolders(bool durable = true)
{
    // From there on one syncfs is cheaper than a sync for each, and the open handles stay bounded.
    private const int HandleLimit = 64;

    private readonly Lock _gate = new();
    private Dictionary<(long Device, long Inode), SafeFileHandle> _folders = [];
    private SafeFileHandle? _overflow;

    /// <summary>Makes a folder and notes its parent in one step: nobody can take the list between the two.</summary>
    /// <returns>Whether the handle was kept, and so is no longer the caller's.</returns>
    public Errno Make(SafeFileHandle parent, in FileName name, uint mode, out bool kept)
    {
        lock (_gate)
        {
            var error = Kernel.TryMakeFolder(parent, name, mode);
            kept = error is Errno.None && Keep(parent);
            return error;
        }
    }

    /// <summary>Notes a folder that was changed.</summary>
    /// <returns>Whether the handle was kept, and so is no longer the caller's.</returns>
    public bool Add(SafeFileHandle folder)
    {
        lock (_gate)
        {
            return Keep(folder);
        }
    }

    /// <summary>Syncs everything noted so far.</summary>
    public void Sync()
    {
        Dictionary<(long Device, long Inode), SafeFileHandle> folders;
        SafeFileHandle? overflow;
        lock (_gate)
        {
            (folders, _folders) = (_folders, []);
            (overflow, _overflow) = (_overflow, null);
        }

        try
        {
            SyncEach(folders.Values, overflow);
        }
        finally
        {
            overflow?.Dispose();
            foreach (var folder in folders.Values)
            {
                folder.Dispose();
            }
        }
    }

    private static void SyncEach(IEnumerable<SafeFileHandle> folders, SafeFileHandle? overflow)
    {
        if (overflow is not null)
        {
            Kernel.SyncAll(overflow);
            return;
        }

        foreach (var folder in folders)
        {
            Kernel.Sync(folder, null);
        }
    }

    private bool Keep(SafeFileHandle folder)
    {
        if (!durable || _overflow is not null)
        {
            return false;
        }

        if (_folders.Count == HandleLimit)
        {
            _overflow = folder;
            return true;
        }

        var status = Kernel.Status(folder, null);
        return _folders.TryAdd((status.Device, status.Inode), folder);
    }
}
