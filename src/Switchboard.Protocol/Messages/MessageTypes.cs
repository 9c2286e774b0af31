using System.Collections.Frozen;

namespace Switchboard.Protocol;

/// <summary>The names of all frame types of this version.</summary>
public static class MessageTypes
{
    /// <summary>More characters than any name has.</summary>
    internal const int LongestName = 32;

    /// <summary>What a client may begin with once it is logged in; each is answered, in order.</summary>
    public static FrozenSet<string> Requests { get; } = FrozenSet.Create(
        "whoami", "ping", "datagram", "password",
        "list", "stat", "mkdir", "move", "remove", "usage", "space", "verify",
        "put", "upload", "adopt", "get", "leaves", "uploads", "drop", "watch",
        "bin", "bin-restore", "bin-drop", "share-add", "share-list", "share-revoke",
        "account-add", "account-list", "account-set", "account-remove",
        "token-add", "token-list", "token-revoke", "audit",
        "run", "attach", "jobs", "job", "kill",
        "join", "post", "rooms", "room-add", "room-invite", "room-leave", "room-send", "room-mute", "room-ban", "message-remove", "who", "topic", "history");

    /// <summary>What a client sends within a session that <c>run</c> or <c>attach</c> began; none is answered by itself.</summary>
    public static FrozenSet<string> WithinJob { get; } = FrozenSet.Create("stdin", "received", "resize", "signal", "detach");

    /// <summary>What a client sends within a session that <c>watch</c> began.</summary>
    public static FrozenSet<string> WithinWatch { get; } = FrozenSet.Create("unwatch");

    /// <summary>What a client sends within a session that <c>join</c> began, besides <c>join</c> and <c>post</c>.</summary>
    public static FrozenSet<string> WithinChat { get; } = FrozenSet.Create("leave", "seen", "away");

    /// <summary>Every type, whoever sends it.</summary>
    public static FrozenSet<string> All { get; } = FrozenSet.Create<string>([
        .. Requests, .. WithinJob, .. WithinChat, .. WithinWatch,
        "hello", "auth", "data", "commit",
        "ok", "error", "items", "challenge", "waiting", "ready", "kept", "folder", "file", "digest", "closing",
        "started", "stdout", "stderr", "gap", "taken", "pulse",
        "news", "joined", "parted", "posted", "refused", "message", "presence"]);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Names = All.GetAlternateLookup<ReadOnlySpan<char>>();

    internal static string Intern(ReadOnlySpan<char> name) =>
        Names.TryGetValue(name, out var known) ? known : name.ToString();
}
