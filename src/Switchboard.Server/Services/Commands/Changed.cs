namespace Switchboard.Server.Services.Commands;

/// <summary>
/// Wakes everybody who waits for something to change. Take <see cref="Next"/>, look, then await it: a change between looking and waiting is
/// not missed.
/// </summary>
internal sealed class Changed
{
    private TaskCompletionSource? _next;

    public Task Next
    {
        get
        {
            while (true)
            {
                if (Volatile.Read(ref _next) is { } known)
                {
                    return known.Task;
                }

                // Continuations off this thread: who pulses may hold a lock, or be the one thread of all jobs.
                Interlocked.CompareExchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
            }
        }
    }

    public void Pulse() => Interlocked.Exchange(ref _next, null)?.TrySetResult();
}
