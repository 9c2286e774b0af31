using Switchboard.Protocol;

namespace Switchboard.Server.Services.Files;

/// <summary>
/// One account's room: bytes of stored files plus what unfinished uploads hold beyond the files they replace, against the quota. Exact under
/// concurrency: every change is one step under one lock (docs/decisions/0004-quota.md).
/// </summary>
internal sealed class QuotaRoom(long stored, long? quota)
{
    // What a full queue of small files may hold: with more than this left, nobody can be refused because of a rough reservation.
    private const long PlentyLeft = 4L * 1024 * 1024 * 1024;

    private readonly Lock _gate = new();
    private long _stored = stored;
    private long _reserved;
    private long? _quota = quota;

    public (long Stored, long Reserved, long? Quota) Now
    {
        get
        {
            lock (_gate)
            {
                return (_stored, _reserved, _quota);
            }
        }
    }

    public long? Quota
    {
        set
        {
            lock (_gate)
            {
                _quota = value;
            }
        }
    }

    /// <summary>Takes room without looking at what is replaced, when so much is left that it cannot matter.</summary>
    public bool TryReservePlenty(long bytes)
    {
        lock (_gate)
        {
            if (_quota is { } quota && _stored + _reserved + bytes > quota - PlentyLeft)
            {
                return false;
            }

            _reserved += bytes;
            return true;
        }
    }

    /// <exception cref="RefusedException"><see cref="RefusalCode.OverQuota"/> with what is free and what is missing.</exception>
    public void Reserve(long bytes, string subject)
    {
        lock (_gate)
        {
            if (bytes > 0 && Lacking(bytes) is > 0 and var missing)
            {
                throw OverQuota(subject, bytes - missing, missing);
            }

            _reserved += bytes;
        }
    }

    /// <summary>Takes what an upload had reserved before a restart, whatever the quota says now.</summary>
    public void Restore(long bytes) => Release(-bytes);

    public void Release(long bytes)
    {
        lock (_gate)
        {
            _reserved -= bytes;
        }
    }

    /// <summary>Turns a reservation into a stored file that takes the place of another, which may have changed since it was reserved.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.OverQuota"/>; then nothing has changed.</exception>
    public void Settle(long reserved, long size, long replaced, string subject)
    {
        lock (_gate)
        {
            var growth = size - replaced - reserved;
            if (growth > 0 && Lacking(growth) is > 0 and var missing)
            {
                throw OverQuota(subject, growth - missing, missing);
            }

            _stored += size - replaced;
            _reserved -= reserved;
        }
    }

    /// <summary>Stored files changed by themselves: removed, found, or the reverse of <see cref="Settle"/>.</summary>
    public void Adjust(long stored, long reserved = 0)
    {
        lock (_gate)
        {
            _stored = Math.Max(0, _stored + stored);
            _reserved += reserved;
        }
    }

    /// <summary>The home was counted: sets what is stored, if it is still what it was when the count began.</summary>
    public bool TryCorrect(long expected, long counted)
    {
        lock (_gate)
        {
            if (_stored != expected)
            {
                return false;
            }

            _stored = counted;
            return true;
        }
    }

    private long Lacking(long bytes) => _quota is { } quota ? bytes - Math.Max(0, quota - _stored - _reserved) : 0;

    private static RefusedException OverQuota(string subject, long free, long missing) =>
        new(new Refusal(RefusalCode.OverQuota) { Subject = subject, Free = Math.Max(0, free), Missing = missing });
}
