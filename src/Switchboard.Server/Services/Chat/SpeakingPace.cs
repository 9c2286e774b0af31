using System.Collections.Concurrent;

namespace Switchboard.Server.Services.Chat;

/// <summary>How fast each account may speak: a bucket of <see cref="ChatOptions.Burst"/> messages that fills at <see cref="ChatOptions.Rate"/> a second.</summary>
internal sealed class SpeakingPace(ChatOptions options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<long, Bucket> _buckets = new();

    /// <summary>Takes one message out of an account's bucket.</summary>
    /// <returns>How long to hold it back; null when that is longer than anybody should be held back.</returns>
    public TimeSpan? Take(long account)
    {
        if (options.Rate <= 0)
        {
            return TimeSpan.Zero;
        }

        var bucket = _buckets.GetOrAdd(account, static _ => new Bucket());
        lock (bucket)
        {
            return bucket.Take(clock.GetTimestamp(), clock.TimestampFrequency, options);
        }
    }

    /// <summary>Forgets accounts whose buckets are full again.</summary>
    public void Tick()
    {
        foreach (var (account, bucket) in _buckets)
        {
            if (clock.GetElapsedTime(Volatile.Read(ref bucket.Looked)).TotalSeconds * options.Rate > 2 * options.Burst)
            {
                _buckets.TryRemove(KeyValuePair.Create(account, bucket));
            }
        }
    }

    private sealed class Bucket
    {
        public long Looked;
        private double _left = double.NaN;

        public TimeSpan? Take(long now, long frequency, ChatOptions options)
        {
            var grown = double.IsNaN(_left) ? options.Burst : Math.Min(options.Burst, _left + ((double)(now - Looked) / frequency * options.Rate));
            (_left, Looked) = (grown, now);
            var wait = TimeSpan.FromSeconds(Math.Max(0, 1 - grown) / options.Rate);
            if (wait > options.Patience)
            {
                return null;
            }

            _left = grown - 1;
            return wait;
        }
    }
}
