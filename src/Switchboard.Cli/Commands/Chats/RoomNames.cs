using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Chats;

/// <summary>Rooms as a person calls them: a conversation between two by the other's name.</summary>
internal sealed class RoomNames(string self)
{
    private readonly SortedSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names of people that were seen.</summary>
    public IReadOnlyCollection<string> Known
    {
        get
        {
            lock (_known)
            {
                return [.. _known];
            }
        }
    }

    public void Learn(string name)
    {
        lock (_known)
        {
            _known.Add(name);
        }
    }

    /// <summary>What a person calls a room.</summary>
    public string Shown(string room) =>
        ConversationName.IsOne(room) && ConversationName.Names(room) is [var one, var other] ? "@" + (one == self ? other : one) : room;

    /// <summary>A room's own name from what a person calls it.</summary>
    public string Own(string room) =>
        ConversationName.IsOne(room) && ConversationName.Names(room) is [var other] ? ConversationName.Between(self, other) : room;
}
