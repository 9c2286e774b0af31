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
