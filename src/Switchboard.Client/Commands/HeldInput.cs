namespace Switchboard.Client;

/// <summary>Input that was written and not yet taken: held to be sent again after a broken line, at most as much as the server lets be on its way.</summary>
/// <remarks>For one caller at a time.</remarks>
internal sealed class HeldInput
{
    /// <summary>The protocol's own window (docs/protocol.md, chapter 14). A server that offers more does not make us hold more.</summary>
    public const int Most = 4 << 20;
    /// <summary>Bytes of one frame: large enough to cost little each, small enough that a signal gets in between.</summary>
    public const int Piece = 256 * 1024;
    private const int FirstCapacity = 4 * 1024;

    // Byte n of the input is at n modulo its length, a power of two.
    private byte[] ring = new byte[FirstCapacity];
    private long window;
    private long given;
    private long sent;
    private long furthest;

    /// <summary>The program has everything before this byte.</summary>
    public long Taken { get; private set; }

    /// <summary>How many bytes may be given now. None before the first session: the window is not known.</summary>
    public int Room => (int)Math.Max(0, Math.Min(window, Most) - (given - Taken));

    /// <summary>Where the next frame begins.</summary>
    public long Sent => sent;

    public bool IsAllSent => sent == given;

    public bool IsAllTaken => Taken == given;

    /// <summary>Holds as much as there is room for, and says how much that was.</summary>
    public int Give(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, Room);
        Reserve((int)(given - Taken) + count);
        for (var part = bytes[..count]; part.Length > 0;)
        {
            var to = ring.AsSpan((int)(given % ring.Length));
            var length = Math.Min(part.Length, to.Length);
            part[..length].CopyTo(to);
            given += length;
            part = part[length..];
        }

        return count;
    }

    /// <summary>The next bytes to be sent, empty where there are none or the window is full.</summary>
    public ReadOnlySpan<byte> Next()
    {
        var at = (int)(sent % ring.Length);
        var most = Math.Min(given, Taken + window) - sent;
        return ring.AsSpan(at, (int)Math.Clamp(most, 0, Math.Min(Piece, ring.Length - at)));
    }

    public void MarkSent(int count)
    {
        sent += count;
        furthest = Math.Max(furthest, sent);
    }

    /// <summary>The server took everything before a byte. False where that cannot be: it was not sent, or taken long ago.</summary>
    public bool Take(long before)
    {
        if (before < Taken || before > furthest)
        {
            return false;
        }

        Taken = before;
        sent = Math.Max(sent, before);
        return true;
    }

    /// <summary>A new session: what comes after the bytes that were taken is sent again. False as in <see cref="Take"/>.</summary>
    public bool Rewind(long taken, long newWindow)
    {
        if (!Take(taken))
        {
            return false;
        }

        sent = taken;
        window = newWindow;
        return true;
    }

    /// <summary>That much was sent at some time.</summary>
    public bool WasSent(long before) => before >= 0 && before <= furthest;

    private void Reserve(int bytes)
    {
        if (bytes <= ring.Length)
        {
            return;
        }

        var old = ring;
        ring = new byte[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)bytes)];
        for (var at = Taken; at < given;)
        {
            var from = old.AsSpan((int)(at % old.Length));
            var to = ring.AsSpan((int)(at % ring.Length));
            var length = (int)Math.Min(given - at, Math.Min(from.Length, to.Length));
            from[..length].CopyTo(to);
            at += length;
        }
    }
}
