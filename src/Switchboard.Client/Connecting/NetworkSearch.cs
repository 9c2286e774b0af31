using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>Asks the networks this machine is on which servers there are: by broadcast and multicast, and this machine itself.</summary>
public static class NetworkSearch
{
    // The first may be lost, and a sleeping laptop's Wi-Fi hears broadcasts every few hundred milliseconds only.
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(750)];

    /// <summary>Asks three times within a second and a half, and tells each server once.</summary>
    /// <param name="onFound">The server and the address it answered from.</param>
    /// <param name="port">Where servers take datagrams.</param>
    /// <param name="ct">Ends the search.</param>
    public static async Task FindAsync(Action<FoundServer, IPAddress> onFound, int port = ServerAddress.DefaultPort, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(onFound);
        var nonce = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        var question = new byte[ServerSearch.QuestionBytes];
        ServerSearch.WriteQuestion(question, nonce);
        using var four = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true };
        // A kernel may have been built, or started, without IPv6.
        using var six = Socket.OSSupportsIPv6 ? new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) : null;
        four.Bind(new IPEndPoint(IPAddress.Any, 0));
        six?.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var once = new Once(onFound);
        Task[] listening = [ListenAsync(four, nonce, once, stop.Token), .. six is null ? Array.Empty<Task>() : [ListenAsync(six, nonce, once, stop.Token)]];
        foreach (var pause in Pauses)
        {
            Ask(four, six, question, port);
            await Task.Delay(pause, ct);
        }

        await stop.CancelAsync();
        await Task.WhenAll(listening);
    }

    private static void Ask(Socket four, Socket? six, byte[] question, int port)
    {
        foreach (var target in Targets(port))
        {
            try
            {
                (target.AddressFamily == AddressFamily.InterNetwork ? four : six)?.SendTo(question, target);
            }
            catch (SocketException)
            {
                // This network takes no such datagrams; others do.
            }
        }
    }

    private static IEnumerable<IPEndPoint> Targets(int port)
    {
        yield return new(IPAddress.Loopback, port);
        yield return new(IPAddress.Broadcast, port);
        yield return new(IPAddress.Parse(ServerSearch.Group4), port);
        foreach (var card in NetworkInterface.GetAllNetworkInterfaces().Where(one => one.OperationalStatus == OperationalStatus.Up))
        {
            foreach (var own in card.GetIPProperties().UnicastAddresses)
            {
                if (own.Address.AddressFamily == AddressFamily.InterNetwork && own.PrefixLength < 31)
                {
                    yield return new(BroadcastOf(own.Address, own.IPv4Mask), port);
                }
                else if (own.Address.IsIPv6LinkLocal)
                {
                    yield return new(new IPAddress(IPAddress.Parse(ServerSearch.Group6).GetAddressBytes(), own.Address.ScopeId), port);
                }
            }
        }
    }

    private static IPAddress BroadcastOf(IPAddress address, IPAddress mask)
    {
        var bytes = address.GetAddressBytes();
        var fixedBits = mask.GetAddressBytes();
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] |= (byte)~fixedBits[at];
        }

        return new(bytes);
    }

    private static async Task ListenAsync(Socket socket, ulong nonce, Once once, CancellationToken stop)
    {
        var buffer = new byte[2 * ServerSearch.QuestionBytes];
        var any = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var got = await socket.ReceiveFromAsync(buffer, any, stop);
                if (ServerSearch.ReadAnswer(buffer.AsSpan(0, got.ReceivedBytes), nonce) is { } server)
                {
                    once.Tell(server, ((IPEndPoint)got.RemoteEndPoint).Address);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // Nobody there on one of the networks, which is no answer.
            }
        }
    }

    /// <summary>A server answers on each network and each time it is asked; its key and port say that it is one.</summary>
    private sealed class Once(Action<FoundServer, IPAddress> tell)
    {
        private readonly Lock sync = new();
        private readonly HashSet<(string, int)> known = [];

        public void Tell(FoundServer server, IPAddress address)
        {
            lock (sync)
            {
                if (known.Add((server.Fingerprint, server.Port)))
                {
                    tell(server, address);
                }
            }
        }
    }
}
