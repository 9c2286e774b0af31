using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Partials;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files.Commits;

/// <summary>
/// Moves a file, link or folder into the bin. Without a bin it removes one file, link, or empty folder, or takes a whole tree out of sight, to be
/// deleted after; the result is that tree's name.
/// </summary>
/// <param name="bin">The entry to be made, its size not known yet; null to free at once.</param>
internal sealed class Removal(AccountFiles account, Caller caller, RemotePath path, bool recursive, BinRecord? bin) : Change<string?>(account, caller)
{
    public override string? Action => AuditActions.Remove;

    public override string Subject => path.ToString();

    /// <summary>Its path is in the intent until the books say it: without either nobody could put it back.</summary>
    public override bool WaitsForBooks => bin is not null;

    /// <summary>The entry of the bin that was made.</summary>
    public BinRecord? Binned { get; private set; }

    /// <summary>Null where nothing comes into the bin.</summary>
    public IntendedRemoval? Intended => bin is null ? null : new IntendedRemoval(bin.Account, bin.Id, bin.Path, bin.Removed);

    public override void Carry(CommitGroup group)
    {
        var place = group.Parent(Account, path, make: false);
        var standing = place.Status() ?? throw new RefusedException(RefusalCode.NotFound, Subject);
        if (bin is not null && TryMoveIntoBin(place, standing, bin, group))
        {
            return;
        }

        var error = Kernel.TryUnlink(place.Folder, place.Name, standing.Kind is FileKind.Folder);
        if (error is Errno.ENOTEMPTY && recursive)
        {
            Result = Account.Partials.MoveToTrash(place);
            error = Errno.None;
        }

        Kernel.Check(error, Subject);
        Forget(group, standing);
        if (standing.Kind is not FileKind.Folder)
        {
            Account.Room.Adjust(-standing.Counted);
            group.Outcome.AddUsed(Account.Id, -standing.Counted);
        }
    }

    /// <summary>False for what lies on another file system, where the operator mounted one: no rename leads into the bin from there.</summary>
    private bool TryMoveIntoBin(HomeName place, in FileStatus standing, BinRecord entry, CommitGroup group)
    {
        var isFolder = standing.Kind is FileKind.Folder;
        if (isFolder && !recursive)
        {
            RequireEmpty(place);
        }

        var error = Kernel.TryRename(place.Folder, place.Name, Account.Partials.Folder, FileName.From(PartialFolder.Binned(entry.Id)), replace: false);
        if (error is Errno.EXDEV)
        {
            return false;
        }

        Kernel.Check(error, Subject);
        Account.Room.BeginMove();
        Binned = entry with { IsFolder = isFolder, Size = isFolder ? null : standing.Counted };
        group.Outcome.Binned.Add(Binned);
        group.SyncPartials(Account);
        Forget(group, standing);
        return true;
    }

    private void RequireEmpty(HomeName place)
    {
        Kernel.Check(Kernel.TryOpenIn(place.Folder, place.Name, Kernel.ReadOnly | Kernel.Folder, 0, out var folder), Subject);
        using (folder)
        {
            Kernel.Check(FolderEntries.Read(folder, Subject).Any() ? Errno.ENOTEMPTY : Errno.None, Subject);
        }
    }

    private void Forget(CommitGroup group, in FileStatus gone)
    {
        if (gone.Kind is FileKind.Folder)
        {
            group.Outcome.RemoveFolder(Account.Id, path.Relative);
            group.ForgetFolders();
        }
        else
        {
            group.Outcome.Forget(Account.Id, gone.Inode);
        }
    }
}
