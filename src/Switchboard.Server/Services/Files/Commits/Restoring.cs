using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Homes;
using Switchboard.Server.Storage.Partials;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files.Commits;

/// <summary>
/// Moves an entry of the bin back under its path, or the next free name. No intent is needed: after a crash the entry is where it was, or back in
/// the home and its row is dropped.
/// </summary>
internal sealed class Restoring(AccountFiles account, Caller caller, BinRecord record) : Change<string>(account, caller)
{
    public override string? Action => AuditActions.BinRestore;

    public override string Subject => Result ?? "/" + record.Path;

    /// <summary>Folders above it that are gone meanwhile are made again.</summary>
    public override IReadOnlyList<string> Folders => RemotePath.FoldersAbove(Subject);

    /// <summary>A row that is left would be taken for an entry that can be freed.</summary>
    public override bool WaitsForBooks => true;

    public override void Carry(CommitGroup group)
    {
        var path = RemotePath.Parse(record.Path);
        var place = group.Parent(Account, path, make: true);
        for (var number = 0; number <= KeepBothNames.Limit; number++)
        {
            var name = number == 0 ? path : KeepBothNames.Numbered(path, number);
            if (TryMove(new HomeName(place.Folder, FileName.From(name.Name), name.ToString())))
            {
                Result = name.ToString();
                group.SyncPartials(Account);
                group.Outcome.LeaveBin(record);
                return;
            }
        }

        throw new RefusedException(RefusalCode.Exists, place.Shown, $"{KeepBothNames.Limit} numbered names are taken");
    }

    private bool TryMove(HomeName place)
    {
        var binned = FileName.From(PartialFolder.Binned(record.Id));
        var error = Kernel.TryRename(Account.Partials.Folder, binned, place.Folder, place.Name, replace: false);
        if (error is not Errno.EEXIST)
        {
            Kernel.Check(error, place.Shown);
        }

        return error is Errno.None;
    }
}
