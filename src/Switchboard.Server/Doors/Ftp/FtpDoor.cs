using System.Collections.Concurrent;
using System.Net.Sockets;
using Switchboard.Protocol;
using Switchboard.Server.Connections;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Ftp;

/// <summary>The FTP door (docs/ftp.md): RFC 959 and what became of it, in the plain where allowed and under TLS. It translates; what may happen is decided by the services.</summary>
internal sealed class FtpDoor(Func<ServerOptions> options, ServerCore core, Log log, FtpTls tls)
{
    /// <summary>Milliseconds for the last words, and for a transfer to be parked.</summary>
    private const long EndLimit = 5_000;

    private readonly ConcurrentDictionary<FtpSession, Task> _running = new();

    /// <summary>As they are now: SIGHUP may change them.</summary>
    public ServerOptions Options => options();

    public Accounts Accounts => core.Accounts;

    public Files Files => core.Files;

    public Log Log => log;

    public FtpTls Tls => tls;

    public bool IsStopping { get; private set; }

    public int Count => _running.Count;

    /// <summary>Holds a session until it ends. A connection <paramref name="overLimit"/> is told so and closed.</summary>
    public async Task ServeAsync(Socket socket, bool implicitTls, bool overLimit)
    {
        var session = new FtpSession(this, socket);
        var refused = overLimit ? new Refusal(RefusalCode.TooManyConnections) { RetryAfter = 5 }
            : IsStopping ? new Refusal(RefusalCode.Closing)
            : null;
        var running = session.RunAsync(refused, implicitTls);
        _running[session] = running;
        try
        {
            await running;
        }
        finally
        {
            _running.TryRemove(session, out _);
        }
    }

    /// <summary>Looks once a second at who stands still: a timer per session would cost more than the session.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await timer.WaitForNextTickAsync(stop))
        {
            var now = Environment.TickCount64;
            foreach (var session in _running.Keys)
            {
                if (session.EndingFor(now) > EndLimit)
                {
                    session.Abort();
                    continue;
                }

                var late = session.Login is null
                    ? session.Age(now) > Options.LoginTimeout.TotalMilliseconds
                    : session.StillFor(now) > Options.IdleTimeout.TotalMilliseconds;
                if (late)
                {
                    session.End(new Refusal(RefusalCode.Timeout));
                }
            }
        }
    }

    /// <summary>Tells everybody, lets transfers finish within <paramref name="limit"/>, then parks them.</summary>
    public async Task StopAsync(TimeSpan limit)
    {
        IsStopping = true;
        End(session => session.IsIdle);
        await Task.WhenAny(Task.WhenAll(_running.Values), Task.Delay(limit));
        End(_ => true);
        await Task.WhenAny(Task.WhenAll(_running.Values), Task.Delay(TimeSpan.FromSeconds(2)));
        foreach (var session in _running.Keys)
        {
            session.Abort();
        }
    }

    private void End(Func<FtpSession, bool> which)
    {
        foreach (var session in _running.Keys.Where(which))
        {
            session.End(new Refusal(RefusalCode.Closing));
        }
    }
}
