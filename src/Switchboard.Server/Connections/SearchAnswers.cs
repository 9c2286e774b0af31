using System.Net;
using System.Net.Sockets;
using Switchboard.Protocol;

namespace Switchboard.Server.Connections;

/// <summary>Answers those on the local network who ask which servers there are (<see cref="ServerSearch"/>), at a bounded rate.</summary>
internal sealed class SearchAnswers(DatagramSocket socket, FoundServer self)
{
    /// <summary>A classroom that starts at once; beyond it somebody is playing.</summary>
    private const int MostPerSecond = 100;

    private readonly LocalNetwork _local = new();
    private readonly byte[] _answer = new byte[ServerSearch.QuestionBytes];
    private long _second;
    private int _answered;

    public bool Take(ReadOnlySpan<byte> datagram, SocketAddress from)
    {
        if (!ServerSearch.TryReadQuestion(datagram, out ulong nonce))
        {
            return false;
        }

        long second = Environment.TickCount64 / 1000;
        (_second, _answered) = (second, second == _second ? _answered : 0);
        if (_answered++ < MostPerSecond && _local.Holds(AddressOf(from)))
        {
            int length = ServerSearch.WriteAnswer(_answer, nonce, self);
            socket.Send(_answer.AsSpan(0, length), length, from);
        }

        return true;
    }

    private static IPAddress AddressOf(SocketAddress from) =>
        ((IPEndPoint)new IPEndPoint(from.Family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0).Create(from)).Address;
}
