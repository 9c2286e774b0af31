using System.Collections.Concurrent;
using Switchboard.Client;
using Switchboard.EndToEnd.Commands;
using Switchboard.Protocol;

namespace Switchboard.EndToEnd.Chat;

/// <summary>Keeping order in rooms: mute, ban, removal, pace; and who is there.</summary>
public sealed class ModerationTests : IAsyncLifetime
{
    private const string Password = "a password for tests";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _tokens = [];
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        string settings = _folder.At("conf");
        File.WriteAllLines(settings, ["chat.rate = 2", "chat.burst = 20"]);
        _server = await ServerProcess.StartAsync("--config", settings);
        foreach ((string account, string allow) in new[] { ("boss", "chat,admin"), ("ann", "chat"), ("ben", "chat") })
        {
            await _server.AddAccountAsync(account, Password, null, allow);
            _tokens[account] = await _server.AddTokenAsync(account);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_muted_person_hears_and_is_not_heard_until_it_may_speak_again()
    {
        ConcurrentQueue<string> heard = new();
        await using RemoteChat ann = await EnterAsync("ann", "lobby", new() { OnMessage = line => heard.Enqueue(line.Text) });
        await using SwitchboardClient boss = await ConnectAsync("boss");
        await boss.MuteAsync("lobby", "ann", TimeSpan.FromHours(1));
        RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => ann.PostAsync("lobby", "unheard"));
        Assert.Equal(RefusalCode.Muted, refused.Code);
        Assert.InRange(refused.Refusal.RetryAfter ?? 0, 3500, 3600);
        (await TypeAsync("ann", "say", "lobby", "unheard either")).Expect(3);
        await boss.PostAsync("lobby", "silence, please");
        await boss.MuteAsync("lobby", "ann", TimeSpan.Zero);
        await ann.PostAsync("lobby", "thank you");
        await CommandSite.EventuallyAsync(() => Task.FromResult(heard.Count >= 2), "what was said since");
        Assert.Equal(["silence, please", "thank you"], heard);
    }

    [Fact]
    public async Task A_banned_person_is_put_out_and_stays_out_until_the_ban_is_lifted()
    {
        await using SwitchboardClient boss = await ConnectAsync("boss");
        await boss.AddRoomAsync("lab");
        TaskCompletionSource<string> left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RemoteChat ann = await EnterAsync("ann", "lobby", new() { OnLeft = left.SetResult });
        ann.Enter("lab");
        await ann.PostAsync("lab", "here I am");
        await boss.BanAsync("lab", "ann");
        Assert.Equal("lab", await left.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        // A room that is not open to somebody is not known to be there.
        Assert.Equal(RefusalCode.RoomUnknown, (await Assert.ThrowsAsync<RefusedException>(() => ann.PostAsync("lab", "and again"))).Code);
        (await TypeAsync("ann", "history", "lab")).Expect(4);
        await ann.PostAsync("lobby", "still in the lobby");
        Assert.Equal(RefusalCode.Forbidden, (await Assert.ThrowsAsync<RefusedException>(async () => await (await ConnectAsync("ann")).BanAsync("lab", "ben"))).Code);
        await boss.BanAsync("lab", "ann", lift: true);
        await ann.PostAsync("lab", "back");
    }

    [Fact]
    public async Task A_message_that_is_taken_away_leaves_its_place_and_its_author_and_no_words()
    {
        await using SwitchboardClient ann = await ConnectAsync("ann"), ben = await ConnectAsync("ben"), boss = await ConnectAsync("boss");
        long own = (await ann.PostAsync("lobby", "my password is hunter2")).Number;
        long other = (await ben.PostAsync("lobby", "something rude")).Number;
        Assert.Equal(RefusalCode.Forbidden, (await Assert.ThrowsAsync<RefusedException>(() => ann.RemoveMessageAsync("lobby", other))).Code);
        await ann.RemoveMessageAsync("lobby", own);
        await boss.RemoveMessageAsync("lobby", other);
        HistoryEntry[] history = await ben.HistoryAsync("lobby", from: 1).ToArrayAsync();
        Assert.Equal(["gone ann", "gone ben", "removed ann", "removed boss"], history.Select(entry => $"{entry.Kind} {entry.From}"));
        Assert.DoesNotContain(history, entry => entry.Text.Length > 0);
        Assert.Empty(await ben.HistoryAsync("lobby", words: "hunter2").ToArrayAsync());
        Assert.Contains("message", (await Command.RunAsync(["audit", "--data", _server.Data, "--json"])).Expect(0).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_speaks_too_fast_is_slowed_down_then_refused_and_never_cut_off()
    {
        List<Refusal> retries = [];
        await using RemoteChat ann = await EnterAsync("ann", "lobby", new() { OnRetry = (reason, _) => retries.Add(reason) });
        long[] numbers = await Task.WhenAll(Enumerable.Range(0, 24).Select(n => ann.PostAsync("lobby", $"pasted {n}")));
        Assert.Equal(Enumerable.Range(1, 24).Select(n => (long)n), numbers);

        // The same account from a dozen programs at once: no line holds that many back.
        SwitchboardClient[] programs = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ConnectAsync("ann")));
        Task<PostAnswer>[] flood = [.. programs.Select(program => program.PostAsync("lobby", "flood"))];
        await Task.WhenAll(flood).ContinueWith(_ => { }, TaskScheduler.Default);
        RefusedException[] refused = [.. flood.Where(task => task.IsFaulted).Select(task => Assert.IsType<RefusedException>(task.Exception!.InnerException))];
        Assert.NotEmpty(refused);
        Assert.All(refused, e => Assert.Equal((RefusalCode.OverLimit, 3.0), (e.Code, e.Refusal.RetryAfter)));
        Assert.Contains(flood, task => task.IsCompletedSuccessfully);
        await Task.WhenAll(programs.Select(program => program.WhoAsync("lobby").ToArrayAsync().AsTask()));
        await Task.WhenAll(programs.Select(program => program.DisposeAsync().AsTask()));
        Assert.Empty(retries);
    }

    [Fact]
    public async Task Who_is_there_is_known_and_who_is_away()
    {
        TaskCompletionSource came = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RemoteChat ann = await EnterAsync("ann", "lobby", new() { OnPresence = told => { if (told.Came.Contains("ben")) { came.TrySetResult(); } } });
        await using SwitchboardClient boss = await ConnectAsync("boss");
        RemoteChat ben = await EnterAsync("ben", "lobby", new());
        await came.Task.WaitAsync(TimeSpan.FromSeconds(20));
        ben.SetAway(true);
        await CommandSite.EventuallyAsync(async () => (await WhoAsync(boss)) is "ann here, ben away", "ben is away");
        await ben.LeaveAsync();
        await CommandSite.EventuallyAsync(async () => (await WhoAsync(boss)) is "ann here", "ben has left");
    }

    private static async Task<string> WhoAsync(SwitchboardClient client) =>
        string.Join(", ", (await client.WhoAsync("lobby").ToArrayAsync()).Select(present => $"{present.Account} {present.State}").Order(StringComparer.Ordinal));

    private async Task<RemoteChat> EnterAsync(string account, string room, ChatOptions how)
    {
        var chat = new RemoteChat(Options(account), room, null, how);
        await chat.Entered;
        return chat;
    }

    private Task<SwitchboardClient> ConnectAsync(string account) => SwitchboardClient.ConnectAsync(Options(account));

    private ConnectOptions Options(string account) => new()
    {
        Address = ServerAddress.Tcp("127.0.0.1", _server.Port),
        User = account,
        Token = _tokens[account],
        Fingerprint = _server.Fingerprint,
        Device = account,
    };

    private Task<CommandResult> TypeAsync(string account, params string[] line) => Command.RunAsync(line, _server.TokenEnvironment(account, _tokens[account]));
}
