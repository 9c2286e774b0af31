using Switchboard.Client.Local;

namespace Switchboard.Client;

/// <summary>Counts the whole beside the transfer, where somebody looks at the progress.</summary>
internal sealed class Counting : IDisposable
{
    private readonly CancellationTokenSource stop;

    private Counting(CancellationToken ct) => stop = CancellationTokenSource.CreateLinkedTokenSource(ct);

    public static Counting Begin(ProgressMeter meter, Action<CancellationToken> count, CancellationToken ct)
    {
        var counting = new Counting(ct);
        if (meter.IsHeard)
        {
            var token = counting.stop.Token;
            _ = Task.Run(() => Run(count, token), CancellationToken.None);
        }

        return counting;
    }

    public void Dispose()
    {
        stop.Cancel();
        stop.Dispose();
    }

    private static void Run(Action<CancellationToken> count, CancellationToken ct)
    {
        try
        {
            count(ct);
        }
        catch (Exception e) when (e is OperationCanceledException || LocalErrors.IsLocal(e))
        {
            // The total stays unknown; what cannot be read is told by the transfer itself.
            return;
        }
    }
}
