using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Web;

/// <summary>
/// Who is logged in over HTTP, where every request brings its proof along: a device token, in a cookie or a header. It is checked once; until
/// nothing was asked for a while, its holder is present like anybody who holds a connection open, and can be ended like them.
/// </summary>
internal sealed class WebSessions(Accounts accounts, Func<TimeSpan> idle)
{
    private readonly ConcurrentDictionary<string, WebSession> _present = new();

    /// <summary>The session a token gives.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.LoginRequired"/> for a token that is none (any more).</exception>
    public async ValueTask<WebSession> EnterAsync(DeviceToken token, string from, string door, CancellationToken cancel)
    {
        byte[] proof = SHA256.HashData(Encoding.ASCII.GetBytes(token.Secret));
        if (_present.TryGetValue(token.Id, out WebSession? known))
        {
            if (known.TryUse(proof))
            {
                return known;
            }

            if (known.Ended.IsCancellationRequested)
            {
                _present.TryRemove(KeyValuePair.Create(token.Id, known));
            }
        }

        Caller caller = await LoginAsync(token, from);
        var session = new WebSession(proof);
        await session.EnterAsync(accounts.Sessions, caller, door, () => _present.TryRemove(KeyValuePair.Create(token.Id, session)), cancel);
        if (_present.TryAdd(token.Id, session))
        {
            return session;
        }

        // Another request of the same page was quicker.
        session.Dispose();
        return _present.TryGetValue(token.Id, out known) && known.TryUse(proof) ? known : throw new RefusedException(RefusalCode.LoginRequired);
    }

    /// <summary>Lets go of those who asked for nothing for a while; called once a second.</summary>
    public void Tick(long now)
    {
        foreach (var (id, session) in _present)
        {
            if (session.IsIdle(now, idle()) && _present.TryRemove(KeyValuePair.Create(id, session)))
            {
                session.Dispose();
            }
        }
    }

    /// <summary>The token was revoked by its own holder.</summary>
    public void Forget(string token)
    {
        if (_present.TryRemove(token, out WebSession? session))
        {
            session.Dispose();
        }
    }

    private async Task<Caller> LoginAsync(DeviceToken token, string from)
    {
        try
        {
            return await accounts.LoginWithTokenAsync(token, new LoginOrigin(from, null, Trusted: false, ChannelBinding: null));
        }
        catch (RefusedException e) when (e.Refusal.Code == RefusalCode.LoginFailed)
        {
            throw new RefusedException(RefusalCode.LoginRequired);
        }
    }
}

/// <summary>One token's presence.</summary>
internal sealed class WebSession(byte[] proof) : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private Session? _session;
    private long _lastUse = Environment.TickCount64;
    private int _underWay;

    /// <summary>With the permissions of this moment.</summary>
    public Caller Caller => _session?.Caller ?? throw new RefusedException(RefusalCode.LoginRequired);

    /// <summary>Cancelled when the session is ended: what it has under way ends too.</summary>
    public CancellationToken Ended => _ended.Token;

    public async Task EnterAsync(Sessions sessions, Caller caller, string door, Action leave, CancellationToken cancel)
    {
        _session = await sessions.EnterAsync(caller, wait: false, onPosition: null, _ => End(leave), cancel, door);
    }

    /// <summary>Whether the secret is the one that was checked.</summary>
    public bool TryUse(ReadOnlySpan<byte> presented)
    {
        Volatile.Write(ref _lastUse, Environment.TickCount64);
        return !_ended.IsCancellationRequested && CryptographicOperations.FixedTimeEquals(proof, presented);
    }

    public void Begin() => Interlocked.Increment(ref _underWay);

    public void Finish()
    {
        Volatile.Write(ref _lastUse, Environment.TickCount64);
        Interlocked.Decrement(ref _underWay);
    }

    public bool IsIdle(long now, TimeSpan limit) => Volatile.Read(ref _underWay) == 0 && now - Volatile.Read(ref _lastUse) > limit.TotalMilliseconds;

    public void Dispose() => _session?.Dispose();

    private void End(Action leave)
    {
        leave();
        _ended.Cancel();
        Dispose();
    }
}
