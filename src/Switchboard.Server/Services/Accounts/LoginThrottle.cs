namespace Switchboard.Server.Services.Accounts;

/// <summary>
/// Makes each failed login of one source (an address, or a known device) against one account cost the next one a wait: 1, 2, 4 … 60 seconds.
/// </summary>
/// <remarks>
/// Bounded: beyond <see cref="Capacity"/> pairs the one longest unused is forgotten. To make it forget on purpose takes 65,536 failed
/// logins, about as long as the longest wait. Wrong tries of one source never hold up another.
/// </remarks>
internal sealed class LoginThrottle(TimeProvider clock)
{
    public const int Capacity = 65_536;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    /// <summary>After so long without a failure the count starts anew: 15 times the longest wait.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Account, string Source), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];

    public enum Verdict
    {
        Right,
        Wrong,
        Held,
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>How long this pair has to wait; zero when it may try.</summary>
    public TimeSpan Wait(string account, string source)
    {
        lock (_gate)
        {
            return Find((account, source)) is { } entry ? Left(entry) : TimeSpan.Zero;
        }
    }

    public bool HasFailed(string account, string source)
    {
        lock (_gate)
        {
            return Find((account, source)) is not null;
        }
    }

    /// <summary>
    /// Judges one proof. Under the lock, so that a hundred logins begun at once are not a hundred guesses: the first wrong one holds the rest.
    /// </summary>
    /// <param name="proof">Must be quick: comparing keys, not deriving them.</param>
    public Verdict Judge(string account, string source, Func<bool> proof)
    {
        lock (_gate)
        {
            var entry = Find((account, source));
            if (entry is not null && Left(entry) > TimeSpan.Zero)
            {
                return Verdict.Held;
            }

            if (!proof())
            {
                Fail(entry ?? Add((account, source)));
                return Verdict.Wrong;
            }

            Forget(entry);
            return Verdict.Right;
        }
    }

    private Entry? Find((string, string) key)
    {
        if (!_entries.TryGetValue(key, out var node))
        {
            return null;
        }

        if (clock.GetUtcNow() - node.Value.Failed > Memory)
        {
            Forget(node.Value);
            return null;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value;
    }

    private Entry Add((string, string) key)
    {
        if (_entries.Count >= Capacity)
        {
            Forget(_byUse.Last!.Value);
        }

        var entry = new Entry { Key = key };
        _entries[key] = _byUse.AddFirst(entry);
        return entry;
    }

    private void Fail(Entry entry)
    {
        entry.Failures = Math.Min(entry.Failures + 1, 30);
        entry.Failed = clock.GetUtcNow();
        var wait = TimeSpan.FromSeconds(1L << (entry.Failures - 1));
        entry.Until = entry.Failed + (wait < LongestWait ? wait : LongestWait);
    }

    private void Forget(Entry? entry)
    {
        if (entry is not null && _entries.Remove(entry.Key, out var node))
        {
            _byUse.Remove(node);
        }
    }

    private TimeSpan Left(Entry entry)
    {
        var left = entry.Until - clock.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private sealed class Entry
    {
        public required (string Account, string Source) Key { get; init; }
        public int Failures { get; set; }
        public DateTimeOffset Failed { get; set; }
        public DateTimeOffset Until { get; set; }
    }
}
