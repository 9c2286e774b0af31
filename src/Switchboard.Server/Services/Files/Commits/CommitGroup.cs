using Microsoft.Win32.SafeHandles;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files.Commits;

/// <summary>What the changes of one group share: open folders, and what they leave for the store.</summary>
/// <param name="before">The group whose books are being written; null when those of all earlier ones are.</param>
internal sealed class CommitGroup(UnsyncedFolders unsynced, IFileStore store, CommitGroup? before)
{
    private volatile CommitGroup? _before = before;

    private readonly Dictionary<(long Account, string Path), SafeFileHandle> _folders = [];

    public GroupOutcome Outcome { get; } = new();

    /// <summary>Changes that were carried out, and answered, before the group was taken to be finished.</summary>
    public List<Change> Carried { get; } = [];

    /// <summary>The books of the group before are written.</summary>
    public void FollowsNobody() => _before = null;

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

    /// <summary>Something moved between a home and the account's bin: the bin's folder is synced too.</summary>
    public void SyncPartials(AccountFiles account) => Keep(account.Partials.OpenItself());

    /// <summary>The digest a file had until now, from the store or from what is on the way there.</summary>
    public byte[]? DigestBefore(long account, in FileStatus file) => Unwritten(account, file.Version) ?? store.Digest(account, file.Version);

    /// <summary>A digest that is not in the store yet.</summary>
    public byte[]? Unwritten(long account, in FileVersion version) =>
        Outcome.Digest(account, version) ?? _before?.Outcome.Digest(account, version);

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
