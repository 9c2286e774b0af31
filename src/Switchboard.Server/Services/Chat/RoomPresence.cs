using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Services.Chat;

/// <summary>Who came into a room and who left it, within about a second.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Came">Names, at most <see cref="MostNames"/>.</param>
/// <param name="Went">Names, at most <see cref="MostNames"/>.</param>
/// <param name="Here">How many accounts are here now.</param>
internal sealed record PresenceNotice(long Number, IReadOnlyList<string> Came, IReadOnlyList<string> Went, int Here)
{
    /// <summary>Names in one notice: a class that comes in at once. Beyond that only the count tells.</summary>
    public const int MostNames = 50;
}

/// <summary>Somebody in a room now.</summary>
internal sealed record Present(string Account, bool Away, long Since);

/// <summary>Who is in a room now: the connections that read it, and the accounts they belong to.</summary>
internal sealed class RoomPresence(ChatOptions options, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Member> _members = [];
    private readonly HashSet<string> _came = [];
    private readonly HashSet<string> _went = [];
    // Copied on change, so that waking them all takes no lock.
    private volatile RoomReader[] _readers = [];
    private int _count;
    private volatile PresenceNotice? _notice;

    /// <summary>The latest; whoever missed one before it asks <c>who</c>.</summary>
    public PresenceNotice? Notice => _notice;

    public int Here
    {
        get
        {
            lock (_gate)
            {
                return _members.Count;
            }
        }
    }

    /// <exception cref="RefusedException"><see cref="RefusalCode.OverLimit"/> when the room is full.</exception>
    public void Enter(RoomReader reader)
    {
        lock (_gate)
        {
            if (_count >= options.MaxPresent)
            {
                throw new RefusedException(RefusalCode.OverLimit, reader.Room.Name, $"at most {options.MaxPresent} connections in one room");
            }

            Add(reader);
            if (!_members.TryGetValue(reader.Caller.AccountId, out var member))
            {
                _members.Add(reader.Caller.AccountId, member = new Member(reader.Caller.Account) { Since = clock.Microseconds() });
                Note(_came, _went, member.Name);
            }

            member.Sessions++;
        }
    }

    public void Leave(RoomReader reader)
    {
        lock (_gate)
        {
            var at = Array.IndexOf(_readers, reader, 0, _count);
            if (at < 0)
            {
                return;
            }

            Remove(at);
            var member = _members[reader.Caller.AccountId];
            if (--member.Sessions == 0)
            {
                _members.Remove(reader.Caller.AccountId);
                Note(_went, _came, member.Name);
            }
        }
    }

    public void SetAway(Caller caller, bool away)
    {
        lock (_gate)
        {
            if (_members.TryGetValue(caller.AccountId, out var member) && member.Away != away)
            {
                (member.Away, member.Since) = (away, clock.Microseconds());
            }
        }
    }

    public IReadOnlyList<Present> Who()
    {
        lock (_gate)
        {
            return [.. _members.Values.Select(member => new Present(member.Name, member.Away, member.Since)).OrderBy(member => member.Account, StringComparer.Ordinal)];
        }
    }

    /// <summary>Calls every connection to what is new.</summary>
    public void WakeAll()
    {
        var readers = _readers;
        for (var i = 0; i < readers.Length && readers[i] is { } reader; i++)
        {
            reader.Wake();
        }
    }

    /// <summary>Marks an account's connections as kept out, and calls them.</summary>
    public void Expel(long account)
    {
        foreach (var reader in _readers.Where(reader => reader is not null && reader.Caller.AccountId == account))
        {
            reader.IsExpelled = true;
            reader.Wake();
        }
    }

    /// <summary>Once a second: tells those who want to know.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            if (_came.Count + _went.Count == 0)
            {
                return;
            }

            _notice = new PresenceNotice((_notice?.Number ?? 0) + 1, Names(_came), Names(_went), _members.Count);
            _came.Clear();
            _went.Clear();
        }

        foreach (var reader in _readers.Where(reader => reader is { WantsPresence: true }))
        {
            reader.Wake();
        }
    }

    private static string[] Names(HashSet<string> names) => [.. names.Take(PresenceNotice.MostNames).Order(StringComparer.Ordinal)];

    // Somebody who leaves and is back within the second did nothing that others need to read.
    private static void Note(HashSet<string> to, HashSet<string> opposite, string name)
    {
        if (!opposite.Remove(name))
        {
            to.Add(name);
        }
    }

    private void Add(RoomReader reader)
    {
        // Room ahead, and null behind the last: filling a room of thousands must not copy it for each of them.
        if (_count == _readers.Length)
        {
            var more = new RoomReader[Math.Max(4, _count * 2)];
            _readers.CopyTo(more, 0);
            _readers = more;
        }

        Volatile.Write(ref _readers[_count++], reader);
    }

    private void Remove(int at)
    {
        // Into a new array: whoever wakes them now goes through the old one, and calls the last at most once too often.
        var fewer = (RoomReader[])_readers.Clone();
        fewer[at] = fewer[--_count];
        fewer[_count] = null!;
        _readers = fewer;
    }

    private sealed class Member(string name)
    {
        public string Name => name;

        public int Sessions { get; set; }

        public bool Away { get; set; }

        public long Since { get; set; }
    }
}
