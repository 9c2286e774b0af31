using System.Security.Cryptography;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Server.Services.Accounts;

/// <summary>
/// Compares a password that crossed the line (FTP, web) with a verifier, which costs the derivation at the server: about 0.2 s of one core.
/// A cache of recent results belongs here.
/// </summary>
internal sealed class PasswordCheck : IDisposable
{
    /// <summary>Derivations that wait; at two cores the last of them waits about 6 s, within the time to log in.</summary>
    private const int MostWaiting = 64;

    // One core stays free for everybody who is logged in already.
    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount - 1));
    private int _waiting;

    /// <exception cref="RefusedException"><see cref="RefusalCode.TooManyTries"/> when too many derivations wait.</exception>
    public async Task<bool> FitsAsync(Verifier verifier, string secret, CancellationToken ct)
    {
        if (verifier.Iterations <= Scram.TokenIterations)
        {
            return Fits(verifier, secret);
        }

        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new RefusedException(new Refusal(RefusalCode.TooManyTries) { RetryAfter = 5 });
        }

        try
        {
            await _places.WaitAsync(ct).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        try
        {
            return await Task.Run(() => Fits(verifier, secret), ct).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private static bool Fits(Verifier verifier, string secret)
    {
        var tried = Scram.CreateVerifier(secret, verifier.Iterations, Convert.FromBase64String(verifier.Salt));
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(tried.StoredKey), Encoding.ASCII.GetBytes(verifier.StoredKey));
    }
}
