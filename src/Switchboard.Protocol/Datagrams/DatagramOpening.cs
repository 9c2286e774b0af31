namespace Switchboard.Protocol;

/// <summary>The receiving side's keys: the present epoch's, the one before for what was overtaken, and the next one, derived when somebody first claims to use it.</summary>
internal sealed class DatagramOpening(ReadOnlySpan<byte> secret, bool fromServer) : IDisposable
{
    private DatagramCipher? _before;
    private DatagramCipher _present = DatagramCipher.First(secret, fromServer);
    private DatagramCipher? _next;

    public int Epoch { get; private set; }

    /// <summary>Opens a datagram in place; a forged one costs one decryption and changes nothing.</summary>
    public bool TryOpen(long number, Span<byte> datagram)
    {
        int bits = DatagramLayout.EpochBitsOf(datagram);
        if (bits == (Epoch & 3))
        {
            return _present.TryOpen(number, datagram);
        }

        return bits == ((Epoch + 1) & 3) ? TryOpenNext(number, datagram)
            : bits == ((Epoch - 1) & 3) && _before is not null && _before.TryOpen(number, datagram);
    }

    public void Dispose()
    {
        _before?.Dispose();
        _present.Dispose();
        _next?.Dispose();
    }

    private bool TryOpenNext(long number, Span<byte> datagram)
    {
        _next ??= _present.Next();
        if (!_next.TryOpen(number, datagram))
        {
            return false;
        }

        _before?.Dispose();
        (_before, _present, _next) = (_present, _next, null);
        Epoch++;
        return true;
    }
}
