using System.Globalization;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Chats;

/// <summary><c>rooms</c> and <c>room</c>: which there are, and who may be in them.</summary>
internal static class RoomCommands
{
    private static readonly Argument s_room = new("ROOM", ("The room", "房间"));
    private static readonly Argument s_name = new("NAME", ("The account", "账户")) { Completes = Completes.Account };
    private static readonly Argument s_number = new("NUMBER", ("The message's number, as 'history --json' shows it", "消息编号，见 history --json"));
    private static readonly Flag s_invited = new("invited", ("Only who is invited may enter", "只有受邀者可以进入"));
    private static readonly Flag s_time = new("for", ("How long (default: 1h)", "多长时间（默认 1h）")) { Value = "TIME" };

    public static Command BuildRooms() => new("rooms", ("List rooms open to you, with what is unread", "列出对您开放的房间和未读消息数"))
    {
        OnlyAsks = true,
        Connects = true,
        Run = ListAsync,
    };

    public static Command BuildRoom() => new("room", ("Make rooms, invite, moderate", "建立房间、邀请、管理"))
    {
        Subcommands =
        [
            new("add", ("Make a room", "建立房间")) { Arguments = [s_room with { Name = "NAME" }], Flags = [s_invited], Connects = true, Run = call => DoAsync(call, (client, room) => client.AddRoomAsync(room, call.Has(s_invited), call.Stop), "added") },
            new("invite", ("Let somebody into a room by invitation", "邀请某人进入房间")) { Arguments = [s_room, s_name], Connects = true, Run = call => DoAsync(call, (client, room) => client.InviteAsync(room, call.Words[1], call.Stop), "invited") },
            new("leave", ("Give up a room by invitation", "退出受邀房间")) { Arguments = [s_room], Connects = true, Run = call => DoAsync(call, (client, room) => client.LeaveRoomAsync(room, call.Stop), "left") },
            new("mute", ("Keep somebody from speaking for a while (administrators)", "禁言一段时间（管理员）")) { Arguments = [s_room, s_name], Flags = [s_time], Connects = true, Run = call => DoAsync(call, (client, room) => client.MuteAsync(room, call.Words[1], TimeOf(call), call.Stop), "muted") },
            new("unmute", ("Let somebody speak again (administrators)", "解除禁言（管理员）")) { Arguments = [s_room, s_name], Connects = true, Run = call => DoAsync(call, (client, room) => client.MuteAsync(room, call.Words[1], TimeSpan.Zero, call.Stop), "unmuted") },
            new("ban", ("Put somebody out of a room for good (administrators)", "将某人移出房间并禁止进入（管理员）")) { Arguments = [s_room, s_name], Connects = true, Run = call => DoAsync(call, (client, room) => client.BanAsync(room, call.Words[1], lift: false, call.Stop), "banned") },
            new("unban", ("Let somebody in again (administrators)", "允许某人再次进入（管理员）")) { Arguments = [s_room, s_name], Connects = true, Run = call => DoAsync(call, (client, room) => client.BanAsync(room, call.Words[1], lift: true, call.Stop), "unbanned") },
            new("erase", ("Take a message away: your own, or with 'admin' anybody's", "撤回一条消息：自己的；管理员可撤回任何人的")) { Arguments = [s_room, s_number], Connects = true, Run = call => DoAsync(call, (client, room) => client.RemoveMessageAsync(room, NumberOf(call), call.Stop), "erased") },
        ],
        Examples =
        [
            new("switchboard room add builds", ("A room for all", "所有人可进入的房间")),
            new("switchboard room add exam --invited", ("One by invitation", "仅限受邀者的房间")),
            new("switchboard room invite exam ben", ("Let ben in", "邀请 ben")),
        ],
    };

    private static async Task<int> ListAsync(Invocation call)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        Printer printer = call.Printer;
        var names = new RoomNames(lease.Remote.Options.User ?? "");
        var table = new TextTable(printer, ChatText.Columns);
        int count = 0;
        await foreach (RoomEntry room in client.ListRoomsAsync(call.Stop))
        {
            count++;
            if (printer.IsJson)
            {
                printer.Json(room, CliJson.Default.RoomEntry);
                continue;
            }
            long unread = room.Last - (room.Read ?? (room.Kind == "private" ? 0 : room.Last));
            table.Row(names.Shown(room.Name), room.Here.ToString(CultureInfo.InvariantCulture), unread == 0 ? "" : unread.ToString(CultureInfo.InvariantCulture), room.Topic ?? "");
        }
        table.Print();
        if (count == 0)
        {
            printer.Note(ChatText.NoRooms);
        }
        return ExitCode.Done;
    }

    private static async Task<int> DoAsync(Invocation call, Func<SwitchboardClient, string, Task> act, string done)
    {
        await using var lease = await Remote.OpenAsync(call);
        SwitchboardClient client = await lease.Remote.ClientAsync(call.Stop);
        await act(client, call.Words[0]);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Room = call.Words[0], Done = done }, CliJson.Default.DoneLine);
        }
        return ExitCode.Done;
    }

    private static TimeSpan TimeOf(Invocation call) => call.Value(s_time) is not { } text ? TimeSpan.FromHours(1)
        : Amounts.ParseSpan(text) is { } time && time > TimeSpan.Zero ? time
        : throw ParseText.BadValue(s_time.Dashed, text, ("A time is like 30s, 10m, 2h or 1d.", "时间写作 30s、10m、2h 或 1d。"));

    private static long NumberOf(Invocation call) => long.TryParse(call.Words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0 ? number
        : throw ParseText.BadValue("NUMBER", call.Words[1], ("It is a number from 1 on.", "应为从 1 开始的数字。"));
}
