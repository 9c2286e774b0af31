using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Partials;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files.Commits;

/// <summary>A whole, verified partial file on its way to its final name.</summary>
internal sealed class FileCommit(AccountFiles account, Caller caller) : Change<Stored>(account, caller)
{
    // A name that is free now and taken a moment later, again and again, is someone else's loop.
    private const int RaceLimit = 16;

    /// <summary>Its name in the account's folder of partial uploads.</summary>
    public required string Partial { get; init; }

    /// <summary>It has a row among the uploads.</summary>
    public bool IsUpload { get; init; }

    /// <summary>The open file, for the data sync; null for one that has been closed.</summary>
    public SafeFileHandle? File { get; init; }

    public required RemotePath Path { get; init; }

    public IfExists IfExists { get; init; }

    public bool Parents { get; init; }

    /// <summary>Times and mode were set and have to be on the disk too.</summary>
    public bool Preserved { get; init; }

    public required long Size { get; init; }

    public required long Inode { get; init; }

    /// <summary>Null where none was wanted.</summary>
    public required byte[]? Sha256 { get; init; }

    /// <summary>Bytes of quota reserved for it.</summary>
    public required long Reserved { get; init; }

    /// <summary>Its row among the uploads has to be gone before anybody is told: whoever found it would take its room for free.</summary>
    public override bool WaitsForBooks => IsUpload;

    public override string? Action => AuditActions.Upload;

    public override string Subject => Path.ToString();

    public override IReadOnlyList<string> Folders => Parents ? RemotePath.FoldersAbove(Subject) : base.Folders;

    /// <summary>It was not stored because a file stands there.</summary>
    public bool Skipped { get; private set; }

    public IntendedFile Intended =>
        new(Account.Id, Partial, IsUpload, Path.Relative, IfExists, Parents, Size, Inode, Sha256, Caller.From);

    /// <summary>Brings the content to the disk.</summary>
    /// <param name="start">Only lets the kernel begin, so that several files are written at once.</param>
    public void SyncData(bool start)
    {
        using var opened = File is null ? Account.Partials.TryOpenToSync(Partial) : null;
        var file = File ?? opened ?? throw new RefusedException(RefusalCode.UploadUnknown, Subject);
        if (start)
        {
            Kernel.StartWriting(file, 0, Size);
        }
        else if (Preserved)
        {
            Kernel.Sync(file, Subject);
        }
        else
        {
            Kernel.SyncData(file, Subject);
        }
    }

    public override void Carry(CommitGroup group)
    {
        var place = group.Parent(Account, Path, Parents);
        for (var race = 0; race < RaceLimit; race++)
        {
            var standing = place.Status();
            if (standing is { } there && Resolve(there, place, out var other))
            {
                if (other is null)
                {
                    Skip(group, there);
                    return;
                }

                (place, standing) = (other, null);
            }

            if (TryRename(place, standing, group))
            {
                return;
            }
        }

        throw new RefusedException(RefusalCode.Busy, Subject);
    }

    public override void Fail(Exception error)
    {
        if (!IsUpload && !Carried)
        {
            Account.Room.Release(Reserved);
            _ = Account.Partials.TryRemove(Partial);
        }

        base.Fail(error);
    }

    /// <summary>What to do about a file that stands there. True: do not replace it, but take <paramref name="other"/>, or store nothing.</summary>
    private bool Resolve(in FileStatus there, HomeName place, out HomeName? other)
    {
        other = null;
        switch (IfExists)
        {
            case IfExists.Skip when there.Kind is not FileKind.Folder:
                return true;
            case IfExists.Fail:
                throw new RefusedException(RefusalCode.Exists, place.Shown);
            case IfExists.KeepBoth:
                other = FreeName(place);
                return true;
            default:
                return there.Kind switch
                {
                    FileKind.Folder => throw new RefusedException(RefusalCode.IsAFolder, place.Shown),
                    FileKind.Other => throw new RefusedException(RefusalCode.NotAFile, place.Shown),
                    _ => false,
                };
        }
    }

    private HomeName FreeName(HomeName place)
    {
        for (var number = 1; number <= KeepBothNames.Limit; number++)
        {
            var path = KeepBothNames.Numbered(Path, number);
            var candidate = new HomeName(place.Folder, FileName.From(path.Name), path.ToString());
            if (candidate.Status() is null)
            {
                return candidate;
            }
        }

        throw new RefusedException(RefusalCode.Exists, place.Shown, $"{KeepBothNames.Limit} numbered names are taken");
    }

    private void Skip(CommitGroup group, in FileStatus there)
    {
        Skipped = true;
        Result = new Stored(Subject, there.Size, "", Skipped: true);
        Account.Room.Release(Reserved);
        Account.Partials.Remove(Partial);
        Finish(group);
    }

    /// <summary>False when the name was taken between the look and the rename.</summary>
    private bool TryRename(HomeName place, FileStatus? standing, CommitGroup group)
    {
        var replaced = standing?.Counted ?? 0;
        Account.Room.Settle(Reserved, Size, replaced, place.Shown);
        var error = Kernel.TryRename(Account.Partials.Folder, FileName.From(Partial), place.Folder, place.Name, replace: standing is not null);
        if (error is Errno.None)
        {
            Renamed(place, standing, group);
            return true;
        }

        Account.Room.Adjust(replaced - Size, Reserved);
        return error switch
        {
            Errno.EEXIST => false,
            Errno.EXDEV => throw new RefusedException(RefusalCode.Unsupported, place.Shown, "a folder on another file system"),
            _ => throw PosixErrors.ToRefusal(error, place.Shown),
        };
    }

    private void Renamed(HomeName place, FileStatus? standing, CommitGroup group)
    {
        group.Outcome.AddUsed(Account.Id, Size - (standing?.Counted ?? 0));
        if (standing is { Kind: FileKind.File, Inode: var gone })
        {
            group.Outcome.Forget(Account.Id, gone);
        }

        // The rename changed the inode's ctime, so the state to remember is that of now.
        if (Sha256 is not null && place.Status() is { } now && now.Inode == Inode)
        {
            group.Outcome.Note(new DigestRecord(Account.Id, now.Version, Sha256, place.Shown[1..]));
        }

        Result = new Stored(place.Shown, Size, Sha256 is null ? "" : Convert.ToHexStringLower(Sha256), Skipped: false);
        Finish(group);
    }

    private void Finish(CommitGroup group)
    {
        if (IsUpload)
        {
            group.Outcome.Uploads.Add(Partial);
        }
    }
}
