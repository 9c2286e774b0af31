using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>One message of a room.</summary>
/// <param name="Room">The room's own name; of a conversation between two, <c>@ann,ben</c>.</param>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="From">The author's account.</param>
/// <param name="Time">When it was said, by the server's clock.</param>
/// <param name="Text">As it was said: escape it before it is shown (<see cref="Printable"/>).</param>
public sealed record ChatLine(string Room, long Number, string From, DateTimeOffset Time, string Text)
{
    /// <summary>Null for what a person said; else <c>topic</c>, <c>file</c> (see <see cref="Bytes"/>), <c>removed</c> (see <see cref="Target"/>) or <c>gone</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>Of a file, whose name is the text: its size.</summary>
    public long? Bytes { get; init; }

    /// <summary>Of a file: SHA-256 in hexadecimal digits.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The number of the message that was removed.</summary>
    public long? Target { get; init; }
}

/// <summary>A room that was entered.</summary>
/// <param name="Room">Its own name.</param>
/// <param name="Next">The first message that comes.</param>
/// <param name="Last">The last one there is; what lies between was said meanwhile.</param>
/// <param name="Topic">Or null.</param>
/// <param name="Here">Accounts that are in it now.</param>
public sealed record EnteredRoom(string Room, long Next, long Last, string? Topic, int Here);

/// <summary>What a chat tells its program. Calls come one at a time, on the connection's reading loop: none should wait.</summary>
public sealed record ChatOptions
{
    /// <summary>Each message of each room once, in order, also over broken lines.</summary>
    public Action<ChatLine>? OnMessage { get; init; }

    /// <summary>Called when a room was entered, and again after each broken line.</summary>
    public Action<EnteredRoom>? OnEntered { get; init; }

    /// <summary>The room was left, or somebody put us out of it.</summary>
    public Action<string>? OnLeft { get; init; }

    /// <summary>Who came and who went. Null: not asked for.</summary>
    public Action<Presence>? OnPresence { get; init; }

    /// <summary>Messages that the server keeps no more: room, the first and the last number.</summary>
    public Action<string, long, long>? OnGap { get; init; }

    /// <summary>A room could not be entered.</summary>
    public Action<string, Refusal>? OnRefused { get; init; }

    /// <summary>How long a lost line is dialled again. Default a day: a laptop sleeps.</summary>
    public TimeSpan MaxTrying { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Called when the line was lost and is tried again: the reason and how long until then.</summary>
    public Action<Refusal, TimeSpan>? OnRetry { get; init; }

    /// <summary>Called when a lost line is back: for how long it was gone.</summary>
    public Action<TimeSpan>? OnReconnected { get; init; }
}
