using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Switchboard.Framing;

namespace Switchboard.Protocol;

/// <summary>
/// The headers of which a busy room has a hundred thousand a second, read and written by hand: a serializer takes longer for them than all that
/// happens to a message otherwise. Byte for byte what <see cref="ProtocolJson"/> writes, which does it itself where a text is not plain.
/// </summary>
public static class ChatHeaders
{
    /// <summary>More than the longest of these headers; what does not fit goes through the serializer.</summary>
    private const int Room = 512;

    // What JSON holds as it is. Other letters may be escaped or not, which is the serializer's to know.
    private static readonly SearchValues<char> s_plain =
        SearchValues.Create(string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(letter => (char)letter).Where(letter => letter is not ('"' or '\\'))));

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>: a required field is missing, or one has the wrong type.</exception>
    public static Post ReadPost(ReadOnlySpan<byte> header)
    {
        var reader = new Utf8JsonReader(header);
        reader.Read();
        string? room = null, key = null;
        long? id = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isOdd;
            if (reader.ValueTextEquals("room"u8))
            {
                isOdd = !reader.Read() || (room = Text(ref reader)) is null;
            }
            else if (reader.ValueTextEquals("key"u8))
            {
                isOdd = !reader.Read() || (key = Text(ref reader)) is null;
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                isOdd = !reader.Read() || (id = Messages.IdAt(ref reader)) is null;
            }
            else
            {
                reader.Skip();
                isOdd = false;
            }

            if (isOdd)
            {
                return Messages.Read(header, ProtocolJson.Default.Post);
            }
        }

        return room is null ? Messages.Read(header, ProtocolJson.Default.Post) : new Post { Id = id, Room = room, Key = key };
    }

    /// <summary>Writes the header of a message, with <c>size</c>.</summary>
    public static void Write(FrameWriter frames, RoomMessage message, int size)
    {
        var text = new HeaderText(stackalloc byte[Room]);
        text.Begin("{\"type\":\"message\",\"room\":\""u8, message.Room);
        text.Number("\",\"number\":"u8, message.Number);
        text.Begin(",\"from\":\""u8, message.From);
        text.Number("\",\"time\":"u8, message.Time);
        if (message is { Kind: null, Target: null, Sha256: null, Bytes: null, Id: null } && text.IsWhole)
        {
            frames.WriteHeader(text.End(), size);
        }
        else
        {
            frames.WriteHeader(message, ProtocolJson.Default.RoomMessage, size);
        }
    }

    /// <summary>Writes the answer to a <see cref="Post"/> outside a session.</summary>
    public static void Write(FrameWriter frames, PostAnswer answer)
    {
        var text = new HeaderText(stackalloc byte[Room]);
        text.Number("{\"id\":"u8, answer.Id ?? 0);
        text.Begin(",\"type\":\"ok\",\"room\":\""u8, answer.Room);
        text.Number("\",\"number\":"u8, answer.Number);
        text.Number(",\"time\":"u8, answer.Time);
        if (answer.Id is not null && text.IsWhole)
        {
            frames.WriteHeader(text.End());
        }
        else
        {
            frames.WriteHeader(answer, ProtocolJson.Default.PostAnswer);
        }
    }

    /// <summary>Writes what becomes of a <see cref="Post"/> within a session.</summary>
    public static void Write(FrameWriter frames, Posted posted)
    {
        var text = new HeaderText(stackalloc byte[Room]);
        text.Number("{\"id\":"u8, posted.Id ?? 0);
        text.Begin(",\"type\":\"posted\",\"room\":\""u8, posted.Room);
        text.Begin("\",\"key\":\""u8, posted.Key ?? "");
        text.Number("\",\"number\":"u8, posted.Number);
        text.Number(",\"time\":"u8, posted.Time);
        if (posted is { Id: not null, Key: not null } && text.IsWhole)
        {
            frames.WriteHeader(text.End());
        }
        else
        {
            frames.WriteHeader(posted, ProtocolJson.Default.Posted);
        }
    }

    private static string? Text(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? reader.GetString() : null;

    /// <summary>One header while it is put together.</summary>
    private ref struct HeaderText(Span<byte> room)
    {
        private readonly Span<byte> _room = room;
        private int _length;

        /// <summary>All of it was plain and had room.</summary>
        public bool IsWhole { get; private set; } = true;

        /// <summary>What stands before a text, and the text; its closing quotation mark comes with what follows.</summary>
        public void Begin(ReadOnlySpan<byte> before, string text)
        {
            IsWhole &= _length + before.Length + text.Length + Longest <= _room.Length && text.AsSpan().IndexOfAnyExcept(s_plain) < 0;
            if (IsWhole)
            {
                Add(before);
                _length += Encoding.ASCII.GetBytes(text, _room[_length..]);
            }
        }

        public void Number(ReadOnlySpan<byte> before, long number)
        {
            IsWhole &= _length + before.Length + Longest <= _room.Length;
            if (IsWhole)
            {
                Add(before);
                Utf8Formatter.TryFormat(number, _room[_length..], out var digits);
                _length += digits;
            }
        }

        public ReadOnlySpan<byte> End()
        {
            _room[_length] = (byte)'}';
            return _room[..(_length + 1)];
        }

        /// <summary>Digits of any number, and a brace.</summary>
        private const int Longest = 21;

        private void Add(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_room[_length..]);
            _length += bytes.Length;
        }
    }
}
