using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Switchboard.Server.Storage.Chat;

/// <summary>
/// The stored form of messages that became durable together: for each its kind and which optional fields it has, a byte each; time and
/// account as 8-byte little-endian numbers; author and text, and where it has them key, target, and digest and size of a file, the texts with their length before them. Numbers follow from that of the first.
/// </summary>
internal static class MessageCodec
{
    private const byte HasKey = 1, HasTarget = 2, HasFile = 4;
    private const int DigestBytes = 32;
    private const int KeptBytes = 64 << 10;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    public static byte[] Encode(IReadOnlyList<ChatMessage> messages)
    {
        // Kept from call to call: the array that is returned is all that one takes.
        var to = t_buffer ??= new ArrayBufferWriter<byte>(KeptBytes);
        to.ResetWrittenCount();
        foreach (var message in messages)
        {
            Encode(to, message);
        }

        t_buffer = to.Capacity <= KeptBytes ? to : null;
        return to.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">Not what <see cref="Encode(IReadOnlyList{ChatMessage})"/> writes.</exception>
    public static List<ChatMessage> Decode(long first, ReadOnlySpan<byte> stored)
    {
        var messages = new List<ChatMessage>();
        while (!stored.IsEmpty)
        {
            messages.Add(DecodeOne(first++, ref stored));
        }

        return messages;
    }

    private static void Encode(ArrayBufferWriter<byte> to, ChatMessage message)
    {
        var flags = (message.Key is null ? 0 : HasKey) | (message.Target is null ? 0 : HasTarget) | (message.File is null ? 0 : HasFile);
        to.Write([(byte)message.Kind, (byte)flags]);
        Number(to, message.Time);
        Number(to, message.Account);
        Bytes(to, Encoding.UTF8.GetBytes(message.From));
        Bytes(to, message.Text);
        if (message.Key is { } key)
        {
            Bytes(to, Encoding.UTF8.GetBytes(key));
        }

        if (message.Target is { } target)
        {
            Number(to, target);
        }

        if (message.File is { } file)
        {
            to.Write(file.Sha256);
            Number(to, file.Size);
        }
    }

    private static ChatMessage DecodeOne(long number, ref ReadOnlySpan<byte> from)
    {
        var head = Take(ref from, 2);
        var (kind, flags) = ((MessageKind)head[0], head[1]);
        return new ChatMessage
        {
            Number = number,
            Kind = kind,
            Time = Number(ref from),
            Account = Number(ref from),
            From = Encoding.UTF8.GetString(Bytes(ref from)),
            Text = Bytes(ref from).ToArray(),
            Key = (flags & HasKey) != 0 ? Encoding.UTF8.GetString(Bytes(ref from)) : null,
            Target = (flags & HasTarget) != 0 ? Number(ref from) : null,
            File = (flags & HasFile) != 0 ? new SharedContent(Take(ref from, DigestBytes).ToArray(), Number(ref from)) : null,
        };
    }

    private static void Number(ArrayBufferWriter<byte> to, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to.GetSpan(sizeof(long)), value);
        to.Advance(sizeof(long));
    }

    private static long Number(ref ReadOnlySpan<byte> from) => BinaryPrimitives.ReadInt64LittleEndian(Take(ref from, sizeof(long)));

    private static void Bytes(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(sizeof(int)), bytes.Length);
        to.Advance(sizeof(int));
        to.Write(bytes);
    }

    private static ReadOnlySpan<byte> Bytes(ref ReadOnlySpan<byte> from) => Take(ref from, BinaryPrimitives.ReadInt32LittleEndian(Take(ref from, sizeof(int))));

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> from, int count)
    {
        if (count < 0 || count > from.Length)
        {
            throw new InvalidDataException("a room's log is damaged");
        }

        var taken = from[..count];
        from = from[count..];
        return taken;
    }
}
