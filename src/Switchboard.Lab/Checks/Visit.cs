using System.Net;
using System.Net.Sockets;

namespace Switchboard.Lab.Checks;

/// <summary>Everything that one rule opens to the program it judges; closed when the rule is done.</summary>
public sealed class Visit(IPEndPoint program) : IDisposable
{
    /// <summary>A learner's program on a busy machine gets this long for each answer.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<IDisposable> _open = [];

    internal IPEndPoint Program { get; } = program;

    internal Caller Connect()
    {
        Socket socket = Open(SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        try
        {
            using var late = new CancellationTokenSource(Patience);
            socket.ConnectAsync(Program, late.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            throw new NobodyThereException(error is SocketException ? error.Message : $"{Patience.TotalSeconds} s");
        }
        return new(socket);
    }

    internal DatagramCaller Datagrams()
    {
        Socket socket = Open(SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(Program);
        return new(socket);
    }

    /// <summary>Also while the rule is still being tried: what it waits for then ends.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _open.ForEach(one => one.Dispose());
        }
    }

    private Socket Open(SocketType type, ProtocolType protocol)
    {
        var socket = new Socket(Program.AddressFamily, type, protocol);
        lock (_lock)
        {
            _open.Add(socket);
        }
        return socket;
    }
}
