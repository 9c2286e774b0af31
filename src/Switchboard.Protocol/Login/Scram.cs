using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Switchboard.Protocol;

/// <summary>
/// SCRAM-SHA-256 (RFC 5802, RFC 7677): the parts both sides share. The secret never crosses the line and the server keeps a
/// <see cref="Verifier"/> only. Secrets are the UTF-8 of their NFC form (Unicode normalisation C); the rest of SASLprep is not applied.
/// </summary>
public static class Scram
{
    public const string Mechanism = "SCRAM-SHA-256";

    /// <summary>Bound to the TLS channel by <c>tls-server-end-point</c> (RFC 5929): SHA-256 of the server's certificate in DER.</summary>
    public const string Plus = "SCRAM-SHA-256-PLUS";

    /// <summary>PBKDF2 rounds for a password: OWASP Password Storage Cheat Sheet, PBKDF2-HMAC-SHA256.</summary>
    public const int PasswordIterations = 600_000;

    /// <summary>Rounds for a token's secret: 256 random bits cannot be guessed, so stretching them buys nothing.</summary>
    public const int TokenIterations = 1;

    /// <summary>Fewest rounds a client accepts for a password (RFC 7677, section 4): fewer would let a false server guess it cheaply afterwards.</summary>
    public const int MinPasswordIterations = 4096;

    /// <summary>Most rounds a client accepts (about a second of work), so that a server cannot make it compute for hours.</summary>
    public const int MaxIterations = 2_000_000;

    /// <summary>Most characters of one SCRAM message.</summary>
    public const int LongestMessage = 4096;

    internal const int KeyBytes = 32, SaltBytes = 16, LongestSalt = 64, NonceBytes = 18;
    private const string BindingType = "tls-server-end-point";

    /// <summary>What a server stores for a secret. A password costs <see cref="PasswordIterations"/> rounds, about 0.2 s of one core.</summary>
    public static Verifier CreateVerifier(string secret, int iterations, byte[]? salt = null)
    {
        salt ??= RandomNumberGenerator.GetBytes(SaltBytes);
        var salted = Salted(secret, salt, iterations);
        return new Verifier
        {
            Salt = Convert.ToBase64String(salt),
            Iterations = iterations,
            StoredKey = Convert.ToBase64String(SHA256.HashData(ClientKey(salted))),
            ServerKey = Convert.ToBase64String(ServerKey(salted)),
        };
    }

    /// <summary>
    /// A verifier for a name that does not exist: always the same for the same name, and no secret fits it. A login with it takes
    /// the same messages and the same work as one with a wrong password, so that nobody learns which names exist.
    /// </summary>
    /// <param name="serverSecret">At least 16 random bytes that only this server has, and that last.</param>
    /// <param name="name">The name (and token id) that was tried.</param>
    /// <param name="iterations">What a real one would have.</param>
    public static Verifier CreateDecoy(ReadOnlySpan<byte> serverSecret, string name, int iterations) => new()
    {
        Salt = Convert.ToBase64String(Derive(serverSecret, "salt", name).AsSpan(0, SaltBytes)),
        Iterations = iterations,
        StoredKey = Convert.ToBase64String(Derive(serverSecret, "stored key", name)),
        ServerKey = Convert.ToBase64String(Derive(serverSecret, "server key", name)),
    };

    /// <summary>Checks a verifier that a client sent: lengths, base64, and rounds.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>.</exception>
    public static void Validate(Verifier verifier, int minIterations)
    {
        if (verifier.Iterations < minIterations || verifier.Iterations > MaxIterations)
        {
            throw Malformed("verifier.iterations", $"{minIterations} to {MaxIterations}");
        }
        if (Bytes(verifier.Salt) is not { Length: >= SaltBytes and <= LongestSalt })
        {
            throw Malformed("verifier.salt", $"base64 of {SaltBytes} to {LongestSalt} bytes");
        }
        if (Bytes(verifier.StoredKey) is not { Length: KeyBytes } || Bytes(verifier.ServerKey) is not { Length: KeyBytes })
        {
            throw Malformed("verifier", $"keys are base64 of {KeyBytes} bytes");
        }
    }

    internal static byte[] Salted(string secret, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(Nfc.Normalize(secret)), salt, iterations, HashAlgorithmName.SHA256, KeyBytes);

    internal static byte[] ClientKey(byte[] salted) => Mac(salted, "Client Key");

    internal static byte[] ServerKey(byte[] salted) => Mac(salted, "Server Key");

    internal static byte[] Mac(ReadOnlySpan<byte> key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    internal static byte[] Xor(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var mixed = a.ToArray();
        for (var i = 0; i < mixed.Length; i++)
        {
            mixed[i] ^= b[i];
        }
        return mixed;
    }

    internal static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));

    /// <summary>gs2-header (RFC 5802, section 7), no authorization identity.</summary>
    internal static string Gs2Header(bool bound) => bound ? $"p={BindingType},," : "n,,";

    /// <summary>The value of <c>c=</c>: gs2-header and channel binding data.</summary>
    internal static string Binding(string gs2Header, byte[]? channelBinding) =>
        Convert.ToBase64String([.. Encoding.UTF8.GetBytes(gs2Header), .. gs2Header.StartsWith('p') ? channelBinding ?? [] : []]);

    internal static byte[]? Bytes(string base64)
    {
        // Length alone would let white space through, which Convert skips.
        var bytes = new byte[base64.Length / 4 * 3];
        return !base64.AsSpan().ContainsAny(" \t\r\n") && Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }

    internal static bool TryIterations(string text, out int iterations) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out iterations);

    internal static RefusedException Malformed(string subject, string detail) => new(RefusalCode.BadRequest, subject, detail);

    private static byte[] Derive(ReadOnlySpan<byte> secret, string purpose, string name) => Mac(secret, $"{purpose}\0{name}");
}
