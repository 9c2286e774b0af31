using System.Text;
using Microsoft.Data.Sqlite;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Storage.Sqlite;

/// <summary>The chat store in SQLite.</summary>
internal sealed class SqliteChatStore(Database database, AuditTable audit) : IChatStore
{
    /// <summary>Rows that one read looks at: a quiet room has a row per message.</summary>
    private const int MostRows = 512;

    /// <summary>Messages that one turn of the indexer takes: some milliseconds of the one writer.</summary>
    private const int IndexAtOnce = 500;

    /// <summary>Rows that one turn of trimming takes away.</summary>
    private const int TrimAtOnce = 100;

    public IReadOnlyList<ChatRoom> Rooms() => database.Read(db => db.All(ReadRoom, "SELECT id, name, kind, topic, created FROM chat_rooms ORDER BY id LIMIT 1000000"));

    public Task<ChatRoom> AddRoomAsync(ChatRoom room, IReadOnlyList<long> invited, AuditRecord? record) => database.WriteAsync(db =>
    {
        if (db.Execute("INSERT OR IGNORE INTO chat_rooms (name, kind, topic, created) VALUES ($1, $2, $3, $4)", room.Name, (long)room.Kind, room.Topic, room.Created) == 0)
        {
            throw new RefusedException(RefusalCode.Exists, room.Name);
        }

        var id = db.Number("SELECT last_insert_rowid()")!.Value;
        foreach (var account in invited)
        {
            db.Execute("INSERT INTO chat_members (room, account, invited) VALUES ($1, $2, 1)", id, account);
        }

        Note(db, record);
        return room with { Id = id };
    });

    public Task SetTopicAsync(long room, string? topic) => database.WriteAsync(db => db.Execute("UPDATE chat_rooms SET topic = $2 WHERE id = $1", room, topic));

    public IReadOnlyList<ChatMember> Members(long room) => database.Read(db => db.All(
        row => new ChatMember(row.GetInt64(0), row.GetInt64(1) != 0, row.GetInt64(2) != 0, row.Integer(3)),
        "SELECT account, invited, banned, muted_until FROM chat_members WHERE room = $1 LIMIT 1000000",
        room));

    public Task SetMemberAsync(long room, ChatMember member, AuditRecord? record) => database.WriteAsync(db =>
    {
        db.Execute(
            "INSERT INTO chat_members (room, account, invited, banned, muted_until) VALUES ($1, $2, $3, $4, $5)"
            + " ON CONFLICT (room, account) DO UPDATE SET invited = $3, banned = $4, muted_until = $5",
            room, member.Account, member.Invited ? 1L : 0L, member.Banned ? 1L : 0L, member.MutedUntil);
        Note(db, record);
        return true;
    });

    public (long First, long Last) Range(long room) => database.Read(db =>
    {
        var last = db.Number("SELECT last FROM chat_ends WHERE room = $1", room) ?? 0;
        return (db.Number("SELECT first FROM chat_log WHERE room = $1 ORDER BY first LIMIT 1", room) ?? last + 1, last);
    });

    public Task AppendAsync(long room, IReadOnlyList<ChatMessage> messages)
    {
        // Encoded here and not by the one writer.
        var stored = MessageCodec.Encode(messages);
        var (first, last, time) = (messages[0].Number, messages[^1].Number, messages[^1].Time);
        return database.WriteAsync(db =>
        {
            db.Execute("INSERT INTO chat_log (room, first, last, time, messages) VALUES ($1, $2, $3, $4, $5)", room, first, last, time, stored);
            return db.Execute("INSERT INTO chat_ends (room, last) VALUES ($1, $2) ON CONFLICT (room) DO UPDATE SET last = $2", room, last);
        });
    }

    public IReadOnlyList<ChatMessage> Read(long room, long from, int weight) => database.Read(db => Read(db, room, from, weight));

    public Task ReplaceAsync(long room, ChatMessage message, AuditRecord record) => database.WriteAsync(db =>
    {
        var (first, messages) = RowWith(db, room, message.Number) ?? throw new RefusedException(RefusalCode.NotFound, null, $"message {message.Number}");
        var at = (int)(message.Number - first);
        ForgetWords(db, room, messages[at]);
        messages[at] = message;
        db.Execute("UPDATE chat_log SET messages = $3 WHERE room = $1 AND first = $2", room, first, MessageCodec.Encode(messages));
        Note(db, record);
        return true;
    });

    public long? Cursor(long account, string device, long room) => database.Read(db =>
        db.Number("SELECT number FROM chat_cursors WHERE account = $1 AND device = $2 AND room = $3", account, device, room));

    public IReadOnlyDictionary<long, long> Cursors(long account) => database.Read(db =>
        db.All(row => KeyValuePair.Create(row.GetInt64(0), row.GetInt64(1)), "SELECT room, max(number) FROM chat_cursors WHERE account = $1 GROUP BY room", account)).ToDictionary();

    public void NoteCursors(IReadOnlyList<ChatCursor> cursors) => database.Post(db =>
    {
        foreach (var cursor in cursors)
        {
            // An account or a room that is gone by now is no error.
            db.Execute(
                "INSERT INTO chat_cursors (account, device, room, number) SELECT $1, $2, $3, $4"
                + " WHERE EXISTS (SELECT 1 FROM accounts WHERE id = $1) AND EXISTS (SELECT 1 FROM chat_rooms WHERE id = $3)"
                + " ON CONFLICT (account, device, room) DO UPDATE SET number = max(number, $4)",
                cursor.Account, cursor.Device, cursor.Room, cursor.Number);
        }
    });

    public Task<bool> IndexSomeAsync() => database.WriteLazilyAsync(db =>
    {
        var behind = db.First(
            row => new Behind(row.GetInt64(0), row.GetInt64(1)),
            "SELECT e.room, coalesce(i.number, 0) FROM chat_ends e LEFT JOIN chat_indexed i ON i.room = e.room WHERE e.last > coalesce(i.number, 0) LIMIT 1");
        if (behind is null)
        {
            return false;
        }

        var messages = Read(db, behind.Room, behind.Number + 1, IndexAtOnce * 256);
        foreach (var message in messages.Where(IsSearched))
        {
            db.Execute("INSERT INTO chat_words (rowid, words) VALUES ($1, $2)", RowId(behind.Room, message.Number), SearchWords.Of(Encoding.UTF8.GetString(message.Text)));
        }

        var until = messages.Count > 0 ? messages[^1].Number : db.Number("SELECT last FROM chat_ends WHERE room = $1", behind.Room);
        db.Execute("INSERT INTO chat_indexed (room, number) VALUES ($1, $2) ON CONFLICT (room) DO UPDATE SET number = $2", behind.Room, until);
        return true;
    });

    public IReadOnlyList<long> Search(long room, string words, int atMost) => SearchWords.Query(words) is not { } query ? [] : database.Read(db =>
    {
        var found = db.All(
            row => row.GetInt64(0) - RowId(room, 0),
            "SELECT rowid FROM chat_words WHERE chat_words MATCH $1 AND rowid > $2 AND rowid < $3 ORDER BY rowid DESC LIMIT $4",
            query, RowId(room, 0), RowId(room + 1, 0), (long)atMost);
        found.Reverse();
        return found;
    });

    public Task<int> TrimAsync(long room, long olderThan, long? bytes) => database.WriteAsync(db =>
    {
        var newest = db.Number("SELECT max(first) FROM chat_log WHERE room = $1", room) ?? 0;
        var fits = bytes is null ? 0 : db.Number(
            "SELECT min(first) FROM (SELECT first, sum(length(messages)) OVER (ORDER BY first DESC) AS size FROM chat_log WHERE room = $1) WHERE size <= $2",
            room, bytes) ?? newest;
        var old = db.All(
            row => new StoredRow(row.GetInt64(0), row.GetFieldValue<byte[]>(1)),
            "SELECT first, messages FROM chat_log WHERE room = $1 AND first < $2 AND (time < $3 OR first < $4) ORDER BY first LIMIT $5",
            room, newest, olderThan, fits, (long)TrimAtOnce);
        foreach (var row in old)
        {
            MessageCodec.Decode(row.First, row.Stored).ForEach(message => ForgetWords(db, room, message));
            db.Execute("DELETE FROM chat_log WHERE room = $1 AND first = $2", room, row.First);
        }

        return old.Count;
    });

    private static List<ChatMessage> Read(SqliteConnection db, long room, long from, int weight)
    {
        var found = new List<ChatMessage>();
        var left = weight;
        var start = db.Number("SELECT first FROM chat_log WHERE room = $1 AND first <= $2 ORDER BY first DESC LIMIT 1", room, from) ?? from;
        var rows = db.All(
            row => (First: row.GetInt64(0), Stored: row.GetFieldValue<byte[]>(1)),
            "SELECT first, messages FROM (SELECT first, messages, sum(length(messages)) OVER (ORDER BY first) AS size FROM chat_log"
            + " WHERE room = $1 AND first >= $2 ORDER BY first LIMIT $3) WHERE size - length(messages) < $4",
            room, start, (long)MostRows, (long)weight * 2);
        foreach (var message in rows.SelectMany(row => MessageCodec.Decode(row.First, row.Stored)).Where(message => message.Number >= from))
        {
            found.Add(message);
            if ((left -= message.Weight) <= 0)
            {
                break;
            }
        }

        return found;
    }

    private static (long First, List<ChatMessage> Messages)? RowWith(SqliteConnection db, long room, long number)
    {
        var row = db.First(
            row => new StoredRow(row.GetInt64(0), row.GetFieldValue<byte[]>(1)),
            "SELECT first, messages FROM chat_log WHERE room = $1 AND first <= $2 AND last >= $2 ORDER BY first DESC LIMIT 1", room, number);
        return row is null ? null : (row.First, MessageCodec.Decode(row.First, row.Stored));
    }

    // A table without content forgets a row only when it is told its words once more (FTS5, 4.4.3).
    private static void ForgetWords(SqliteConnection db, long room, ChatMessage message)
    {
        if (IsSearched(message) && db.Number("SELECT number FROM chat_indexed WHERE room = $1", room) >= message.Number)
        {
            db.Execute(
                "INSERT INTO chat_words (chat_words, rowid, words) VALUES ('delete', $1, $2)",
                RowId(room, message.Number), SearchWords.Of(Encoding.UTF8.GetString(message.Text)));
        }
    }

    private void Note(SqliteConnection db, AuditRecord? record)
    {
        if (record is not null)
        {
            audit.Append(db, record);
        }
    }

    private static bool IsSearched(ChatMessage message) => message.Kind is MessageKind.Said or MessageKind.Topic;

    private static long RowId(long room, long number) => (room << 40) + number;

    private static ChatRoom ReadRoom(SqliteDataReader row) => new(row.GetInt64(0), row.GetString(1), (RoomKind)row.GetInt64(2), row.Text(3), row.GetInt64(4));

    private sealed record Behind(long Room, long Number);

    private sealed record StoredRow(long First, byte[] Stored);
}
