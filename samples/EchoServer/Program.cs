using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Switchboard.Framing;

using var listener = new TcpListener(IPAddress.Loopback, args is [var port] ? int.Parse(port) : 7000);
listener.Start();
Console.WriteLine($"listening on {listener.LocalEndpoint}");
while (true) _ = EchoAsync(await listener.AcceptTcpClientAsync());

static async Task EchoAsync(TcpClient client)
{
    using var stream = client.GetStream();
    var (reader, writer) = (new FrameReader(PipeReader.Create(stream)), new FrameWriter(PipeWriter.Create(stream)));
    while (await reader.ReadAsync() is { } frame)
    {
        writer.WriteHeader(frame.Header.Span, frame.Size);
        do
        {
            var piece = await reader.ReadPayloadAsync();
            writer.WritePayload(piece);
            reader.AdvancePayload(piece.Length);
            await writer.FlushAsync();
        } while (reader.PayloadLeft > 0);
    }
}
