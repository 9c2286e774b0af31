using System.Collections.Concurrent;

namespace Switchboard.Server.Services.Chat;

/// <summary>Connections that want to hear of conversations they are not in yet, by account.</summary>
internal sealed class Followers
{
    private readonly ConcurrentDictionary<long, ConcurrentDictionary<Follower, bool>> _byAccount = new();

    public IDisposable Add(long account, Action<string> called)
    {
        var follower = new Follower(this, account, called);
        _byAccount.GetOrAdd(account, static _ => new())[follower] = true;
        return follower;
    }

    public void Call(IEnumerable<long> accounts, string room)
    {
        foreach (var account in accounts)
        {
            foreach (var follower in _byAccount.GetValueOrDefault(account)?.Keys ?? [])
            {
                follower.Called(room);
            }
        }
    }

    private sealed class Follower(Followers all, long account, Action<string> called) : IDisposable
    {
        public Action<string> Called => called;

        public void Dispose() => all._byAccount.GetValueOrDefault(account)?.TryRemove(this, out _);
    }
}
