using Switchboard.Protocol;

namespace Switchboard.Server.Services.Commands;

/// <summary>Where one reader of a job stands.</summary>
internal sealed class ReaderPosition
{
    /// <summary>It has everything before these bytes, of stdout and of stderr.</summary>
    public long[] Received { get; } = new long[2];

    /// <summary>Its sessions: the old one of a broken line may end after the new one began.</summary>
    public int Sessions { get; set; }

    /// <summary>When it last moved, came or was lost, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long Since { get; set; }

    public TerminalSize? Size { get; set; }
}

/// <summary>
/// Who reads a job, and what may therefore be dropped of its log. A reader is waited for while it is there and for the grace after it was lost;
/// one that has left, or has not moved for as long, is not. Callers hold the job's lock.
/// </summary>
internal sealed class JobReaders(CommandsOptions options)
{
    private readonly Dictionary<string, ReaderPosition> _positions = new(StringComparer.Ordinal);

    /// <summary>Sessions that follow it now.</summary>
    public int Sessions => _positions.Values.Sum(position => position.Sessions);

    /// <exception cref="RefusedException"><see cref="RefusalCode.OverLimit"/>.</exception>
    public ReaderPosition Enter(string key, long stdout, long stderr)
    {
        if (!_positions.TryGetValue(key, out var position))
        {
            if (_positions.Count >= options.ReadersPerJob)
            {
                throw new RefusedException(RefusalCode.OverLimit, null, $"{options.ReadersPerJob} readers follow this job already");
            }

            _positions.Add(key, position = new ReaderPosition());
        }

        position.Received[0] = stdout;
        position.Received[1] = stderr;
        position.Sessions++;
        position.Since = Environment.TickCount64;
        return position;
    }

    /// <summary>Expects a reader that is to come (back): what it has not yet read is kept for the grace.</summary>
    public void Expect(string key) => _positions[key] = new ReaderPosition { Since = Environment.TickCount64 };

    /// <param name="key">The reader.</param>
    /// <param name="forGood">It said so; otherwise its line broke.</param>
    public void Leave(string key, bool forGood)
    {
        if (_positions.TryGetValue(key, out var position))
        {
            position.Sessions--;
            position.Since = Environment.TickCount64;
            if (forGood && position.Sessions == 0)
            {
                _positions.Remove(key);
            }
        }
    }

    /// <summary>It has everything before these bytes; it never goes back.</summary>
    public void Moved(string key, long stdout, long stderr)
    {
        if (_positions.TryGetValue(key, out var position))
        {
            // One that stood still too long is waited for again when it moves.
            position.Received[0] = position.Received[0] == long.MaxValue ? stdout : Math.Max(position.Received[0], stdout);
            position.Received[1] = position.Received[1] == long.MaxValue ? stderr : Math.Max(position.Received[1], stderr);
            position.Since = Environment.TickCount64;
        }
    }

    public void Resize(string key, TerminalSize size)
    {
        if (_positions.TryGetValue(key, out var position))
        {
            position.Size = size;
        }
    }

    /// <summary>Below this byte of a stream nobody is waited for; null when there is nobody at all.</summary>
    public long? Floor(int stream)
    {
        long? floor = null;
        foreach (var position in _positions.Values)
        {
            floor = Math.Min(floor ?? long.MaxValue, position.Received[stream]);
        }

        return floor;
    }

    /// <summary>Forgets those who were waited for long enough. One that is there but stands still stays in its session and will see a gap.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Expire(long now)
    {
        var changed = false;
        foreach (var (key, position) in _positions.Where(pair => now - pair.Value.Since > options.ReaderGrace.TotalMilliseconds).ToList())
        {
            if (position.Sessions == 0)
            {
                _positions.Remove(key);
            }
            else
            {
                (position.Received[0], position.Received[1]) = (long.MaxValue, long.MaxValue);
            }

            changed = true;
        }

        return changed;
    }

    /// <summary>The smallest terminal of those who are there, so that everybody sees all of it.</summary>
    public TerminalSize? SmallestTerminal()
    {
        var sizes = _positions.Values.Where(position => position.Sessions > 0).Select(position => position.Size).OfType<TerminalSize>().ToList();
        return sizes.Count == 0 ? null : new TerminalSize(sizes.Min(size => size.Rows), sizes.Min(size => size.Columns));
    }
}
