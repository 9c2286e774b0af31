using System.Globalization;
using Switchboard.Cli.Output;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Chats;

/// <summary>What can be typed in a chat besides what is said.</summary>
internal sealed class SlashCommands(ChatConsole console, CancellationToken stop)
{
    private const int EarlierAtOnce = 20;

    public static IReadOnlyList<string> Names { get; } =
        ["/away", "/back", "/find", "/get", "/help", "/history", "/join", "/leave", "/quit", "/remove", "/rooms", "/send", "/to", "/topic", "/who"];

    private readonly SharedFiles _files = new(console, stop);

    public async Task RunAsync(string line)
    {
        int end = line.IndexOf(' ', StringComparison.Ordinal);
        string name = (end < 0 ? line : line[..end])[1..].ToLowerInvariant();
        string rest = end < 0 ? "" : line[(end + 1)..].Trim();
        await (name switch
        {
            "help" or "?" => HelpAsync(),
            "to" or "msg" => ToAsync(rest),
            "join" => JoinAsync(rest),
            "leave" => LeaveAsync(),
            "who" => WhoAsync(),
            "rooms" => RoomsAsync(),
            "topic" => TopicAsync(rest),
            "history" => HistoryAsync(rest),
            "find" => FindAsync(rest),
            "remove" => RemoveAsync(rest),
            "send" => rest.Length == 0 ? NeedsAsync("/send FILE") : BesideAsync(() => _files.SendAsync(rest)),
            "get" => BesideAsync(() => _files.GetAsync(rest)),
            "away" or "back" => AwayAsync(name == "away"),
            _ => UnknownAsync(name),
        });
    }

    // A file may take long, and what is typed meanwhile is said.
    private Task BesideAsync(Func<Task> act)
    {
        console.Beside(act);
        return Task.CompletedTask;
    }

    private Task UnknownAsync(string name)
    {
        console.Note(ChatText.UnknownCommand(Printable.Escape(name)));
        return Task.CompletedTask;
    }

    private Task HelpAsync()
    {
        console.View.Show(console.Printer.In(ChatText.Help).Split('\n'));
        return Task.CompletedTask;
    }

    private Task ToAsync(string rest)
    {
        int end = rest.IndexOf(' ', StringComparison.Ordinal);
        if (end <= 0)
        {
            return NeedsAsync("/to NAME TEXT");
        }
        string room = "@" + rest[..end].TrimStart('@');
        console.Chat.Enter(room);
        console.Say(room, rest[(end + 1)..]);
        return Task.CompletedTask;
    }

    private Task JoinAsync(string room)
    {
        if (room.Length == 0 || room.Contains(' ', StringComparison.Ordinal))
        {
            return NeedsAsync("/join ROOM");
        }
        console.TurnTo(room);
        return Task.CompletedTask;
    }

    private Task LeaveAsync()
    {
        console.Chat.Leave(console.Room);
        return Task.CompletedTask;
    }

    private async Task WhoAsync()
    {
        var client = await console.Remote.ClientAsync(stop);
        List<string> lines = [];
        await foreach (PresentEntry present in client.WhoAsync(console.Room, stop))
        {
            string since = DateTimeOffset.UnixEpoch.AddMicroseconds(present.Since).ToLocalTime().ToString("HH:mm", CultureInfo.InvariantCulture);
            lines.Add($"  {Printable.Escape(present.Account)}  {console.Printer.Styled(Style.Faint, $"{console.Printer.In(ChatText.State(present.State))} {since}")}");
            console.Names.Learn(present.Account);
        }
        console.View.Show(lines);
    }

    private async Task RoomsAsync()
    {
        var client = await console.Remote.ClientAsync(stop);
        List<string> lines = [];
        await foreach (RoomEntry room in client.ListRoomsAsync(stop))
        {
            string topic = room.Topic is { } text ? " · " + Printable.Escape(text) : "";
            lines.Add($"  {Printable.Escape(console.Names.Shown(room.Name))}  {console.Printer.Styled(Style.Faint, console.Printer.In(ChatText.Here(room.Here)) + topic)}");
        }
        console.View.Show(lines);
    }

    private async Task TopicAsync(string text)
    {
        var client = await console.Remote.ClientAsync(stop);
        if (text.Length > 0)
        {
            await client.SetTopicAsync(console.Room, text == "-" ? null : text, stop);
            return;
        }
        await foreach (RoomEntry room in client.ListRoomsAsync(stop))
        {
            if (room.Name == console.Room)
            {
                string shown = Printable.Escape(room.Topic ?? "");
                console.Note(room.Topic is null ? ChatText.NoTopic(room.Name) : (shown, shown));
            }
        }
    }

    private async Task HistoryAsync(string rest)
    {
        int count = int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out int asked) && asked > 0 ? Math.Min(asked, 1000) : EarlierAtOnce;
        var client = await console.Remote.ClientAsync(stop);
        long? before = console.Oldest(console.Room);
        if (before is 1)
        {
            console.Note(ChatText.NoEarlier);
            return;
        }
        long? from = before is { } number ? Math.Max(1, number - count) : null;
        int most = before is { } oldest ? (int)Math.Min(count, oldest - 1) : count;
        await ShowAsync(client.HistoryAsync(console.Room, from, most, null, stop), ChatText.Earlier(Printable.Escape(console.Names.Shown(console.Room))), ChatText.NoEarlier);
    }

    private async Task FindAsync(string words)
    {
        if (words.Length == 0)
        {
            await NeedsAsync("/find WORDS");
            return;
        }
        var client = await console.Remote.ClientAsync(stop);
        await ShowAsync(client.HistoryAsync(console.Room, null, EarlierAtOnce, words, stop), ChatText.Found(Printable.Escape(console.Names.Shown(console.Room))), ChatText.NothingFound);
    }

    private async Task ShowAsync(IAsyncEnumerable<HistoryEntry> entries, Protocol.Words heading, Protocol.Words none)
    {
        List<HistoryEntry> found = [];
        await foreach (HistoryEntry entry in entries)
        {
            found.Add(entry);
        }
        if (found.Count == 0)
        {
            console.Note(none);
            return;
        }
        console.ShowEarlier(console.Room, found, heading);
    }

    private async Task RemoveAsync(string rest)
    {
        if (!long.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            await NeedsAsync("/remove N");
            return;
        }
        var client = await console.Remote.ClientAsync(stop);
        await client.RemoveMessageAsync(console.Room, number, stop);
    }

    private Task AwayAsync(bool away)
    {
        console.Chat.SetAway(away);
        console.Note(ChatText.State(away ? "away" : "here"));
        return Task.CompletedTask;
    }

    private Task NeedsAsync(string usage)
    {
        console.Note(ChatText.Needs(usage));
        return Task.CompletedTask;
    }
}
