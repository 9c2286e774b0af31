namespace Switchboard.Protocol;

/// <summary>
/// Enters a room. The first one turns the connection into a chat session that lasts until <see cref="LeaveRoom"/>; within it, with the session's id,
/// it enters one more, and one that it is in already stays as it is. Answered by <see cref="Joined"/>, then <see cref="RoomMessage"/> as they come.
/// </summary>
public sealed record JoinRoom : Message
{
    public override string Type => "join";
    /// <summary>A room's name, or <c>@</c> and the name of an account for a conversation between two.</summary>
    public required string Room { get; init; }
    /// <summary>First message wanted; absent goes on behind what this device has read.</summary>
    public long? From { get; init; }
    /// <summary>Tell who comes and goes.</summary>
    public bool? Presence { get; init; }
    /// <summary>Of the first one: also enter conversations between two as soon as somebody says something to the caller there.</summary>
    public bool? Private { get; init; }
}

/// <summary>The session is in a room.</summary>
public sealed record Joined : Message
{
    public override string Type => "joined";
    /// <summary>The room's own name, which all frames about it carry.</summary>
    public required string Room { get; init; }
    /// <summary>The number of the first message that comes.</summary>
    public required long Next { get; init; }
    /// <summary>The number of the last one there is.</summary>
    public required long Last { get; init; }
    public string? Topic { get; init; }
    /// <summary>Accounts that are here now.</summary>
    public required int Here { get; init; }
}

/// <summary>Leaves a room, or without one all of them, which ends the session with <c>ok</c>.</summary>
public sealed record LeaveRoom : Message
{
    public override string Type => "leave";
    public string? Room { get; init; }
}

/// <summary>The session is in a room no more.</summary>
public sealed record Parted : Message
{
    public override string Type => "parted";
    public required string Room { get; init; }
}

/// <summary>Says something; the payload is its text in UTF-8.</summary>
public sealed record Post : Message
{
    public override string Type => "post";
    public required string Room { get; init; }
    /// <summary>Made at random by the client, 1 to 64 visible ASCII characters: the same key again means the same message, and never a second one.</summary>
    public string? Key { get; init; }
}

/// <summary>Answer to a <see cref="Post"/> outside a session (frame type <c>ok</c>).</summary>
public sealed record PostAnswer : Message
{
    public override string Type => "ok";
    public required string Room { get; init; }
    public required long Number { get; init; }
    public required long Time { get; init; }
}

/// <summary>
/// Shows a file of the caller's home in a room: whoever may be in the room may read this content (<see cref="Get"/> with <see cref="Get.Room"/>), wherever
/// in that home it lies and as long as it does. Needs <c>files</c> too.
/// </summary>
public sealed record RoomSend : Message
{
    public override string Type => "room-send";
    public required string Room { get; init; }
    /// <summary>Of the file; its last part is the name that the room sees.</summary>
    public required string Path { get; init; }
    /// <summary>As in <see cref="Post"/>.</summary>
    public string? Key { get; init; }
}

/// <summary>Within a session: a message is durable, and this is its number.</summary>
public sealed record Posted : Message
{
    public override string Type => "posted";
    public required string Room { get; init; }
    public string? Key { get; init; }
    public required long Number { get; init; }
    public required long Time { get; init; }
}

/// <summary>Within a session: a <see cref="Post"/> or a <see cref="JoinRoom"/> was refused; the session goes on.</summary>
public sealed record RefusedInChat : Message
{
    public override string Type => "refused";
    public required string Room { get; init; }
    /// <summary>Of the message; absent for a room that could not be entered.</summary>
    public string? Key { get; init; }
    public required string Code { get; init; }
    public required string Message { get; init; }
    public string? Hint { get; init; }
    public double? RetryAfter { get; init; }
}

/// <summary>One message of a room; the payload is its text. It carries no <c>id</c>: the same bytes go to everybody.</summary>
public sealed record RoomMessage : Message
{
    public override string Type => "message";
    public required string Room { get; init; }
    /// <summary>From 1; each message of a room has the next one.</summary>
    public required long Number { get; init; }
    public required string From { get; init; }
    public required long Time { get; init; }
    /// <summary>Absent for what a person said; else <c>topic</c>, <c>file</c>, <c>removed</c> or <c>gone</c>.</summary>
    public string? Kind { get; init; }
    /// <summary>The number of the message that was removed.</summary>
    public long? Target { get; init; }
    /// <summary>Of a file, whose name is the text: SHA-256 in hexadecimal digits.</summary>
    public string? Sha256 { get; init; }
    /// <summary>Of a file: its size.</summary>
    public long? Bytes { get; init; }
}

/// <summary>The person at this device has seen all messages up to this one. Not answered; it never moves back.</summary>
public sealed record Seen : Message
{
    public override string Type => "seen";
    public required string Room { get; init; }
    public required long Number { get; init; }
}

/// <summary>The person is away from this device, or back. Not answered.</summary>
public sealed record Away : Message
{
    public override string Type => "away";
    public required bool Gone { get; init; }
}

/// <summary>Who came and went, gathered over about a second.</summary>
public sealed record Presence : Message
{
    public override string Type => "presence";
    public required string Room { get; init; }
    public required string[] Came { get; init; }
    public required string[] Went { get; init; }
    /// <summary>Accounts that are here now.</summary>
    public required int Here { get; init; }
}

/// <summary>Lists the rooms the caller may enter; answered by <see cref="Items"/> of <see cref="RoomEntry"/>, then <c>ok</c>.</summary>
public sealed record RoomsRequest : Message
{
    public override string Type => "rooms";
}

/// <summary>One room as lists show it.</summary>
public sealed record RoomEntry
{
    public required string Name { get; init; }
    /// <summary><c>public</c>, <c>invited</c> or <c>private</c>.</summary>
    public required string Kind { get; init; }
    public string? Topic { get; init; }
    /// <summary>Accounts that are here now.</summary>
    public required int Here { get; init; }
    /// <summary>The number of the last message; 0 where nothing was said.</summary>
    public required long Last { get; init; }
    /// <summary>How far the caller has read, on any device; absent where never.</summary>
    public long? Read { get; init; }
}

/// <summary>Makes a room.</summary>
public sealed record RoomAdd : Message
{
    public override string Type => "room-add";
    public required string Room { get; init; }
    /// <summary>Only who is invited may enter.</summary>
    public bool? Invited { get; init; }
}

/// <summary>Lets an account into a room by invitation.</summary>
public sealed record RoomInvite : Message
{
    public override string Type => "room-invite";
    public required string Room { get; init; }
    public required string Account { get; init; }
}

/// <summary>Gives up a room by invitation, and leaves any room on all devices.</summary>
public sealed record RoomLeave : Message
{
    public override string Type => "room-leave";
    public required string Room { get; init; }
}

/// <summary>Keeps an account from speaking in a room. Needs <c>admin</c>.</summary>
public sealed record RoomMute : Message
{
    public override string Type => "room-mute";
    public required string Room { get; init; }
    public required string Account { get; init; }
    /// <summary>For so long; 0 lets it speak again.</summary>
    public required double Seconds { get; init; }
}

/// <summary>Keeps an account out of a room, or lets it in again. Needs <c>admin</c>.</summary>
public sealed record RoomBan : Message
{
    public override string Type => "room-ban";
    public required string Room { get; init; }
    public required string Account { get; init; }
    /// <summary>Let it in again.</summary>
    public bool? Lift { get; init; }
}

/// <summary>Takes a message away: one's own, or with <c>admin</c> anybody's. Who wrote it and that it stood there remains.</summary>
public sealed record MessageRemove : Message
{
    public override string Type => "message-remove";
    public required string Room { get; init; }
    public required long Number { get; init; }
}

/// <summary>Who is in a room; answered by <see cref="Items"/> of <see cref="PresentEntry"/>, then <c>ok</c>.</summary>
public sealed record WhoRequest : Message
{
    public override string Type => "who";
    public required string Room { get; init; }
}

/// <summary>Somebody in a room now.</summary>
public sealed record PresentEntry
{
    public required string Account { get; init; }
    /// <summary><c>here</c> or <c>away</c>.</summary>
    public required string State { get; init; }
    /// <summary>Since when.</summary>
    public required long Since { get; init; }
}

/// <summary>Sets a room's topic, or takes it away.</summary>
public sealed record TopicRequest : Message
{
    public override string Type => "topic";
    public required string Room { get; init; }
    public string? Text { get; init; }
}

/// <summary>A part of a room's history; answered by <see cref="Items"/> of <see cref="HistoryEntry"/>, then <c>ok</c>.</summary>
public sealed record HistoryRequest : Message
{
    public override string Type => "history";
    public required string Room { get; init; }
    /// <summary>First message wanted.</summary>
    public long? From { get; init; }
    /// <summary>How many, counted from <see cref="From"/> or else back from the end; at most 10,000. Absent with <see cref="From"/> means all.</summary>
    public int? Last { get; init; }
    /// <summary>Only messages with all of these words.</summary>
    public string? Words { get; init; }
}

/// <summary>One message as lists show it; the fields are those of <see cref="RoomMessage"/>.</summary>
public sealed record HistoryEntry
{
    public required string Room { get; init; }
    public required long Number { get; init; }
    public required string From { get; init; }
    public required long Time { get; init; }
    public required string Text { get; init; }
    public string? Kind { get; init; }
    public long? Target { get; init; }
    public string? Sha256 { get; init; }
    public long? Bytes { get; init; }
}
