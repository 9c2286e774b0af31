using System.Security.Cryptography;
using System.Text;
using Switchboard.EndToEnd.Ftp;
using Switchboard.EndToEnd.Web;
using Switchboard.Protocol;

namespace Switchboard.EndToEnd;

/// <summary>Whoever asks for one thing, says that nothing more follows, and is slow to read the answer, gets all of it: an end is no reset.</summary>
public sealed class SlowReaderTests : IAsyncLifetime
{
    /// <summary>Longer than the server waits for the other end to close.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);

    /// <summary>More than a reader's kernel takes in before it reads, less than both kernels together, so that the server is done before the reader begins.</summary>
    private readonly byte[] _bytes = FtpSite.RandomBytes(2_000_000, 23);

    private WebSite _site = null!;

    public async ValueTask InitializeAsync()
    {
        _site = await WebSite.StartWithAsync("insecure = yes");
        await File.WriteAllBytesAsync(_site.Local.At("file"), _bytes);
        using WebClient program = await _site.ProgramAsync();
        (await program.PutAsync("/files/file", _bytes)).Expect(201);
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task By_http_with_a_connection_that_ends_behind_the_answer()
    {
        using WebClient program = await _site.ProgramAsync();
        await using RawHttp raw = await RawHttp.ConnectAsync(_site);
        await raw.SendAsync($"GET /api/v1/files/file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {program.Token}\r\nConnection: close\r\n\r\n");
        await Task.Delay(Pause);
        string answer = await raw.ReadAsync();
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Equal(_bytes, Encoding.Latin1.GetBytes(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]));
    }

    [Fact]
    public async Task By_the_native_protocol_with_a_client_that_has_said_its_end()
    {
        Assert.True(DeviceToken.TryParse(await _site.Server.AddTokenAsync(WebSite.User), out DeviceToken? token));
        using NativeWire wire = await NativeWire.LogInAsync(_site.Server, WebSite.User, token!);
        await wire.SendAsync(frames => frames.WriteHeader(new Get { Id = 4, Path = "/file" }, ProtocolJson.Default.Get));
        wire.EndSending();
        await Task.Delay(Pause);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (string? type = null; type != "ok";)
        {
            byte[] header = await wire.HeaderAsync();
            type = Messages.TypeOf(header);
            if (type == "data")
            {
                hash.AppendData(await wire.BytesAsync(Messages.Read(header, ProtocolJson.Default.Data).Size ?? 0));
            }
        }

        Assert.Equal(SHA256.HashData(_bytes), hash.GetHashAndReset());
    }
}
