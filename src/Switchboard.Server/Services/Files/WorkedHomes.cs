using Switchboard.Protocol;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Partials;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>
/// Homes as programs work in them, past the doors: where they are, whether a folder is there, and what they hold now. What a program writes is
/// counted when it is found, so a count is made while one runs and after it ended.
/// </summary>
internal sealed class WorkedHomes(FilesOptions options, OpenAccounts accounts, IFileStore store, DiskRoom disk)
{
    // A door that stores files meanwhile makes a count worthless; it is made again, and left to the next time where that does not help.
    private const int Counts = 3;

    /// <summary>Programs have written into what is kept free for the database.</summary>
    public bool IsDiskReserveInUse => disk.IsReserveInUse;

    /// <summary>The home's folder on the machine, made where it is missing; a link that the operator put in its place is followed.</summary>
    public string PathOf(long account)
    {
        var path = Path.Combine(options.Homes, accounts.Of(account).Name);
        return new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
    }

    /// <summary>The folder's path from the home, beginning with <c>/</c>.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.NotFound"/>, <see cref="RefusalCode.NotAFolder"/>, <see cref="RefusalCode.OutsideHome"/>.</exception>
    public string RequireFolder(long account, string path)
    {
        var remote = RemotePath.Parse(path);
        accounts.Of(account).Home.OpenFolder(remote.Relative).Dispose();
        return remote.ToString();
    }

    public (long Stored, long? Quota) Space(long account)
    {
        var now = accounts.Of(account).Room.Now;
        return (now.Used, now.Quota);
    }

    /// <summary>Counts what the home holds and corrects the books. Reads every folder: for a thread of one's own.</summary>
    public async Task CountAsync(long account, CancellationToken cancel)
    {
        var open = accounts.Of(account);
        for (var i = 0; i < Counts; i++)
        {
            var before = open.Room.Now.Stored;
            var counted = new HomeWalk(open.Home, "").Occupied(cancel).Bytes;
            if (open.Room.TryCorrect(before, counted))
            {
                open.Changes.Note(null);
                await Note(account, counted - before);
                open.Room.GiveWay();
                return;
            }
        }
    }

    // A difference, because changes that are under way reach the store as differences too.
    private Task Note(long account, long difference)
    {
        var outcome = new GroupOutcome();
        outcome.AddUsed(account, difference);
        return difference == 0 ? Task.CompletedTask : store.FinishGroupAsync(outcome);
    }
}
