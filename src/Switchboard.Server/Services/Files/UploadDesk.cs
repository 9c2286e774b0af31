using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files.Commits;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Partials;
using Switchboard.Server.Storage.Posix;

namespace Switchboard.Server.Services.Files;

/// <summary>Begins, resumes, takes over, parks, drops and expires uploads: one decision for all doors.</summary>
internal sealed class UploadDesk(FilesOptions options, OpenAccounts accounts, IFileStore store, Committer committer, DiskRoom disk, TimeProvider clock)
{
    public async Task<Upload> BeginAsync(Caller caller, UploadPlan plan, CancellationToken ct)
    {
        var account = accounts.Of(caller);
        var path = Check(plan);
        Upload upload;
        StoredPrefix? prefix = null;
        await account.Gate.WaitAsync(ct);
        try
        {
            var standing = Standing(account, path, plan);
            if (standing is not null && plan.IfExists is IfExists.Skip)
            {
                return Nothing(account, caller, plan, path);
            }

            prefix = standing is not null && plan.ByPath is { At: not 0 } by ? StoredPrefix.Open(account, path, by.At) : null;
            var replaced = plan.IfExists is IfExists.Overwrite ? standing?.Counted ?? 0 : 0;
            upload = await OpenAsync(new Begin(account, caller, plan, path, replaced, prefix is not null));
        }
        catch
        {
            prefix?.Dispose();
            throw;
        }
        finally
        {
            account.Gate.Release();
        }

        return prefix is null ? upload : await FillAsync(upload, prefix, ct);
    }

    /// <summary>Refuses now what <see cref="BeginAsync"/> would refuse because of the path.</summary>
    public void Foresee(Caller caller, UploadPlan plan)
    {
        var account = accounts.Of(caller);
        Standing(account, Check(plan), plan);
    }

    /// <summary>The unfinished upload that a sender who knows only the path goes on with.</summary>
    public UploadEntry? Unfinished(Caller caller, RemotePath path)
    {
        var account = accounts.Of(caller);
        if (path.IsHome || account.Home.TryStatus(path.Relative, out _) is not Errno.ENOENT)
        {
            return null;
        }

        return store.Uploads(account.Id, path.Relative).Select(record => Entry(account, record))
            .OrderBy(entry => entry.Busy).ThenByDescending(entry => entry.Offset).FirstOrDefault();
    }

    public Task<Stored> CommitAsync(FileCommit commit) => committer.CommitAsync(commit);

    /// <summary>A writer let go of its upload.</summary>
    /// <param name="parked">It is kept for resume.</param>
    public async Task LeaveAsync(Upload upload, bool parked)
    {
        var account = upload.Account;
        await account.Gate.WaitAsync();
        try
        {
            // Somebody may have gone on with it between the end of its writer and this moment.
            if (!account.Active.TryRemove(KeyValuePair.Create(upload.Id, upload)))
            {
                return;
            }

            account.Changes.Note([]);
            if (parked && upload.Offset == 0 && upload.Record.Note is null)
            {
                await RemoveAsync(account, upload.Id, upload.Reserved, null);
            }
            else if (parked)
            {
                upload.Trim();
                await store.TouchUploadAsync(upload.Id, clock.Microseconds(), upload.Reserved);
            }
        }
        finally
        {
            account.Gate.Release();
        }
    }

    public IReadOnlyList<UploadEntry> List(Caller caller)
    {
        var account = accounts.Of(caller);
        account.Gate.Wait();
        try
        {
            return [.. store.Uploads(account.Id).Select(record => Entry(account, record))];
        }
        finally
        {
            account.Gate.Release();
        }
    }

    /// <summary>One upload by its id, as it was begun.</summary>
    public UnfinishedUpload Find(Caller caller, string id)
    {
        var account = accounts.Of(caller);
        var record = store.Uploads(account.Id).FirstOrDefault(upload => upload.Id == id) ?? throw new RefusedException(RefusalCode.UploadUnknown, id);
        return new UnfinishedUpload(id, "/" + record.Path, record.Total, record.Modified, Entry(account, record).Offset, record.Note);
    }

    public async Task DropAsync(Caller caller, string id)
    {
        var account = accounts.Of(caller);
        await account.Gate.WaitAsync();
        try
        {
            var record = store.Uploads(account.Id).FirstOrDefault(upload => upload.Id == id)
                ?? throw new RefusedException(RefusalCode.UploadUnknown, id);
            var audit = new AuditRecord
            {
                Time = clock.Microseconds(),
                Account = account.Name,
                From = caller.From,
                Action = AuditActions.UploadDrop,
                Subject = "/" + record.Path,
            };
            await RemoveAsync(account, id, End(account, record), audit);
        }
        finally
        {
            account.Gate.Release();
        }
    }

    /// <summary>Forgets what is kept for a path and nobody writes.</summary>
    public async Task DropParkedAsync(Caller caller, RemotePath path)
    {
        var account = accounts.Of(caller);
        await account.Gate.WaitAsync();
        try
        {
            foreach (var record in store.Uploads(account.Id, path.Relative).Where(record => !account.Active.ContainsKey(record.Id)))
            {
                await RemoveAsync(account, record.Id, record.Reserved, null);
            }
        }
        finally
        {
            account.Gate.Release();
        }
    }

    /// <summary>Whether anything is kept for a path, by whomever it is written.</summary>
    public bool IsKept(Caller caller, RemotePath path) => store.Uploads(caller.AccountId, path.Relative).Count > 0;

    /// <summary>Ends and forgets all uploads of an account that is about to be removed.</summary>
    public async Task DropAllAsync(AccountFiles account)
    {
        await account.Gate.WaitAsync();
        try
        {
            foreach (var record in store.Uploads(account.Id))
            {
                await RemoveAsync(account, record.Id, End(account, record), null);
            }
        }
        finally
        {
            account.Gate.Release();
        }
    }

    /// <summary>Drops what nobody went on with for too long.</summary>
    public async Task ExpireAsync()
    {
        foreach (var record in store.Uploads().Where(IsExpired))
        {
            var account = accounts.Of(record.Account);
            await account.Gate.WaitAsync();
            try
            {
                if (!account.Active.ContainsKey(record.Id) && IsExpired(record with { Touched = LastByte(account, record) }))
                {
                    await RemoveAsync(account, record.Id, record.Reserved, Expired(account, record));
                }
            }
            finally
            {
                account.Gate.Release();
            }
        }
    }

    /// <summary>Ends whoever still writes an upload, for another that goes on with it or drops it.</summary>
    /// <returns>What it has reserved.</returns>
    public static long End(AccountFiles account, UploadRecord record)
    {
        if (!account.Active.TryGetValue(record.Id, out var writer))
        {
            return record.Reserved;
        }

        if (!writer.TryEnd())
        {
            throw new RefusedException(new Refusal(RefusalCode.Busy) { Subject = "/" + record.Path, RetryAfter = 1 });
        }

        account.Active.TryRemove(record.Id, out _);
        return writer.Reserved;
    }

    public async Task RemoveAsync(AccountFiles account, string id, long reserved, AuditRecord? audit)
    {
        var outcome = new GroupOutcome();
        outcome.Uploads.Add(id);
        if (audit is not null)
        {
            outcome.Audit.Add(audit);
        }

        await store.FinishGroupAsync(outcome);
        account.Partials.Remove(id);
        account.Room.Release(reserved);
    }

    private async Task<Upload> OpenAsync(Begin begin)
    {
        var kept = await new KeptUploads(this, begin.Account, store).ChooseAsync(begin);
        return kept.Record is { } record ? await ContinueAsync(begin, record, kept) : await CreateAsync(begin, kept.SourceChanged);
    }

    private async Task<Upload> ContinueAsync(Begin begin, UploadRecord kept, KeptUpload partial)
    {
        var file = partial.File!;
        var hold = new UploadHold(begin.Account, disk, begin.Replaced, begin.Plan.ShownAs ?? begin.Path.ToString());
        try
        {
            hold.Continue(kept.Reserved, partial.Length);
            var record = begin.Claim(kept);
            var length = Math.Min(partial.Length, begin.Plan.ByPath?.At ?? record.Total ?? long.MaxValue);
            var whole = Math.Max(length, Math.Max(record.Total ?? 0, begin.Plan.Announced ?? 0));
            hold.Take(whole);
            if (length < partial.Length)
            {
                Kernel.Truncate(file, length, begin.Path.ToString());
            }

            record = record with { Reserved = length < partial.Length ? hold.Trimmed(whole) : hold.Reserved };
            if (record != kept)
            {
                await store.ChangeUploadAsync(record);
            }

            // Last: what fails before leaves the room as the row says.
            hold.Back(record.Reserved);

            return Enter(begin, record, new OpenPartial(file, hold, length), partial.SourceChanged);
        }
        catch
        {
            file.Dispose();
            hold.WithdrawDisk();
            hold.Back(kept.Reserved);
            throw;
        }
    }

    private static async Task<Upload> FillAsync(Upload upload, StoredPrefix prefix, CancellationToken ct)
    {
        using (prefix)
        {
            try
            {
                await upload.FillAsync(prefix, ct);
                return upload;
            }
            catch
            {
                // Nothing of the sender's own came yet, so there is nothing to keep.
                await upload.DisposeAsync();
                throw;
            }
        }
    }

    private Upload Nothing(AccountFiles account, Caller caller, UploadPlan plan, RemotePath path)
    {
        var nothing = new OpenPartial(new SafeFileHandle(), new UploadHold(account, null, 0, path.ToString()), 0);
        return new Upload(this, account, caller, plan, NewRecord(account, path, caller, plan, 0), nothing) { Skip = true };
    }

    private async Task<Upload> CreateAsync(Begin begin, bool sourceChanged)
    {
        var account = begin.Account;
        var hold = new UploadHold(account, disk, begin.Replaced, begin.Plan.ShownAs ?? begin.Path.ToString());
        hold.Take(Math.Max(begin.Plan.Total ?? 0, begin.Plan.Announced ?? 0));
        var record = NewRecord(account, begin.Path, begin.Caller, begin.Plan, hold.Reserved);
        SafeFileHandle? file = null;
        try
        {
            file = account.Partials.Create(record.Id, begin.Path.ToString());
            await store.AddUploadAsync(record);
            return Enter(begin, record, new OpenPartial(file, hold, 0), sourceChanged);
        }
        catch
        {
            file?.Dispose();
            account.Partials.Remove(record.Id);
            hold.WithdrawDisk();
            hold.ReleaseQuota();
            throw;
        }
    }

    private Upload Enter(Begin begin, UploadRecord record, OpenPartial partial, bool sourceChanged)
    {
        var upload = new Upload(this, begin.Account, begin.Caller, begin.Plan, record, partial) { SourceChanged = sourceChanged };
        begin.Account.Active[record.Id] = upload;
        begin.Account.Changes.Note([]);
        return upload;
    }

    private static RemotePath Check(UploadPlan plan)
    {
        var path = RemotePath.Parse(plan.Path);
        return path.IsHome ? throw new RefusedException(RefusalCode.IsAFolder, "/")
            : plan.Total < 0 || plan.Announced < 0 ? throw new RefusedException(RefusalCode.BadRequest, "total", "0 or more")
            : plan.Note?.Length > UploadPlan.LongestNote ? throw new RefusedException(RefusalCode.OverLimit, path.ToString(), $"its description has at most {UploadPlan.LongestNote} characters")
            : plan.ByPath?.At < 0 ? throw new RefusedException(RefusalCode.BadOffset, path.ToString(), "0 or more")
            : path;
    }

    /// <summary>Refuses now what the commit would refuse after all bytes were sent.</summary>
    /// <returns>What stands there; null for nothing.</returns>
    private static FileStatus? Standing(AccountFiles account, RemotePath path, UploadPlan plan)
    {
        if (!plan.Parents || account.Home.TryStatus(path.Parent, out _) is not Errno.ENOENT)
        {
            using var parent = account.Home.OpenFolder(path.Parent);
        }

        if (account.Home.TryStatus(path.Relative, out var standing) is not Errno.None)
        {
            return null;
        }

        return standing.Kind is FileKind.Folder && plan.IfExists is not IfExists.KeepBoth ? throw new RefusedException(RefusalCode.IsAFolder, path.ToString())
            : plan.IfExists is IfExists.Fail ? throw new RefusedException(RefusalCode.Exists, path.ToString())
            : standing.Kind is FileKind.Other && plan.IfExists is IfExists.Overwrite ? throw new RefusedException(RefusalCode.NotAFile, path.ToString())
            : standing;
    }

    private UploadRecord NewRecord(AccountFiles account, RemotePath path, Caller caller, UploadPlan plan, long reserved) => new()
    {
        // 96 random bits: never guessed, never twice.
        Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)),
        Account = account.Id,
        Path = path.Relative,
        Total = plan.Total,
        Modified = plan.Modified,
        Device = plan.Device ?? caller.Device,
        Note = plan.Note,
        Reserved = reserved,
        Created = clock.Microseconds(),
        Touched = clock.Microseconds(),
    };

    private static UploadEntry Entry(AccountFiles account, UploadRecord record)
    {
        var writer = account.Active.GetValueOrDefault(record.Id);
        return new UploadEntry
        {
            Id = record.Id,
            Path = "/" + record.Path,
            Size = record.Total,
            Offset = writer?.Offset ?? account.Partials.Status(record.Id)?.Size ?? 0,
            Modified = LastByte(account, record),
            Busy = writer is not null,
        };
    }

    // After a crash the file knows better than the row when the last byte came.
    private static long LastByte(AccountFiles account, UploadRecord record) =>
        Math.Max(record.Touched, account.Partials.Status(record.Id)?.Modified ?? 0);

    private bool IsExpired(UploadRecord record) => clock.Microseconds() - record.Touched > (long)options.PartialLifetime.TotalMicroseconds;

    private AuditRecord Expired(AccountFiles account, UploadRecord record) => new()
    {
        Time = clock.Microseconds(),
        Account = account.Name,
        From = "server",
        Action = AuditActions.UploadExpire,
        Subject = "/" + record.Path,
    };

    internal int Limit => options.UploadsPerAccount;
}

/// <summary>An upload about to begin.</summary>
/// <param name="Replaced">Bytes of the file it will take the place of.</param>
/// <param name="FromStored">It begins with bytes of the file that stands there, and leaves unfinished uploads alone.</param>
internal sealed record Begin(AccountFiles Account, Caller Caller, UploadPlan Plan, RemotePath Path, long Replaced, bool FromStored)
{
    public string? Device => Plan.Device ?? Caller.Device;

    public bool IsSameSource(UploadRecord kept) => kept.Path == Path.Relative && kept.Total == Plan.Total && IsSameTime(kept.Modified, Plan.Modified);

    // A browser tells milliseconds.
    private static bool IsSameTime(long? one, long? other) =>
        one == other || ((one % 1000 == 0 || other % 1000 == 0) && one / 1000 == other / 1000);

    /// <summary>
    /// Begun by a sender that could not say how long it will be, and gone on with by one that can: who knows the whole compares digests and
    /// repairs, so any beginning is of use.
    /// </summary>
    public bool CanFinish(UploadRecord kept) =>
        kept.Path == Path.Relative && kept.Total is null && Plan is { Total: not null, ByPath: null };

    /// <summary>The record as it is from now on.</summary>
    public UploadRecord Claim(UploadRecord kept) =>
        Plan.ByPath is not null ? kept with { Device = Device }
        : kept.Total is null && Plan.Total is not null ? kept with { Device = Device, Total = Plan.Total, Modified = Plan.Modified }
        : kept;
}
