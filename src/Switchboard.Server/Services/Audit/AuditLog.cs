using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Audit;

/// <summary>
/// The audit log. What changes something is recorded in its own transaction by the store; what only happens (logins and their failures)
/// is counted here: like events of one minute are one row, written soon after, so that neither a login nor a stranger's try costs a write.
/// </summary>
public sealed class AuditLog(IAccountStore store, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>Most records one query gives.</summary>
    public const int MostRecords = 10_000;

    /// <summary>Rows of one minute per kind of event; what is beyond is counted in one row without names.</summary>
    private const int MostPerMinute = 1_000;

    /// <summary>Rows of one minute about failed logins from one address, so that one stranger cannot use up the minute.</summary>
    private const int MostPerAddress = 20;

    private static readonly TimeSpan TrimEvery = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Minute> _minutes = [];
    private Dictionary<string, AuditRecord> _pending = [];
    private Task _writing = Task.CompletedTask;
    private bool _isWriting;

    /// <summary>A record of what a caller does now.</summary>
    public AuditRecord Record(Caller caller, string action, string? subject = null, string? detail = null) => new()
    {
        Time = clock.Microseconds(),
        Account = caller.IsOperator ? null : caller.Account,
        From = caller.From,
        Action = action,
        Subject = subject,
        Detail = detail,
    };

    /// <summary>Counts an event together with others of its minute, kind, account, address and subject. Never waits.</summary>
    public void Count(AuditRecord record)
    {
        lock (_gate)
        {
            var bucketed = MinuteOf(record).Place(record);
            _pending[bucketed.Bucket!] = _pending.TryGetValue(bucketed.Bucket!, out var known)
                ? known with { Count = known.Count + record.Count, Time = record.Time }
                : bucketed;
            StartWriting();
        }
    }

    /// <summary>Completes when everything counted before is in the store, or could not be written.</summary>
    public async Task FlushAsync()
    {
        // Twice: what is being written now was taken before the latest events.
        for (var round = 0; round < 2; round++)
        {
            Task writing;
            lock (_gate)
            {
                StartWriting();
                writing = _writing;
            }

            await writing.ConfigureAwait(false);
        }
    }

    /// <summary>The latest records, newest last.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.Forbidden"/> without <see cref="Permissions.Admin"/>; <see cref="RefusalCode.BadRequest"/>.</exception>
    public async Task<IReadOnlyList<AuditEntry>> LatestAsync(Caller caller, string? account, int? last)
    {
        caller.Require(Permissions.Admin);
        if (last is < 1 or > MostRecords)
        {
            throw new RefusedException(RefusalCode.BadRequest, "last", $"1 to {MostRecords}");
        }

        await FlushAsync().ConfigureAwait(false);
        var name = account is null ? null : AccountName.Normalize(account);
        return [.. (await store.AuditAsync(name, last ?? 100).ConfigureAwait(false)).Select(Entry)];
    }

    /// <summary>Holds the log to its age and size, now and every hour, until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TrimEvery, clock);
        do
        {
            await TrimAsync().ConfigureAwait(false);
        }
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
    }

    private async Task TrimAsync()
    {
        try
        {
            await store.TrimAuditAsync(clock.Microseconds()).ConfigureAwait(false);
        }
        catch (RefusedException refused) when (refused.Code is RefusalCode.DiskFull or RefusalCode.Busy or RefusalCode.ReadOnly)
        {
            // Nobody asked for it, so nobody is told; the next hour tries again, and whoever writes meanwhile hears of the disk.
            return;
        }
    }

    public async ValueTask DisposeAsync() => await FlushAsync().ConfigureAwait(false);

    private void StartWriting()
    {
        if (!_isWriting && _pending.Count > 0)
        {
            _isWriting = true;
            _writing = Task.Run(WritePendingAsync);
        }
    }

    private Minute MinuteOf(AuditRecord record)
    {
        var number = record.Time / 60_000_000;
        if (!_minutes.TryGetValue(record.Action, out var minute) || minute.Number != number)
        {
            _minutes[record.Action] = minute = new Minute(number, record.Action == AuditActions.LoginFailed ? MostPerAddress : MostPerMinute);
        }

        return minute;
    }

    private async Task WritePendingAsync()
    {
        while (TakePending() is { } taken)
        {
            try
            {
                await store.CountAsync([.. taken.Values]).ConfigureAwait(false);
            }
            catch (RefusedException)
            {
                // A full disk: the counts stay in memory, bounded by their buckets, and the next event tries again.
                PutBack(taken);
                return;
            }
        }
    }

    private Dictionary<string, AuditRecord>? TakePending()
    {
        lock (_gate)
        {
            _isWriting = _pending.Count > 0;
            var taken = _pending;
            _pending = [];
            return _isWriting ? taken : null;
        }
    }

    private void PutBack(Dictionary<string, AuditRecord> taken)
    {
        lock (_gate)
        {
            _isWriting = false;
            foreach (var (bucket, record) in taken.Where(_ => _pending.Count < MostPerMinute))
            {
                _pending[bucket] = _pending.TryGetValue(bucket, out var newer) ? newer with { Count = newer.Count + record.Count } : record;
            }
        }
    }

    private static AuditEntry Entry(AuditRecord record) => new()
    {
        Number = record.Number,
        Time = record.Time,
        Account = record.Account,
        From = record.From,
        Action = record.Action,
        Subject = record.Subject,
        Detail = record.Detail,
        Count = record.Count,
    };

    /// <summary>The buckets of one minute and one kind of event.</summary>
    private sealed class Minute(long number, int mostPerAddress)
    {
        private readonly HashSet<string> _buckets = [];
        private readonly Dictionary<string, int> _ofAddress = [];

        public long Number => number;

        public AuditRecord Place(AuditRecord record)
        {
            if (TryPlace(record) is { } own)
            {
                return own;
            }

            var others = record with { Account = null, Subject = null, Detail = "others" };
            return TryPlace(others, always: _ofAddress.ContainsKey(record.From ?? "")) ?? Bucketed(others with { From = null });
        }

        private AuditRecord? TryPlace(AuditRecord record, bool always = false)
        {
            var bucketed = Bucketed(record);
            if (_buckets.Contains(bucketed.Bucket!))
            {
                return bucketed;
            }

            var from = record.From ?? "";
            var ofAddress = _ofAddress.GetValueOrDefault(from);
            if (_buckets.Count >= MostPerMinute || (ofAddress >= mostPerAddress && !always))
            {
                return null;
            }

            _buckets.Add(bucketed.Bucket!);
            _ofAddress[from] = ofAddress + 1;
            return bucketed;
        }

        private AuditRecord Bucketed(AuditRecord record) =>
            record with { Bucket = $"{number}|{record.Action}|{record.Account}|{record.From}|{record.Subject}|{record.Detail}" };
    }
}
