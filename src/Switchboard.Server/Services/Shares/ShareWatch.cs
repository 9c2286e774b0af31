using System.Collections.Concurrent;

namespace Switchboard.Server.Services.Shares;

/// <summary>Who has a link open, so that its end is felt at once; and turns, so that its bounds are decided one after the other.</summary>
internal sealed class ShareWatch
{
    // Links share turns: two that meet wait some milliseconds for each other.
    private const int Turns = 64;

    private readonly ConcurrentDictionary<string, CancellationTokenSource> _open = [];
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, Turns).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Uploads that are counted already and being stored.</summary>
    public ConcurrentDictionary<string, bool> Counted { get; } = [];

    /// <summary>Cancelled when the link is revoked or its account may share no more.</summary>
    public CancellationToken Ended(string id) => _open.GetOrAdd(id, static _ => new CancellationTokenSource()).Token;

    public void End(string id)
    {
        if (_open.TryRemove(id, out var open))
        {
            open.Cancel();
        }
    }

    public SemaphoreSlim Turn(string id) => _turns[(uint)string.GetHashCode(id, StringComparison.Ordinal) % Turns];
}
