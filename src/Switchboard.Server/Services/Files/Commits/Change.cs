using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Services.Files.Commits;

/// <summary>
/// One change to an account's home. All changes pass through the <see cref="Committer"/>, one after the other in the order in which they were
/// asked for, and are answered when they are on the disk.
/// </summary>
internal abstract class Change(AccountFiles account, Caller caller)
{
    public AccountFiles Account { get; } = account;

    public Caller Caller { get; } = caller;

    /// <summary>The word for the audit log; null when there is nothing to tell.</summary>
    public abstract string? Action { get; }

    /// <summary>What it is about, from the home.</summary>
    public abstract string Subject { get; }

    /// <summary>Folders whose content it changes, from the home.</summary>
    public virtual IReadOnlyList<string> Folders => [RemotePath.FolderOf(Subject)];

    /// <summary>It is made in the file system, durable or not.</summary>
    public bool Carried { get; set; }

    /// <summary>It is answered when the books are written, also where nothing waits for the disk.</summary>
    public virtual bool WaitsForBooks => false;

    /// <summary>Makes the change in the file system.</summary>
    public abstract void Carry(CommitGroup group);

    /// <summary>It is on the disk.</summary>
    public abstract void Complete();

    /// <summary>It did not happen, or it is not sure to last.</summary>
    public abstract void Fail(Exception error);

    /// <summary>The committer is gone; nothing is cleaned up.</summary>
    public abstract void Abandon(Exception crash);
}

/// <summary>A change whose caller waits for an answer.</summary>
internal abstract class Change<T>(AccountFiles account, Caller caller) : Change(account, caller)
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Done => _done.Task;

    protected T? Result { get; set; }

    public override void Complete()
    {
        if (Account.Changes.IsWatched)
        {
            Account.Changes.Note(Folders);
        }

        _done.TrySetResult(Result!);
    }

    public override void Fail(Exception error) => _done.TrySetException(error);

    public override void Abandon(Exception crash) => _done.TrySetException(crash);
}
