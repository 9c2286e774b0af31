using Switchboard.Protocol;

namespace Switchboard.Server.Services.Accounts;

/// <summary>One SCRAM login: a challenge, then a proof. The server does no password hashing on this path, only a few HMACs.</summary>
public sealed class LoginExchange
{
    private readonly Logins _logins;
    private readonly LoginOrigin _origin;
    private Claim? _claim;
    private ScramServer? _scram;

    internal LoginExchange(Logins logins, LoginOrigin origin)
    {
        _logins = logins;
        _origin = origin;
    }

    /// <summary>Answers the client's first message with the challenge. Once.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.TooManyTries"/>, <see cref="RefusalCode.BadRequest"/>, <see cref="RefusalCode.Unsupported"/>,
    /// <see cref="RefusalCode.LoginFailed"/> for a downgrade of the mechanism.</exception>
    public async Task<string> ChallengeAsync(string mechanism, string? tokenId, string clientFirst, CancellationToken ct)
    {
        Require(_claim is null);
        var first = ScramFirst.Parse(mechanism, clientFirst, _origin.ChannelBinding is not null);
        ct.ThrowIfCancellationRequested();
        _claim = await _logins.FindAsync(first.User, tokenId).ConfigureAwait(false);
        await _logins.AdmitAsync(_claim, _origin).ConfigureAwait(false);
        _scram = new ScramServer(first, _claim.Verifier, _origin.ChannelBinding);
        return _scram.First();
    }

    /// <summary>Judges the proof; answers with the caller and the server's own proof. Once.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.LoginFailed"/>, <see cref="RefusalCode.TooManyTries"/>, <see cref="RefusalCode.AccountDisabled"/>.</exception>
    public async Task<(Caller Caller, string ServerFinal)> FinishAsync(string clientFinal, CancellationToken ct)
    {
        Require(_scram is not null);
        ct.ThrowIfCancellationRequested();
        var scram = _scram!;
        _scram = null;
        string? serverFinal = null;
        var caller = await _logins.JudgeAsync(_claim!, _origin, () => (serverFinal = Answer(scram, clientFinal)) is not null).ConfigureAwait(false);
        return (caller, serverFinal!);
    }

    private static string? Answer(ScramServer scram, string clientFinal)
    {
        try
        {
            return scram.Final(clientFinal);
        }
        catch (RefusedException refused) when (refused.Code == RefusalCode.LoginFailed)
        {
            return null;
        }
    }

    private static void Require(bool expected)
    {
        if (!expected)
        {
            throw new RefusedException(RefusalCode.BadRequest, "auth", "a challenge, then its answer, once each");
        }
    }
}
