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
        if (await ChooseAsync(begin, all) is { } chosen && await OpenAsync(chosen) is { } kept)
        {
            return kept;
        }

        return !begin.FromStored && begin.Plan.ByPath?.At > 0 ? throw BadOffset(begin, 0)
            : all.Count < desk.Limit ? new KeptUpload(null, null, 0, _sourceChanged)
            : throw new RefusedException(RefusalCode.OverLimit, begin.Path.ToString(), $"{desk.Limit} unfinished uploads");
    }

    private async Task<UploadRecord?> ChooseAsync(Begin begin, IReadOnlyList<UploadRecord> all) =>
        begin.FromStored || begin.Plan.Alone ? null
        : begin.Plan.ByPath is { } by ? await ByPathAsync(begin, [.. all.Where(upload => upload.Path == begin.Path.Relative)], by.At)
        : begin.Plan.UploadId is { } id ? await NamedAsync(begin, all, id)
        : await FoundAsync(begin, all);

    private async Task<UploadRecord?> NamedAsync(Begin begin, IReadOnlyList<UploadRecord> all, string id)
    {
        var named = all.FirstOrDefault(upload => upload.Id == id) ?? throw new RefusedException(RefusalCode.UploadUnknown, id);
        if (begin.Plan.Total is null && named.Total is not null)
        {
            // A sender of unknown length finds its upload in the hands of one that knows the whole.
            throw new RefusedException(RefusalCode.UploadUnknown, id);
        }

        if ((begin.IsSameSource(named) || begin.CanFinish(named)) && !begin.Plan.Restart)
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
            var same = begin.IsSameSource(kept) && kept.Total is not null;
            if (IsBusy(kept) && !(same && IsOwn(kept, begin)))
            {
                // Another device writes it, or the same one writes something else there: the last commit wins, whole.
                continue;
            }

            if (!(same || begin.CanFinish(kept)) || begin.Plan.Restart)
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

    private async Task<UploadRecord?> ByPathAsync(Begin begin, IReadOnlyList<UploadRecord> here, long? at)
    {
        if (at is not 0)
        {
            return LongEnough(begin, here, at ?? 0);
        }

        foreach (var kept in here.Where(kept => !IsBusy(kept)))
        {
            await DropAsync(kept, begin);
        }

        return null;
    }

    private UploadRecord? LongEnough(Begin begin, IReadOnlyList<UploadRecord> here, long at)
    {
        var enough = here.Where(kept => Length(kept) >= at).OrderByDescending(Length).ToList();
        if (enough.Count == 0)
        {
            return at > 0 ? throw BadOffset(begin, here.Select(Length).DefaultIfEmpty().Max()) : null;
        }

        var chosen = enough.Find(kept => !IsBusy(kept)) ?? enough.Find(kept => IsOwn(kept, begin))
            ?? throw new RefusedException(new Refusal(RefusalCode.Busy) { Subject = begin.Path.ToString(), RetryAfter = 1 });
        return begin.Plan.Announced > chosen.Total
            ? throw new RefusedException(RefusalCode.SizeMismatch, begin.Path.ToString(), $"this upload was begun with {chosen.Total} bytes announced")
            : chosen;
    }

    private async Task<KeptUpload?> OpenAsync(UploadRecord record)
    {
        var reserved = UploadDesk.End(account, record);
        if (reserved != record.Reserved)
        {
            // Only its writer knew. Should going on with it fail now, the row has to say what is held.
            record = record with { Reserved = reserved };
            await store.TouchUploadAsync(record.Id, record.Touched, reserved);
        }

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

    private bool IsBusy(UploadRecord kept) => account.Active.ContainsKey(kept.Id);

    private static bool IsOwn(UploadRecord kept, Begin begin) => kept.Device is not null && kept.Device == begin.Device;

    private static RefusedException BadOffset(Begin begin, long kept) =>
        new(RefusalCode.BadOffset, begin.Path.ToString(), kept > 0 ? $"{kept} bytes are kept" : "nothing is kept");

    private long Length(UploadRecord record) =>
        account.Active.TryGetValue(record.Id, out var writer) ? writer.Offset : account.Partials.Status(record.Id)?.Size ?? 0;
}
