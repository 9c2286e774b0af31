using System.Threading.Tasks.Sources;

namespace Switchboard.Server.Connections;

/// <summary>Wakes one waiter, without allocation: thousands of connections are woken for each thing that is said. A call while nobody waits is kept.</summary>
internal sealed class WakeSignal : IValueTaskSource
{
    private const int Idle = 0, Called = 1, Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _core;
    private int _state;

    /// <summary>The waiter goes on on a thread of the pool.</summary>
    public void Set() => Set(onThisThread: false);

    /// <summary>The waiter goes on here, before this returns: for one who does a little that never blocks, and a caller who holds no lock.</summary>
    public void SetHere() => Set(onThisThread: true);

    private void Set(bool onThisThread)
    {
        if (Interlocked.CompareExchange(ref _state, Called, Idle) == Waiting && Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
        {
            // Nobody else comes here before the waiter waits again.
            _core.RunContinuationsAsynchronously = !onThisThread;
            _core.SetResult(true);
        }
    }

    /// <summary>For one waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Called) == Called)
        {
            return ValueTask.CompletedTask;
        }

        _core.Reset();
        return Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle ? new ValueTask(this, _core.Version) : TakeCall();
    }

    private ValueTask TakeCall()
    {
        Volatile.Write(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
