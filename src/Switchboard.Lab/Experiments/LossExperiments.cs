using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Switchboard.Lab.Sockets;
using Switchboard.Protocol;

namespace Switchboard.Lab.Experiments;

/// <summary>UDP for people: a path that loses, doubles and reorders; the raw program, and this product's reliable stream over the same path.</summary>
internal static class LossExperiments
{
    private const int Messages = 40;

    public static readonly ExperimentGroup Group = new("udp", ("UDP for people", "给人用的 UDP"),
    [
        new("udp-raw", ("Raw UDP over a bad path", "坏线路上的原始 UDP"), Raw)
        {
            Expects = ("Of forty messages four are missing, four come twice, four come in the wrong order, and nobody is told.", "四十条消息里四条丢失、四条重复、四条乱序，而且没有人得到通知。"),
            Background = ("UDP promises nothing but a checksum. On a quiet local network it nearly always works, so programs are written that rely on it; over radio or a full queue they lose what people said.", "UDP 除校验和外什么都不保证。在安静的局域网里几乎总是正常，于是有人写程序依赖它；遇到无线或队列拥塞，就会丢失人们说的话。"),
        },
        new("udp-reliable", ("The same path with this product's reliable stream", "同一线路上本产品的可靠流"), Reliable)
        {
            Expects = ("All forty messages arrive, once and in order, over the path that loses, doubles and reorders.", "在丢失、重复、乱序的同一线路上，四十条消息全部到达，一次且有序。"),
            Background = ("Numbers, acknowledgements and retransmission, as QUIC does it (RFC 9000, RFC 9002), under seals that a stranger cannot forge. It is what “chat --udp” uses.", "编号、确认和重传，做法同 QUIC（RFC 9000、RFC 9002），并加上外人无法伪造的封印。chat --udp 用的就是它。"),
        },
    ]);

    private static void Raw(Bench bench)
    {
        Peer sender = bench.Udp(Lane.Sender), receiver = bench.Udp(Lane.Receiver);
        var relay = new LossyRelay(bench) { Routes = { [sender.Local] = receiver.Local } };
        for (int number = 1; number <= Messages; number++)
        {
            sender.Socket.SendTo(Line(number), relay.Address);
        }
        sender.Say($"{Messages} × sendto(relay)", "all taken");
        relay.Turn();
        Tell(bench, relay);
        List<int> got = [];
        while (receiver.Socket.Available > 0)
        {
            got.Add(int.Parse(receiver.ReceiveFrom(64).Bytes.AsSpan(8), CultureInfo.InvariantCulture));
        }
        int missing = Messages - got.Distinct().Count(), twice = got.Count - got.Distinct().Count();
        int late = got.Where((one, at) => at > 0 && one < got[at - 1]).Count();
        bench.Trace.Expect(("messages that are missing", "丢失的消息"), 4, missing);
        bench.Trace.Expect(("messages that came twice", "重复的消息"), 4, twice);
        bench.Trace.Expect(("messages that came behind a later one", "排在后一条之后的消息"), 4, late);
    }

    private static void Reliable(Bench bench)
    {
        var keys = new DatagramKeys(1, RandomNumberGenerator.GetBytes(DatagramConnection.SecretBytes), RandomNumberGenerator.GetBytes(DatagramConnection.ResetTokenBytes));
        Peer near = bench.Udp(Lane.Sender), far = bench.Udp(Lane.Receiver);
        var relay = new LossyRelay(bench) { Routes = { [near.Local] = far.Local, [far.Local] = near.Local } };
        using var client = new DatagramConnection(DatagramRole.Client, keys, new(), 0);
        using var server = new DatagramConnection(DatagramRole.Server, keys, new(), 0);
        var journey = new Journey(relay, (client, near), (server, far));
        for (int number = 1; number <= Messages; number++)
        {
            journey.Speak([.. Line(number), (byte)'\n']);
        }
        near.Say($"{Messages} × write()", "all taken");
        byte[] got = journey.UntilSettled();
        Tell(bench, relay);
        string[] lines = Encoding.UTF8.GetString(got).TrimEnd('\n').Split('\n');
        far.Say("read()", $"{lines.Length} messages, {lines[0]} … {lines[^1]}", ("once each, in order", "每条一次，顺序正确"));
        bench.Trace.Expect(("what was sent is what arrived", "收到的就是发送的"), true, got.AsSpan().SequenceEqual(Enumerable.Range(1, Messages).SelectMany(number => Line(number).Append((byte)'\n')).ToArray()));
        bench.Trace.Expect(("the path lost datagrams", "线路丢失了数据报"), true, relay.LostCount > 0);
        bench.Trace.Expect(("the sender knows that all arrived", "发送方知道全部到达"), true, client.IsSettled);
    }

    private static void Tell(Bench bench, LossyRelay relay) => bench.Trace.Add(
        Lane.Relay, "the path", $"lost {relay.LostCount}, doubled {relay.DoubledCount}, reordered {relay.LateCount}", ("the same ones in every run", "每次运行都是同样的"));

    private static byte[] Line(int number) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"message {number}"));

    /// <summary>Carries datagrams on real sockets, and a clock of its own: it jumps to the next timer when nothing is on the way, so nobody waits.</summary>
    private sealed class Journey(LossyRelay relay, (DatagramConnection Connection, Peer Peer) near, (DatagramConnection Connection, Peer Peer) far)
    {
        private readonly byte[] _buffer = new byte[2048];
        private readonly List<byte> _read = [];
        private long _now;

        /// <summary>Sent before the next is written, as people speak: a datagram for each.</summary>
        public void Speak(byte[] line)
        {
            near.Connection.Write(line);
            Turn();
        }

        public byte[] UntilSettled()
        {
            near.Connection.Finish();
            for (int turns = 0; turns < 100_000 && !(near.Connection.IsSettled && far.Connection.IsAtEnd); turns++)
            {
                if (!Turn())
                {
                    _now = Math.Max(_now + 1, Math.Min(near.Connection.NextTick, far.Connection.NextTick));
                    near.Connection.Tick(_now);
                    far.Connection.Tick(_now);
                }
            }
            return [.. _read];
        }

        private bool Turn() => Send(near) | Send(far) | relay.Turn() | Receive(near) | Receive(far);

        private bool Send((DatagramConnection Connection, Peer Peer) end)
        {
            bool any = false;
            for (int length; (length = end.Connection.TrySend(_buffer, _now, out _)) > 0; any = true)
            {
                end.Peer.Socket.SendTo(_buffer.AsSpan(0, length), SocketFlags.None, relay.Address);
            }
            return any;
        }

        private bool Receive((DatagramConnection Connection, Peer Peer) end)
        {
            bool any = false;
            for (; end.Peer.Socket.Available > 0; any = true)
            {
                int length = end.Peer.Socket.Receive(_buffer);
                end.Connection.Receive(_buffer.AsSpan(0, length), default, _now);
            }
            for (int count; (count = end.Connection.Read(_buffer)) > 0; any = true)
            {
                _read.AddRange(_buffer.AsSpan(0, count));
            }
            return any;
        }
    }
}
