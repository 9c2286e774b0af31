using System.Collections.Concurrent;
using System.Text.Json;
using Switchboard.Client;
using Switchboard.EndToEnd.Commands;
using Switchboard.Protocol;

namespace Switchboard.EndToEnd.Chat;

/// <summary>Rooms through the real program: nothing said is missed, doubled or out of order, whatever is killed.</summary>
public sealed class ChatTests : IAsyncLifetime
{
    private const string Password = "a password for tests";
    private const int Members = 12, Messages = 25;
    private static readonly string[] s_accounts = ["ann", "ben", "cat"];

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _tokens = [];
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        string settings = _folder.At("conf");
        File.WriteAllLines(settings, ["chat.rate = 10000", "chat.burst = 10000"]);
        _server = await ServerProcess.StartAsync("--config", settings);
        foreach (string account in s_accounts)
        {
            await _server.AddAccountAsync(account, Password, null, "chat");
            _tokens[account] = await _server.AddTokenAsync(account);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_server_killed_under_a_busy_room_loses_doubles_and_reorders_nothing()
    {
        ConcurrentQueue<ChatLine>[] heard = [.. Enumerable.Range(0, Members).Select(_ => new ConcurrentQueue<ChatLine>())];
        RemoteChat[] members = [.. heard.Select((lines, i) => new RemoteChat(Options(i), "lobby", 1, new() { OnMessage = lines.Enqueue }))];
        await Task.WhenAll(members.Select(member => member.Entered));
        Task<long[]>[] saying = [.. members.Select((member, i) => SayAllAsync(member, i))];
        for (int kill = 0; kill < 3; kill++)
        {
            int before = heard[0].Count;
            await CommandSite.EventuallyAsync(() => Task.FromResult(heard[0].Count > before + 20 || saying.All(task => task.IsCompleted)), "more was said");
            await _server.Kill9Async();
            await _server.StartAgainAsync();
        }

        long[][] numbers = await Task.WhenAll(saying);
        await CommandSite.EventuallyAsync(() => Task.FromResult(heard.All(lines => lines.Count >= Members * Messages)), "everybody heard everything");
        foreach (RemoteChat member in members)
        {
            await member.LeaveAsync();
        }

        string[] history = await HistoryAsync();
        Assert.Equal(Members * Messages, history.Length);
        Assert.All(heard, lines => Assert.Equal(history, lines.Select(line => $"{line.Number} {line.From} {line.Text}")));
        Assert.Equal(Enumerable.Range(1, history.Length).Select(n => (long)n), numbers.SelectMany(own => own).Order());
    }

    [Fact]
    public async Task What_was_said_meanwhile_comes_on_return_and_what_was_seen_does_not_come_again()
    {
        await Expect0Async("ann", "say", "lobby", "one");
        Assert.Equal(["one"], await ListenAsync("ben", until: 1));
        await Expect0Async("ann", "say", "lobby", "two");
        await Expect0Async("ann", "say", "lobby", "三 😀");
        Assert.Equal(["two", "三 😀"], await ListenAsync("ben", until: 2));
        Assert.Equal(["one", "two", "三 😀"], await ListenAsync("cat", until: 3));
    }

    [Fact]
    public async Task Conversations_and_rooms_by_invitation_are_open_to_those_they_are_for()
    {
        await Expect0Async("ann", "say", "@ben", "psst");
        Assert.Contains("psst", (await TypeAsync("ben", "history", "@ann")).Expect(0).Text, StringComparison.Ordinal);
        (await TypeAsync("cat", "history", "@ann,ben")).Expect(4);
        await Expect0Async("ann", "room", "add", "exam", "--invited");
        (await TypeAsync("ben", "say", "exam", "hello")).Expect(4);
        await Expect0Async("ann", "room", "invite", "exam", "ben");
        await Expect0Async("ben", "say", "exam", "hello");
        (await TypeAsync("ben", "room", "mute", "exam", "ann")).Expect(3);
    }

    [Fact]
    public async Task A_message_has_its_limits_and_reaches_a_terminal_without_its_escapes()
    {
        await Expect0Async("ann", "say", "lobby", new string('x', 8192));
        (await TypeAsync("ann", "say", "lobby", new string('x', 8193))).Expect(6);
        (await TypeAsync("ann", "say", "lobby", "  \t ")).Expect(2);
        string hostile = "\e[31mred\e]0;title\a \u202Egnp.exe";
        await Expect0Async("ann", "say", "lobby", hostile);
        using JsonDocument told = JsonDocument.Parse((await TypeAsync("ben", "history", "lobby", "--last", "1", "--json")).Expect(0).Text);
        Assert.Equal(hostile, told.RootElement.GetProperty("text").GetString());
        string shown = (await TypeAsync("ben", "history", "lobby", "--last", "1")).Expect(0).Text;
        Assert.DoesNotContain('\e', shown);
        Assert.DoesNotContain('\u202E', shown);
    }

    [Fact]
    public async Task A_file_in_a_room_can_be_fetched_by_those_who_may_be_there_wherever_its_sender_moved_it()
    {
        await _server.SetAccountAsync("ann", "--allow", "files,chat");
        await Expect0Async("ann", "room", "add", "exam", "--invited");
        await Expect0Async("ann", "room", "invite", "exam", "ben");
        byte[] content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(_folder.At("plan 计划.bin"), content);
        await ChatAsync("ann", "exam", $"/send {_folder.At("plan 计划.bin")}");
        using JsonDocument told = JsonDocument.Parse((await TypeAsync("ben", "history", "exam", "--last", "1", "--json")).Expect(0).Text);
        Assert.Equal(("file", "plan 计划.bin", content.Length), (told.RootElement.GetProperty("kind").GetString(), told.RootElement.GetProperty("text").GetString(), told.RootElement.GetProperty("bytes").GetInt32()));

        string[] targets = ["first", "second", "third"];
        Array.ForEach(targets, name => Directory.CreateDirectory(_folder.At(name)));
        await ChatAsync("ben", "exam", $"/get 1 {_folder.At("first")}");
        Assert.Equal(content, File.ReadAllBytes(_folder.At("first/plan 计划.bin")));

        // By its content and not by its path; and nothing else of that home.
        await Expect0Async("ann", "mv", "/chat/plan 计划.bin", "/moved.bin");
        await ChatAsync("ben", "exam", $"/get 1 {_folder.At("second")}");
        Assert.Equal(content, File.ReadAllBytes(_folder.At("second/plan 计划.bin")));
        (await TypeAsync("ben", "ls", "/")).Expect(3);

        Assert.Contains("exam", (await TypeAsync("cat", "history", "exam")).Expect(4).Error, StringComparison.Ordinal);
        await using Transfers stolen = new(Options(2));
        RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => stolen.DownloadFromRoomAsync("exam", 1, "plan", _folder.At("third")));
        Assert.Equal(RefusalCode.RoomUnknown, refused.Code);

        await Expect0Async("ann", "rm", "/moved.bin");
        await ChatAsync("ben", "exam", $"/get 1 {_folder.At("third")}");
        Assert.Empty(Directory.GetFiles(_folder.At("third")));
    }

    private async Task ChatAsync(string account, string room, string line) =>
        (await Command.RunAsync(["chat", room], _server.TokenEnvironment(account, _tokens[account]), input: line + "\n")).Expect(0);

    private static async Task<long[]> SayAllAsync(RemoteChat member, int i)
    {
        List<long> numbers = [];
        for (int n = 0; n < Messages; n++)
        {
            numbers.Add(await member.PostAsync("lobby", $"{i}/{n}"));
        }

        Assert.Equal(numbers.Order(), numbers);
        return [.. numbers];
    }

    private async Task<string[]> HistoryAsync()
    {
        await using SwitchboardClient client = await SwitchboardClient.ConnectAsync(Options(0));
        List<string> lines = [];
        await foreach (var entry in client.HistoryAsync("lobby", from: 1))
        {
            lines.Add($"{entry.Number} {entry.From} {entry.Text}");
        }

        return [.. lines];
    }

    // Listens as a device of its own account, sees so many messages, and leaves.
    private async Task<string[]> ListenAsync(string account, int until)
    {
        ConcurrentQueue<ChatLine> heard = new();
        RemoteChat? chat = null;
        ConnectOptions options = Options(Array.IndexOf(s_accounts, account));
        chat = new RemoteChat(options, "lobby", null, new() { OnMessage = heard.Enqueue });
        await CommandSite.EventuallyAsync(() => Task.FromResult(heard.Count >= until), $"{account} heard {until}");
        chat.See("lobby", heard.Max(line => line.Number));
        await chat.LeaveAsync();
        return [.. heard.Select(line => line.Text)];
    }

    private ConnectOptions Options(int member) => new()
    {
        Address = ServerAddress.Tcp("127.0.0.1", _server.Port),
        User = s_accounts[member % s_accounts.Length],
        Token = _tokens[s_accounts[member % s_accounts.Length]],
        Fingerprint = _server.Fingerprint,
        Device = $"member-{member}",
    };

    private Task<CommandResult> TypeAsync(string account, params string[] line) => Command.RunAsync(line, _server.TokenEnvironment(account, _tokens[account]));

    private async Task Expect0Async(string account, params string[] line) => (await TypeAsync(account, line)).Expect(0);
}
