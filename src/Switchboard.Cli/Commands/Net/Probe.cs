using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Switchboard.Addresses;

namespace Switchboard.Cli.Commands.Net;

/// <summary>What came of one probe. A refused connection is an answer too: somebody was there to refuse.</summary>
internal sealed record ProbeResult(string Result, double? TimeMs)
{
    public bool Answered => TimeMs is not null;

    public static ProbeResult Late { get; } = new("late", null);

    public static ProbeResult Unreachable { get; } = new("unreachable", null);
}

/// <summary>Asks whether a host is there: by ICMP echo through a datagram socket, which needs no privilege where <c>net.ipv4.ping_group_range</c> has our group, else by a TCP connection.</summary>
internal sealed class Probe : IDisposable
{
    // The 56 bytes of data that ping has sent since 1983.
    private static readonly byte[] s_payload = [.. Enumerable.Range(0, 56).Select(i => (byte)i)];

    private readonly IPAddress _address;
    private readonly int _port;
    private readonly Socket? _icmp;

    private Probe(IPAddress address, int port, Socket? icmp) => (_address, _port, _icmp) = (address, port, icmp);

    public bool IsIcmp => _icmp is not null;

    public string Method => IsIcmp ? "icmp" : "tcp";

    /// <param name="tcp">Does not even try ICMP.</param>
    public static Probe Open(IPAddress address, int port, bool tcp)
    {
        if (tcp)
        {
            return new(address, port, null);
        }
        try
        {
            ProtocolType protocol = address.AddressFamily == AddressFamily.InterNetwork ? ProtocolType.Icmp : ProtocolType.IcmpV6;
            return new(address, port, new Socket(address.AddressFamily, SocketType.Dgram, protocol));
        }
        catch (SocketException)
        {
            return new(address, port, null);
        }
    }

    /// <summary>Goes the way of a probe once, to sockets of our own: the first use in a process takes milliseconds, which would be told as the network's.</summary>
    public async Task WarmUpAsync(TimeSpan patience, CancellationToken stop)
    {
        try
        {
            await (IsIcmp ? WarmUpDatagramsAsync(stop) : WarmUpConnectionsAsync(patience, stop));
        }
        catch (SocketException)
        {
            // A machine without IPv4 on its loopback: the first time is then what it is.
            return;
        }
    }

    private static async Task WarmUpDatagramsAsync(CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await socket.SendToAsync(IcmpEcho.Request(AddressFamily.InterNetwork, 0, s_payload), socket.LocalEndPoint!, stop);
        await socket.ReceiveFromAsync(new byte[IcmpEcho.HeaderSize + s_payload.Length], new IPEndPoint(IPAddress.Any, 0), stop);
    }

    // Once taken, once refused.
    private static async Task WarmUpConnectionsAsync(TimeSpan patience, CancellationToken stop)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        using var own = new Probe(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndPoint!).Port, null);
        await own.AskAsync(0, patience, stop);
        listener.Close();
        await own.AskAsync(0, patience, stop);
    }

    public async Task<ProbeResult> AskAsync(ushort sequence, TimeSpan patience, CancellationToken stop)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(stop);
        wait.CancelAfter(patience);
        long begun = Stopwatch.GetTimestamp();
        try
        {
            string result = _icmp is null ? await ConnectAsync(wait.Token) : await EchoAsync(_icmp, sequence, wait.Token);
            return new(result, NameCommands.Since(begun));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return ProbeResult.Late;
        }
        catch (SocketException none)
        {
            return none.SocketErrorCode == SocketError.TimedOut ? ProbeResult.Late : ProbeResult.Unreachable;
        }
    }

    private async Task<string> EchoAsync(Socket socket, ushort sequence, CancellationToken stop)
    {
        var end = new IPEndPoint(_address, 0);
        await socket.SendToAsync(IcmpEcho.Request(_address.AddressFamily, sequence, s_payload), end, stop);
        byte[] buffer = new byte[IcmpEcho.HeaderSize + s_payload.Length];
        while (true)
        {
            // The kernel hands over only what carries our identifier; an answer to an earlier probe is passed over.
            SocketReceiveFromResult got = await socket.ReceiveFromAsync(buffer, new IPEndPoint(_address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0), stop);
            if (IcmpEcho.ReplyTo(_address.AddressFamily, buffer.AsSpan(0, got.ReceivedBytes)) == sequence)
            {
                return "reply";
            }
        }
    }

    private async Task<string> ConnectAsync(CancellationToken stop)
    {
        using var socket = new Socket(_address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(_address, _port), stop);
            return "accepted";
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return "refused";
        }
    }

    public void Dispose() => _icmp?.Dispose();
}
