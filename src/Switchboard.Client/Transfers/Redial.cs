using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>A connection that is made when it is needed and made again when it was lost.</summary>
internal sealed class Redial(Func<CancellationToken, Task<SwitchboardClient>> connect) : IAsyncDisposable
{
    private SwitchboardClient? current;
    private bool everConnected;

    public LoginAnswer? Login { get; private set; }

    public async Task<SwitchboardClient> GetAsync(CancellationToken ct)
    {
        if (current is { Conversation.Failure: null })
        {
            return current;
        }

        await DropAsync();
        current = await connect(ct);
        everConnected = true;
        return current;
    }

    /// <summary>
    /// Carries out <paramref name="act"/>, again with a new connection when the line drops or the server asks for patience.
    /// A server that cannot be reached in the first place is told at once.
    /// </summary>
    public Task RunAsync(Func<SwitchboardClient, Task> act, TransferOptions how, ProgressMeter meter, CancellationToken ct) =>
        RunAsync(act, new(how.MaxTrying, how.OnRetry, () => meter.Moved), ct);

    /// <inheritdoc cref="RunAsync(Func{SwitchboardClient, Task}, TransferOptions, ProgressMeter, CancellationToken)"/>
    public async Task RunAsync(Func<SwitchboardClient, Task> act, Retries how, CancellationToken ct)
    {
        var patience = new Patience(how.MaxTrying, how.Clock);
        while (true)
        {
            try
            {
                var client = await GetAsync(ct);
                await act(client);
                Login = await client.LoginCompletion;
                return;
            }
            catch (RefusedException e) when (how.IsPassing(e.Refusal) && everConnected && !ct.IsCancellationRequested)
            {
                await DropAsync();
                if (patience.Next(how.Moved(), e.Refusal.RetryAfter) is not { } wait)
                {
                    throw;
                }

                how.OnRetry?.Invoke(e.Refusal, wait);
                await Task.Delay(wait, how.Clock, ct);
            }
            catch
            {
                // Whatever was under way may have stopped in the middle of a frame.
                await DropAsync();
                throw;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (current is { } client)
        {
            current = null;
            await client.DisposeAsync();
        }
    }

    private async ValueTask DropAsync()
    {
        if (current is { } client)
        {
            current = null;
            await client.AbortAsync();
        }
    }
}

/// <summary>When and for how long a lost line is tried again.</summary>
/// <param name="MaxTrying">Without progress.</param>
/// <param name="OnRetry">Told the reason and the wait before each attempt.</param>
/// <param name="Moved">Anything that grows with progress.</param>
internal sealed record Retries(TimeSpan MaxTrying, Action<Refusal, TimeSpan>? OnRetry, Func<long> Moved)
{
    public Func<Refusal, bool> IsPassing { get; init; } = LineErrors.IsPassing;

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>Waits of 0.2 s doubling to 5 s, from the start again after any progress, until nothing moved for the given time.</summary>
internal sealed class Patience(TimeSpan most, TimeProvider? clock = null)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private TimeSpan wait = First;
    private long? since;
    private long lastMoved = -1;

    /// <summary>How long to wait before the next attempt; null to give up.</summary>
    public TimeSpan? Next(long moved, double? retryAfter)
    {
        if (moved != lastMoved || since is null)
        {
            lastMoved = moved;
            since = clock.GetTimestamp();
            wait = First;
        }

        var asked = TimeSpan.FromSeconds(Math.Clamp(retryAfter ?? 0, 0, TimeSpan.FromDays(1).TotalSeconds));
        var next = asked > wait ? asked : wait;
        wait = wait * 2 > Longest ? Longest : wait * 2;
        return clock.GetElapsedTime(since.Value) + next > most ? null : next;
    }
}
