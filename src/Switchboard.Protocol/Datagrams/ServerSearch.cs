using System.Buffers.Binary;
using System.Text;

namespace Switchboard.Protocol;

/// <summary>A server that answered.</summary>
/// <param name="Name">What its machine is called.</param>
/// <param name="Port">Of the native door, TCP.</param>
/// <param name="Fingerprint"><c>SHA256:…</c>. Nobody vouches for it: a login shows it, and pins it when a person has compared it.</param>
public sealed record FoundServer(string Name, int Port, string Fingerprint);

/// <summary>
/// "Who is there?" on the local network, by broadcast and multicast, and the answer. The question is padded to more than any answer, so that a false
/// sender's address turns no small flood into a large one.
/// </summary>
public static class ServerSearch
{
    /// <summary>Administratively scoped (RFC 2365): routers do not carry it out of a site.</summary>
    public const string Group4 = "239.255.95.27";

    /// <summary>Transient, this link only (RFC 4291, 2.7).</summary>
    public const string Group6 = "ff12::9527";

    /// <summary>Bytes of a question.</summary>
    public const int QuestionBytes = 160;

    private const byte Question = 0x60;
    private const byte Answer = 0x61;
    private const byte Version = 1;
    private const int DigestBytes = 32;
    private const int MostName = 96;
    private const int NonceAt = 2;
    private const int PortAt = NonceAt + sizeof(ulong);
    private const int DigestAt = PortAt + sizeof(ushort);
    private const int NameAt = DigestAt + DigestBytes;
    private const string FingerprintPrefix = "SHA256:";

    /// <param name="datagram">At least <see cref="QuestionBytes"/>.</param>
    /// <param name="nonce">Comes back with the answer: one that nobody asked for is not believed.</param>
    public static void WriteQuestion(Span<byte> datagram, ulong nonce)
    {
        datagram[..QuestionBytes].Clear();
        (datagram[0], datagram[1]) = (Question, Version);
        BinaryPrimitives.WriteUInt64BigEndian(datagram[NonceAt..], nonce);
    }

    public static bool TryReadQuestion(ReadOnlySpan<byte> datagram, out ulong nonce)
    {
        bool isOne = datagram.Length >= QuestionBytes && datagram[0] == Question && datagram[1] == Version;
        nonce = isOne ? BinaryPrimitives.ReadUInt64BigEndian(datagram[NonceAt..]) : 0;
        return isOne;
    }

    /// <summary>Writes the answer; a name too long for it is cut.</summary>
    /// <returns>Its length, at most <see cref="QuestionBytes"/>.</returns>
    public static int WriteAnswer(Span<byte> datagram, ulong nonce, FoundServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        (datagram[0], datagram[1]) = (Answer, Version);
        BinaryPrimitives.WriteUInt64BigEndian(datagram[NonceAt..], nonce);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[PortAt..], (ushort)server.Port);
        Convert.TryFromBase64String(Padded(server.Fingerprint[FingerprintPrefix.Length..]), datagram.Slice(DigestAt, DigestBytes), out _);
        Encoding.UTF8.GetEncoder().Convert(server.Name, datagram.Slice(NameAt, MostName), flush: true, out _, out int length, out _);
        return NameAt + length;
    }

    /// <summary>Reads an answer to the question with this nonce.</summary>
    public static FoundServer? ReadAnswer(ReadOnlySpan<byte> datagram, ulong nonce)
    {
        if (datagram.Length is < NameAt or > QuestionBytes || datagram[0] != Answer || datagram[1] != Version
            || BinaryPrimitives.ReadUInt64BigEndian(datagram[NonceAt..]) != nonce)
        {
            return null;
        }

        int port = BinaryPrimitives.ReadUInt16BigEndian(datagram[PortAt..]);
        string digest = Convert.ToBase64String(datagram.Slice(DigestAt, DigestBytes)).TrimEnd('=');
        return new FoundServer(Encoding.UTF8.GetString(datagram[NameAt..]), port, FingerprintPrefix + digest);
    }

    private static string Padded(string base64) => base64.PadRight((base64.Length + 3) / 4 * 4, '=');
}
