using System.Collections.Concurrent;

namespace Switchboard.Server.Services.Commands;

/// <summary>
/// Sandboxes made ahead for accounts that run commands now: most of the time a sandbox takes to make is spent waiting for the kernel, and that
/// wait can lie before the command instead of in it. They go when their account has been quiet for a while.
/// </summary>
internal sealed class SandboxPool(Func<IReadOnlyList<string>, ReadySandbox> start, Action<Exception> onFailed, Action<ReadySandbox> onGivenUp) : IDisposable
{
    /// <summary>Kept ready for one account: a person's loop of short commands takes one each few milliseconds.</summary>
    private const int Most = 4;

    /// <summary>Kept ready in all: four processes each.</summary>
    private const int MostInAll = 32;

    /// <summary>An account is quiet after this long without a command.</summary>
    private const long QuietMilliseconds = 30_000;

    /// <summary>Making the next one waits so long: it would take the processor from the command that took the last.</summary>
    private const int LetGoFirst = 4;

    private readonly ConcurrentDictionary<string, Shelf> _shelves = new(StringComparer.Ordinal);
    private int _inAll;
    private volatile bool _closed;

    /// <summary>One that is ready, or a new one.</summary>
    /// <param name="command">Its command line; the same one means the same sandbox.</param>
    public Task<ReadySandbox> TakeAsync(IReadOnlyList<string> command)
    {
        var shelf = _shelves.GetOrAdd(string.Join('\n', command), _ => new Shelf(command));
        var pause = Environment.TickCount64 - Interlocked.Exchange(ref shelf.LastUsed, Environment.TickCount64);
        // The first command of an account makes one ahead, and each that follows soon one more.
        shelf.Wanted = pause > QuietMilliseconds ? 1 : Math.Min(Most, shelf.Wanted + 1);
        var sandbox = Standing(shelf) is { } ready ? Task.FromResult(ready) : Task.Run(() => start(command));
        Refill(shelf);
        return sandbox;
    }

    // One may have failed since it was begun: a machine out of processes, a bubblewrap that was replaced. It is no command's fault.
    private ReadySandbox? Standing(Shelf shelf)
    {
        while (shelf.Ready.TryDequeue(out var ready))
        {
            Interlocked.Decrement(ref _inAll);
            if (ready.Stands)
            {
                return ready;
            }

            onGivenUp(ready);
        }

        return null;
    }

    /// <summary>Gives up what quiet accounts left. Called once a second.</summary>
    public void Tick()
    {
        foreach (var (key, shelf) in _shelves)
        {
            if (Environment.TickCount64 - Volatile.Read(ref shelf.LastUsed) > QuietMilliseconds && _shelves.TryRemove(KeyValuePair.Create(key, shelf)))
            {
                Empty(shelf);
            }
        }
    }

    public void Dispose()
    {
        _closed = true;
        foreach (var shelf in _shelves.Values)
        {
            Empty(shelf);
        }
    }

    private void Refill(Shelf shelf)
    {
        // What is being made counts as ready.
        while (!_closed && shelf.Ready.Count + Volatile.Read(ref shelf.InMaking) < shelf.Wanted)
        {
            if (Interlocked.Increment(ref _inAll) > MostInAll)
            {
                Interlocked.Decrement(ref _inAll);
                return;
            }

            Interlocked.Increment(ref shelf.InMaking);
            _ = MakeAsync(shelf);
        }
    }

    private async Task MakeAsync(Shelf shelf)
    {
        await Task.Delay(LetGoFirst);
        try
        {
            shelf.Ready.Enqueue(start(shelf.Command));
        }
        catch (Exception e)
        {
            // Whoever needs one next is told; here nobody waits.
            Interlocked.Decrement(ref _inAll);
            onFailed(e);
        }
        finally
        {
            Interlocked.Decrement(ref shelf.InMaking);
        }

        if (_closed)
        {
            Empty(shelf);
        }
    }

    private void Empty(Shelf shelf)
    {
        while (shelf.Ready.TryDequeue(out var ready))
        {
            Interlocked.Decrement(ref _inAll);
            onGivenUp(ready);
        }
    }

    private sealed class Shelf(IReadOnlyList<string> command)
    {
        public long LastUsed;
        public int InMaking;

        public IReadOnlyList<string> Command => command;

        public ConcurrentQueue<ReadySandbox> Ready { get; } = new();

        public int Wanted { get; set; }
    }
}
