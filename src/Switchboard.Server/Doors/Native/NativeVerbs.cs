using System.Collections.Frozen;
using Switchboard.Framing;

namespace Switchboard.Server.Doors.Native;

/// <summary>What must have happened on a connection before a verb is heard.</summary>
internal enum Needs
{
    Nothing,
    Hello,
    Login,
}

internal sealed record NativeVerb(string Type, Needs Needs, Turn Turn, Func<NativeSession, Frame, ValueTask> Handle);

/// <summary>The requests of the native protocol: what each needs, when it is carried out, and by what. docs/protocol.md is compared with it by a test.</summary>
internal static class NativeVerbs
{
    private static readonly NativeVerb[] All =
    [
        new("hello", Needs.Nothing, Turn.Alone, (s, f) => s.Login.HelloAsync(f)),
        new("auth", Needs.Hello, Turn.Alone, (s, f) => s.Login.AuthAsync(f)),
        new("ping", Needs.Hello, Turn.Together, (s, f) => s.Login.PingAsync(f)),
        new("whoami", Needs.Login, Turn.Together, (s, f) => s.Login.WhoAmIAsync(f)),
        new("datagram", Needs.Login, Turn.Together, (s, f) => s.Login.DatagramAsync(f)),
        new("password", Needs.Login, Turn.Alone, (s, f) => s.Accounts.PasswordAsync(f)),

        new("list", Needs.Login, Turn.InTurn, (s, f) => s.Files.ListAsync(f)),
        new("stat", Needs.Login, Turn.InTurn, (s, f) => s.Downloads.StatAsync(f)),
        new("usage", Needs.Login, Turn.InTurn, (s, f) => s.Files.UsageAsync(f)),
        new("space", Needs.Login, Turn.InTurn, (s, f) => s.Files.SpaceAsync(f)),
        new("verify", Needs.Login, Turn.InTurn, (s, f) => s.Files.VerifyAsync(f)),
        new("leaves", Needs.Login, Turn.InTurn, (s, f) => s.Downloads.LeavesAsync(f)),
        new("get", Needs.Login, Turn.InTurn, (s, f) => s.Downloads.GetAsync(f)),
        new("mkdir", Needs.Login, Turn.Together, (s, f) => s.Files.MakeFolderAsync(f)),
        new("move", Needs.Login, Turn.Alone, (s, f) => s.Files.MoveAsync(f)),
        new("remove", Needs.Login, Turn.Alone, (s, f) => s.Files.RemoveAsync(f)),
        new("bin", Needs.Login, Turn.InTurn, (s, f) => s.Bin.ListAsync(f)),
        new("bin-restore", Needs.Login, Turn.Alone, (s, f) => s.Bin.RestoreAsync(f)),
        new("bin-drop", Needs.Login, Turn.Alone, (s, f) => s.Bin.DropAsync(f)),
        new("share-add", Needs.Login, Turn.Alone, (s, f) => s.Shares.AddAsync(f)),
        new("share-list", Needs.Login, Turn.InTurn, (s, f) => s.Shares.ListAsync(f)),
        new("share-revoke", Needs.Login, Turn.Alone, (s, f) => s.Shares.RevokeAsync(f)),
        new("adopt", Needs.Login, Turn.Together, (s, f) => s.Files.AdoptAsync(f)),
        new("put", Needs.Login, Turn.Together, (s, f) => s.Uploads.PutAsync(f)),
        new("upload", Needs.Login, Turn.Together, (s, f) => s.Uploads.UploadAsync(f)),
        new("data", Needs.Login, Turn.Together, (s, f) => s.Uploads.DataAsync(f)),
        new("commit", Needs.Login, Turn.Together, (s, f) => s.Uploads.CommitAsync(f)),
        new("uploads", Needs.Login, Turn.InTurn, (s, f) => s.Uploads.UploadsAsync(f)),
        new("watch", Needs.Login, Turn.InTurn, (s, f) => s.Watches.WatchAsync(f)),
        new("unwatch", Needs.Login, Turn.Within, (s, f) => s.Watches.UnwatchAsync(f)),
        new("drop", Needs.Login, Turn.Alone, (s, f) => s.Uploads.DropAsync(f)),

        new("run", Needs.Login, Turn.InTurn, (s, f) => s.Jobs.RunAsync(f)),
        new("attach", Needs.Login, Turn.InTurn, (s, f) => s.Jobs.AttachAsync(f)),
        new("stdin", Needs.Login, Turn.Within, (s, f) => s.Jobs.InputAsync(f)),
        new("received", Needs.Login, Turn.Within, (s, f) => s.Jobs.ReceivedAsync(f)),
        new("resize", Needs.Login, Turn.Within, (s, f) => s.Jobs.ResizeAsync(f)),
        new("signal", Needs.Login, Turn.Within, (s, f) => s.Jobs.SignalAsync(f)),
        new("detach", Needs.Login, Turn.Within, (s, f) => s.Jobs.DetachAsync(f)),
        new("jobs", Needs.Login, Turn.InTurn, (s, f) => s.Jobs.JobsAsync(f)),
        new("job", Needs.Login, Turn.InTurn, (s, f) => s.Jobs.JobAsync(f)),
        new("kill", Needs.Login, Turn.Together, (s, f) => s.Jobs.KillAsync(f)),

        new("join", Needs.Login, Turn.Within, (s, f) => s.Chats.JoinAsync(f)),
        new("post", Needs.Login, Turn.Within, (s, f) => s.Chats.PostAsync(f)),
        new("leave", Needs.Login, Turn.Within, (s, f) => s.Chats.LeaveAsync(f)),
        new("seen", Needs.Login, Turn.Within, (s, f) => s.Chats.SeenAsync(f)),
        new("away", Needs.Login, Turn.Within, (s, f) => s.Chats.AwayAsync(f)),
        new("rooms", Needs.Login, Turn.InTurn, (s, f) => s.Rooms.RoomsAsync(f)),
        new("room-add", Needs.Login, Turn.Alone, (s, f) => s.Rooms.AddAsync(f)),
        new("room-invite", Needs.Login, Turn.Alone, (s, f) => s.Rooms.InviteAsync(f)),
        new("room-leave", Needs.Login, Turn.Alone, (s, f) => s.Rooms.LeaveAsync(f)),
        new("room-send", Needs.Login, Turn.InTurn, (s, f) => s.Rooms.SendAsync(f)),
        new("room-mute", Needs.Login, Turn.Alone, (s, f) => s.Rooms.MuteAsync(f)),
        new("room-ban", Needs.Login, Turn.Alone, (s, f) => s.Rooms.BanAsync(f)),
        new("message-remove", Needs.Login, Turn.Alone, (s, f) => s.Rooms.RemoveMessageAsync(f)),
        new("who", Needs.Login, Turn.InTurn, (s, f) => s.Rooms.WhoAsync(f)),
        new("topic", Needs.Login, Turn.Alone, (s, f) => s.Rooms.TopicAsync(f)),
        new("history", Needs.Login, Turn.InTurn, (s, f) => s.Rooms.HistoryAsync(f)),

        new("account-add", Needs.Login, Turn.Alone, (s, f) => s.Accounts.AccountAddAsync(f)),
        new("account-list", Needs.Login, Turn.InTurn, (s, f) => s.Accounts.AccountListAsync(f)),
        new("account-set", Needs.Login, Turn.Alone, (s, f) => s.Accounts.AccountSetAsync(f)),
        new("account-remove", Needs.Login, Turn.Alone, (s, f) => s.Accounts.AccountRemoveAsync(f)),
        new("token-add", Needs.Login, Turn.Alone, (s, f) => s.Accounts.TokenAddAsync(f)),
        new("token-list", Needs.Login, Turn.InTurn, (s, f) => s.Accounts.TokenListAsync(f)),
        new("token-revoke", Needs.Login, Turn.Alone, (s, f) => s.Accounts.TokenRevokeAsync(f)),
        new("audit", Needs.Login, Turn.InTurn, (s, f) => s.Accounts.AuditAsync(f)),
    ];

    public static FrozenDictionary<string, NativeVerb> Table { get; } = All.ToFrozenDictionary(verb => verb.Type, StringComparer.Ordinal);
}
