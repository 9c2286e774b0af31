using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Lab.Sockets;

/// <summary>One end: a socket whose calls are written down, with what they returned.</summary>
internal sealed class Peer : IDisposable
{
    // Nothing here waits for a person: what takes this long never comes.
    private const int Patience = 30_000;

    private readonly Bench _bench;
    private string _there = "";
    private string _back = "";
    private long _sent;
    private long _received;

    public Peer(Bench bench, Lane lane, Socket socket)
    {
        (_bench, Lane, Socket) = (bench, lane, socket);
        (socket.ReceiveTimeout, socket.SendTimeout) = (Patience, Patience);
        if (socket.Connected)
        {
            Named();
        }
    }

    public Lane Lane { get; }

    public Socket Socket { get; }

    public IPEndPoint Local => (IPEndPoint)Socket.LocalEndPoint!;

    public TcpInfo Info => TcpInfo.Of(Socket);

    public int Send(string text, Words? why = null) => Send(Encoding.UTF8.GetBytes(text), why);

    public int Send(byte[] bytes, Words? why = null)
    {
        SocketError error = TrySend(bytes, why, out int count);
        return error == SocketError.Success ? count : throw new SocketException((int)error);
    }

    /// <summary>Sends, and takes an error for an answer.</summary>
    public SocketError TrySend(byte[] bytes, Words? why, out int count)
    {
        count = Socket.Send(bytes, SocketFlags.None, out SocketError error);
        var stretch = new Stretch(_there, _sent, IsSent: true);
        _sent += count;
        Note($"send({ByteText.Of(bytes)})", error, count.ToString("N0", CultureInfo.InvariantCulture), why, bytes, IsStream ? stretch : null);
        return error;
    }

    public byte[] Receive(int size, Words? why = null)
    {
        SocketError error = TryReceive(size, why, out byte[] bytes);
        return error == SocketError.Success ? bytes : throw new SocketException((int)error);
    }

    /// <summary>Receives, and takes an error for an answer.</summary>
    public SocketError TryReceive(int size, Words? why, out byte[] bytes)
    {
        byte[] buffer = new byte[size];
        int count = Socket.Receive(buffer, SocketFlags.None, out SocketError error);
        bytes = buffer[..count];
        var stretch = new Stretch(_back, _received, IsSent: false);
        _received += count;
        Note($"recv({size})", error, ByteText.Of(bytes), why, bytes, IsStream ? stretch : null);
        return error;
    }

    /// <summary>What a right program does: calls again until it has all.</summary>
    public byte[] ReceiveExactly(int size, Words? why = null)
    {
        List<byte> all = [];
        while (all.Count < size)
        {
            byte[] piece = Receive(size - all.Count, all.Count == 0 ? why : null);
            if (piece.Length == 0)
            {
                throw new EndOfStreamException($"the end after {all.Count} of {size} bytes");
            }
            all.AddRange(piece);
        }
        return [.. all];
    }

    /// <summary>Sends until this kernel takes no more, the other end's kernel has all it can hold, and nothing moves between them.</summary>
    /// <returns>How many bytes they hold.</returns>
    public long SendUntilFull(Peer receiver)
    {
        byte[] block = new byte[16 * 1024];
        (long Taken, long, long) before = default;
        Socket.Blocking = false;
        long taken = 0;
        Kernel.Until(() =>
        {
            for (int count; (count = Socket.Send(block, SocketFlags.None, out _)) > 0;)
            {
                taken += count;
            }
            var now = (taken, receiver.Socket.Available, Info.NotSent);
            bool isStill = now == before && Info.Unacknowledged == 0;
            before = now;
            return isStill;
        }, "both buffers to be full");
        return taken;
    }

    /// <summary>Receives until the end.</summary>
    /// <returns>How many bytes came.</returns>
    public long ReceiveToEnd(Words? why = null)
    {
        byte[] buffer = new byte[64 * 1024];
        long all = 0;
        Socket.Blocking = true;
        for (int count; (count = Socket.Receive(buffer)) > 0;)
        {
            all += count;
        }
        Note("recv … until 0", SocketError.Success, all.ToString("N0", CultureInfo.InvariantCulture), why, null, null);
        return all;
    }

    public SocketError SendTo(byte[] bytes, EndPoint to, Words? why = null)
    {
        var error = SocketError.Success;
        int count = 0;
        try
        {
            count = Socket.SendTo(bytes, to);
        }
        catch (SocketException refused)
        {
            error = refused.SocketErrorCode;
        }
        Note($"sendto({ByteText.Of(bytes)}, {to})", error, count.ToString("N0", CultureInfo.InvariantCulture), why, bytes, null);
        return error;
    }

    public (byte[] Bytes, IPEndPoint From, bool IsCut) ReceiveFrom(int size, Words? why = null)
    {
        byte[] buffer = new byte[size];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        SocketFlags flags = SocketFlags.None;
        int count = Socket.ReceiveMessageFrom(buffer, 0, size, ref flags, ref from, out _);
        byte[] bytes = buffer[..count];
        bool isCut = (flags & SocketFlags.Truncated) != 0;
        Note($"recvfrom({size})", SocketError.Success, ByteText.Of(bytes) + (isCut ? "  MSG_TRUNC" : ""), why, bytes, null);
        return (bytes, (IPEndPoint)from, isCut);
    }

    /// <summary>A fact, not a guess: so many bytes lie ready in the kernel (ioctl FIONREAD).</summary>
    public void AwaitReadable(int bytes)
    {
        Kernel.Until(() => Socket.Available >= bytes, $"{bytes} bytes to be readable");
        _bench.Trace.Add(Lane, "ioctl(FIONREAD)", Socket.Available.ToString("N0", CultureInfo.InvariantCulture));
    }

    /// <summary>Something can be read, or the end.</summary>
    public void AwaitAnything() => Kernel.Until(() => Socket.Poll(0, SelectMode.SelectRead), "something to be readable");

    /// <summary>The other end's kernel has everything.</summary>
    public void AwaitAcknowledged() => Kernel.Until(() => Info is { Unacknowledged: 0, NotSent: 0 }, "everything to be acknowledged");

    public bool HasSomething => Socket.Poll(0, SelectMode.SelectRead);

    public void Say(string call, string? returned = null, Words? why = null) => _bench.Trace.Add(Lane, call, returned, why);

    public void Connect(EndPoint to, Words? why = null)
    {
        if (to is IPEndPoint { AddressFamily: AddressFamily.InterNetwork })
        {
            // Else the kernel would choose 127.0.0.1, which everybody has.
            Socket.Bind(_bench.AnyPort);
        }
        Socket.Connect(to);
        Named();
        Note("connect()", SocketError.Success, "0", why, null, null);
    }

    public Peer Accept(Words? why = null, Lane? lane = null)
    {
        Peer accepted = _bench.Adopt(lane ?? Lane, Socket.Accept());
        Note("accept()", SocketError.Success, accepted.Socket.RemoteEndPoint?.ToString() ?? "", why, null, null);
        return accepted;
    }

    public void FinishSending(Words? why = null)
    {
        Socket.Shutdown(SocketShutdown.Send);
        Note("shutdown(SHUT_WR)", SocketError.Success, "0", why, null, null);
    }

    public void Close(Words? why = null)
    {
        Socket.Dispose();
        Note("close()", SocketError.Success, "0", why, null, null);
    }

    public void Dispose() => Socket.Dispose();

    private bool IsStream => Socket.SocketType == SocketType.Stream;

    // Asked while it is connected: afterwards the kernel says ENOTCONN. An end of a Unix socket without a name has itself.
    private void Named()
    {
        string local = $"{Socket.LocalEndPoint}", remote = $"{Socket.RemoteEndPoint}";
        (_there, _back) = ($"{local} {remote}", $"{remote} {local}");
    }

    private void Note(string call, SocketError error, string returned, Words? why, byte[]? bytes, Stretch? stretch)
    {
        _bench.Trace.Add(Lane, call, error == SocketError.Success ? returned : Errno.Name(error), why, error == SocketError.Success ? bytes : null, stretch);
        _bench.NoteSegments();
    }
}
