using System.Globalization;
using System.Text.Json;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>Ways in which an upload ends without being complete.</summary>
public enum Break
{
    /// <summary>The client is killed: its kernel closes both connections in order, control first.</summary>
    BothClosed,
    ControlReset,
    DataReset,
    /// <summary>The data end with a bare FIN under TLS.</summary>
    NoCloseNotify,
    FewerThanAnnounced,
    Abor,
    /// <summary>A client that keeps its line alive with NOOP during the transfer, and is killed then.</summary>
    ClosedBehindNoop,
}

/// <summary>An upload broken at one door goes on at the other, and what was interrupted is never taken for complete.</summary>
public sealed class ResumeAcrossDoorsTests : IAsyncLifetime
{
    private const int Size = 6_000_000;

    private FtpSite _site = null!;
    private byte[] _bytes = [];
    private string _source = "";

    public async ValueTask InitializeAsync()
    {
        _site = await FtpSite.StartAsync();
        _bytes = FtpSite.RandomBytes(Size, 11);
        _source = _site.Local.At("source");
        await File.WriteAllBytesAsync(_source, _bytes);
    }

    public ValueTask DisposeAsync() => _site?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task What_broke_at_the_native_door_curl_continues()
    {
        long kept = await BreakNativeUploadAsync("/big.bin");
        CommandResult curl = await ClientPrograms.RunAsync(
            "curl", "", "-sS", "-v", "-u", $"{FtpSite.User}:{FtpSite.Password}", "-C", "-", "-T", _source, $"ftp://{_site.At}/big.bin");
        // For an upload curl goes on with APPE where the server tells a size.
        Assert.Contains("> APPE big.bin", curl.Expect(0).Error, StringComparison.Ordinal);
        Assert.Contains($"from byte {kept} on", curl.Error, StringComparison.Ordinal);
        AssertStored("/big.bin");
    }

    [Fact]
    public async Task What_broke_at_the_native_door_lftp_continues()
    {
        long kept = await BreakNativeUploadAsync("/big.bin");
        string script = $"set net:max-retries 1; set ftp:ssl-allow no; debug -o {_site.Local.At("log")} 9; open -u {FtpSite.User},'{FtpSite.Password}' ftp://{_site.At}; reput {_source} -o /big.bin";
        (await ClientPrograms.RunAsync("lftp", "", "--norc", "-c", script)).Expect(0);
        Assert.Contains($"REST {kept}", await File.ReadAllTextAsync(_site.Local.At("log")), StringComparison.Ordinal);
        AssertStored("/big.bin");
    }

    [Theory]
    [InlineData("REST", false)]
    [InlineData("APPE", true)]
    public async Task What_broke_at_the_native_door_goes_on_and_its_announced_size_holds(string way, bool tls)
    {
        int kept = (int)await BreakNativeUploadAsync("/big.bin");
        await using FtpWire wire = await _site.LoginAsync(tls);
        FtpReply tooFew = await GoOnAsync(wire, way, "big.bin", kept, _bytes.AsMemory(kept, 1000));
        tooFew.Expect(426, 451);
        Assert.False(File.Exists(_site.Stored("big.bin")));
        Assert.Equal(kept + 1000, (await wire.AskAsync("SIZE big.bin")).Expect(213).Number);

        FtpReply whole = (await GoOnAsync(wire, way, "big.bin", kept + 1000, _bytes.AsMemory(kept + 1000))).Expect(226);
        Assert.Equal(FtpSite.Digest(_bytes), whole.Sha256);
        AssertStored("/big.bin");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_broke_here_the_native_client_continues(bool tls)
    {
        await using (FtpWire wire = await _site.LoginAsync(tls))
        {
            await using FtpData data = await wire.OpenAsync("STOR big.bin");
            await data.WriteAsync(_bytes.AsMemory(0, 4_500_000));
            await wire.SendAsync("ABOR\r\n");
            (await wire.ReadAsync()).Expect(426);
            (await wire.ReadAsync()).Expect(226);
        }

        CommandResult put = (await _site.Server.ClientAsync(FtpSite.User, FtpSite.Password, "put", _source, "/big.bin", "--json")).Expect(0);
        using JsonDocument said = JsonDocument.Parse(put.Text);
        // Whole leaves of 4 MiB are proved by their digests.
        Assert.InRange(said.RootElement.GetProperty("resumed_at").GetInt64(), 1, 4_500_000);
        AssertStored("/big.bin");
    }

    [Theory]
    [InlineData(Break.BothClosed)]
    [InlineData(Break.ControlReset)]
    [InlineData(Break.DataReset)]
    [InlineData(Break.NoCloseNotify)]
    [InlineData(Break.FewerThanAnnounced)]
    [InlineData(Break.Abor)]
    [InlineData(Break.ClosedBehindNoop)]
    public async Task An_interrupted_upload_leaves_nothing_half_and_goes_on(Break how)
    {
        // One that fits into the server's buffer, and one that does not.
        foreach (int sent in (int[])[0, 100_000, 3_000_000])
        {
            await InterruptOverOldAsync(how, sent);
            await InterruptNewAsync(how, sent);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Appe_onto_a_stored_file_builds_a_new_version_and_interrupted_leaves_the_old(bool tls)
    {
        await using FtpWire wire = await _site.LoginAsync(tls);
        byte[] old = _bytes[..2_000_000];
        (await wire.UploadAsync("STOR log", old)).Expect(226);

        await BreakAsync(Break.NoCloseNotify, "APPE log", _bytes.AsMemory(2_000_000, 900_000));
        Assert.Equal(FtpSite.Digest(old), FtpSite.DigestOf(_site.Stored("log")));
        Assert.Equal(old.Length, (await wire.AskAsync("SIZE log")).Expect(213).Number);

        FtpReply reply = (await wire.UploadAsync("APPE log", _bytes.AsMemory(2_000_000))).Expect(226);
        Assert.Equal(FtpSite.Digest(_bytes), reply.Sha256);
        AssertStored("/log");
    }

    [Fact]
    public async Task Who_reads_an_old_version_while_a_new_one_comes_reads_it_whole()
    {
        await using FtpWire writer = await _site.LoginAsync(), reader = await _site.LoginAsync();
        byte[] old = FtpSite.RandomBytes(8_000_000, 2);
        (await writer.UploadAsync("STOR shared", old)).Expect(226);
        await using FtpData slow = await reader.OpenAsync("RETR shared");
        byte[] first = new byte[100_000];
        await slow.Stream.ReadExactlyAsync(first);

        (await writer.UploadAsync("STOR shared", _bytes)).Expect(226);
        byte[] rest = await slow.ReadAllAsync();
        (await reader.ReadAsync()).Expect(226, 426, 451);
        Assert.Equal(FtpSite.Digest(old), FtpSite.Digest([.. first, .. rest]));
        Assert.Equal(FtpSite.Digest(_bytes), FtpSite.Digest((await reader.DownloadAsync("RETR shared")).Bytes));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_reply_tells_size_and_digest_and_so_do_the_digest_commands(bool tls)
    {
        await using FtpWire wire = await _site.LoginAsync(tls);
        string digest = FtpSite.Digest(_bytes);
        FtpReply stored = (await wire.UploadAsync("STOR f", _bytes)).Expect(226);
        Assert.Equal(digest, stored.Sha256);
        Assert.Contains(Size.ToString(CultureInfo.InvariantCulture), stored.Text, StringComparison.Ordinal);
        Assert.Equal(digest, (await wire.DownloadAsync("RETR f")).Reply.Sha256);
        Assert.Contains(digest, (await wire.AskAsync("HASH f")).Expect(213).Text, StringComparison.Ordinal);
        Assert.Contains(digest, (await wire.AskAsync("XSHA256 f")).Expect(250).Text, StringComparison.Ordinal);
        string part = FtpSite.Digest(_bytes[1000..5000]);
        (await wire.AskAsync("RANG 1000 4999")).Expect(350);
        Assert.Contains(part, (await wire.AskAsync("HASH f")).Expect(213).Text, StringComparison.Ordinal);
        Assert.Contains(part, (await wire.AskAsync("XSHA256 \"f\" 1000 5000")).Expect(250).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_all_arrived_but_the_end_a_client_that_goes_on_by_itself_still_gets_it_stored(bool tls)
    {
        await BreakAsync(Break.FewerThanAnnounced, "STOR big.bin", _bytes);
        string[] secure = tls ? ["--ssl-reqd", "--cacert", _site.Certificate] : [];
        (await ClientPrograms.RunAsync(
            "curl", "", ["-sS", .. secure, "-u", $"{FtpSite.User}:{FtpSite.Password}", "-C", "-", "-T", _source, $"ftp://{_site.At}/big.bin"])).Expect(0);
        AssertStored("/big.bin");
    }

    [Fact]
    public async Task Appe_goes_on_at_the_byte_that_was_told_whatever_arrived_since()
    {
        await using FtpWire dead = await _site.LoginAsync(), wire = await _site.LoginAsync();
        await using FtpData data = await dead.OpenAsync("STOR big.bin");
        await data.WriteAsync(_bytes.AsMemory(0, 2_000_000));
        await FtpSite.UntilAsync(() => Kept() >= 1_500_000, () => "nothing arrives");
        int told = (int)(await wire.AskAsync("SIZE big.bin")).Expect(213).Number;
        // What a line that is given up still delivers.
        await data.WriteAsync(_bytes.AsMemory(2_000_000, 1_500_000));
        await FtpSite.UntilAsync(() => Kept() >= 3_000_000, () => "nothing arrives");

        (await wire.UploadAsync("APPE big.bin", _bytes.AsMemory(told))).Expect(226);
        AssertStored("/big.bin");
    }

    private long Kept() => Directory.EnumerateFiles(Path.Combine(_site.Server.Data, "partials"), "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

    private async Task InterruptOverOldAsync(Break how, int sent)
    {
        byte[] old = FtpSite.RandomBytes(50_000, 3);
        await using FtpWire wire = await _site.LoginAsync();
        (await wire.UploadAsync("STOR old.bin", old)).Expect(226);
        await BreakAsync(how, "STOR old.bin", _bytes.AsMemory(0, sent));
        Assert.Equal(FtpSite.Digest(old), FtpSite.DigestOf(_site.Stored("old.bin")));
        Assert.Equal(old.Length, (await wire.AskAsync("SIZE old.bin")).Expect(213).Number);
    }

    private async Task InterruptNewAsync(Break how, int sent)
    {
        await BreakAsync(how, "STOR new.bin", _bytes.AsMemory(0, sent));
        await using FtpWire wire = await _site.LoginAsync();
        Assert.False(File.Exists(_site.Stored("new.bin")), $"{sent} bytes were taken for the whole");
        Assert.DoesNotContain("new.bin", await wire.ListAsync("NLST"), StringComparison.Ordinal);
        FtpReply size = (await wire.AskAsync("SIZE new.bin")).Expect(213, 550);
        int kept = size.Code == 213 ? (int)size.Number : 0;
        // Whoever resets or aborts loses what was in flight; where the data came to their end nothing is lost, also when its sender is gone.
        Assert.InRange(kept, how is Break.ControlReset or Break.DataReset or Break.Abor ? 0 : Math.Max(0, sent - 1), sent);
        (await GoOnAsync(wire, kept > 0 ? "REST" : "STOR", "new.bin", kept, _bytes.AsMemory(kept))).Expect(226);
        AssertStored("/new.bin");
        (await wire.AskAsync("DELE new.bin")).Expect(250);
    }

    private void AssertStored(string name) => Assert.Equal(FtpSite.Digest(_bytes), FtpSite.DigestOf(_site.Stored(name)));

    private static async Task<FtpReply> GoOnAsync(FtpWire wire, string way, string name, int at, ReadOnlyMemory<byte> bytes)
    {
        if (way == "REST")
        {
            (await wire.AskAsync(string.Create(CultureInfo.InvariantCulture, $"REST {at}"))).Expect(350);
        }

        return await wire.UploadAsync((way == "APPE" ? "APPE " : "STOR ") + name, bytes);
    }

    /// <summary>Kills the native client in the middle of an upload; returns how many bytes are kept.</summary>
    private async Task<long> BreakNativeUploadAsync(string path)
    {
        await using CuttingRelay relay = new(_site.Server.Port) { Rate = 24 << 20 };
        Command? client = null;
        TaskCompletionSource died = new(TaskCreationOptions.RunContinuationsAsynchronously);
        relay.After(Way.Up, 4_000_000, () =>
        {
            client!.Kill9();
            relay.Cut();
            died.TrySetResult();
        });
        using (client = Command.Start(["put", _source, path], _site.Server.ClientEnvironment(FtpSite.User, FtpSite.Password, relay.Port)))
        {
            await client.WaitAsync();
            await died.Task;
        }

        await using FtpWire wire = await _site.LoginAsync();
        // The server may still be writing what it had received.
        await wire.AskAsync("NOOP");
        long kept = (await wire.AskAsync("SIZE " + path)).Expect(213).Number;
        Assert.InRange(kept, 3_000_000, 4_000_000);
        return kept;
    }

    private async Task BreakAsync(Break how, string command, ReadOnlyMemory<byte> bytes)
    {
        int before = _site.OpenSockets;
        await using FtpWire wire = await _site.LoginAsync(tls: how is Break.NoCloseNotify);
        if (how is Break.FewerThanAnnounced)
        {
            (await wire.AskAsync(string.Create(CultureInfo.InvariantCulture, $"ALLO {bytes.Length + 1}"))).Expect(200, 202);
        }

        await using FtpData data = await wire.OpenAsync(command);
        await data.WriteAsync(bytes);
        await EndAsync(how, wire, data);
        if (how is Break.BothClosed or Break.ControlReset or Break.ClosedBehindNoop)
        {
            await FtpSite.UntilAsync(() => _site.OpenSockets <= before, () => "the session did not end");
            return;
        }

        (await wire.ReadAsync()).Expect(426, 451);
        if (how is Break.Abor)
        {
            (await wire.ReadAsync()).Expect(226);
        }
    }

    private static async Task EndAsync(Break how, FtpWire wire, FtpData data)
    {
        switch (how)
        {
            case Break.BothClosed:
                wire.Socket.Close();
                data.Socket.Close();
                break;
            case Break.ClosedBehindNoop:
                await wire.SendAsync("NOOP\r\n");
                wire.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
                data.Cut();
                break;
            case Break.ControlReset:
                wire.Reset();
                data.Reset();
                break;
            case Break.DataReset:
                data.Reset();
                break;
            case Break.Abor:
                await wire.SendAsync("ABOR\r\n");
                break;
            default:
                data.Cut();
                break;
        }
    }
}
