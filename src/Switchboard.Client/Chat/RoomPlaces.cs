using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>The rooms of one chat and how far each was read: what has to be asked for again after a broken line, and what was heard already.</summary>
internal sealed class RoomPlaces
{
    private readonly List<Place> places = [];

    /// <summary>Adds a room; false where it is there.</summary>
    public bool Add(string asked, long? from)
    {
        lock (places)
        {
            if (places.Any(place => place.IsCalled(asked)))
            {
                return false;
            }

            places.Add(new(asked) { Next = from });
            return true;
        }
    }

    /// <summary>Forgets a room.</summary>
    /// <returns>Its own name, where that is known.</returns>
    public string Remove(string room)
    {
        lock (places)
        {
            var name = places.FirstOrDefault(place => place.IsCalled(room))?.Name ?? room;
            places.RemoveAll(place => place.IsCalled(room));
            return name;
        }
    }

    /// <summary>The line broke: every room has to be entered again.</summary>
    public void Restart()
    {
        lock (places)
        {
            places.ForEach(place => place.IsAsked = false);
        }
    }

    /// <summary>The request for the next room that is not asked for yet; null where all are.</summary>
    public JoinRoom? NextJoin()
    {
        lock (places)
        {
            if (places.FirstOrDefault(place => !place.IsAsked) is not { } place)
            {
                return null;
            }

            place.IsAsked = true;
            return new JoinRoom { Room = place.Name ?? place.Asked, From = place.Next };
        }
    }

    /// <summary>A room was entered: one that was asked for, or a conversation that somebody began.</summary>
    public void Enter(Joined joined)
    {
        lock (places)
        {
            var place = places.FirstOrDefault(place => place.IsCalled(joined.Room));
            if (place is null)
            {
                places.Add(place = new(joined.Room) { IsAsked = true });
            }

            place.Name = joined.Room;
            place.Next = Math.Max(place.Next ?? 0, joined.Next);
        }
    }

    /// <summary>Takes a message's number.</summary>
    /// <returns>The first number missing before it, or null where none is; and whether it is new.</returns>
    public (long? MissingFrom, bool IsNew) Take(RoomMessage message)
    {
        lock (places)
        {
            var place = places.FirstOrDefault(place => place.Name == message.Room);
            if (place is null || message.Number < place.Next)
            {
                // Of a room that is being left, or said again after a broken line.
                return (null, false);
            }

            long? missing = place.Next is { } next && message.Number > next ? next : null;
            place.Next = message.Number + 1;
            return (missing, true);
        }
    }

    private sealed class Place(string asked)
    {
        public string Asked => asked;

        public string? Name { get; set; }

        public long? Next { get; set; }

        public bool IsAsked { get; set; }

        // A conversation is asked for by the other's name, and called by both.
        public bool IsCalled(string name) =>
            name == Name || string.Equals(name, asked, StringComparison.OrdinalIgnoreCase)
            || (ConversationName.IsOne(asked) && ConversationName.IsOne(name) && ConversationName.Names(name).Contains(asked[1..], StringComparer.OrdinalIgnoreCase));
    }
}
