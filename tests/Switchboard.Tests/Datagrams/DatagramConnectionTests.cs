using Switchboard.Protocol;

namespace Switchboard.Tests.Datagrams;

/// <summary>The reliable stream over datagrams, on a network that does its worst.</summary>
public sealed class DatagramConnectionTests
{
    private const long Second = 1_000_000;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Everything_arrives_once_and_in_order_through_loss_duplication_and_reordering(int seed)
    {
        using var network = new SimulatedNetwork(seed, new NetworkConditions { Loss = 0.3, Duplication = 0.2, Jitter = 30_000 });
        (SimulatedEnd client, SimulatedEnd server) = network.Connect();
        (byte[] up, byte[] down) = (Bytes(seed, 200_000), Bytes(seed + 100, 300_000));
        client.Carry(up);
        server.Carry(down);
        network.RunUntil(() => server.Got.Length == up.Length && client.Got.Length == down.Length && client.Connection.IsSettled && server.Connection.IsSettled);
        Assert.Equal(up, server.Got.ToArray());
        Assert.Equal(down, client.Got.ToArray());
        Assert.True(client.Connection.Repeated > 0, "a copy is known as one");
    }

    [Fact]
    public void A_forged_datagram_leaves_no_trace_but_a_counter()
    {
        using var network = new SimulatedNetwork(1, new NetworkConditions());
        (SimulatedEnd client, SimulatedEnd server) = network.Connect();
        byte[] up = Bytes(1, 100_000);
        client.Carry(up);
        server.Carry([]);
        int forged = 0;
        network.OnWire = (from, datagram, _) =>
        {
            if (from == client)
            {
                byte[] changed = [.. datagram];
                changed[(forged * 7) % changed.Length] ^= 1;
                network.Inject(server, changed, new DatagramPath(2, 66, 0, 6666));
                forged++;
            }

            return datagram;
        };
        network.RunUntil(() => server.Got.Length == up.Length && client.Connection.IsSettled);
        Assert.Equal(up, server.Got.ToArray());
        Assert.True(server.Connection.Forged + server.Connection.Repeated >= forged * 9 / 10, $"{server.Connection.Forged} and {server.Connection.Repeated} of {forged}");
        Assert.DoesNotContain(server.SentTo.Keys, path => path.Low == 66);
    }

    [Fact]
    public void Datagrams_played_back_are_known_however_old()
    {
        using var network = new SimulatedNetwork(1, new NetworkConditions());
        (SimulatedEnd client, SimulatedEnd server) = network.Connect();
        byte[] up = Bytes(1, 300_000);
        client.Carry(up);
        server.Carry([]);
        List<byte[]> seen = [];
        network.OnWire = (from, datagram, _) =>
        {
            if (from == client)
            {
                seen.Add([.. datagram]);
            }

            return datagram;
        };
        network.RunUntil(() => server.Got.Length == up.Length && client.Connection.IsSettled);
        network.RunFor(Second);
        long sent = server.Datagrams;
        network.OnWire = (_, datagram, _) => datagram;
        seen.ForEach(datagram => network.Inject(server, datagram, new DatagramPath(2, 66, 0, 6666)));
        network.RunFor(Second);
        Assert.Equal(seen.Count, server.Connection.Repeated);
        Assert.Equal(sent, server.Datagrams);
        Assert.Equal(up, server.Got.ToArray());
    }

    [Fact]
    public void A_client_at_another_address_goes_on_by_itself()
    {
        using var network = new SimulatedNetwork(3, new NetworkConditions { Loss = 0.05 });
        (SimulatedEnd client, SimulatedEnd server) = network.Connect();
        (byte[] up, byte[] down) = (Bytes(1, 400_000), Bytes(2, 400_000));
        client.Carry(up);
        server.Carry(down);
        for (ushort move = 0; move < 5; move++)
        {
            long until = 60_000L * (move + 1);
            network.RunUntil(() => client.Got.Length > until);
            client.Path = new DatagramPath(2, move, 0, (ushort)(5000 + move));
            if (move % 2 == 0)
            {
                client.Connection.Moved();
            }
        }

        network.RunUntil(() => server.Got.Length == up.Length && client.Got.Length == down.Length);
        Assert.Equal(up, server.Got.ToArray());
        Assert.Equal(down, client.Got.ToArray());
    }

    [Fact]
    public void A_client_that_only_listens_and_is_renumbered_on_a_bad_path_is_found_at_once()
    {
        const int Runs = 200;
        int late = 0;
        for (int seed = 0; seed < Runs; seed++)
        {
            using var network = new SimulatedNetwork(seed, new NetworkConditions { Loss = 0.3 });
            (SimulatedEnd client, SimulatedEnd server) = network.Connect(new DatagramOptions { KeepAlive = 15 * Second });
            byte[] down = Bytes(2, 20_000);
            client.Carry([]);
            server.Carry(down);
            network.RunUntil(() => client.Got.Length > 5_000);

            // It shows in the next thing the client sends, which is an acknowledgement and does arrive.
            network.OnWire = (from, datagram, _) =>
            {
                if (from != client || client.Path.High == 2)
                {
                    return datagram;
                }

                client.Path = new DatagramPath(2, 50, 0, 5050);
                network.Inject(server, datagram, client.Path);
                return null;
            };
            network.RunUntil(() => client.Path.High == 2);
            long began = network.Now;
            network.RunUntil(() => client.Got.Length == down.Length);
            late += network.Now - began > 5 * Second ? 1 : 0;
        }

        Assert.InRange(late, 0, Runs / 20);
    }

    [Fact]
    public void No_more_than_three_times_what_came_goes_to_an_address_that_has_not_proved_itself()
    {
        using var network = new SimulatedNetwork(3, new NetworkConditions());
        (SimulatedEnd client, SimulatedEnd server) = network.Connect();
        byte[] down = Bytes(2, 2_000_000);
        client.Carry([]);
        server.Carry(down);
        network.RunUntil(() => client.Got.Length > 100_000);

        // Somebody on the way takes what the client sends and sends it on as if from a victim; the client's own never arrives.
        DatagramPath victim = new(2, 77, 0, 7777);
        int copied = 0, bytes = 0;
        network.OnWire = (from, datagram, _) =>
        {
            if (from == client && copied < 3)
            {
                copied++;
                bytes += datagram.Length;
                network.Inject(server, datagram, victim);
                return null;
            }

            return datagram;
        };
        network.RunUntil(() => client.Got.Length == down.Length);
        Assert.Equal(3, copied);
        Assert.InRange(server.SentTo[victim], 1, 3 * bytes);
        Assert.Equal(down, client.Got.ToArray());
    }

    [Fact]
    public void A_reader_that_stops_holds_the_writer_back_and_loses_nothing()
    {
        using var network = new SimulatedNetwork(3, new NetworkConditions());
        var small = new DatagramOptions { SendBuffer = 65_536, ReceiveWindow = 65_536 };
        (SimulatedEnd client, SimulatedEnd server) = network.Connect(small, small);
        byte[] down = Bytes(2, 1_000_000);
        int written = 0;
        server.Work = () => written += server.Connection.Write(down.AsSpan(written));
        network.RunFor(30 * Second);
        Assert.Equal(65_536, client.Connection.Readable);
        Assert.Equal(2 * 65_536, written);
        Assert.Equal(0, server.Connection.Room);

        server.Work = null;
        server.Carry(down[written..]);
        client.Carry([]);
        network.RunUntil(() => client.Got.Length == down.Length);
        Assert.Equal(down, client.Got.ToArray());
    }

    [Theory]
    [InlineData(1_500, 1_452)]
    [InlineData(1_400, 1_372)]
    [InlineData(1_252, 1_200)]
    public void Datagrams_grow_to_what_the_path_carries(int carries, int expected)
    {
        using var network = new SimulatedNetwork(5, new NetworkConditions { LargestDatagram = carries });
        (SimulatedEnd client, SimulatedEnd server) = network.Connect();
        byte[] down = Bytes(2, 500_000);
        client.Carry([]);
        server.Carry(down);
        network.RunUntil(() => client.Got.Length == down.Length);
        Assert.Equal(expected, server.Connection.DatagramSize);
        Assert.Equal(down, client.Got.ToArray());
    }

    [Fact]
    public void A_path_that_becomes_narrower_is_noticed()
    {
        using var network = new SimulatedNetwork(5, new NetworkConditions());
        (SimulatedEnd client, SimulatedEnd server) = network.Connect();
        byte[] down = Bytes(2, 1_000_000);
        client.Carry([]);
        server.Carry(down);
        network.RunUntil(() => client.Got.Length > 300_000);
        network.Conditions = new NetworkConditions { LargestDatagram = 1_250 };
        network.RunUntil(() => client.Got.Length == down.Length);
        Assert.Equal(PathSize.Least, server.Connection.DatagramSize);
        Assert.Equal(down, client.Got.ToArray());
    }

    [Fact]
    public void A_silent_client_keeps_its_path_open_and_an_idle_server_says_nothing_of_its_own()
    {
        using var network = new SimulatedNetwork(5, new NetworkConditions());
        (SimulatedEnd client, SimulatedEnd server) = network.Connect(new DatagramOptions { KeepAlive = 15 * Second });
        network.RunFor(600 * Second);
        Assert.Equal(DatagramEnd.None, client.Connection.End);
        Assert.Equal(DatagramEnd.None, server.Connection.End);
        Assert.InRange(client.Datagrams, 40, 50);
        Assert.InRange(server.Datagrams, 40, 50);
    }

    [Fact]
    public void A_line_that_stays_silent_is_given_up_and_one_that_returns_in_time_goes_on()
    {
        using var network = new SimulatedNetwork(5, new NetworkConditions());
        (SimulatedEnd client, SimulatedEnd server) = network.Connect();
        byte[] down = Bytes(2, 500_000);
        client.Carry([]);
        server.Carry(down);
        network.RunUntil(() => client.Got.Length > 100_000);
        network.Conditions = new NetworkConditions { Loss = 1 };
        network.RunFor(40 * Second);
        network.Conditions = new NetworkConditions();
        long back = network.Now;
        network.RunUntil(() => client.Got.Length == down.Length);
        Assert.InRange(network.Now - back, 0, 4 * Second);

        network.Conditions = new NetworkConditions { Loss = 1 };
        network.RunFor(46 * Second);
        Assert.Equal(DatagramEnd.Silence, client.Connection.End);
        Assert.Equal(DatagramEnd.Silence, server.Connection.End);
        Assert.Equal(long.MaxValue, server.Connection.NextTick);
    }

    [Fact]
    public void A_server_that_knows_the_session_no_more_says_so_in_fewer_bytes_than_were_asked_and_nobody_else_can()
    {
        using var network = new SimulatedNetwork(5, new NetworkConditions());
        byte[] secret = Bytes(1, 32), token = Bytes(2, 16), answer = new byte[DatagramConnection.LargestDatagram], datagram = new byte[DatagramConnection.LargestDatagram];
        using var client = new DatagramConnection(DatagramRole.Client, new DatagramKeys(7, secret, token), new DatagramOptions(), 0);
        int asked = client.TrySend(datagram, 0, out _);
        Assert.True(DatagramConnection.TryReadSession(datagram.AsSpan(0, asked), DatagramRole.Client, out ulong session));
        int length = DatagramConnection.WriteReset(answer, session, Bytes(3, 16));
        Assert.True(length < DatagramLayout.HeadBytes + DatagramLayout.TagBytes + 1);
        Assert.False(client.Receive(answer.AsSpan(0, length), default, 1));
        Assert.Equal((DatagramEnd.None, 1), (client.End, client.Forged));

        length = DatagramConnection.WriteReset(answer, session, token);
        client.Receive(answer.AsSpan(0, length), default, 2);
        Assert.Equal(DatagramEnd.Reset, client.End);
    }

    [Fact]
    public void Keys_are_renewed_in_both_directions_while_bytes_flow()
    {
        using var network = new SimulatedNetwork(5, new NetworkConditions { Loss = 0.2, Jitter = 20_000 });
        (SimulatedEnd client, SimulatedEnd server) = network.Connect(new DatagramOptions { KeepAlive = 15 * Second });
        MemoryStream up = new();
        server.Carry([]);
        for (int hour = 0; hour < 5; hour++)
        {
            byte[] more = Bytes(hour, 50_000);
            up.Write(more);
            client.Carry(more);
            network.RunFor(3_700 * Second);
        }

        Assert.Equal(up.ToArray(), server.Got.ToArray());
        Assert.InRange(client.Connection.Epoch, 4, 5);
        Assert.InRange(server.Connection.Epoch, 4, 5);
        Assert.Equal(0, server.Connection.Forged);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.4)]
    public void The_end_arrives_behind_everything_else(double loss)
    {
        using var network = new SimulatedNetwork(8, new NetworkConditions { Loss = loss });
        (SimulatedEnd client, SimulatedEnd server) = network.Connect();
        byte[] up = Bytes(1, 50_000);
        client.Carry(up);
        server.Carry([]);
        network.RunUntil(() => client.Connection.Room > 0);
        client.Connection.Finish();
        Assert.Equal(0, client.Connection.Room);
        network.RunUntil(() => client.Connection.IsSettled && server.Connection.IsAtEnd);
        Assert.Equal(up, server.Got.ToArray());

        client.Connection.Close();
        network.RunFor(Second);
        Assert.Equal(DatagramEnd.Closed, client.Connection.End);
        Assert.True(loss > 0 || server.Connection.End == DatagramEnd.ClosedByPeer);
    }

    [Fact]
    public void Two_share_a_narrow_path_fairly_and_use_it()
    {
        const long Rate = 1_250_000;
        using var network = new SimulatedNetwork(8, new NetworkConditions { Rate = Rate, Delay = 15_000 });
        byte[] down = Bytes(1, 100_000_000);
        SimulatedEnd[] clients = [.. Enumerable.Range(1, 2).Select(i =>
        {
            (SimulatedEnd client, SimulatedEnd server) = network.Connect(session: (ulong)i);
            client.Carry([]);
            server.Carry(down);
            return client;
        })];
        network.RunFor(60 * Second);
        long[] got = [.. clients.Select(client => client.Got.Length)];
        Assert.True(got.Sum() > Rate * 60 * 8 / 10, $"used {got.Sum() / 60} of {Rate} B/s");
        Assert.InRange((double)got.Max() / got.Min(), 1, 1.5);
    }

    [Fact]
    public void What_was_not_read_before_the_connection_was_let_go_is_gone_and_no_failure()
    {
        using var network = new SimulatedNetwork(8, new NetworkConditions());
        (SimulatedEnd client, SimulatedEnd server) = network.Connect();
        client.Connection.Write(Bytes(1, 5_000));
        network.RunUntil(() => server.Connection.Readable == 5_000);
        server.Connection.Dispose();
        Assert.Equal(0, server.Connection.Readable);
        Assert.Equal(0, server.Connection.Read(new byte[100]));
    }

    [Fact]
    public void After_an_outage_datagrams_grow_again()
    {
        using var network = new SimulatedNetwork(5, new NetworkConditions());
        (SimulatedEnd client, SimulatedEnd server) = network.Connect();
        byte[] down = Bytes(2, 1_000_000);
        client.Carry([]);
        server.Carry(down);
        network.RunUntil(() => client.Got.Length > 300_000);
        network.Conditions = new NetworkConditions { Loss = 1 };
        network.RunFor(10 * Second);
        Assert.Equal(PathSize.Least, server.Connection.DatagramSize);
        network.Conditions = new NetworkConditions();
        network.RunUntil(() => client.Got.Length == down.Length);
        Assert.Equal(1_452, server.Connection.DatagramSize);
        Assert.Equal(down, client.Got.ToArray());
    }

    [Theory]
    [InlineData("0102030405060708", "", "AAAAAAAAAAAAAAAAAAAAAA==", 9527)]
    [InlineData("xyz", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAA==", 9527)]
    [InlineData("0102030405060708", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AAAA", 9527)]
    [InlineData("0102030405060708", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAA==", 0)]
    public void Keys_that_cannot_be_are_refused(string session, string secret, string reset, int port)
    {
        var answer = new DatagramAnswer { Port = port, Session = session, Secret = secret, Reset = reset };
        Assert.Equal(RefusalCode.BadFrame, Assert.Throws<RefusedException>(answer.ToKeys).Code);
    }

    [Fact]
    public void Keys_are_told_and_understood()
    {
        var keys = new DatagramKeys(0xF102030405060708, Bytes(1, 32), Bytes(2, 16));
        DatagramKeys told = DatagramAnswer.Of(7, 9527, keys).ToKeys();
        Assert.Equal((keys.Session, Convert.ToHexString(keys.Secret), Convert.ToHexString(keys.ResetToken)), (told.Session, Convert.ToHexString(told.Secret), Convert.ToHexString(told.ResetToken)));
    }

    [Fact]
    public void Nonsense_under_a_valid_seal_ends_the_connection()
    {
        byte[] secret = Bytes(1, 32), datagram = new byte[64];
        var keys = new DatagramKeys(7, secret, new byte[16]);
        using var server = new DatagramConnection(DatagramRole.Server, keys, new DatagramOptions(), 0);
        using var seal = new DatagramSeal(secret, fromServer: false, 7, 0);
        datagram[DatagramLayout.HeadBytes] = 0x77;
        seal.Seal(0, datagram, -1, 0);
        Assert.True(server.Receive(datagram, new DatagramPath(1, 1, 0, 1), 1));
        Assert.Equal(DatagramEnd.Violation, server.End);
    }

    private static byte[] Bytes(int seed, int count)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
