using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Switchboard.Protocol;

/// <summary>
/// A device token as a person or a script keeps it: the id the server knows it by, and the secret only its owner has.
/// Written <c>sbt_ID_SECRET</c>.
/// </summary>
/// <param name="Id">Chosen by the server: 1 to 64 characters of <c>[A-Za-z0-9-]</c>.</param>
/// <param name="Secret">32 random bytes in base64url without padding, 43 characters.</param>
public sealed record DeviceToken(string Id, string Secret)
{
    private const string Prefix = "sbt_";
    private const int SecretBytes = 32, LongestId = 64;
    private static readonly int SecretLength = Base64Url.GetEncodedLength(SecretBytes);

    /// <summary>A new secret, for <c>token-add</c>: the client keeps it and sends its verifier only.</summary>
    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    public static bool TryParse(string? text, [NotNullWhen(true)] out DeviceToken? token)
    {
        token = null;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }
        // The secret may hold underscores, the id may not: the first one divides.
        var divide = text.IndexOf('_', Prefix.Length);
        if (divide > 0 && IsId(text.AsSpan(Prefix.Length, divide - Prefix.Length)) && IsSecret(text.AsSpan(divide + 1)))
        {
            token = new DeviceToken(text[Prefix.Length..divide], text[(divide + 1)..]);
        }
        return token is not null;
    }

    /// <summary>The token as text, secret included: never for a log.</summary>
    public override string ToString() => $"{Prefix}{Id}_{Secret}";

    private static bool IsId(ReadOnlySpan<char> id)
    {
        foreach (var c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
            {
                return false;
            }
        }
        return id.Length is > 0 and <= LongestId;
    }

    private static bool IsSecret(ReadOnlySpan<char> secret) => secret.Length == SecretLength && Base64Url.IsValid(secret);
}
