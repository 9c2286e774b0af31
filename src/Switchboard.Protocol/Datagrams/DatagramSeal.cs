namespace Switchboard.Protocol;

/// <summary>
/// The sending side's keys. A key seals at most <see cref="MostDatagrams"/> and serves at most <see cref="LongestMicroseconds"/>; then the next one is
/// derived from it, once the peer has acknowledged something under the present one, so that both are never more than one epoch apart.
/// </summary>
internal sealed class DatagramSeal(ReadOnlySpan<byte> secret, bool fromServer, ulong session, long now) : IDisposable
{
    /// <summary>An eighth of what AES-GCM is good for (RFC 9001, 6.6: 2^23).</summary>
    public const long MostDatagrams = 1 << 20;

    public const long LongestMicroseconds = 3_600_000_000;

    private DatagramCipher _cipher = DatagramCipher.First(secret, fromServer);
    private long _begun = now;
    private long _firstOfEpoch;

    public int Epoch { get; private set; }

    /// <summary>The key should be renewed, and the peer, who gets nothing but acknowledgements, has had no reason to acknowledge: so it is asked.</summary>
    public bool WantsAnswer(long number, long acknowledged, long now) => acknowledged < _firstOfEpoch && IsOld(number, now);

    /// <param name="number">Of this datagram; each one higher than those before.</param>
    /// <param name="datagram">Head, room for it is left; body; room for the tag.</param>
    /// <param name="acknowledged">The highest number the peer has acknowledged.</param>
    /// <param name="now">Microseconds.</param>
    public void Seal(long number, Span<byte> datagram, long acknowledged, long now)
    {
        if (IsOld(number, now) && acknowledged >= _firstOfEpoch)
        {
            Renew(number, now);
        }

        DatagramLayout.WriteHead(datagram, fromServer, Epoch, session, number);
        _cipher.Seal(number, datagram);
    }

    public void Dispose() => _cipher.Dispose();

    private bool IsOld(long number, long now) => number - _firstOfEpoch >= MostDatagrams || now - _begun >= LongestMicroseconds;

    private void Renew(long number, long now)
    {
        DatagramCipher next = _cipher.Next();
        _cipher.Dispose();
        (_cipher, _begun, _firstOfEpoch) = (next, now, number);
        Epoch++;
    }
}
