using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Sockets;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.EndToEnd;

/// <summary>The native protocol in the plain, frame by frame, as a client of one's own might speak it.</summary>
public sealed class NativeWire : IDisposable
{
    private readonly TcpClient _line;
    private readonly NetworkStream _stream;

    private NativeWire(TcpClient line) => (_line, _stream) = (line, line.GetStream());

    /// <summary>Connects to a server with <c>insecure</c> and logs in.</summary>
    public static async Task<NativeWire> LogInAsync(ServerProcess server, string user, DeviceToken token)
    {
        NativeWire wire = new(new TcpClient("127.0.0.1", server.Port) { NoDelay = true });
        ScramClient scram = ScramClient.ForToken(user, token, null);
        await wire.SendAsync(frames =>
        {
            frames.WriteHeader(new Hello { Id = 1, Version = 1, Device = "wire" }, ProtocolJson.Default.Hello);
            frames.WriteHeader(new Auth { Id = 2, Mechanism = scram.Mechanism, Token = token.Id, Data = scram.First() }, ProtocolJson.Default.Auth);
        });
        await wire.HeaderAsync();
        Challenge challenge = Messages.Read(await wire.HeaderAsync(), ProtocolJson.Default.Challenge);
        await wire.SendAsync(frames => frames.WriteHeader(new Auth { Id = 3, Data = scram.Final(challenge.Data) }, ProtocolJson.Default.Auth));
        Assert.Equal("ok", Messages.TypeOf(await wire.HeaderAsync()));
        return wire;
    }

    /// <summary>Sends frames in one piece.</summary>
    public async Task SendAsync(Action<FrameWriter> write)
    {
        MemoryStream bytes = new();
        PipeWriter pipe = PipeWriter.Create(bytes);
        write(new FrameWriter(pipe));
        await pipe.CompleteAsync();
        await _stream.WriteAsync(bytes.ToArray());
    }

    /// <summary>Says that nothing more comes, and goes on reading.</summary>
    public void EndSending() => _line.Client.Shutdown(SocketShutdown.Send);

    public async Task<byte[]> HeaderAsync()
    {
        byte[] length = new byte[4];
        await _stream.ReadExactlyAsync(length);
        return await BytesAsync(BinaryPrimitives.ReadInt32BigEndian(length));
    }

    public async Task<byte[]> BytesAsync(long count)
    {
        byte[] bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    public void Dispose() => _line.Dispose();
}
