using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Switchboard.EndToEnd;

/// <summary>The echo server that docs/framing.md shows, as a process.</summary>
public class EchoSampleTests
{
    [Fact]
    public async Task The_server_in_the_documentation_is_the_sample()
    {
        var sample = await File.ReadAllTextAsync(Path.Combine(ProgramFile.Checkout, "samples/EchoServer/Program.cs"));
        var page = await File.ReadAllTextAsync(Path.Combine(ProgramFile.Checkout, "docs/framing.md"));
        Assert.Contains($"```csharp\n{sample}```", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sample_gives_back_frames_with_and_without_a_payload()
    {
        using var server = Start();
        try
        {
            var said = await server.StandardOutput.ReadLineAsync();
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPEndPoint.Parse(said!["listening on ".Length..]));
            // Before sending: a socket that was shut down on one side makes no stream any more.
            using var stream = new NetworkStream(socket);
            byte[] frames = [.. Frame("""{"type":"a"}"""), .. Frame($$"""{"n":1,"size":{{1_000_000}}}"""), .. new byte[1_000_000], .. Frame("""{"type":"last","size":2}"""), .. "ab"u8];
            var sending = socket.SendAsync(frames).ContinueWith(_ => socket.Shutdown(SocketShutdown.Send), TaskScheduler.Default);
            Assert.Equal(frames, await ReadToEndAsync(stream));
            await sending;
        }
        finally
        {
            server.Kill();
        }
    }

    private static Process Start()
    {
        var binaries = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(binaries.Parent!.Parent!.FullName, "EchoServer", binaries.Name, "EchoServer.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program, "0"]) { RedirectStandardOutput = true })!;
    }

    private static byte[] Frame(string header)
    {
        var bytes = new byte[4 + Encoding.UTF8.GetByteCount(header)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - 4);
        Encoding.UTF8.GetBytes(header, bytes.AsSpan(4));
        return bytes;
    }

    private static async Task<byte[]> ReadToEndAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}
