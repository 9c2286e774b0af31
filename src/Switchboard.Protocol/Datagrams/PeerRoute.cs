using System.Security.Cryptography;

namespace Switchboard.Protocol;

/// <summary>
/// Where the peer is. A server follows it to a new address at once, but sends no more than three times what came from there until the peer has
/// answered a challenge on that path (RFC 9000, 8.1 and 9.3): whoever copies datagrams under a false address aims no flood at it.
/// </summary>
internal sealed class PeerRoute(bool mustProve)
{
    private const int Amplification = 3;
    private const int Challenges = 4;

    /// <summary>The first repetition; each later one waits so much longer. Three times what came bounds the bytes, so this need not be slow.</summary>
    private const long Pause = 200_000;

    private DatagramPath _proven;
    private bool _hasProven;
    private long _received;
    private long _sent;
    private ulong _challenge;
    private int _challenges;
    private long _challengeAt = long.MaxValue;

    public DatagramPath Current { get; private set; }

    public bool IsProven { get; private set; } = !mustProve;

    /// <summary>Bytes that may be sent there.</summary>
    public int Allowance => IsProven ? int.MaxValue : (int)Math.Clamp((Amplification * _received) - _sent, 0, int.MaxValue);

    /// <summary>When <see cref="OnTimer"/> is wanted.</summary>
    public long Timer => IsProven ? long.MaxValue : _challengeAt;

    public bool WantsToChallenge { get; private set; }

    public bool IsAt(in DatagramPath path) => Current == path;

    /// <summary>The peer is somewhere else now.</summary>
    public void Move(in DatagramPath path, long now)
    {
        if (IsProven)
        {
            (_proven, _hasProven) = (Current, true);
        }

        (Current, IsProven, _received, _sent) = (path, _hasProven && path == _proven, 0, 0);
        _challenge = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        (_challenges, _challengeAt, WantsToChallenge) = (0, now, !IsProven);
    }

    /// <summary>Something came from there: whoever is there may still answer.</summary>
    public void OnReceived(int bytes)
    {
        _received += bytes;
        _challenges = 0;
    }

    public void OnSent(int bytes) => _sent += bytes;

    public ulong Challenge(long now)
    {
        (WantsToChallenge, _challengeAt) = (false, now + (Pause * ++_challenges));
        return _challenge;
    }

    public void OnResponse(ulong response, in DatagramPath from) => IsProven |= response == _challenge && from == Current;

    /// <summary>No response: the challenge goes out again, and after the last one the peer is looked for where it was before.</summary>
    public void OnTimer()
    {
        if (_challenges < Challenges || !_hasProven)
        {
            WantsToChallenge = true;
            _challengeAt = long.MaxValue;
        }
        else
        {
            (Current, IsProven) = (_proven, true);
        }
    }
}
