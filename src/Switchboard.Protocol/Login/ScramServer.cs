using System.Security.Cryptography;

namespace Switchboard.Protocol;

/// <summary>
/// The server's side of one SCRAM exchange, after <see cref="ScramFirst.Parse"/> has told whose verifier is needed.
/// For an unknown name give it <see cref="Scram.CreateDecoy"/>: same messages, same work, and it fails at the proof.
/// </summary>
/// <param name="first">The client's first message.</param>
/// <param name="verifier">Of the account, or of its token.</param>
/// <param name="channelBinding">Under TLS, SHA-256 of the server's own certificate in DER.</param>
/// <param name="nonce">The server's part of the nonce, for test vectors; random otherwise.</param>
public sealed class ScramServer(ScramFirst first, Verifier verifier, byte[]? channelBinding, string? nonce = null)
{
    private readonly string combined = first.Nonce + (nonce ?? Scram.NewNonce());

    /// <summary>server-first-message, the challenge.</summary>
    public string First() => $"r={combined},s={verifier.Salt},i={verifier.Iterations}";

    /// <summary>Checks the client's proof and answers with the server's own: server-final-message.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.LoginFailed"/> for whatever does not fit; it does not tell what.</exception>
    public string Final(string clientFinal)
    {
        var fields = ScramFields.Of(clientFinal);
        var shaped = fields.TryTake('c', out var binding) & fields.TryTake('r', out var answered);
        var proofAt = clientFinal.LastIndexOf(",p=", StringComparison.Ordinal);
        if (!shaped || proofAt < 0 || Scram.Bytes(clientFinal[(proofAt + 3)..]) is not { Length: Scram.KeyBytes } proof)
        {
            throw Failed();
        }
        var signed = $"{first.Bare},{First()},{clientFinal[..proofAt]}";
        var fits = Same(binding!, Scram.Binding(first.Gs2Header, channelBinding)) & Same(answered!, combined) & Proves(proof, signed);
        return fits ? $"v={Convert.ToBase64String(Scram.Mac(Convert.FromBase64String(verifier.ServerKey), signed))}" : throw Failed();
    }

    // StoredKey = H(ClientKey), and the proof is ClientKey masked with a signature that only this exchange has.
    private bool Proves(byte[] proof, string signed)
    {
        var storedKey = Convert.FromBase64String(verifier.StoredKey);
        var clientKey = Scram.Xor(proof, Scram.Mac(storedKey, signed));
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), storedKey);
    }

    private static bool Same(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(a), System.Text.Encoding.UTF8.GetBytes(b));

    private static RefusedException Failed() => new(RefusalCode.LoginFailed);
}
