using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files.Commits;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Partials;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>Brings files, uploads and books into agreement at start, whatever the moment the server before ended.</summary>
internal sealed class Recovery(FilesOptions options, OpenAccounts accounts, IFileStore store, Committer committer, TimeProvider clock)
{
    public async Task RunAsync()
    {
        await store.StartAsync();
        var intents = store.Intents().Select(stored => (stored.Number, Intent: Intent.Read(stored.Content))).ToList();
        await store.FinishGroupAsync(MovedIntoBin(intents.SelectMany(stored => stored.Intent.Removals)));
        foreach (var (number, intent) in intents)
        {
            await ReplayAsync(number, intent.Files);
        }

        await DropLostRowsAsync();
        DropStrayFiles();
    }

    // Before any account is opened, which counts what its bin holds.
    private GroupOutcome MovedIntoBin(IEnumerable<IntendedRemoval> removals)
    {
        var outcome = new GroupOutcome();
        foreach (var removal in removals)
        {
            if (store.Space(removal.Account) is { } space && StatusInBin(space.Name, removal.Id) is { } moved)
            {
                outcome.Binned.Add(new BinRecord
                {
                    Id = removal.Id,
                    Account = removal.Account,
                    Path = removal.Path,
                    IsFolder = moved.Kind is FileKind.Folder,
                    Removed = removal.Removed,
                });
            }
        }

        return outcome;
    }

    private FileStatus? StatusInBin(string account, string id)
    {
        var folder = Path.Combine(options.Partials, account);
        if (!Directory.Exists(folder))
        {
            return null;
        }

        using var partials = PartialFolder.OpenAlone(folder);
        return partials.Status(PartialFolder.Binned(id));
    }

    private async Task ReplayAsync(long number, IReadOnlyList<IntendedFile> files)
    {
        var outcome = new GroupOutcome { Intent = number };
        var renames = new List<Task>();
        foreach (var file in files)
        {
            if (TryAccount(file.Account) is not { } account)
            {
                continue;
            }

            if (account.Partials.Status(file.Partial) is { } partial)
            {
                renames.Add(RenameAsync(account, file, partial));
            }
            else
            {
                NoteRenamed(account, file, outcome);
            }
        }

        await Task.WhenAll(renames);
        await store.FinishGroupAsync(outcome);
    }

    // Its data was on the disk before the intent was stored, so only the name is missing.
    private async Task RenameAsync(AccountFiles account, IntendedFile file, FileStatus partial)
    {
        if (partial.Size != file.Size || partial.Inode != file.Inode)
        {
            return;
        }

        try
        {
            await committer.CommitAsync(new FileCommit(account, Server(account, file.From))
            {
                Partial = file.Partial,
                IsUpload = file.IsUpload,
                Path = RemotePath.Parse(file.Path),
                IfExists = file.IfExists,
                Parents = file.Parents,
                Size = file.Size,
                Inode = file.Inode,
                Sha256 = file.Sha256,
                Reserved = Reserved(account, file),
            });
        }
        catch (RefusedException)
        {
            // Nobody was told that it is stored. An upload stays and is offered for resume.
        }
    }

    // A small file's reservation ended with the process; an upload's was restored with its row.
    private long Reserved(AccountFiles account, IntendedFile file) =>
        file.IsUpload ? store.Uploads(account.Id).FirstOrDefault(upload => upload.Id == file.Partial)?.Reserved ?? 0 : 0;

    private void NoteRenamed(AccountFiles account, IntendedFile file, GroupOutcome outcome)
    {
        if (file.IsUpload)
        {
            account.Room.Release(Reserved(account, file));
            outcome.Uploads.Add(file.Partial);
        }

        if (account.Home.TryStatus(file.Path, out var status) is Errno.None && status.Inode == file.Inode && status.Size == file.Size)
        {
            if (file.Sha256 is not null)
            {
                outcome.Note(new DigestRecord(account.Id, status.Version, file.Sha256, file.Path));
            }

            outcome.Audit.Add(new AuditRecord
            {
                Time = clock.Microseconds(),
                Account = account.Name,
                From = file.From,
                Action = AuditActions.Upload,
                Subject = "/" + file.Path,
                Detail = "finished at start",
            });
        }
    }

    private async Task DropLostRowsAsync()
    {
        var outcome = new GroupOutcome();
        foreach (var upload in store.Uploads())
        {
            if (TryAccount(upload.Account) is { } account && account.Partials.Status(upload.Id) is null)
            {
                account.Room.Release(upload.Reserved);
                outcome.Uploads.Add(upload.Id);
            }
        }

        await store.FinishGroupAsync(outcome);
    }

    private void DropStrayFiles()
    {
        var known = store.Uploads().Select(upload => upload.Id).Concat(store.BinIds().Select(PartialFolder.Binned)).ToHashSet();
        foreach (var folder in Directory.EnumerateDirectories(options.Partials))
        {
            using var partials = PartialFolder.OpenAlone(folder);
            foreach (var name in partials.Names().Where(name => !known.Contains(name)))
            {
                partials.EmptyTrash(name, _ => { });
            }
        }
    }

    private AccountFiles? TryAccount(long id)
    {
        try
        {
            return accounts.Of(id);
        }
        catch (RefusedException)
        {
            return null;
        }
    }

    public static Caller Server(AccountFiles account, string from) =>
        new() { AccountId = account.Id, Account = account.Name, Allow = Permissions.Files, From = from };
}
