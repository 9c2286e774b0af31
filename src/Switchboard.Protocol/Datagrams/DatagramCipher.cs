using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Switchboard.Protocol;

/// <summary>
/// AES-256-GCM for one direction and one epoch. The nonce is the packet number over a fixed pattern (RFC 8446, 5.3), and no number is used twice
/// under a key, so no nonce is either.
/// </summary>
internal sealed class DatagramCipher : IDisposable
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;

    private readonly AesGcm _aes;
    private readonly byte[] _pattern;
    private readonly byte[] _secret;

    private DatagramCipher(byte[] secret)
    {
        _secret = secret;
        _aes = new AesGcm(Expand(secret, KeyBytes, "key"u8), DatagramLayout.TagBytes);
        _pattern = Expand(secret, NonceBytes, "iv"u8);
    }

    /// <summary>The first epoch of a direction. The session's secret is 32 random bytes, so HKDF's first half has nothing to do (RFC 5869, 3.3).</summary>
    public static DatagramCipher First(ReadOnlySpan<byte> sessionSecret, bool fromServer) =>
        new(Expand(sessionSecret, KeyBytes, fromServer ? "switchboard datagram 1 server"u8 : "switchboard datagram 1 client"u8));

    public DatagramCipher Next() => new(Expand(_secret, KeyBytes, "next"u8));

    /// <summary>Seals what lies behind the head, in place, and puts the tag behind it.</summary>
    public void Seal(long number, Span<byte> datagram)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(number, nonce);
        Span<byte> body = datagram[DatagramLayout.HeadBytes..^DatagramLayout.TagBytes];
        _aes.Encrypt(nonce, body, body, datagram[^DatagramLayout.TagBytes..], datagram[..DatagramLayout.HeadBytes]);
    }

    /// <summary>Opens a datagram in place.</summary>
    /// <returns>Whether it is genuine; if not, its body is zeroed.</returns>
    public bool TryOpen(long number, Span<byte> datagram)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(number, nonce);
        Span<byte> body = datagram[DatagramLayout.HeadBytes..^DatagramLayout.TagBytes];
        try
        {
            _aes.Decrypt(nonce, body, datagram[^DatagramLayout.TagBytes..], body, datagram[..DatagramLayout.HeadBytes]);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_secret);
        _aes.Dispose();
    }

    private void WriteNonce(long number, Span<byte> nonce)
    {
        _pattern.CopyTo(nonce);
        Span<byte> low = nonce[^sizeof(long)..];
        BinaryPrimitives.WriteInt64BigEndian(low, BinaryPrimitives.ReadInt64BigEndian(low) ^ number);
    }

    private static byte[] Expand(ReadOnlySpan<byte> secret, int length, ReadOnlySpan<byte> purpose)
    {
        byte[] key = new byte[length];
        HKDF.Expand(HashAlgorithmName.SHA256, secret, key, purpose);
        return key;
    }
}
