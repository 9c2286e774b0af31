using System.Buffers.Binary;

namespace Switchboard.Protocol;

/// <summary>What a datagram is made of. The numbers are ours; the shapes follow RFC 9000, section 19.</summary>
internal enum DatagramPart : byte
{
    Padding = 0,
    Ping = 1,
    Acknowledge = 2,
    Stream = 3,
    StreamEnd = 4,
    Window = 5,
    Challenge = 6,
    Response = 7,
    Close = 8,
}

/// <summary>Writes parts into a datagram's body.</summary>
internal ref struct PartWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    public int Length { get; private set; }

    public readonly int Left => _room.Length - Length;

    public readonly Span<byte> Rest => _room[Length..];

    public void Kind(DatagramPart part) => _room[Length++] = (byte)part;

    public void Advance(int count) => Length += count;

    public void Bytes(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Rest, value);
        Length += sizeof(ulong);
    }

    public void PadTo(int length)
    {
        _room[Length..length].Clear();
        Length = length;
    }

    /// <summary>A number of 62 bits in one, two, four or eight bytes (RFC 9000, section 16).</summary>
    public void Number(long value)
    {
        int size = SizeOf(value);
        switch (size)
        {
            case 1:
                _room[Length] = (byte)value;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(Rest, (ushort)(value | 0x4000));
                break;
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(Rest, (uint)(value | 0x8000_0000));
                break;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(Rest, (ulong)value | 0xC000_0000_0000_0000);
                break;
        }

        Length += size;
    }

    public static int SizeOf(long value) => value < 0x40 ? 1 : value < 0x4000 ? 2 : value < 0x4000_0000 ? 4 : 8;
}

/// <summary>Reads parts. What does not fit makes <see cref="IsBroken"/>, and everything after it zero.</summary>
internal ref struct PartReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _left = body;

    public bool IsBroken { get; private set; }

    public readonly bool IsEmpty => _left.IsEmpty;

    public DatagramPart Kind() => (DatagramPart)Take(1)[0];

    public ulong Bytes() => BinaryPrimitives.ReadUInt64BigEndian(Take(sizeof(ulong)));

    public long Number()
    {
        int size = _left.IsEmpty ? 1 : 1 << (_left[0] >> 6);
        ReadOnlySpan<byte> bytes = Take(size);
        long value = bytes[0] & 0x3F;
        for (int at = 1; at < bytes.Length; at++)
        {
            value = (value << 8) | bytes[at];
        }

        return value;
    }

    public ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _left.Length)
        {
            IsBroken = true;
            _left = default;
            return new byte[Math.Clamp(count, 0, sizeof(ulong))];
        }

        ReadOnlySpan<byte> taken = _left[..(int)count];
        _left = _left[(int)count..];
        return taken;
    }

    public void SkipPadding()
    {
        int filled = _left.IndexOfAnyExcept((byte)DatagramPart.Padding);
        _left = filled < 0 ? default : _left[filled..];
    }
}
