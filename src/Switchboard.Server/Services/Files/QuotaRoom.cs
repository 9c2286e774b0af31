using Switchboard.Protocol;
using Switchboard.Server.Storage;

namespace Switchboard.Server.Services.Files;

/// <summary>What an account holds at one moment, in bytes.</summary>
/// <param name="Stored">Files in its home.</param>
/// <param name="Bin">Removed files that can be put back.</param>
/// <param name="Reserved">What unfinished uploads hold beyond the files they replace.</param>
internal readonly record struct Holdings(long Stored, long Bin, long Reserved, long? Quota)
{
    public long Used => Stored + Bin + Reserved;
}

/// <summary>
/// One account's room: bytes of stored files, of the bin, and what unfinished uploads hold beyond the files they replace, against the quota. Exact
/// under concurrency: every change is one step under one lock (docs/decisions/0004-quota.md). The bin gives way: what would be refused takes the
/// oldest of it, as much as is needed and no more, and nothing at all where all of it is not enough.
/// </summary>
internal sealed class QuotaRoom(long stored, long? quota, IEnumerable<BinRecord> binned)
{
    // What a full queue of small files may hold: with more than this left, nobody can be refused because of a rough reservation.
    private const long PlentyLeft = 4L * 1024 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly BinShelf _bin = BinShelf.Of(binned);
    private long _stored = stored;
    private long _reserved;
    private long? _quota = quota;
    private int _moves;

    /// <summary>Told what had to give way, once the room is taken: its bytes are to be freed.</summary>
    public Action<IReadOnlyList<BinRecord>>? Discarded { get; set; }

    public Holdings Now
    {
        get
        {
            lock (_gate)
            {
                return new Holdings(_stored, _bin.Bytes, _reserved, _quota);
            }
        }
    }

    public (int Count, long Bytes) Bin
    {
        get
        {
            lock (_gate)
            {
                return (_bin.Count, _bin.Bytes);
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
            if (Over(bytes + PlentyLeft) > 0)
            {
                return false;
            }

            _reserved += bytes;
            return true;
        }
    }

    /// <exception cref="RefusedException"><see cref="RefusalCode.OverQuota"/> with what is free and what is missing.</exception>
    public void Reserve(long bytes, string subject) => Take(bytes, subject, () => _reserved += bytes);

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
    public void Settle(long reserved, long size, long replaced, string subject) => Take(size - replaced - reserved, subject, () =>
    {
        _stored += size - replaced;
        _reserved -= reserved;
    });

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
            if (_stored != expected || _moves > 0)
            {
                return false;
            }

            _stored = counted;
            return true;
        }
    }

    /// <summary>Makes the account fit its quota after programs wrote past us, as far as the bin can.</summary>
    public void GiveWay()
    {
        if (Now is { Quota: { } quota, Used: var used } && used > quota)
        {
            Discard(used - quota);
        }
    }

    /// <summary>Something is about to leave the home, or to come back, and its bytes change sides here before or after: a count of the home in between is
    /// of no use.</summary>
    public void BeginMove()
    {
        lock (_gate)
        {
            _moves++;
        }
    }

    public void EndMove()
    {
        lock (_gate)
        {
            _moves--;
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<BinRecord> Binned()
    {
        lock (_gate)
        {
            return _bin.NewestFirst();
        }
    }

    /// <summary>What left the home is the bin's from now on: the end of a move.</summary>
    public void PutIntoBin(BinRecord record)
    {
        lock (_gate)
        {
            _stored = Math.Max(0, _stored - (record.Size ?? 0));
            _bin.Put(record);
            _moves--;
        }
    }

    /// <summary>Takes an entry to put it back: its bytes are those of a stored file from now on, and a move begins. Null when somebody else has it.</summary>
    public BinRecord? TakeBack(string id)
    {
        lock (_gate)
        {
            if (_bin.Take(id) is not { } record)
            {
                return null;
            }

            _stored += record.Size ?? 0;
            _moves++;
            return record;
        }
    }

    /// <summary>Takes an entry to free it: its room is free from now on. Null when somebody else has it.</summary>
    public BinRecord? Discard(string id)
    {
        lock (_gate)
        {
            return _bin.Take(id);
        }
    }

    /// <summary>As <see cref="Discard(string)"/>, the oldest, where it was removed at <paramref name="before"/> or earlier.</summary>
    public BinRecord? DiscardOldest(long before = long.MaxValue)
    {
        lock (_gate)
        {
            return _bin.Oldest is { } oldest && oldest.Removed <= before ? _bin.Take(oldest.Id) : null;
        }
    }

    private void Take(long bytes, string subject, Action take)
    {
        List<BinRecord> discarded = [];
        lock (_gate)
        {
            if (bytes > 0 && Over(bytes) is > 0 and var over)
            {
                discarded = over <= _bin.Bytes ? Oldest(over) : throw OverQuota(bytes, subject);
            }

            take();
        }

        if (discarded.Count > 0)
        {
            Discarded?.Invoke(discarded);
        }
    }

    private void Discard(long bytes)
    {
        List<BinRecord> discarded;
        lock (_gate)
        {
            discarded = Oldest(bytes);
        }

        Discarded?.Invoke(discarded);
    }

    private List<BinRecord> Oldest(long bytes)
    {
        List<BinRecord> taken = [];
        while (bytes > 0 && _bin.Take(_bin.Oldest?.Id) is { } oldest)
        {
            bytes -= oldest.Size ?? 0;
            taken.Add(oldest);
        }

        return taken;
    }

    private long Over(long bytes) => _quota is { } quota ? _stored + _reserved + _bin.Bytes + bytes - quota : 0;

    // What the bin holds is no obstacle, so it is neither missing nor taken.
    private RefusedException OverQuota(long bytes, string subject)
    {
        var free = Math.Max(0, (_quota ?? 0) - _stored - _reserved);
        return new RefusedException(new Refusal(RefusalCode.OverQuota) { Subject = subject, Free = free, Missing = bytes - free });
    }
}
