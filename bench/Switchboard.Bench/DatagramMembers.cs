using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Switchboard.Protocol;

namespace Switchboard.Bench;

/// <summary>
/// Members of a room over datagrams, all on one thread: the protocol's own state machine between plain sockets and a count of marks, since a hundred
/// clients of the library with a task each cost more than the server that is measured.
/// </summary>
internal sealed class DatagramMembers(int port, Action<int, int> hear, byte mark)
{
    private readonly List<Member> _members = [];
    private readonly byte[] _datagram = new byte[DatagramConnection.LargestDatagram];
    private readonly byte[] _bytes = new byte[64 * 1024];

    private static long Now => (long)(Stopwatch.GetTimestamp() * (1_000_000.0 / Stopwatch.Frequency));

    /// <summary>Takes a session whose keys came over a login, and enters a room with it.</summary>
    public void Add(DatagramKeys keys, string room)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false, DontFragment = true, ReceiveBufferSize = 1 << 20 };
        socket.Connect(IPAddress.Loopback, port);
        var connection = new DatagramConnection(DatagramRole.Client, keys, new() { KeepAlive = 10_000_000 }, Now);
        byte[] header = JsonSerializer.SerializeToUtf8Bytes(new JoinRoom { Id = 4, Room = room }, ProtocolJson.Default.JoinRoom);
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, header.Length);
        connection.Write(length);
        connection.Write(header);
        _members.Add(new Member(_members.Count, socket, connection));
    }

    /// <summary>Enters all rooms, then listens on a thread of its own until the program ends.</summary>
    public void Start()
    {
        if (_members.Count > 0)
        {
            new Thread(Listen) { IsBackground = true, Name = "datagram members" }.Start();
        }
    }

    private void Listen()
    {
        _members.ForEach(Send);
        var sockets = _members.ToDictionary(member => member.Socket);
        List<Socket> ready = [];
        for (long ticked = Now; ;)
        {
            ready.Clear();
            ready.AddRange(sockets.Keys);
            Socket.Select(ready, null, null, 5_000);
            ready.ForEach(socket => Take(sockets[socket]));
            if (Now - ticked > 5_000)
            {
                ticked = Now;
                _members.ForEach(Tick);
            }
        }
    }

    private void Take(Member member)
    {
        while (member.Socket.Receive(_datagram, SocketFlags.None, out SocketError error) is > 0 and var length && error == SocketError.Success)
        {
            member.Connection.Receive(_datagram.AsSpan(0, length), default, Now);
            for (int read; (read = member.Connection.Read(_bytes)) > 0;)
            {
                hear(member.Number, _bytes.AsSpan(0, read).Count(mark));
            }

            Send(member);
        }
    }

    private void Tick(Member member)
    {
        if (member.Connection.NextTick <= Now)
        {
            member.Connection.Tick(Now);
            Send(member);
        }

        if (member.Connection.End != DatagramEnd.None)
        {
            throw new IOException($"member {member.Number} was left: {member.Connection.End}");
        }
    }

    private void Send(Member member)
    {
        for (int length; (length = member.Connection.TrySend(_datagram, Now, out _)) > 0;)
        {
            // A full socket is, to the protocol, a datagram that did not arrive.
            member.Socket.Send(_datagram.AsSpan(0, length), SocketFlags.None, out _);
        }
    }

    private sealed record Member(int Number, Socket Socket, DatagramConnection Connection);
}
