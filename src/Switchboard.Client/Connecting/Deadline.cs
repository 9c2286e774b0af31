using Switchboard.Protocol;

namespace Switchboard.Client.Connecting;

/// <summary>A time limit beside the caller's own token, and the two told apart.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationToken caller;
    private readonly CancellationTokenSource timer;

    private Deadline(TimeSpan limit, CancellationToken caller)
    {
        this.caller = caller;
        timer = CancellationTokenSource.CreateLinkedTokenSource(caller);
        timer.CancelAfter(limit);
    }

    public CancellationToken Token => timer.Token;

    public static Deadline After(TimeSpan limit, CancellationToken caller) => new(limit, caller);

    /// <summary>Takes the limit away; the caller's token stays.</summary>
    public void Lift() => timer.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <exception cref="RefusedException"><see cref="RefusalCode.Timeout"/> when the limit passed and not the caller cancelled.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> act, string subject)
    {
        try
        {
            return await act(timer.Token);
        }
        catch (OperationCanceledException e) when (!caller.IsCancellationRequested)
        {
            throw new RefusedException(new Refusal(RefusalCode.Timeout) { Subject = subject }, e);
        }
    }

    public void Dispose() => timer.Dispose();
}
