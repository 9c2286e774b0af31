using System.Buffers.Binary;
using System.Net.Sockets;

namespace Switchboard.Addresses;

/// <summary>Echo requests and replies: RFC 792 and, for IPv6, RFC 4443 section 4.</summary>
public static class IcmpEcho
{
    /// <summary>Type, code, checksum, identifier, sequence number.</summary>
    public const int HeaderSize = 8;

    /// <summary>A request. The kernel writes identifier and, for IPv6, checksum of a datagram socket itself; for the others they are right already.</summary>
    public static byte[] Request(AddressFamily family, ushort sequence, ReadOnlySpan<byte> payload)
    {
        byte[] message = new byte[HeaderSize + payload.Length];
        message[0] = family == AddressFamily.InterNetwork ? (byte)8 : (byte)128;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), sequence);
        payload.CopyTo(message.AsSpan(HeaderSize));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), Checksum(message));
        return message;
    }

    /// <summary>The sequence number of an echo reply; null when the message is something else.</summary>
    public static ushort? ReplyTo(AddressFamily family, ReadOnlySpan<byte> message)
    {
        byte reply = family == AddressFamily.InterNetwork ? (byte)0 : (byte)129;
        return message.Length >= HeaderSize && message[0] == reply ? BinaryPrimitives.ReadUInt16BigEndian(message[6..]) : null;
    }

    /// <summary>The Internet checksum: the ones' complement sum of 16-bit words, turned round (RFC 1071). Over a message with a right checksum it is 0.</summary>
    public static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int at = 0; at < bytes.Length; at += 2)
        {
            sum += (uint)((bytes[at] << 8) | (at + 1 < bytes.Length ? bytes[at + 1] : 0));
        }
        while (sum >> 16 != 0)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (ushort)~sum;
    }
}
