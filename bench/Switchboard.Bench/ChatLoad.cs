using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Switchboard.Client;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Bench;

/// <summary>
/// The loads of a chat server that need the protocol as a library: members who listen over UDP while publishers keep a window of messages on their way
/// over TCP, and one message at a time. Every other load is bench/chat/load.c.
/// </summary>
internal sealed class ChatLoad
{
    private const byte Mark = (byte)'~';
    private const int MessageBytes = 100;
    private static readonly byte[] s_text = Encoding.ASCII.GetBytes("~" + new string('x', MessageBytes - 1));

    private readonly Plan plan;
    private readonly long[] _heard;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly DatagramMembers _datagrams;
    private long _total;
    private long _sent;
    private volatile bool _over;
    private long _longestSilence;

    private ChatLoad(Plan plan)
    {
        this.plan = plan;
        _heard = new long[plan.Members];
        _datagrams = new DatagramMembers(plan.Port, Hear, Mark);
    }

    internal sealed record Plan
    {
        public required int Port { get; init; }
        public required int Server { get; init; }
        public int Members { get; init; } = 100;
        public int Rooms { get; init; } = 1;
        public int Publishers { get; init; } = 1;
        public int Window { get; init; } = 256;
        public double WarmSeconds { get; init; } = 4;
        public double Seconds { get; init; } = 3;
        public string Mode { get; init; } = "full";
        public string User { get; init; } = "";
        public string Token { get; init; } = "";
        public string Fingerprint { get; init; } = "";
    }

    public static async Task RunAsync(string[] args)
    {
        Dictionary<string, string> given = args.Select(arg => arg.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        int Number(string key, int otherwise) => given.TryGetValue(key, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        await new ChatLoad(new Plan
        {
            Port = Number("port", 0),
            Server = Number("server", 0),
            Members = Number("members", 100),
            Rooms = Number("rooms", 1),
            Publishers = Number("publishers", 1),
            Window = Number("window", 256),
            WarmSeconds = Number("warm", 4000) / 1000.0,
            Seconds = Number("milliseconds", 3000) / 1000.0,
            Mode = given.GetValueOrDefault("mode", "full"),
            User = given.GetValueOrDefault("user", ""),
            Token = given.GetValueOrDefault("token", ""),
            Fingerprint = given.GetValueOrDefault("fingerprint", ""),
        }).RunAsync();
    }

    private Task RunAsync() => plan.Mode switch
    {
        "latency" => MeasureLatencyAsync(),
        "full" or "idle" => MeasureMembersAsync(),
        _ => throw new ArgumentException("no such mode over UDP: " + plan.Mode),
    };

    private async Task MeasureMembersAsync()
    {
        long before = Memory();
        await Parallel.ForEachAsync(Enumerable.Range(0, plan.Members), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (member, _) => await EnterAsync(member));
        _datagrams.Start();
        await Task.Delay(1500);
        if (plan.Mode == "idle")
        {
            Console.WriteLine($$"""{"per_member_kib": {{(Memory() - before) / 1024.0 / plan.Members:0.00}}}""");
            return;
        }

        Task[] publishing = [.. Enumerable.Range(0, plan.Publishers).Select(i => Task.Run(() => PublishAsync(i)))];
        await Task.Delay(TimeSpan.FromSeconds(plan.WarmSeconds)); // compiled for what is now known of it, which a server is for the rest of its life
        (double cpu, long heard, TimeSpan at, long memory) = (Cpu(), Interlocked.Read(ref _total), _clock.Elapsed, Memory());
        Interlocked.Exchange(ref _longestSilence, 0);
        await Task.Delay(TimeSpan.FromSeconds(plan.Seconds));
        double millions = (Interlocked.Read(ref _total) - heard) / 1e6;
        double seconds = (_clock.Elapsed - at).TotalSeconds;
        Console.WriteLine($$"""{"cpu_per_million": {{(Cpu() - cpu) / millions:0.0000}}, "deliveries_per_s": {{millions * 1e6 / seconds:0}}, "server_cpu": {{(Cpu() - cpu) / seconds:0.00}}, "longest_silence_ms": {{_longestSilence / 1000.0:0.0}}, "memory_grew_kib": {{(Memory() - memory) / 1024}}}""");
        _over = true;
    }

    /// <summary>One message at a time, each after the one before was acknowledged: what it takes to become durable.</summary>
    private async Task MeasureLatencyAsync()
    {
        await using SwitchboardClient client = await SwitchboardClient.ConnectAsync(
            new ConnectOptions { Address = ServerAddress.Tcp("127.0.0.1", plan.Port), User = plan.User, Token = plan.Token, Fingerprint = plan.Fingerprint });
        List<double> took = [];
        for (int i = 0; i < 1200; i++)
        {
            long began = Stopwatch.GetTimestamp();
            await client.PostAsync("lobby", "one at a time");
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        double[] sorted = [.. took.Skip(200).Order()];
        Console.WriteLine($$"""{"ms_median": {{sorted[500]:0.000}}, "ms_p99": {{sorted[990]:0.000}}}""");
    }

    private string RoomOf(int index) => plan.Rooms == 1 ? "lobby" : $"room{index % plan.Rooms}";

    private async Task EnterAsync(int member)
    {
        (Stream stream, FrameWriter frames) = await LogInAsync($"m{member}");
        frames.WriteHeader(new DatagramRequest { Id = 4 }, ProtocolJson.Default.DatagramRequest);
        await frames.FlushAsync();
        DatagramAnswer answer = Messages.Read(await AnswerAsync(stream), ProtocolJson.Default.DatagramAnswer);
        await stream.DisposeAsync();
        lock (_datagrams)
        {
            _datagrams.Add(answer.ToKeys(), RoomOf(member));
        }
    }

    private void Hear(int member, int count)
    {
        if (count == 0)
        {
            return;
        }

        long now = (long)_clock.Elapsed.TotalMicroseconds;
        long last = _heard[member];
        _heard[member] = now;
        Interlocked.Add(ref _total, count);
        if (last > 0 && now - last > Interlocked.Read(ref _longestSilence))
        {
            Interlocked.Exchange(ref _longestSilence, now - last);
        }
    }

    private async Task PublishAsync(int publisher)
    {
        (Stream stream, FrameWriter frames) = await LogInAsync($"p{publisher}");
        _ = Task.Run(() => stream.CopyToAsync(Stream.Null));
        long number = 10;
        double share = (double)plan.Members / plan.Rooms;
        long window = (long)plan.Window * plan.Publishers;
        for (int room = publisher; !_over;)
        {
            long free = window - (Interlocked.Read(ref _sent) - (long)(Interlocked.Read(ref _total) / share));
            if (free < plan.Window / 4)
            {
                // One may watch closely; ten would take the other core from the members.
                await (plan.Publishers == 1 ? Task.Run(() => { }) : Task.Delay(1));
                continue;
            }

            int count = (int)Math.Min(free, plan.Window / 4);
            for (int i = 0; i < count; i++, room++)
            {
                frames.WriteHeader(new Post { Id = number++, Room = RoomOf(room) }, ProtocolJson.Default.Post, s_text.Length);
                frames.WritePayload(s_text);
            }

            Interlocked.Add(ref _sent, count);
            await frames.FlushAsync();
        }
    }

    private async Task<(Stream, FrameWriter)> LogInAsync(string device)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", plan.Port);
        var stream = new NetworkStream(socket, ownsSocket: true);
        var frames = new FrameWriter(PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)));
        // Read without a pipe in between, which would keep a buffer: answers of the login are small and come one at a time.
        _ = DeviceToken.TryParse(plan.Token, out DeviceToken? token);
        ScramClient scram = ScramClient.ForToken(plan.User, token!, channelBinding: null);
        frames.WriteHeader(new Hello { Id = 1, Version = 1, Device = device }, ProtocolJson.Default.Hello);
        frames.WriteHeader(new Auth { Id = 2, Mechanism = scram.Mechanism, Token = token!.Id, Data = scram.First() }, ProtocolJson.Default.Auth);
        await frames.FlushAsync();
        await AnswerAsync(stream);
        Challenge challenge = Messages.Read(await AnswerAsync(stream), ProtocolJson.Default.Challenge);
        frames.WriteHeader(new Auth { Id = 3, Data = scram.Final(challenge.Data) }, ProtocolJson.Default.Auth);
        await frames.FlushAsync();
        await AnswerAsync(stream);
        return (stream, frames);
    }

    private static async Task<byte[]> AnswerAsync(Stream stream)
    {
        byte[] lengths = new byte[FrameHead];
        await stream.ReadExactlyAsync(lengths);
        byte[] header = new byte[System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(lengths)];
        await stream.ReadExactlyAsync(header);
        return Messages.TypeOf(header) == "error" ? throw new IOException(Encoding.UTF8.GetString(header)) : header;
    }

    private const int FrameHead = 4;

    private double Cpu()
    {
        string stat = File.ReadAllText($"/proc/{plan.Server}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    private long Memory() =>
        long.Parse(File.ReadAllLines($"/proc/{plan.Server}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
}
