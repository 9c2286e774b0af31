namespace Switchboard.Server.Storage.Chat;

/// <summary>What a message is. Values are stored and never change.</summary>
public enum MessageKind
{
    /// <summary>What a person said.</summary>
    Said = 0,

    /// <summary>The room's topic from here on.</summary>
    Topic = 1,

    /// <summary>A message before it was taken away; <see cref="ChatMessage.Target"/> says which.</summary>
    Removed = 2,

    /// <summary>It stood here and was taken away: author and time are left.</summary>
    Gone = 3,

    /// <summary>A file of the author's home; the text is its name.</summary>
    File = 4,
}

/// <summary>Content that a message lets the room's people read.</summary>
/// <param name="Sha256">32 bytes.</param>
/// <param name="Size">Bytes.</param>
public sealed record SharedContent(byte[] Sha256, long Size);

/// <summary>One message of a room, as it is stored and handed on.</summary>
public sealed record ChatMessage
{
    /// <summary>From 1, without gaps.</summary>
    public required long Number { get; init; }

    /// <summary>Microseconds since 1970 UTC; never before the message before it.</summary>
    public required long Time { get; init; }

    /// <summary>The author's account; its name is kept beside it, for the day when there is no such account any more.</summary>
    public required long Account { get; init; }

    public required string From { get; init; }

    public MessageKind Kind { get; init; }

    /// <summary>Made by the client; a repeated one is recognised by it.</summary>
    public string? Key { get; init; }

    /// <summary>UTF-8, checked.</summary>
    public required byte[] Text { get; init; }

    public long? Target { get; init; }

    public SharedContent? File { get; init; }

    /// <summary>What it costs to keep and to send, roughly.</summary>
    public int Weight => 128 + Text.Length;
}

/// <summary>Who may enter a room. Values are stored and never change.</summary>
public enum RoomKind
{
    Public = 0,
    Invited = 1,

    /// <summary>Between two accounts, whose names make up its own.</summary>
    Private = 2,
}

/// <summary>A room as it is stored.</summary>
public sealed record ChatRoom(long Id, string Name, RoomKind Kind, string? Topic, long Created);

/// <summary>What a room knows of an account beyond its permission to chat.</summary>
public sealed record ChatMember(long Account, bool Invited, bool Banned, long? MutedUntil);
