using Microsoft.Win32.SafeHandles;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files.Commits;

/// <summary>What the changes of one group share: open folders, and what they leave for the store.</summary>
internal sealed class CommitGroup(UnsyncedFolders unsynced, IFileStore store)
{
    private readonly Dictionary<(long Account, string Path), SafeFileHandle> _folders = [];

    public GroupOutcome Outcome { get; } = new();

    /// <summary>The folder that holds a path, opened once per group; it is synced at the end.</summary>
    public HomeName Parent(AccountFiles account, RemotePath path, bool make)
    {
        var parent = path.Parent;
        if (!_folders.TryGetValue((account.Id, parent), out var folder))
        {
            folder = make ? account.Home.OpenFolderMaking(parent) : account.Home.OpenFolder(parent);
            _folders.Add((account.Id, parent), folder);
        }

        return new HomeName(folder, FileName.From(path.Name), path.ToString());
    }

    /// <summary>A folder or file whose times or mode were set is synced at the end, and closed.</summary>
    public void Keep(SafeFileHandle folder)
    {
        if (!unsynced.Add(folder))
        {
            folder.Dispose();
        }
    }

    /// <summary>The digest a file had until now, from the store or from this group.</summary>
    public byte[]? DigestBefore(long account, in FileStatus file)
    {
        var version = file.Version;
        return Outcome.Digests.Find(digest => digest.Account == account && digest.Version == version)?.Sha256 ?? store.Digest(account, version);
    }

    /// <summary>Folders were moved or removed: paths have to be resolved again.</summary>
    public void ForgetFolders()
    {
        foreach (var folder in _folders.Values)
        {
            Keep(folder);
        }

        _folders.Clear();
    }

    public void SyncFolders()
    {
        ForgetFolders();
        unsynced.Sync();
    }
}
