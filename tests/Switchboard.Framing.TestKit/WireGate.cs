namespace Switchboard.Framing.TestKit;

/// <summary>How far a stream may be delivered, and who waits for that to change.</summary>
internal sealed class WireGate
{
    private readonly Lock _lock = new();
    private readonly Action _wake;
    private readonly List<(long Offset, TaskCompletionSource Waits)> _watchers = [];
    private TaskCompletionSource _changed = NewSource();
    private long _released;
    private long _cutAt;
    private WireCut _cut;
    private long _waitingAt = -1;

    /// <param name="plan">How it begins.</param>
    /// <param name="wake">Makes a reader look again that waits for bytes, not for the gate.</param>
    public WireGate(WirePlan plan, Action wake)
    {
        _wake = wake;
        _released = plan.Held ? 0 : long.MaxValue;
        _cutAt = plan.CutAt ?? long.MaxValue;
        _cut = plan.Cut;
    }

    /// <summary>Completes at the next change; to be taken before looking, so that no change is missed.</summary>
    public Task Changed
    {
        get { lock (_lock) return _changed.Task; }
    }

    /// <summary>How many bytes may follow those that were shown.</summary>
    public long AllowedAfter(long shown)
    {
        lock (_lock) return Math.Max(0, Math.Min(_released, _cutAt) - shown);
    }

    /// <summary>What happens to the stream here, or null.</summary>
    public WireCut? CutAfter(long shown)
    {
        lock (_lock) return shown >= _cutAt ? _cut : null;
    }

    public void ReleaseUpTo(long offset) => Change(() => _released = offset);

    public void ReleaseMore(long bytes) => Change(() => _released = _released > long.MaxValue - bytes ? long.MaxValue : _released + bytes);

    public void Cut(long offset, WireCut how) => Change(() => (_cutAt, _cut) = (Math.Min(_cutAt, offset), how));

    public void Wake() => Change(static () => { });

    /// <summary>The reader says that it used all of the stream up to here and waits.</summary>
    public void ReaderWaits(long shown)
    {
        lock (_lock)
        {
            _waitingAt = shown;
            foreach ((long offset, TaskCompletionSource waits) in _watchers)
            {
                if (offset <= shown)
                    waits.TrySetResult();
            }
            _watchers.RemoveAll(watcher => watcher.Offset <= shown);
        }
    }

    public void ReaderRuns()
    {
        lock (_lock) _waitingAt = -1;
    }

    public Task ReaderWaitsAsync(long delivered, CancellationToken ct)
    {
        lock (_lock)
        {
            if (_waitingAt >= delivered)
                return Task.CompletedTask;
            var waits = NewSource();
            _watchers.Add((delivered, waits));
            return waits.Task.WaitAsync(ct);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Change(Action change)
    {
        TaskCompletionSource before;
        lock (_lock)
        {
            change();
            before = _changed;
            _changed = NewSource();
        }
        before.TrySetResult();
        _wake();
    }
}
