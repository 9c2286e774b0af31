using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Services.Chat;

/// <summary>The keys of a room's latest messages, by which one that is sent again after a broken line is recognised.</summary>
internal sealed class RecentKeys
{
    private readonly Dictionary<(long Account, string Key), (long Number, long Time)> _numbers = [];
    private readonly Queue<(long Account, string Key, long Number)> _order = new();

    public (long Number, long Time)? Find(long account, string key) => _numbers.TryGetValue((account, key), out var found) ? found : null;

    public void Add(ChatMessage message)
    {
        if (message.Key is not { } key)
        {
            return;
        }

        _numbers[(message.Account, key)] = (message.Number, message.Time);
        _order.Enqueue((message.Account, key, message.Number));
        if (_order.Count > ChatOptions.RecentKeys)
        {
            var (account, old, number) = _order.Dequeue();
            Forget(account, old, number);
        }
    }

    /// <summary>Forgets what never became durable.</summary>
    public void ForgetAfter(long number)
    {
        for (var left = _order.Count; left > 0; left--)
        {
            var (account, key, of) = _order.Dequeue();
            if (of > number)
            {
                Forget(account, key, of);
            }
            else
            {
                _order.Enqueue((account, key, of));
            }
        }
    }

    private void Forget(long account, string key, long number)
    {
        if (_numbers.TryGetValue((account, key), out var known) && known.Number == number)
        {
            _numbers.Remove((account, key));
        }
    }
}
