using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files.Commits;

internal sealed class FolderCreation(AccountFiles account, Caller caller, RemotePath path, bool parents, int? mode, long? modified)
    : Change<bool>(account, caller)
{
    public override string? Action => AuditActions.MakeFolder;

    public override string Subject => path.ToString();

    public override IReadOnlyList<string> Folders => parents ? RemotePath.FoldersAbove(Subject) : base.Folders;

    public override void Carry(CommitGroup group)
    {
        if (path.IsHome)
        {
            Kernel.Check(parents ? Errno.None : Errno.EEXIST, Subject);
            return;
        }

        Account.Home.MakeFolder(path.Relative, parents);
        if (mode is null && modified is null)
        {
            return;
        }

        var folder = Account.Home.OpenFolder(path.Relative);
        group.Keep(folder);
        if (mode is { } bits)
        {
            // Its owner keeps the right to fill it: a folder of mode 0555 is made first and filled after.
            Kernel.SetMode(folder, bits | 0b111_000_000, Subject);
        }

        if (modified is { } time)
        {
            Kernel.SetModified(folder, time, Subject);
        }
    }
}

internal sealed class Rename(AccountFiles account, Caller caller, RemotePath from, RemotePath to, bool overwrite) : Change<bool>(account, caller)
{
    public override string? Action => AuditActions.Move;

    public override string Subject => $"{from} -> {to}";

    public override IReadOnlyList<string> Folders => [RemotePath.FolderOf(from.ToString()), RemotePath.FolderOf(to.ToString())];

    public override void Carry(CommitGroup group)
    {
        var source = group.Parent(Account, from, make: false);
        var target = group.Parent(Account, to, make: false);
        var moved = source.Status() ?? throw new RefusedException(RefusalCode.NotFound, from.ToString());
        var standing = target.Status();
        if (standing is { } there && there.Inode != moved.Inode)
        {
            CheckReplacing(there);
        }

        var error = Kernel.TryRename(source.Folder, source.Name, target.Folder, target.Name, replace: standing is not null);
        Check(error);
        Note(group, moved, standing, target);
    }

    private void Check(Errno error)
    {
        switch (error)
        {
            case Errno.EINVAL:
                throw new RefusedException(RefusalCode.BadRequest, to.ToString(), "a folder cannot move into itself");
            case Errno.EXDEV:
                throw new RefusedException(RefusalCode.Unsupported, to.ToString(), "a folder on another file system");
            default:
                Kernel.Check(error, to.ToString());
                break;
        }
    }

    private void CheckReplacing(in FileStatus there)
    {
        if (!overwrite || there.Kind is FileKind.Folder)
        {
            throw new RefusedException(RefusalCode.Exists, to.ToString());
        }
    }

    private void Note(CommitGroup group, in FileStatus moved, FileStatus? standing, HomeName target)
    {
        if (standing is { } gone && gone.Inode != moved.Inode)
        {
            Account.Room.Adjust(-gone.Counted);
            group.Outcome.AddUsed(Account.Id, -gone.Counted);
            group.Outcome.Forget(Account.Id, gone.Inode);
        }

        if (moved.Kind is FileKind.Folder)
        {
            group.Outcome.MoveFolder(Account.Id, from.Relative, to.Relative);
            group.ForgetFolders();
        }
        else if (target.Status() is { } now && group.DigestBefore(Account.Id, moved) is { } digest)
        {
            // The rename changed the inode's ctime; what it holds is the same.
            group.Outcome.Note(new DigestRecord(Account.Id, now.Version, digest, to.Relative));
        }
    }
}

/// <summary>A removed tree is deleted: its room is free.</summary>
internal sealed class RoomFreed(AccountFiles account, Caller caller, long bytes, string subject) : Change<bool>(account, caller)
{
    public override string? Action => null;

    public override string Subject => subject;

    public override void Carry(CommitGroup group)
    {
        Account.Room.Adjust(-bytes);
        group.Outcome.AddUsed(Account.Id, -bytes);
    }
}
