using System.Text;
using Switchboard.Server.Services.Chat;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Chat;
using Switchboard.Server.Storage.Sqlite;
using Switchboard.Tests.Storage;

namespace Switchboard.Tests.Chat;

/// <summary>A room's log: numbers without gaps, repeated keys, places of readers, words.</summary>
public sealed class RoomTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Database _database;
    private readonly SqliteChatStore _store;

    public RoomTests()
    {
        _database = Database.Open(_folder.File("db"));
        _store = new SqliteChatStore(_database, new AuditTable(new AuditLimits()));
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Numbers_have_no_gaps_and_every_reader_gets_each_message_once_from_the_ring_and_from_the_store()
    {
        Room room = await RoomAsync();
        Posting[] postings = [.. Enumerable.Range(1, 3000).Select(i => Say(room, $"message {i} {new string('x', 1000)}", null))];
        await Task.WhenAll(postings.Select(posting => posting.Durable));
        Assert.Equal(Enumerable.Range(1, 3000).Select(i => (long)i), postings.Select(posting => posting.Number));

        // 3 MB were said and 1 MiB is in memory: the first ones come from the store.
        var log = room.Log;
        long next = 1, sequence = -1;
        List<long> read = [];
        while (log.Find(next, ref sequence) is { } batch)
        {
            read.AddRange(NumbersOf(batch).Where(number => number >= next));
            next = batch.Last + 1;
        }

        Assert.Equal(postings.Select(posting => posting.Number), read);
    }

    [Fact]
    public async Task A_repeated_key_has_its_number_also_after_a_restart()
    {
        Room room = await RoomAsync();
        Posting first = Say(room, "once", "k1");
        await Say(room, "other", "k2").Durable;
        Assert.Equal(first.Number, Say(room, "once", "k1").Number);
        var again = new Room(room.Stored, _store, new ChatOptions(), TimeProvider.System);
        Assert.Equal((first.Number, first.Time), (Say(again, "once", "k1").Number, Say(again, "once", "k1").Time));
        Assert.Equal(3, Say(again, "new", "k3").Number);
    }

    [Fact]
    public async Task Words_are_found_in_Chinese_too_and_a_removed_message_is_not()
    {
        Room room = await RoomAsync();
        foreach (string text in new[] { "the build is green", "今天下午测试", "the test is red" })
        {
            await Say(room, text, null).Durable;
        }

        while (await _store.IndexSomeAsync())
        {
        }

        Assert.Equal([2L], _store.Search(room.Id, "测试", 10));
        Assert.Equal([1L, 3L], _store.Search(room.Id, "the is", 10));
        ChatMessage gone = _store.Read(room.Id, 3, 1)[0] with { Kind = MessageKind.Gone, Text = [] };
        await _store.ReplaceAsync(room.Id, gone, new AuditRecord { Time = 0, Action = AuditActions.MessageRemove });
        Assert.Equal([1L], _store.Search(room.Id, "the is", 10));
        Assert.Equal(MessageKind.Gone, _store.Read(room.Id, 3, 1)[0].Kind);
    }

    [Fact]
    public async Task What_is_too_old_or_too_much_goes_with_its_words_and_numbers_go_on()
    {
        Room room = await RoomAsync();
        for (int i = 1; i <= 5; i++)
        {
            await Say(room, $"word{i} {new string('x', 1000)}", null).Durable;
        }

        while (await _store.IndexSomeAsync())
        {
        }

        Assert.Equal(0, await _store.TrimAsync(room.Id, 0, null));
        Assert.Equal(3, await _store.TrimAsync(room.Id, 0, 2500));
        Assert.Equal([4L, 5L], _store.Read(room.Id, 1, 1 << 20).Select(message => message.Number));
        Assert.Empty(_store.Search(room.Id, "word1", 10));
        Assert.Equal(1, await _store.TrimAsync(room.Id, long.MaxValue, null));
        Assert.Equal(0, await _store.TrimAsync(room.Id, long.MaxValue, 1));
        Assert.Equal((5L, 5L), _store.Range(room.Id));
        Assert.Equal(6, Say(new Room(room.Stored, _store, new ChatOptions(), TimeProvider.System), "next", null).Number);
    }

    private static IEnumerable<long> NumbersOf(MessageBatch batch) =>
        batch.Encoded("", messages => new EncodedBatch([], [.. messages.Select(message => (int)message.Header.Number)])).Starts.Select(number => (long)number);

    private async Task<Room> RoomAsync() =>
        new(await _store.AddRoomAsync(new ChatRoom(0, "room", RoomKind.Public, null, 0), [], null), _store, new ChatOptions(), TimeProvider.System);

    private static Posting Say(Room room, string text, string? key) =>
        room.Writer.Post(1, "ann", new ChatMessage { Number = 0, Time = 0, Account = 0, From = "", Key = key, Text = Encoding.UTF8.GetBytes(text) });
}
