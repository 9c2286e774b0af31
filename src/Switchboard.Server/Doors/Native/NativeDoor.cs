using System.Collections.Concurrent;
using Switchboard.Protocol;
using Switchboard.Server.Connections;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Audit;
using Switchboard.Server.Services.Chat;
using Switchboard.Server.Services.Commands;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Services.Shares;

namespace Switchboard.Server.Doors.Native;

/// <summary>The native door: framed TCP, under TLS, in the plain where allowed, and on the Unix socket. It keeps the list of its conversations and ends those that stand still.</summary>
internal sealed class NativeDoor(Func<ServerOptions> options, ServerCore core, Log log)
{
    private readonly ConcurrentDictionary<NativeSession, Task> _running = new();

    /// <summary>As they are now: SIGHUP may change them.</summary>
    public ServerOptions Options => options();

    public Accounts Accounts => core.Accounts;

    public AuditLog Audit => core.Audit;

    public Files Files => core.Files;

    public Commands Commands => core.Commands;

    public Chat Chat => core.Chat;

    public Shares Shares => core.Shares;

    public Log Log => log;

    /// <summary>Where sessions over datagrams are offered; null when that door is off.</summary>
    public DatagramListener? Datagrams { get; set; }

    public bool IsStopping { get; private set; }

    public int Count => _running.Count;

    /// <summary>Holds a conversation until it ends. A connection <paramref name="overLimit"/> is told so and closed.</summary>
    /// <param name="connection">Disposed at its end.</param>
    /// <param name="overLimit">There is no place for it.</param>
    /// <param name="known">Who logged in for it elsewhere.</param>
    public async Task ServeAsync(Connection connection, bool overLimit, KnownLogin? known = null)
    {
        await using (connection)
        {
            var session = new NativeSession(this, connection, known);
            Task running = session.RunAsync();
            _running[session] = running;
            if (overLimit)
            {
                session.End(new Refusal(RefusalCode.TooManyConnections) { RetryAfter = 5 });
            }
            else if (IsStopping)
            {
                session.End(new Refusal(RefusalCode.Closing));
            }

            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _running.TryRemove(session, out _);
            await running;
        }
    }

    /// <summary>
    /// Looks once a second at who stands still: a timer per connection would cost more than the connection.
    /// </summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await timer.WaitForNextTickAsync(stop))
        {
            long now = Environment.TickCount64;
            foreach (NativeSession session in _running.Keys)
            {
                session.Tick(now);
                bool late = session.IsLoggedIn
                    ? session.StillFor(now) > Options.IdleTimeout.TotalMilliseconds
                    : session.Age(now) > Options.LoginTimeout.TotalMilliseconds && !session.Login.IsWaitingForPlace;
                if (late)
                {
                    session.End(new Refusal(RefusalCode.Timeout));
                }
            }
        }
    }

    /// <summary>Tells everybody, lets what is under way finish within <paramref name="limit"/>, then parks it.</summary>
    public async Task StopAsync(TimeSpan limit)
    {
        IsStopping = true;
        foreach (NativeSession session in _running.Keys.Where(session => session.MayEnd))
        {
            session.End(new Refusal(RefusalCode.Closing));
        }

        await Task.WhenAny(Task.WhenAll(_running.Values), Task.Delay(limit));
        foreach (NativeSession session in _running.Keys)
        {
            session.End(new Refusal(RefusalCode.Closing));
        }

        await Task.WhenAny(Task.WhenAll(_running.Values), Task.Delay(TimeSpan.FromSeconds(2)));
        foreach (NativeSession session in _running.Keys)
        {
            session.Abort();
        }
    }
}
