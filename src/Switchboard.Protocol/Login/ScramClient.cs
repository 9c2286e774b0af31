using System.Security.Cryptography;

namespace Switchboard.Protocol;

/// <summary>The client's side of one SCRAM exchange: <see cref="First"/>, <see cref="Final"/>, <see cref="Verify"/>, in this order.</summary>
/// <param name="user">The account's name.</param>
/// <param name="secret">Its password, or a token's secret.</param>
/// <param name="channelBinding">Under TLS, SHA-256 of the server's certificate in DER; the exchange then succeeds only with the server that holds the other end of this very channel.</param>
/// <param name="minIterations">Fewest rounds to accept: <see cref="Scram.MinPasswordIterations"/>, or <see cref="Scram.TokenIterations"/> for a token.</param>
/// <param name="nonce">For test vectors; random otherwise.</param>
public sealed class ScramClient(
    string user, string secret, byte[]? channelBinding, int minIterations = Scram.MinPasswordIterations, string? nonce = null)
{
    private readonly string nonce = nonce ?? Scram.NewNonce();
    private readonly string gs2Header = Scram.Gs2Header(channelBinding is not null);
    private byte[]? serverSignature;

    /// <summary>For a device token; the account's name still has to be given.</summary>
    public static ScramClient ForToken(string user, DeviceToken token, byte[]? channelBinding) =>
        new(user, token.Secret, channelBinding, Scram.TokenIterations);

    /// <summary>With channel binding always <see cref="Scram.Plus"/>: a list of mechanisms that lacks it under TLS was tampered with, or is of another server.</summary>
    public string Mechanism => channelBinding is null ? Scram.Mechanism : Scram.Plus;

    /// <summary>Refuses a server that does not offer <see cref="Mechanism"/> (RFC 5802, section 6: no silent downgrade).</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.ServerUntrusted"/>.</exception>
    public void RequireOffered(IEnumerable<string> mechanisms)
    {
        if (!mechanisms.Contains(Mechanism, StringComparer.Ordinal))
        {
            throw Untrusted($"does not offer {Mechanism}");
        }
    }

    /// <summary>client-first-message.</summary>
    public string First() => gs2Header + Bare;

    /// <summary>client-final-message for the server's challenge.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.ServerUntrusted"/>: the challenge is malformed, not for this exchange, or asks for too few or too many rounds.</exception>
    public string Final(string serverFirst)
    {
        var (combined, salt, iterations) = Challenge(serverFirst);
        var salted = Scram.Salted(secret, salt, iterations);
        var withoutProof = $"c={Scram.Binding(gs2Header, channelBinding)},r={combined}";
        var signed = $"{Bare},{serverFirst},{withoutProof}";
        var clientKey = Scram.ClientKey(salted);
        var proof = Scram.Xor(clientKey, Scram.Mac(SHA256.HashData(clientKey), signed));
        serverSignature = Scram.Mac(Scram.ServerKey(salted), signed);
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>Checks the server's own proof. Without it, whoever answered has not shown that it knows the account.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.ServerUntrusted"/>; <see cref="RefusalCode.LoginFailed"/> when the server says so (<c>e=</c>).</exception>
    public void Verify(string serverFinal)
    {
        var fields = ScramFields.Of(serverFinal);
        if (fields.TryTake('e', out var error))
        {
            throw new RefusedException(RefusalCode.LoginFailed, user, error);
        }
        if (serverSignature is null || !fields.TryTake('v', out var signature)
            || !CryptographicOperations.FixedTimeEquals(Scram.Bytes(signature), serverSignature))
        {
            throw Untrusted("wrong server signature");
        }
    }

    private string Bare => $"n={user.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal)},r={nonce}";

    private (string Nonce, byte[] Salt, int Iterations) Challenge(string serverFirst)
    {
        var fields = ScramFields.Of(serverFirst);
        if (!fields.TryTake('r', out var combined) || !fields.TryTake('s', out var salt64) || !fields.TryTake('i', out var count)
            || Scram.Bytes(salt64) is not { Length: > 0 } salt || !Scram.TryIterations(count, out var iterations))
        {
            throw Untrusted("malformed challenge");
        }
        if (!combined.StartsWith(nonce, StringComparison.Ordinal) || combined.Length == nonce.Length)
        {
            throw Untrusted("challenge for another exchange");
        }
        if (iterations < minIterations || iterations > Scram.MaxIterations)
        {
            throw Untrusted($"asks for {iterations} iterations, accepted are {minIterations} to {Scram.MaxIterations}");
        }
        return (combined, salt, iterations);
    }

    private static RefusedException Untrusted(string detail) => new(RefusalCode.ServerUntrusted, null, detail);
}
