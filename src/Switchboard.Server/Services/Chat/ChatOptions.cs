namespace Switchboard.Server.Services.Chat;

/// <summary>What may be said and how much of it is kept. Each default says where it comes from.</summary>
public sealed record ChatOptions
{
    /// <summary>The room that everybody has.</summary>
    public const string Lobby = "lobby";

    /// <summary>Bytes of a topic: one line of a terminal in Chinese, with room to spare.</summary>
    public const int TopicBytes = 512;

    /// <summary>Letters of a message's key.</summary>
    public const int KeyLength = 64;

    /// <summary>Messages of a room in which a repeated key is recognised: more than anybody says while a line is down.</summary>
    public const int RecentKeys = 4_096;

    /// <summary>Rooms that one connection may be in.</summary>
    public const int RoomsPerSession = 64;

    /// <summary>Messages that one connection may have said and not yet seen durable; beyond it nothing more of it is heard for the moment.</summary>
    public const int PostsUnderWay = 1_024;

    /// <summary>Most messages one question of the history is answered with.</summary>
    public const int MostHistory = 10_000;

    /// <summary>Bytes of one message: two pages of text.</summary>
    public int MessageBytes { get; init; } = 8 << 10;

    /// <summary>Messages a second of one account, on the average; 0 is no bound.</summary>
    public int Rate { get; init; } = 10;

    /// <summary>Messages of one account at once: a pasted paragraph, line by line.</summary>
    public int Burst { get; init; } = 40;

    /// <summary>How long a message that comes too soon is held back before it is refused.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Rooms in all, private ones not counted.</summary>
    public int MaxRooms { get; init; } = 1_000;

    /// <summary>Connections in one room.</summary>
    public int MaxPresent { get; init; } = 10_000;

    /// <summary>Messages older than this are removed; null keeps them.</summary>
    public TimeSpan? KeepFor { get; init; }

    /// <summary>Bytes kept of each room, the oldest going first; null keeps all.</summary>
    public long? KeepBytes { get; init; }
}
