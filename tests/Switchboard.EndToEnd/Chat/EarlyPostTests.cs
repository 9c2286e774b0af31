using System.Text;
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
            using NativeWire wire = await NativeWire.LogInAsync(_server, "ann", _token);
            // All of it in one piece; from the second time on each key is known, and its answer is ready at once.
            await wire.SendAsync(frames =>
            {
                frames.WriteHeader(new JoinRoom { Id = 4, Room = "lobby", From = long.MaxValue }, ProtocolJson.Default.JoinRoom);
                for (int post = 0; post < Posts; post++)
                {
                    frames.WriteHeader(new Post { Id = 4, Room = "lobby", Key = $"key{post}" }, ProtocolJson.Default.Post, 5);
                    frames.WritePayload("hello"u8);
                }
            });
            List<string> types = [];
            while (types.Count(type => type == "posted") < Posts)
            {
                // Long before the next sign of life, 15 s on, which would bring along what was forgotten.
                types.Add(await TypeOfNextAsync(wire).WaitAsync(TimeSpan.FromSeconds(10)));
            }

            Assert.Equal("joined", types[0]);
        }
    }

    private static async Task<string> TypeOfNextAsync(NativeWire wire)
    {
        byte[] header = await wire.HeaderAsync();
        string type = Messages.TypeOf(header) ?? Encoding.UTF8.GetString(header);
        if (type == "message")
        {
            await wire.BytesAsync(Messages.Read(header, ProtocolJson.Default.RoomMessage).Size ?? 0);
        }

        return type;
    }
}
