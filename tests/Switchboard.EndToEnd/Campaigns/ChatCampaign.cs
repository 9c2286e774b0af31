using System.Collections.Concurrent;
using System.Net;
using Switchboard.Client;
using Switchboard.EndToEnd.Chat;
using Switchboard.EndToEnd.Commands;
using Switchboard.Protocol;

namespace Switchboard.EndToEnd.Campaigns;

/// <summary>
/// Fifty people in four rooms, half over TCP and half over UDP on a bad path, who come and go, lose their line and are killed, as the server is: each
/// hears every message of its rooms once and in order, and the history says the same.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class ChatCampaign(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Password = "a password for tests";
    private const int Members = 50;
    private static readonly string[] s_accounts = ["ann", "ben", "cat", "dan", "eve"];
    private static readonly string[] s_rooms = ["lobby", "lab", "workshop", "rack"];

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _tokens = [];
    private readonly Random _dice = new(Soak.Seed);
    private ServerProcess _server = null!;
    private CuttingRelay _line = null!;
    private DatagramRelay _path = null!;

    public async ValueTask InitializeAsync()
    {
        string settings = _folder.At("conf");
        File.WriteAllLines(settings, ["chat.rate = 10000", "chat.burst = 10000"]);
        _server = await ServerProcess.StartAsync("--config", settings, "--udp", "127.0.0.2:0");
        foreach (string account in s_accounts)
        {
            await _server.AddAccountAsync(account, Password, null, "chat");
            _tokens[account] = await _server.AddTokenAsync(account);
        }

        await using SwitchboardClient client = await SwitchboardClient.ConnectAsync(Options(0, _server.Port));
        foreach (string room in s_rooms.Skip(1))
        {
            await client.AddRoomAsync(room);
        }

        _line = new CuttingRelay(_server.Port);
        _path = new DatagramRelay(_server.Udp!, Soak.Seed) { Loss = 0.3, Duplication = 0.1, Reordering = 0.2, Attacks = 0.1, Readdress = 100 };
    }

    public async ValueTask DisposeAsync()
    {
        await _line.DisposeAsync();
        await _path.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Fifty_members_over_both_transports_hear_everything_once_whatever_breaks()
    {
        Member[] members = [.. Enumerable.Range(0, Members).Select(i => new Member(this, i))];
        await Task.WhenAll(members.Select(member => member.BeginAsync()));
        int rounds = Soak.Rounds(6, 60);
        for (int round = 0; round < rounds; round++)
        {
            Task[] talking = [.. members.Select((member, i) => member.TalkAsync(round, new Random(Soak.Seed + (round * 1000) + i)))];
            await BreakAsync(round, members);
            await Task.WhenAll(talking);
        }

        await Task.WhenAll(members.Select(member => member.BeginAsync()));
        Dictionary<string, string[]> history = await HistoryAsync();
        await CommandSite.EventuallyAsync(() => Task.FromResult(members.All(member => member.HasAll(history))), "everybody heard everything", seconds: 120);
        Assert.All(members, member => member.AssertHeard(history));
        Assert.All(members.SelectMany(member => member.Acknowledged), said => Assert.Equal(said.Line, history[said.Room][said.Number - 1]));
        Assert.Equal(history.Values.Sum(lines => lines.Length), history.Values.SelectMany(lines => lines).Select(line => line[line.IndexOf(' ', StringComparison.Ordinal)..]).Distinct().Count());
        await Task.WhenAll(members.Select(member => member.KillAsync()));
        output.WriteLine($"seed {Soak.Seed}: {history.Values.Sum(lines => lines.Length)} messages, {_path.Passed} datagrams over {_path.Addresses} addresses");
    }

    private async Task BreakAsync(int round, Member[] members)
    {
        switch (round % 3)
        {
            case 0:
                _line.Cut();
                break;
            case 1:
                await Task.WhenAll(members.Where(_ => _dice.Next(4) == 0).Select(member => member.KillAsync()));
                break;
            default:
                await _server.Kill9Async();
                await _server.StartAgainAsync();
                break;
        }
    }

    private async Task<Dictionary<string, string[]>> HistoryAsync()
    {
        await using SwitchboardClient client = await SwitchboardClient.ConnectAsync(Options(0, _server.Port));
        Dictionary<string, string[]> history = [];
        foreach (string room in s_rooms)
        {
            List<string> lines = [];
            await foreach (HistoryEntry entry in client.HistoryAsync(room, from: 1))
            {
                lines.Add($"{entry.Number} {entry.From} {entry.Text}");
            }

            history[room] = [.. lines];
        }

        return history;
    }

    private ConnectOptions Options(int member, int port) => new()
    {
        Address = ServerAddress.Tcp("127.0.0.1", port),
        User = s_accounts[member % s_accounts.Length],
        Token = _tokens[s_accounts[member % s_accounts.Length]],
        Fingerprint = _server.Fingerprint,
        Device = $"member-{member}",
        Datagrams = member % 2 == 1,
        ConnectTimeout = TimeSpan.FromSeconds(30),
    };

    private sealed record Said(string Room, int Number, string Line);

    private sealed class Member(ChatCampaign campaign, int index) : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, List<string>> _heard = new();
        private RemoteChat? _chat;
        private int _life;

        public ConcurrentQueue<Said> Acknowledged { get; } = new();

        /// <summary>Comes into all rooms, each behind what it has heard there, unless it is there.</summary>
        public async Task BeginAsync()
        {
            if (_chat is { Completion.IsCompleted: false } chat)
            {
                Array.ForEach(s_rooms, room => chat.Enter(room, Next(room)));
                return;
            }

            // Somebody who comes while the server is down is told so, and tries again.
            for (int tries = 0; !await TryBeginAsync(); tries++)
            {
                Assert.True(tries < 100, $"member {index} could not begin: {_chat!.Completion.Exception?.InnerException?.Message}");
                await KillAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(300));
            }

            Array.ForEach(s_rooms[1..], room => _chat!.Enter(room, Next(room)));
        }

        private async Task<bool> TryBeginAsync()
        {
            int life = ++_life;
            _chat = new RemoteChat(campaign.Options(index, campaign._line.Port), s_rooms[0], Next(s_rooms[0]), new() { OnMessage = line => Hear(line, life) });
            await Task.WhenAny(_chat.Entered, Task.Delay(TimeSpan.FromSeconds(60)));
            return _chat.Entered.IsCompletedSuccessfully;
        }

        public async Task TalkAsync(int round, Random dice)
        {
            await BeginAsync();
            RemoteChat chat = _chat!;
            for (int n = 0; n < 4; n++)
            {
                string room = s_rooms[dice.Next(s_rooms.Length)];
                string text = $"{index}/{round}/{n}";
                try
                {
                    long number = await chat.PostAsync(room, text);
                    Acknowledged.Enqueue(new Said(room, (int)number, $"{number} {s_accounts[index % s_accounts.Length]} {text}"));
                    if (dice.Next(8) == 0)
                    {
                        chat.Leave(s_rooms[dice.Next(1, s_rooms.Length)]);
                    }
                }
                catch (Exception) when (chat.Completion.IsCompleted || !ReferenceEquals(chat, _chat))
                {
                    // Killed while it spoke: whether it was heard, history will say.
                    return;
                }
            }
        }

        public async ValueTask DisposeAsync() => await KillAsync();

        public async Task KillAsync()
        {
            RemoteChat? chat = _chat;
            (_chat, _life) = (null, _life + 1);
            await (chat?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        public bool HasAll(Dictionary<string, string[]> history) => history.All(room => Count(room.Key) >= room.Value.Length);

        public void AssertHeard(Dictionary<string, string[]> history) => Assert.All(s_rooms, room => Assert.Equal(history[room], _heard.GetValueOrDefault(room) ?? []));

        private int Count(string room)
        {
            List<string> lines = _heard.GetOrAdd(room, _ => []);
            lock (lines)
            {
                return lines.Count;
            }
        }

        private long Next(string room) => Count(room) + 1;

        // What a chat that was killed still tells does not count: its person is gone.
        private void Hear(ChatLine line, int life)
        {
            List<string> lines = _heard.GetOrAdd(line.Room, _ => []);
            lock (lines)
            {
                if (life == Volatile.Read(ref _life))
                {
                    lines.Add($"{line.Number} {line.From} {line.Text}");
                }
            }
        }
    }
}
