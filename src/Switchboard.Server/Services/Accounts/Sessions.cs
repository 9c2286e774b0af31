using Switchboard.Protocol;

namespace Switchboard.Server.Services.Accounts;

/// <summary>Who is logged in now, with a bound on users at once. A user is an account, however many connections it has; the operator needs no place.</summary>
/// <param name="maxUsers">Accounts at once; as many again may wait in line.</param>
/// <param name="refresh">The caller as the store knows it now. Refuses when the account or the token is gone, disabled, or has another password.</param>
public sealed class Sessions(int maxUsers, Func<Caller, ValueTask<Caller>> refresh)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, List<Session>> _present = [];
    private readonly LinkedList<Waiter> _line = new();
    private long _lastId;

    /// <summary>Accounts that are logged in.</summary>
    public int Users
    {
        get
        {
            lock (_gate)
            {
                return _present.Keys.Count(id => id != 0);
            }
        }
    }

    /// <summary>Makes a session of a login. Dispose it when the connection is gone.</summary>
    /// <param name="caller">From the login.</param>
    /// <param name="wait">Wait in line when all places are taken, instead of being refused.</param>
    /// <param name="onPosition">The position in line, from 1, whenever it changes. Must not block or call back.</param>
    /// <param name="end">Called once, at most, when the session has to end and why. Must not block.</param>
    /// <param name="ct">Leaves the line.</param>
    /// <param name="door">One of <see cref="DoorNames"/>.</param>
    /// <exception cref="RefusedException"><see cref="RefusalCode.TooManyUsers"/>, also when the line is full; or the login holds no more.</exception>
    public async Task<Session> EnterAsync(Caller caller, bool wait, Action<int>? onPosition, Action<Refusal> end, CancellationToken ct, string door = DoorNames.Native)
    {
        var session = new Session(this, caller with { Session = Interlocked.Increment(ref _lastId) }, end) { Door = door };
        var waiter = Place(session, wait, onPosition);
        if (waiter is not null)
        {
            await using var leaving = ct.Register(() => LeaveLine(waiter)).ConfigureAwait(false);
            await waiter.Placed.Task.ConfigureAwait(false);
        }

        try
        {
            await RefreshAsync(session).ConfigureAwait(false);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Ends all sessions of an account. What they still ask for is refused from now on.</summary>
    public void End(string account, RefusalCode why) => End(caller => caller.Account == account && !caller.IsOperator, why);

    /// <summary>Sessions of an account.</summary>
    public int Count(string account)
    {
        lock (_gate)
        {
            return _present.Values.SelectMany(sessions => sessions).Count(session => session.Caller.Account == account);
        }
    }

    /// <summary>Those present, by when they came.</summary>
    internal IReadOnlyList<SessionEntry> List(Func<Caller, bool> which)
    {
        lock (_gate)
        {
            return [.. _present.Values.SelectMany(sessions => sessions).Where(session => which(session.Caller)).OrderBy(session => session.Caller.Session).Select(session => session.ToEntry())];
        }
    }

    internal void End(Func<Caller, bool> which, RefusalCode why)
    {
        Session[] ended;
        lock (_gate)
        {
            ended = [.. _present.Values.SelectMany(sessions => sessions).Where(session => which(session.Caller) && session.MarkEnded())];
        }

        foreach (var session in ended)
        {
            session.TellEnd(new Refusal(why));
        }
    }

    /// <summary>Gives the sessions of an account their permissions of now.</summary>
    internal void Update(long account, Func<Caller, Permissions> allow)
    {
        lock (_gate)
        {
            foreach (var session in _present.GetValueOrDefault(account) ?? [])
            {
                session.Update(session.Caller with { Allow = allow(session.Caller) });
            }
        }
    }

    /// <summary>The account's owner has set a password.</summary>
    internal void Renewed(long account)
    {
        lock (_gate)
        {
            foreach (var session in _present.GetValueOrDefault(account) ?? [])
            {
                session.Update(session.Caller with { MustRenew = false });
            }
        }
    }

    internal void Leave(Session session)
    {
        lock (_gate)
        {
            var id = session.Caller.AccountId;
            if (_present.TryGetValue(id, out var sessions) && sessions.Remove(session) && sessions.Count == 0)
            {
                _present.Remove(id);
                Admit();
            }
        }
    }

    // What the login found may be old by now (the line can be long), and the account may change while it is read again:
    // such a change has reached the session already, so it is read once more.
    private async ValueTask RefreshAsync(Session session)
    {
        int version;
        Caller fresh;
        do
        {
            version = session.Version;
            fresh = await refresh(session.Caller).ConfigureAwait(false);
        }
        while (!TryUpdate(session, fresh, version));
        if (session.Ended)
        {
            throw new RefusedException(RefusalCode.LoginRequired);
        }
    }

    private bool TryUpdate(Session session, Caller fresh, int version)
    {
        lock (_gate)
        {
            if (session.Version != version)
            {
                return session.Ended;
            }

            session.Update(fresh);
            return true;
        }
    }

    private Waiter? Place(Session session, bool wait, Action<int>? onPosition)
    {
        lock (_gate)
        {
            if (HasPlace(session.Caller))
            {
                Add(session);
                return null;
            }

            if (!wait || _line.Count >= maxUsers)
            {
                throw new RefusedException(new Refusal(RefusalCode.TooManyUsers) { Detail = $"{maxUsers} users at once" });
            }

            var waiter = new Waiter(session, onPosition);
            _line.AddLast(waiter);
            onPosition?.Invoke(_line.Count);
            return waiter;
        }
    }

    private bool HasPlace(Caller caller) =>
        caller.IsOperator || _present.ContainsKey(caller.AccountId) || _present.Count - (_present.ContainsKey(0) ? 1 : 0) < maxUsers;

    private void Add(Session session)
    {
        if (!_present.TryGetValue(session.Caller.AccountId, out var sessions))
        {
            _present.Add(session.Caller.AccountId, sessions = []);
        }

        sessions.Add(session);
    }

    private void Admit()
    {
        for (var node = _line.First; node is not null;)
        {
            var next = node.Next;
            if (HasPlace(node.Value.Session.Caller))
            {
                _line.Remove(node);
                Add(node.Value.Session);
                node.Value.Placed.TrySetResult();
            }

            node = next;
        }

        TellPositions();
    }

    private void LeaveLine(Waiter waiter)
    {
        lock (_gate)
        {
            if (_line.Remove(waiter))
            {
                waiter.Placed.TrySetCanceled();
                TellPositions();
            }
        }
    }

    private void TellPositions()
    {
        var position = 1;
        foreach (var waiter in _line)
        {
            waiter.Tell(position++);
        }
    }

    private sealed class Waiter(Session session, Action<int>? onPosition)
    {
        private int _told;

        public Session Session => session;

        public TaskCompletionSource Placed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Tell(int position)
        {
            if (position != _told)
            {
                _told = position;
                onPosition?.Invoke(position);
            }
        }
    }
}

/// <summary>Through which door a session came in, as people are told.</summary>
public static class DoorNames
{
    public const string Native = "native";
    public const string Ftp = "ftp";

    /// <summary>The page, by its cookie.</summary>
    public const string Browser = "browser";

    /// <summary>A program over HTTP.</summary>
    public const string Http = "http";
}

/// <summary>One login that is present.</summary>
public sealed class Session : IDisposable
{
    private readonly Sessions _sessions;
    private readonly Action<Refusal> _end;
    private volatile Caller _caller;
    private readonly long _since = TimeProvider.System.Microseconds();
    private int _disposed;

    internal Session(Sessions sessions, Caller caller, Action<Refusal> end)
    {
        _sessions = sessions;
        _caller = caller;
        _end = end;
    }

    /// <summary>The caller with the permissions of this moment: take it anew for every request. Has none once the session was ended.</summary>
    public Caller Caller => _caller;

    /// <summary>One of <see cref="DoorNames"/>.</summary>
    internal string Door { get; init; } = DoorNames.Native;

    internal int Version { get; private set; }

    internal bool Ended { get; private set; }

    /// <summary>Gives the place to the next in line.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _sessions.Leave(this);
        }
    }

    internal void Update(Caller caller)
    {
        if (!Ended)
        {
            _caller = caller;
            Version++;
        }
    }

    internal bool MarkEnded()
    {
        if (Ended)
        {
            return false;
        }

        Update(_caller with { Allow = Permissions.None });
        return Ended = true;
    }

    internal void TellEnd(Refusal why) => _end(why);

    internal SessionEntry ToEntry() => new()
    {
        Number = _caller.Session,
        Account = _caller.Account,
        Door = Door,
        From = _caller.From,
        Device = _caller.Device,
        Token = _caller.Token,
        Since = _since,
    };
}
