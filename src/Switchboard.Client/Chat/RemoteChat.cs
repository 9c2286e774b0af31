using System.Security.Cryptography;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// Rooms on a server, also over lines that drop: what was said meanwhile arrives when the line is back, each message once and in order, and what
/// was being said is sent again under the same key, so that nobody hears it twice.
/// </summary>
/// <remarks>Every method may be called from any thread. Failures are <see cref="RefusedException"/>.</remarks>
public sealed class RemoteChat : IAsyncDisposable
{
    private const int KeyCharacters = 24;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly Redial line;
    private readonly ChatOptions how;
    private readonly TimeProvider clock;
    private readonly RoomPlaces rooms = new();
    private readonly ChatOutbox outbox;
    private readonly CancellationTokenSource stop;
    private readonly TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long sessions;
    private long? lost;
    private bool isLeft;
    private bool disposed;

    /// <param name="options">How to reach the server.</param>
    /// <param name="room">The first room.</param>
    /// <param name="from">Its first message wanted; null goes on behind what this device has read.</param>
    /// <param name="how">What is told.</param>
    /// <param name="ct">Ends the chat without a word.</param>
    public RemoteChat(ConnectOptions options, string room, long? from, ChatOptions how, CancellationToken ct = default)
        : this(token => SwitchboardClient.ConnectAsync(options with { EarlyRequests = true }, token), room, from, how, TimeProvider.System, ct)
    {
    }

    internal RemoteChat(Func<CancellationToken, Task<SwitchboardClient>> connect, string room, long? from, ChatOptions how, TimeProvider clock, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(room);
        (line, this.how, this.clock) = (new(connect), how, clock);
        stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        outbox = new(rooms, how.OnPresence is not null);
        rooms.Add(room, from);
        Completion = RunAsync();
    }

    /// <summary>Completes when the first room was entered.</summary>
    public Task Entered => entered.Task;

    /// <summary>Completes when the chat was left, and fails with what ended it otherwise.</summary>
    public Task Completion { get; }

    /// <summary>Says something. Completes when it is durable on the server; while the line is down that is when it is back.</summary>
    /// <returns>Its number in the room.</returns>
    /// <exception cref="RefusedException"><see cref="RefusalCode.Muted"/>, <see cref="RefusalCode.OverLimit"/> (too long, too fast), <see cref="RefusalCode.BadRequest"/> (empty).</exception>
    public async Task<long> PostAsync(string room, string text, CancellationToken ct = default) =>
        (await outbox.PostAsync(room, text, RandomNumberGenerator.GetHexString(KeyCharacters, lowercase: true), ct)).Number;

    /// <summary>Enters one more room; told by <see cref="ChatOptions.OnEntered"/> or <see cref="ChatOptions.OnRefused"/>.</summary>
    public void Enter(string room, long? from = null) => outbox.Enter(room, from);

    /// <summary>Leaves one room; told by <see cref="ChatOptions.OnLeft"/>.</summary>
    public void Leave(string room) => outbox.Leave(room);

    /// <summary>The person has seen everything up to a message: the next chat of this device begins behind it.</summary>
    public void See(string room, long number) => outbox.See(room, number);

    /// <summary>Shown to those who ask who is there.</summary>
    public void SetAway(bool away) => outbox.SetAway(away);

    /// <summary>Leaves all rooms. A line that is down or does not answer within 2 s is left as well.</summary>
    public async Task LeaveAsync()
    {
        isLeft = true;
        outbox.Leave(null);
        await Task.WhenAny(Completion, Task.Delay(LastWords, clock));
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, true))
        {
            return;
        }

        await stop.CancelAsync();
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await line.DisposeAsync();
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            var retries = new Retries(how.MaxTrying, Retry, () => sessions) { Clock = clock, IsPassing = refusal => entered.Task.IsCompletedSuccessfully && LineErrors.IsPassing(refusal) };
            await line.RunAsync(AttemptAsync, retries, stop.Token);
            outbox.Close(new RefusedException(RefusalCode.Closing, null, "the chat was left"));
        }
        catch (OperationCanceledException) when (isLeft)
        {
            outbox.Close(new RefusedException(RefusalCode.Closing, null, "the chat was left"));
        }
        catch (Exception e)
        {
            outbox.Close(e);
            entered.TrySetException(e);
            _ = entered.Task.Exception;
            throw;
        }
    }

    private async Task AttemptAsync(SwitchboardClient client)
    {
        var watch = new LineWatch(clock);
        var exchange = new ChatExchange(rooms, outbox, how, watch, Begin);
        using var session = new ChatSession(client, exchange, outbox, watch, clock);
        try
        {
            await session.OpenAsync(stop.Token);
            await exchange.Ended.WaitAsync(stop.Token);
        }
        finally
        {
            outbox.Pause();
        }
    }

    private void Begin()
    {
        sessions++;
        entered.TrySetResult();
        if (lost is { } since)
        {
            lost = null;
            how.OnReconnected?.Invoke(clock.GetElapsedTime(since));
        }
    }

    private void Retry(Refusal reason, TimeSpan wait)
    {
        lost ??= clock.GetTimestamp();
        how.OnRetry?.Invoke(reason, wait);
    }
}
