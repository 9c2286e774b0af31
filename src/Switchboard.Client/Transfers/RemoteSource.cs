using System.Globalization;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>A file to fetch: a path of the home, or the file that a message of a room is.</summary>
/// <param name="Name">Tells one source from another, over attempts and programs too.</param>
internal sealed record RemoteSource(string Name)
{
    private string? Room { get; init; }

    private long? Number { get; init; }

    public static RemoteSource OfMessage(string room, long number) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{room} #{number}")) { Room = room, Number = number };

    public Get Get(long? offset, long? length = null) => new() { Path = Path, Room = Room, Number = Number, Offset = offset, Length = length };

    public LeavesRequest Leaves(long length) => new() { Path = Path, Room = Room, Number = Number, Length = length };

    public StatRequest Digest() => new() { Path = Path, Room = Room, Number = Number, Digest = true };

    private string Path => Room is null ? Name : "";
}
