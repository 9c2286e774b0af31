using Switchboard.Protocol;

namespace Switchboard.Tests.Datagrams;

/// <summary>What happens to a datagram on its way. Times in microseconds.</summary>
internal sealed record NetworkConditions
{
    public double Loss { get; init; }

    public double Duplication { get; init; }

    public long Delay { get; init; } = 10_000;

    /// <summary>Added at random, so that some overtake others.</summary>
    public long Jitter { get; init; }

    public int LargestDatagram { get; init; } = 1_500;

    /// <summary>Bytes per second, through one queue for everybody; 0 is no bound.</summary>
    public long Rate { get; init; }

    /// <summary>Bytes in that queue; what does not fit is lost.</summary>
    public long Queue { get; init; } = 64_000;
}

/// <summary>Both ends of connections, the network between and a clock that jumps from event to event: minutes pass in milliseconds, and the same seed gives the same run.</summary>
internal sealed class SimulatedNetwork(int seed, NetworkConditions conditions) : IDisposable
{
    private readonly Random _random = new(seed);
    private readonly PriorityQueue<(SimulatedEnd To, byte[] Datagram, DatagramPath From), (long At, long Order)> _underway = new();
    private readonly List<SimulatedEnd> _ends = [];
    private readonly byte[] _buffer = new byte[DatagramConnection.LargestDatagram];
    private long _order;
    private long _queueFree;

    public NetworkConditions Conditions { get; set; } = conditions;

    public long Now { get; private set; } = 1_000_000;

    /// <summary>Sees each datagram that is sent; what it returns travels on.</summary>
    public Func<SimulatedEnd, byte[], DatagramPath, byte[]?> OnWire { get; set; } = (_, datagram, _) => datagram;

    public (SimulatedEnd Client, SimulatedEnd Server) Connect(DatagramOptions? client = null, DatagramOptions? server = null, ulong session = 0x0102030405060708)
    {
        byte[] secret = new byte[32];
        byte[] token = new byte[16];
        _random.NextBytes(secret);
        _random.NextBytes(token);
        var keys = new DatagramKeys(session, secret, token);
        var one = new SimulatedEnd(new DatagramConnection(DatagramRole.Client, keys, client ?? new DatagramOptions(), Now)) { Path = new DatagramPath(1, session, 0, 4000) };
        var other = new SimulatedEnd(new DatagramConnection(DatagramRole.Server, keys with { }, server ?? new DatagramOptions(), Now)) { Path = new DatagramPath(9, 9, 0, 9527) };
        (one.Peer, other.Peer) = (other, one);
        _ends.AddRange([one, other]);
        return (one, other);
    }

    /// <summary>Lets time pass until <paramref name="done"/>, or fails after <paramref name="limit"/> microseconds.</summary>
    public void RunUntil(Func<bool> done, long limit = 600_000_000)
    {
        long end = Now + limit;
        SendAll();
        while (!done())
        {
            Assert.True(Step(end), $"not done after {limit / 1_000_000} s");
        }
    }

    public void RunFor(long time)
    {
        long end = Now + time;
        SendAll();
        while (Step(end))
        {
        }

        Now = end;
    }

    /// <summary>A datagram from somewhere, which need not be where it says.</summary>
    public void Inject(SimulatedEnd to, byte[] datagram, DatagramPath from) => _underway.Enqueue((to, datagram, from), (Now, _order++));

    public void Dispose() => _ends.ForEach(end => end.Connection.Dispose());

    private bool Step(long end)
    {
        long tick = _ends.Min(one => one.Connection.NextTick);
        long arrival = _underway.TryPeek(out _, out (long At, long) first) ? first.At : long.MaxValue;
        if (Math.Min(tick, arrival) > end)
        {
            return false;
        }

        Now = Math.Max(Now, Math.Min(tick, arrival));
        if (arrival <= tick)
        {
            (SimulatedEnd to, byte[] datagram, DatagramPath from) = _underway.Dequeue();
            to.Connection.Receive(datagram, from, Now);
        }
        else
        {
            _ends.ForEach(one => one.Connection.Tick(Now));
        }

        SendAll();
        return true;
    }

    private void SendAll()
    {
        foreach (SimulatedEnd end in _ends)
        {
            end.Work?.Invoke();
            for (int length; (length = end.Connection.TrySend(_buffer, Now, out DatagramPath to)) > 0;)
            {
                end.Datagrams++;
                end.LargestSent = Math.Max(end.LargestSent, length);
                end.SentTo[to] = end.SentTo.GetValueOrDefault(to) + length;
                if (OnWire(end, _buffer[..length], to) is { } datagram)
                {
                    Travel(end, datagram, to);
                }
            }
        }
    }

    private void Travel(SimulatedEnd from, byte[] datagram, DatagramPath to)
    {
        bool isElsewhere = from.Peer!.IsClient && to != from.Peer.Path;
        if (isElsewhere || datagram.Length > Conditions.LargestDatagram || _random.NextDouble() < Conditions.Loss)
        {
            return;
        }

        int copies = _random.NextDouble() < Conditions.Duplication ? 2 : 1;
        for (int copy = 0; copy < copies; copy++)
        {
            long at = Now + Conditions.Delay + (Conditions.Jitter > 0 ? _random.NextInt64(Conditions.Jitter) : 0);
            if (Conditions.Rate > 0)
            {
                _queueFree = Math.Max(_queueFree, Now);
                long waiting = (_queueFree - Now) * Conditions.Rate / 1_000_000;
                if (waiting + datagram.Length > Conditions.Queue)
                {
                    continue;
                }

                _queueFree += datagram.Length * 1_000_000L / Conditions.Rate;
                at = _queueFree + Conditions.Delay;
            }

            _underway.Enqueue((from.Peer, [.. datagram], from.Path), (at, _order++));
        }
    }
}

/// <summary>One end, with a person at it who writes and reads.</summary>
internal sealed class SimulatedEnd(DatagramConnection connection)
{
    public DatagramConnection Connection { get; } = connection;

    public SimulatedEnd? Peer { get; set; }

    public bool IsClient => Path.High == 1 || Path.High == 2;

    /// <summary>Where it is; change it and the network has moved it.</summary>
    public DatagramPath Path { get; set; }

    /// <summary>Done before each look for datagrams.</summary>
    public Action? Work { get; set; }

    public long Datagrams { get; set; }

    public int LargestSent { get; set; }

    public Dictionary<DatagramPath, long> SentTo { get; } = [];

    public MemoryStream Got { get; } = new();

    /// <summary>Writes all of <paramref name="bytes"/> as there is room, and reads whatever comes.</summary>
    public void Carry(byte[] bytes)
    {
        int written = 0;
        byte[] buffer = new byte[8192];
        Work = () =>
        {
            written += Connection.Write(bytes.AsSpan(written));
            for (int count; (count = Connection.Read(buffer)) > 0;)
            {
                Got.Write(buffer, 0, count);
            }
        };
    }
}
