using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Storage;

/// <summary>Rooms, their logs, and how far everybody has read. Tasks complete when the change is on the disk.</summary>
internal interface IChatStore
{
    IReadOnlyList<ChatRoom> Rooms();

    /// <summary>Refuses with <see cref="Protocol.RefusalCode.Exists"/>.</summary>
    /// <param name="room">Its id is given by the store.</param>
    /// <param name="invited">Accounts that may enter from the beginning.</param>
    /// <param name="audit">Written with it.</param>
    Task<ChatRoom> AddRoomAsync(ChatRoom room, IReadOnlyList<long> invited, AuditRecord? audit);

    Task SetTopicAsync(long room, string? topic);

    IReadOnlyList<ChatMember> Members(long room);

    /// <summary>Adds or replaces what a room knows of an account.</summary>
    Task SetMemberAsync(long room, ChatMember member, AuditRecord? audit);

    /// <summary>The number of a room's last message, 0 before the first; and of the first that is kept.</summary>
    (long First, long Last) Range(long room);

    /// <summary>Appends messages whose numbers follow on the last.</summary>
    Task AppendAsync(long room, IReadOnlyList<ChatMessage> messages);

    /// <summary>Messages from a number on, in order; at least one where there is one, and not many more than <paramref name="weight"/> bytes.</summary>
    IReadOnlyList<ChatMessage> Read(long room, long from, int weight);

    /// <summary>Puts another message in the place of one, takes its words out of the index, and writes an audit record.</summary>
    Task ReplaceAsync(long room, ChatMessage message, AuditRecord audit);

    /// <summary>How far a device of an account has read; null where it never did.</summary>
    long? Cursor(long account, string device, long room);

    /// <summary>The furthest of an account's devices, by room.</summary>
    IReadOnlyDictionary<long, long> Cursors(long account);

    /// <summary>Moves cursors forward; a power cut may lose it.</summary>
    void NoteCursors(IReadOnlyList<ChatCursor> cursors);

    /// <summary>Adds the words of some messages to the index that are not in it yet.</summary>
    /// <returns>False when there were none.</returns>
    Task<bool> IndexSomeAsync();

    /// <summary>Numbers of messages that hold all words, newest last.</summary>
    IReadOnlyList<long> Search(long room, string words, int atMost);

    /// <summary>Removes some of what is older, or beyond a size; whole rows, the oldest first, the newest never.</summary>
    /// <returns>How many rows went; 0 when no more are to go.</returns>
    Task<int> TrimAsync(long room, long olderThan, long? bytes);
}

/// <summary>How far a device of an account has read in a room.</summary>
internal readonly record struct ChatCursor(long Account, string Device, long Room, long Number);
