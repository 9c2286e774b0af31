using System.Collections.Concurrent;
using Switchboard.Protocol;
using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Files;

/// <summary>What happens to bins beside the committer, on its way to the store: a reservation that needs room does not wait for the books.</summary>
internal sealed class BinBooks(IFileStore store, TimeProvider clock)
{
    private readonly ConcurrentDictionary<Task, bool> _writing = [];

    /// <summary>Books were lost, or bytes could not be freed: used bytes have to be counted again at the next start.</summary>
    public bool NeedsRecount { get; private set; }

    public Task NoteAsync(GroupOutcome outcome)
    {
        var writing = store.FinishGroupAsync(outcome);
        if (!writing.IsCompletedSuccessfully)
        {
            _writing[writing] = true;
            _ = ForgetAsync(writing);
        }

        return writing;
    }

    /// <summary>Tells of an entry that went without its owner's doing, counted with others of its minute.</summary>
    public AuditRecord Gone(AccountFiles account, BinRecord record, string why) => RefusalAudit.Counted(
        clock, Recovery.Server(account, "server"), AuditActions.BinDrop, "/" + record.Path, why, 1);

    public void LoseCount() => NeedsRecount = true;

    /// <summary>Completes when all is written, or could not be.</summary>
    public Task SettleAsync() => Task.WhenAll(_writing.Keys.Select(ForgetAsync));

    private async Task ForgetAsync(Task writing)
    {
        try
        {
            await writing;
        }
        catch (Exception error) when (error is RefusedException or ObjectDisposedException or OperationCanceledException)
        {
            LoseCount();
        }

        _writing.TryRemove(writing, out _);
    }
}
