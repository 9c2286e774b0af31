using Switchboard.Protocol;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Services.Chat;

/// <summary>A message that has its place: its number, and when it is durable. The task fails with what kept it from that.</summary>
internal readonly record struct Posting(long Number, long Time, Task Durable);

/// <summary>
/// Gives messages their numbers and makes them durable in groups: while one group is being written, the next one gathers. So nobody pays for a
/// flush of their own, and nobody sees a message before it is on the disk.
/// </summary>
internal sealed class RoomWriter(long room, RoomLog log, IChatStore store, TimeProvider clock, Action onAppended)
{
    private const int MostMessages = 256;
    private const int MostWeight = 256 << 10;

    private readonly Lock _gate = new();
    private readonly Queue<Group> _waiting = new();
    private readonly RecentKeys _recent = new();
    private Group? _gathering;
    private bool _isWriting;
    private bool _knowsKeys;
    private long _last = log.Last;
    private long _lastTime;

    /// <summary>Takes a message. One with a known key has its number already.</summary>
    /// <param name="burst">What it is part of, whose end is waited for; null where nothing more comes at once.</param>
    public Posting Post(long account, string from, ChatMessage draft, PostBurst? burst = null)
    {
        var posting = Take(account, from, draft);
        if (burst is null)
        {
            Begin();
        }
        else
        {
            burst.Add(this);
        }

        return posting;
    }

    /// <summary>Begins to write what waits, unless that is under way.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (_isWriting || _waiting.Count == 0)
            {
                return;
            }

            _isWriting = true;
        }

        _ = WriteAsync();
    }

    private Posting Take(long account, string from, ChatMessage draft)
    {
        lock (_gate)
        {
            LearnKeys();
            if (draft.Key is { } key && _recent.Find(account, key) is { } known)
            {
                return new Posting(known.Number, known.Time, known.Number <= log.Last ? Task.CompletedTask : GroupOf(known.Number));
            }

            // A clock that is set back does not turn the order of a room round.
            _lastTime = Math.Max(_lastTime, clock.Microseconds());
            var message = draft with { Number = ++_last, Time = _lastTime, Account = account, From = from };
            _recent.Add(message);
            return new Posting(message.Number, message.Time, Gather(message).Done.Task);
        }
    }

    private Group Gather(ChatMessage message)
    {
        if (_gathering is null || _gathering.Messages.Count >= MostMessages || _gathering.Weight >= MostWeight)
        {
            _waiting.Enqueue(_gathering = new Group());
        }

        _gathering.Messages.Add(message);
        _gathering.Weight += message.Weight;
        return _gathering;
    }

    private Task GroupOf(long number) => _waiting.FirstOrDefault(group => group.Messages[^1].Number >= number)?.Done.Task ?? Task.CompletedTask;

    private async Task WriteAsync()
    {
        while (Next() is { } group)
        {
            try
            {
                await store.AppendAsync(room, group.Messages);
                log.Append(group.Messages);
                Finish();
                onAppended();
                group.Done.SetResult();
            }
            catch (Exception e)
            {
                GiveUp(e as RefusedException ?? new RefusedException(new Refusal(RefusalCode.Internal), e));
            }
        }
    }

    private Group? Next()
    {
        lock (_gate)
        {
            _isWriting = _waiting.TryPeek(out var group);
            if (ReferenceEquals(group, _gathering))
            {
                _gathering = null;
            }

            return group;
        }
    }

    private void Finish()
    {
        lock (_gate)
        {
            _waiting.Dequeue();
        }
    }

    // Numbers have no gaps: whatever waited behind loses its number too, and is told the same.
    private void GiveUp(RefusedException reason)
    {
        Group[] lost;
        lock (_gate)
        {
            lost = [.. _waiting];
            _waiting.Clear();
            _gathering = null;
            _last = log.Last;
            _recent.ForgetAfter(_last);
        }

        foreach (var group in lost)
        {
            group.Done.SetException(reason);
            _ = group.Done.Task.Exception;
        }
    }

    private void LearnKeys()
    {
        if (!_knowsKeys)
        {
            _knowsKeys = true;
            for (var from = Math.Max(1, _last - ChatOptions.RecentKeys + 1); from <= _last;)
            {
                var messages = store.Read(room, from, MostWeight);
                foreach (var message in messages)
                {
                    _recent.Add(message);
                    _lastTime = Math.Max(_lastTime, message.Time);
                }

                from = messages.Count > 0 ? messages[^1].Number + 1 : _last + 1;
            }
        }
    }

    private sealed class Group
    {
        public List<ChatMessage> Messages { get; } = [];

        public int Weight { get; set; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
