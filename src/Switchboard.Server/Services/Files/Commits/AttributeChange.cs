using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files.Commits;

/// <summary>Sets permission bits and modification time of what a path leads to. The content stays, and so does the digest on record.</summary>
internal sealed class AttributeChange(AccountFiles account, Caller caller, RemotePath path, int? mode, long? modified) : Change<bool>(account, caller)
{
    // What its owner, the server, needs: to read a file, and to list and fill a folder.
    private const int FileMode = 0b100_000_000;
    private const int FolderMode = 0b111_000_000;

    public override string? Action => AuditActions.Attributes;

    public override string Subject => path.ToString();

    public override void Carry(CommitGroup group)
    {
        var standing = Account.Home.Status(path.Relative);
        var isFolder = standing.Kind is FileKind.Folder;
        var file = isFolder ? Account.Home.OpenFolder(path.Relative) : Account.Home.OpenFile(path.Relative, out standing);
        try
        {
            Apply(group, file, standing, isFolder);
        }
        finally
        {
            group.Keep(file);
        }
    }

    private void Apply(CommitGroup group, SafeFileHandle file, FileStatus standing, bool isFolder)
    {
        var digest = isFolder ? null : group.DigestBefore(Account.Id, standing);
        Set(file, isFolder ? FolderMode : FileMode);
        if (digest is not null)
        {
            KeepDigest(group, Kernel.Status(file, Subject), standing, digest);
        }
    }

    private void Set(SafeFileHandle file, int least)
    {
        if (mode is { } bits)
        {
            Kernel.SetMode(file, bits | least, Subject);
        }

        if (modified is { } time)
        {
            Kernel.SetModified(file, time, Subject);
        }
    }

    // Setting attributes changed the inode's ctime, and maybe its mtime; the content is the same unless somebody beside the server wrote to it
    // in these microseconds. A size that differs shows it, and so does a modification time that nobody here set.
    private void KeepDigest(CommitGroup group, in FileStatus now, in FileStatus before, byte[] digest)
    {
        if (now.Size == before.Size && now.Modified == (modified ?? before.Modified))
        {
            group.Outcome.Note(new DigestRecord(Account.Id, now.Version, digest, path.Relative));
        }
    }
}
