using System.Collections.Frozen;

namespace Switchboard.Protocol;

/// <summary>The names of all frame types of this version.</summary>
public static class MessageTypes
{
    /// <summary>More characters than any name has.</summary>
    internal const int LongestName = 32;

    /// <summary>What a client may begin with once it is logged in; each is answered, in order.</summary>
    public static FrozenSet<string> Requests { get; } = FrozenSet.Create(
        "whoami", "ping", "password",
        "list", "stat", "mkdir", "move", "remove", "usage", "space", "verify",
        "put", "upload", "adopt", "get", "leaves", "uploads", "drop",
        "account-add", "account-list", "account-set", "account-remove",
        "token-add", "token-list", "token-revoke", "audit",
        "run", "attach", "jobs", "job", "kill");

    /// <summary>What a client sends within a session that <c>run</c> or <c>attach</c> began; none is answered by itself.</summary>
    public static FrozenSet<string> WithinJob { get; } = FrozenSet.Create("stdin", "received", "resize", "signal", "detach");

    /// <summary>Every type, whoever sends it.</summary>
    public static FrozenSet<string> All { get; } = FrozenSet.Create<string>([
        .. Requests, .. WithinJob,
        "hello", "auth", "data", "commit",
        "ok", "error", "items", "challenge", "waiting", "ready", "kept", "folder", "file", "digest", "closing",
        "started", "stdout", "stderr", "gap", "taken", "pulse"]);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Names = All.GetAlternateLookup<ReadOnlySpan<char>>();

    internal static string Intern(ReadOnlySpan<char> name) =>
        Names.TryGetValue(name, out var known) ? known : name.ToString();
}
