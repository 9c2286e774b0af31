using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Chat;

namespace Switchboard.Tests.Storage;

/// <summary>What every engine that keeps rooms has to do. Derive, and say how to open one.</summary>
public abstract class ChatStoreContract : IAsyncDisposable
{
    private static readonly AuditRecord Audit = new() { Time = 1, Action = AuditActions.RoomAdd };

    private protected abstract IChatStore Store { get; }

    protected abstract Task<long> AddAccountAsync(string name);

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task Rooms_have_ids_of_their_own_and_names_that_are_unique()
    {
        long ann = await AddAccountAsync("ann");
        ChatRoom lobby = await AddRoomAsync("lobby");
        ChatRoom plans = await Store.AddRoomAsync(new ChatRoom(0, "计划", RoomKind.Invited, "what next", 7), [ann], Audit);

        Assert.NotEqual(lobby.Id, plans.Id);
        Assert.Equal([lobby, plans], Store.Rooms());
        Assert.Equal([new ChatMember(ann, true, false, null)], Store.Members(plans.Id));
        Assert.Empty(Store.Members(lobby.Id));
        Assert.Equal(RefusalCode.Exists, (await Assert.ThrowsAsync<RefusedException>(() => AddRoomAsync("lobby"))).Code);
        await Store.SetTopicAsync(lobby.Id, "today");
        await Store.SetTopicAsync(plans.Id, null);
        Assert.Equal(["today", null], Store.Rooms().Select(room => room.Topic));
    }

    [Fact]
    public async Task What_a_room_knows_of_somebody_is_replaced_and_the_others_stay()
    {
        long ann = await AddAccountAsync("ann"), ben = await AddAccountAsync("ben");
        long room = (await AddRoomAsync("r")).Id;
        await Store.SetMemberAsync(room, new ChatMember(ann, true, false, null), null);
        await Store.SetMemberAsync(room, new ChatMember(ben, false, true, 99), Audit);
        await Store.SetMemberAsync(room, new ChatMember(ann, false, false, 5), null);

        Assert.Equal([new ChatMember(ann, false, false, 5), new ChatMember(ben, false, true, 99)], Store.Members(room).OrderBy(member => member.Account));
    }

    [Fact]
    public async Task Messages_come_back_in_order_and_as_they_were_said()
    {
        long ann = await AddAccountAsync("ann");
        long room = (await AddRoomAsync("r")).Id, other = (await AddRoomAsync("other")).Id;
        Assert.Equal((1L, 0L), Store.Range(room));
        ChatMessage[] said =
        [
            Say(1, ann, "hello"),
            Say(2, ann, "文字 🎈") with { Key = "k" },
            Say(3, ann, "a.pdf") with { Kind = MessageKind.File, File = new SharedContent([.. Enumerable.Range(0, 32).Select(i => (byte)i)], 9) },
            Say(4, ann, "") with { Kind = MessageKind.Removed, Target = 1 },
        ];
        await Store.AppendAsync(room, said[..1]);
        await Store.AppendAsync(room, said[1..]);
        await Store.AppendAsync(other, [Say(1, ann, "elsewhere")]);

        Assert.Equal((1L, 4L), Store.Range(room));
        AssertSame(said, ReadAll(room, 1));
        AssertSame(said[2..], ReadAll(room, 3));
        Assert.Empty(Store.Read(room, 5, 1_000));
        AssertSame([Say(1, ann, "elsewhere")], ReadAll(other, 1));
    }

    [Fact]
    public async Task A_read_gives_at_least_one_message_and_not_many_more_than_it_was_asked_for()
    {
        long ann = await AddAccountAsync("ann");
        long room = (await AddRoomAsync("r")).Id;
        string large = new('x', 2_000);
        for (int number = 1; number <= 40; number++)
        {
            await Store.AppendAsync(room, [Say(number, ann, large)]);
        }

        IReadOnlyList<ChatMessage> some = Store.Read(room, 11, 10_000);
        Assert.Equal(11, some[0].Number);
        Assert.InRange(some.Sum(message => message.Weight), 1, 20_000);
        Assert.NotEmpty(Store.Read(room, 40, 1));
        Assert.Equal(Enumerable.Range(1, 40).Select(number => (long)number), ReadAll(room, 1).Select(message => message.Number));
    }

    [Fact]
    public async Task A_message_that_was_replaced_is_found_no_more_by_what_it_said()
    {
        long ann = await AddAccountAsync("ann");
        long room = (await AddRoomAsync("r")).Id, other = (await AddRoomAsync("other")).Id;
        await Store.AppendAsync(room, [Say(1, ann, "the red balloon"), Say(2, ann, "a red herring"), Say(3, ann, "红色的气球")]);
        await Store.AppendAsync(other, [Say(1, ann, "red")]);
        while (await Store.IndexSomeAsync())
        {
            // Until all of them are in.
        }

        Assert.Equal([1L, 2L], Store.Search(room, "red", 10));
        Assert.Equal([1L], Store.Search(room, "balloon RED", 10));
        Assert.Equal([2L], Store.Search(room, "red", 1));
        Assert.Empty(Store.Search(room, "\" OR *", 10));

        ChatMessage gone = Say(1, ann, "") with { Kind = MessageKind.Gone };
        await Store.ReplaceAsync(room, gone, Audit);
        Assert.Equal([2L], Store.Search(room, "red", 10));
        AssertSame([gone], ReadAll(room, 1).Take(1));
    }

    [Fact]
    public async Task Cursors_move_forward_only_each_device_its_own()
    {
        long ann = await AddAccountAsync("ann");
        long room = (await AddRoomAsync("r")).Id, other = (await AddRoomAsync("other")).Id;
        Assert.Null(Store.Cursor(ann, "laptop", room));
        Store.NoteCursors([new(ann, "laptop", room, 7), new(ann, "phone", room, 3), new(ann, "phone", other, 2)]);
        Store.NoteCursors([new(ann, "laptop", room, 5), new(ann, "phone", room, 4)]);
        await SettleAsync();

        Assert.Equal((7L, 4L, 2L), (Store.Cursor(ann, "laptop", room), Store.Cursor(ann, "phone", room), Store.Cursor(ann, "phone", other)));
        Assert.Equal([(room, 7L), (other, 2L)], Store.Cursors(ann).OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
    }

    [Fact]
    public async Task Trimming_takes_the_oldest_and_never_the_newest()
    {
        long ann = await AddAccountAsync("ann");
        long room = (await AddRoomAsync("r")).Id;
        for (int number = 1; number <= 30; number++)
        {
            await Store.AppendAsync(room, [Say(number, ann, "word" + number) with { Time = number * 10 }]);
        }

        while (await Store.TrimAsync(room, olderThan: 150, bytes: null) > 0)
        {
            // Until nothing is to go.
        }

        Assert.InRange(Store.Range(room).First, 2, 15);
        Assert.Equal(30, Store.Range(room).Last);
        while (await Store.TrimAsync(room, olderThan: long.MaxValue, bytes: null) > 0)
        {
            // Until nothing is to go.
        }

        Assert.Equal(30, ReadAll(room, Store.Range(room).First)[^1].Number);
        Assert.Equal(30, Store.Range(room).Last);
    }

    /// <summary>Completes when what may be written late is written.</summary>
    protected abstract Task SettleAsync();

    private Task<ChatRoom> AddRoomAsync(string name) => Store.AddRoomAsync(new ChatRoom(0, name, RoomKind.Public, null, 5), [], null);

    private List<ChatMessage> ReadAll(long room, long from)
    {
        List<ChatMessage> all = [];
        while (Store.Read(room, from, 4_000) is { Count: > 0 } some)
        {
            all.AddRange(some);
            from = some[^1].Number + 1;
        }

        return all;
    }

    private static ChatMessage Say(long number, long account, string text) =>
        new() { Number = number, Time = number, Account = account, From = "ann", Text = Encoding.UTF8.GetBytes(text) };

    private static void AssertSame(IEnumerable<ChatMessage> expected, IEnumerable<ChatMessage> actual) =>
        Assert.Equal(expected.Select(Shown), actual.Select(Shown));

    private static string Shown(ChatMessage message) =>
        $"{message.Number} {message.Time} {message.Account} {message.From} {message.Kind} {message.Key} {message.Target} {message.File?.Size} "
        + $"{Convert.ToHexString(message.File?.Sha256 ?? [])} {Encoding.UTF8.GetString(message.Text)}";
}
