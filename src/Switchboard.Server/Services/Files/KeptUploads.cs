using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>What is gone on with: nothing, or a partial file and its record.</summary>
internal readonly record struct KeptUpload(UploadRecord? Record, SafeFileHandle? File, long Length, bool SourceChanged);

/// <summary>Decides which of the account's unfinished uploads a new request goes on with, and which of them are of no use any more.</summary>
internal sealed class KeptUploads(UploadDesk desk, AccountFiles account, IFileStore store)
{
    private bool _sourceChanged;

    public async Task<KeptUpload> ChooseAsync(Begin begin)
    {
        var all = store.Uploads(account.Id);
        var chosen = begin.Plan.UploadId is { } id ? await NamedAsync(begin, all, id) : await FoundAsync(begin, all);
        if (chosen is not null && await OpenAsync(chosen) is { } kept)
        {
            return kept;
        }

        return all.Count < desk.Limit ? new KeptUpload(null, null, 0, _sourceChanged)
            : throw new RefusedException(RefusalCode.OverLimit, begin.Path.ToString(), $"{desk.Limit} unfinished uploads");
    }

    private async Task<UploadRecord?> NamedAsync(Begin begin, IReadOnlyList<UploadRecord> all, string id)
    {
        var named = all.FirstOrDefault(upload => upload.Id == id) ?? throw new RefusedException(RefusalCode.UploadUnknown, id);
        if (begin.IsSameSource(named) && !begin.Plan.Restart)
        {
            return named;
        }

        await DropAsync(named, begin);
        return null;
    }

    private async Task<UploadRecord?> FoundAsync(Begin begin, IReadOnlyList<UploadRecord> all)
    {
        UploadRecord? chosen = null;
        foreach (var kept in all.Where(upload => upload.Path == begin.Path.Relative))
        {
            var same = begin.IsSameSource(kept);
            if (account.Active.ContainsKey(kept.Id) && !(same && kept.Device is not null && kept.Device == begin.Device))
            {
                // Another device writes it, or the same one writes something else there: the last commit wins, whole.
                continue;
            }

            if (!same || begin.Plan.Restart || kept.Total is null)
            {
                await DropAsync(kept, begin);
            }
            else if (chosen is null || Length(kept) > Length(chosen))
            {
                chosen = kept;
            }
        }

        return chosen;
    }

    private async Task<KeptUpload?> OpenAsync(UploadRecord record)
    {
        record = record with { Reserved = UploadDesk.End(account, record) };
        var file = account.Partials.TryOpen(record.Id);
        var length = file is null ? 0 : Kernel.Status(file, "/" + record.Path).Size;
        if (file is not null && length <= (record.Total ?? long.MaxValue))
        {
            return new KeptUpload(record, file, length, _sourceChanged);
        }

        // The row outlived its file, or somebody else wrote into it: nothing here can be gone on with.
        file?.Dispose();
        await desk.RemoveAsync(account, record.Id, record.Reserved, null);
        return null;
    }

    private async Task DropAsync(UploadRecord kept, Begin begin)
    {
        _sourceChanged |= !begin.Plan.Restart && kept.Total is not null;
        await desk.RemoveAsync(account, kept.Id, UploadDesk.End(account, kept), null);
    }

    private long Length(UploadRecord record) => account.Partials.Status(record.Id)?.Size ?? 0;
}
