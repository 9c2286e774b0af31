using System.Net;
using System.Net.Sockets;

namespace Switchboard.Lab.Checks;

/// <summary>Everything that one rule opens to the program it judges; closed when the rule is done.</summary>
public sealed class Visit(IPEndPoint program) : IDisposable
{
    /// <summary>A learner's program on a busy machine gets this long for each answer.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly List<IDisposable> _open = [];

    internal IPEndPoint Program { get; } = program;

    internal Caller Connect()
    {
        var socket = new Socket(Program.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _open.Add(socket);
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
        var socket = new Socket(Program.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _open.Add(socket);
        socket.Connect(Program);
        return new(socket);
    }

    public void Dispose() => _open.ForEach(one => one.Dispose());
}
