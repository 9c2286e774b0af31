using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Switchboard.Client;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Bench;

/// <summary>
/// Load for one chat server, and what it costs that server: members who only listen, publishers who keep a window of messages on their way.
/// Messages are counted by a mark that nothing else holds, so counting costs little in every protocol.
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
        public required string Protocol { get; init; }
        public required int Port { get; init; }
        public required int Server { get; init; }
        public int Members { get; init; } = 100;
        public int Rooms { get; init; } = 1;
        public int Publishers { get; init; } = 1;
        public int Window { get; init; } = 256;
        public double Seconds { get; init; } = 2;
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
            Protocol = given["protocol"],
            Port = Number("port", 0),
            Server = Number("server", 0),
            Members = Number("members", 100),
            Rooms = Number("rooms", 1),
            Publishers = Number("publishers", 1),
            Window = Number("window", 256),
            Seconds = Number("milliseconds", 2000) / 1000.0,
            Mode = given.GetValueOrDefault("mode", "full"),
            User = given.GetValueOrDefault("user", ""),
            Token = given.GetValueOrDefault("token", ""),
            Fingerprint = given.GetValueOrDefault("fingerprint", ""),
        }).RunAsync();
    }

    private async Task RunAsync()
    {
        if (plan.Mode == "latency")
        {
            await MeasureLatencyAsync();
            return;
        }

        long before = Memory();
        await Parallel.ForEachAsync(Enumerable.Range(0, plan.Members), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (member, _) => await EnterAsync(member));
        _datagrams.Start();
        await Task.Delay(1500);
        if (plan.Mode == "idle")
        {
            Console.WriteLine($$"""{"per_member_kib": {{(Memory() - before) / 1024.0 / plan.Members:0.00}}}""");
            await Task.Delay(TimeSpan.FromSeconds(plan.Seconds));
            return;
        }

        Task[] publishing = [.. Enumerable.Range(0, plan.Publishers).Select(i => Task.Run(() => PublishAsync(i)))];
        await Task.Delay(3000); // compiled for what is now known of it, which a server is for the rest of its life
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

    private string RoomOf(int index) => plan.Rooms == 1 && plan.Protocol is "switchboard" or "switchboard-tls" or "switchboard-udp" ? "lobby" : $"room{index % plan.Rooms}";

    private async Task EnterAsync(int member)
    {
        string room = RoomOf(member);
        if (plan.Protocol == "switchboard-udp")
        {
            await EnterOverDatagramsAsync(member, room);
            return;
        }

        (Stream stream, _) = await OpenAsync(room, member, joins: true);
        _ = Task.Run(() => ListenAsync(stream, member));
    }

    private async Task EnterOverDatagramsAsync(int member, string room)
    {
        (Stream stream, FrameWriter? frames) = await OpenAsync(room, member, joins: false);
        frames!.WriteHeader(new DatagramRequest { Id = 4 }, ProtocolJson.Default.DatagramRequest);
        await frames.FlushAsync();
        DatagramAnswer answer = Messages.Read(await AnswerAsync(stream), ProtocolJson.Default.DatagramAnswer);
        await stream.DisposeAsync();
        lock (_datagrams)
        {
            _datagrams.Add(answer.ToKeys(), room);
        }
    }

    private async Task ListenAsync(Stream stream, int member)
    {
        byte[] buffer = new byte[16 * 1024];
        bool isSlow = plan.Mode == "slow" && member == 0;
        for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
        {
            Hear(member, buffer.AsSpan(0, read).Count(Mark));
            while (isSlow && !_over && _clock.Elapsed > TimeSpan.FromSeconds(3))
            {
                await Task.Delay(100);
            }
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
        if (last > 0 && now - last > Interlocked.Read(ref _longestSilence) && !(plan.Mode == "slow" && member == 0))
        {
            Interlocked.Exchange(ref _longestSilence, now - last);
        }
    }

    private async Task PublishAsync(int publisher)
    {
        (Stream stream, FrameWriter? frames) = await OpenAsync(RoomOf(publisher), -1 - publisher, joins: false);
        _ = Task.Run(() => stream.CopyToAsync(Stream.Null));
        var batch = new MemoryStream();
        long number = 10;
        double share = (double)plan.Members / plan.Rooms * (plan.Mode == "slow" ? (plan.Members - 1.0) / plan.Members : 1);
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

            batch.SetLength(0);
            int count = (int)Math.Min(free, plan.Window / 4);
            for (int i = 0; i < count; i++, room++)
            {
                Write(batch, frames, RoomOf(room), number++);
            }

            Interlocked.Add(ref _sent, count);
            if (frames is not null)
            {
                await frames.FlushAsync();
                continue;
            }

            await stream.WriteAsync(batch.GetBuffer().AsMemory(0, (int)batch.Length));
        }
    }

    private void Write(MemoryStream batch, FrameWriter? frames, string room, long number)
    {
        if (frames is not null)
        {
            frames.WriteHeader(new Post { Id = number, Room = room }, ProtocolJson.Default.Post, s_text.Length);
            frames.WritePayload(s_text);
            return;
        }

        string text = Encoding.ASCII.GetString(s_text);
        string line = plan.Protocol switch
        {
            "redis" => $"PUBLISH {room} {text}\r\n",
            "nats" => $"PUB {room} {MessageBytes}\r\n{text}\r\n",
            _ => $"PRIVMSG #{room} :{text}\r\n",
        };
        batch.Write(Encoding.ASCII.GetBytes(line));
    }

    private async Task<(Stream, FrameWriter?)> OpenAsync(string room, int member, bool joins)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", plan.Port);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        switch (plan.Protocol)
        {
            case "redis":
                await SayAsync(stream, joins ? $"SUBSCRIBE {room}\r\n" : "", joins ? "subscribe" : "");
                return (stream, null);
            case "nats":
                await SayAsync(stream, $"CONNECT {{\"verbose\":false}}\r\n{(joins ? $"SUB {room} 1\r\n" : "")}PING\r\n", "PONG");
                return (stream, null);
            case "irc":
                string nick = member < 0 ? $"p{-member}" : $"m{member}";
                await SayAsync(stream, $"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n", " 001 ");
                await SayAsync(stream, $"JOIN #{room}\r\n", " 366 ");
                return (stream, null);
            default:
                return await LogInAsync(stream, room, member, joins);
        }
    }

    private static async Task SayAsync(Stream stream, string words, string until)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(words));
        byte[] buffer = new byte[4096];
        for (string heard = ""; until.Length > 0 && !heard.Contains(until, StringComparison.Ordinal);)
        {
            int read = await stream.ReadAsync(buffer);
            string more = Encoding.ASCII.GetString(buffer, 0, read);
            heard += read > 0 ? more : throw new IOException("left before " + until + ": " + heard);
            if (more.StartsWith("PING :", StringComparison.Ordinal))
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes("PONG" + more[4..]));
            }
        }
    }

    private async Task<(Stream, FrameWriter)> LogInAsync(Stream stream, string room, int member, bool joins)
    {
        byte[]? binding = null;
        if (plan.Protocol == "switchboard-tls")
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = SslProtocols.Tls13,
                ApplicationProtocols = [new SslApplicationProtocol("switchboard/1")],
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    var shown = (System.Security.Cryptography.X509Certificates.X509Certificate2)certificate!;
                    binding = CertificateIdentity.ChannelBinding(shown);
                    return CertificateIdentity.Fingerprint(shown) == plan.Fingerprint;
                },
            });
            stream = tls;
        }

        var frames = new FrameWriter(PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)));
        // Read without a pipe in between, which would keep a buffer: answers of the login are small and come one at a time.
        _ = DeviceToken.TryParse(plan.Token, out DeviceToken? token);
        ScramClient scram = ScramClient.ForToken(plan.User, token!, binding);
        frames.WriteHeader(new Hello { Id = 1, Version = 1, Device = member < 0 ? $"p{-member}" : $"m{member}" }, ProtocolJson.Default.Hello);
        frames.WriteHeader(new Auth { Id = 2, Mechanism = scram.Mechanism, Token = token!.Id, Data = scram.First() }, ProtocolJson.Default.Auth);
        await frames.FlushAsync();
        await AnswerAsync(stream);
        Challenge challenge = Messages.Read(await AnswerAsync(stream), ProtocolJson.Default.Challenge);
        frames.WriteHeader(new Auth { Id = 3, Data = scram.Final(challenge.Data) }, ProtocolJson.Default.Auth);
        await frames.FlushAsync();
        await AnswerAsync(stream);
        if (joins)
        {
            frames.WriteHeader(new JoinRoom { Id = 4, Room = room }, ProtocolJson.Default.JoinRoom);
            await frames.FlushAsync();
            await AnswerAsync(stream);
        }

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
