namespace Switchboard.Server.Services.Chat;

/// <summary>
/// What one connection says at once, in however many rooms. It begins to be written when the last of it was read, so that it shares commits
/// and deliveries. For one thread at a time.
/// </summary>
internal sealed class PostBurst
{
    /// <summary>Rooms that wait for the end of a burst: one that goes on and on is written in parts.</summary>
    private const int MostRooms = 64;

    private readonly List<RoomWriter> _waiting = [];

    public void Add(RoomWriter writer)
    {
        if (_waiting.Count > 0 && _waiting[^1] == writer)
        {
            return;
        }

        if (_waiting.Count == MostRooms)
        {
            End();
        }

        _waiting.Add(writer);
    }

    /// <summary>Nothing more is at hand.</summary>
    public void End()
    {
        foreach (var writer in _waiting)
        {
            writer.Begin();
        }

        _waiting.Clear();
    }
}
