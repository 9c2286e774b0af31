using System.Security.Cryptography;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Server.Services.Accounts;

/// <summary>
/// Compares a password that crossed the line (FTP, web) with a verifier, which costs the derivation at the server: about 0.2 s of one core,
/// unless it fitted within the last hour. A wrong one always costs it.
/// </summary>
internal sealed class PasswordCheck(TimeProvider clock) : IDisposable
{
    /// <summary>Derivations that wait; at two cores the last of them waits about 6 s, within the time to log in.</summary>
    private const int MostWaiting = 64;

    // One core stays free for everybody who is logged in already.
    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount - 1));
    private readonly VerifiedPasswords _verified = new(clock);
    private int _waiting;
    private int _derivations;

    /// <summary>How often the full price was paid.</summary>
    public int Derivations => Volatile.Read(ref _derivations);

    /// <exception cref="RefusedException"><see cref="RefusalCode.TooManyTries"/> when too many derivations wait.</exception>
    public async Task<bool> FitsAsync(Verifier verifier, string secret, CancellationToken ct)
    {
        if (verifier.Iterations <= Scram.TokenIterations)
        {
            return Fits(verifier, secret);
        }

        if (_verified.Holds(verifier, secret))
        {
            return true;
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
            // Of many logins at once with one password, those that waited find what the first has found.
            return _verified.Holds(verifier, secret) || await Task.Run(() => Derive(verifier, secret), ct).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private bool Derive(Verifier verifier, string secret)
    {
        Interlocked.Increment(ref _derivations);
        var fits = Fits(verifier, secret);
        if (fits)
        {
            _verified.Add(verifier, secret);
        }

        return fits;
    }

    internal static bool Fits(Verifier verifier, string secret)
    {
        var tried = Scram.CreateVerifier(secret, verifier.Iterations, Convert.FromBase64String(verifier.Salt));
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(tried.StoredKey), Encoding.ASCII.GetBytes(verifier.StoredKey));
    }
}
