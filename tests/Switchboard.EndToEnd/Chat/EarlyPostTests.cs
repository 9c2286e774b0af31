using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.EndToEnd.Chat;

/// <summary>What a client sends right behind its request for a session, without waiting for the answer, as one does whose line was cut.</summary>
public sealed class EarlyPostTests : IAsyncLifetime
{
    private const int Times = 150, Posts = 20;

    private readonly TemporaryFolder _folder = new();
    private ServerProcess _server = null!;
    private DeviceToken _token = null!;

    public async ValueTask InitializeAsync()
    {
        string settings = _folder.At("conf");
        File.WriteAllLines(settings, ["insecure = yes", "chat.rate = 100000", "chat.burst = 100000"]);
        _server = await ServerProcess.StartAsync("--config", settings);
        await _server.AddAccountAsync("ann", "a password for tests", null, "chat");
        Assert.True(DeviceToken.TryParse(await _server.AddTokenAsync("ann"), out DeviceToken? token));
        _token = token!;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Being_in_the_room_is_told_before_what_becomes_of_that()
    {
        for (int i = 0; i < Times; i++)
        {
            using TcpClient line = new("127.0.0.1", _server.Port) { NoDelay = true };
            NetworkStream stream = line.GetStream();
            await LogInAsync(stream);
            // All of it in one piece; from the second time on each key is known, and its answer is ready at once.
            byte[] burst = await BytesAsync(frames =>
            {
                frames.WriteHeader(new JoinRoom { Id = 4, Room = "lobby", From = long.MaxValue }, ProtocolJson.Default.JoinRoom);
                for (int post = 0; post < Posts; post++)
                {
                    frames.WriteHeader(new Post { Id = 4, Room = "lobby", Key = $"key{post}" }, ProtocolJson.Default.Post, 5);
                    frames.WritePayload("hello"u8);
                }
            });
            await stream.WriteAsync(burst);
            List<string> types = [];
            while (types.Count(type => type == "posted") < Posts)
            {
                // Long before the next sign of life, 15 s on, which would bring along what was forgotten.
                types.Add(await TypeOfNextAsync(stream).WaitAsync(TimeSpan.FromSeconds(10)));
            }

            Assert.Equal("joined", types[0]);
        }
    }

    private async Task LogInAsync(Stream stream)
    {
        ScramClient scram = ScramClient.ForToken("ann", _token, null);
        await stream.WriteAsync(await BytesAsync(frames =>
        {
            frames.WriteHeader(new Hello { Id = 1, Version = 1, Device = "early" }, ProtocolJson.Default.Hello);
            frames.WriteHeader(new Auth { Id = 2, Mechanism = scram.Mechanism, Token = _token.Id, Data = scram.First() }, ProtocolJson.Default.Auth);
        }));
        await HeaderAsync(stream);
        Challenge challenge = Messages.Read(await HeaderAsync(stream), ProtocolJson.Default.Challenge);
        await stream.WriteAsync(await BytesAsync(frames => frames.WriteHeader(new Auth { Id = 3, Data = scram.Final(challenge.Data) }, ProtocolJson.Default.Auth)));
        Assert.Equal("ok", await TypeOfNextAsync(stream));
    }

    private static async Task<byte[]> BytesAsync(Action<FrameWriter> write)
    {
        MemoryStream bytes = new();
        PipeWriter pipe = PipeWriter.Create(bytes);
        write(new FrameWriter(pipe));
        await pipe.CompleteAsync();
        return bytes.ToArray();
    }

    private static async Task<string> TypeOfNextAsync(Stream stream)
    {
        byte[] header = await HeaderAsync(stream);
        Frame frame = new(header, 0);
        string type = Messages.TypeOf(header) ?? Encoding.UTF8.GetString(header);
        if (type == "message")
        {
            await stream.ReadExactlyAsync(new byte[Messages.Read(frame, ProtocolJson.Default.RoomMessage).Size ?? 0]);
        }

        return type;
    }

    private static async Task<byte[]> HeaderAsync(Stream stream)
    {
        byte[] length = new byte[4];
        await stream.ReadExactlyAsync(length);
        byte[] header = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await stream.ReadExactlyAsync(header);
        return header;
    }
}
