using System.Text;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>Clients from before UTF-8: their bytes are names in the account's own encoding, on the line and nowhere else.</summary>
public sealed class LegacyNamesTests : IAsyncLifetime
{
    private static readonly Encoding Gbk = CodePagesEncodingProvider.Instance.GetEncoding("gbk")!;

    private FtpSite _site = null!;

    public async ValueTask InitializeAsync()
    {
        _site = await FtpSite.StartAsync();
        await _site.Server.SetAccountAsync(FtpSite.User, "--ftp-encoding", "gbk");
    }

    public ValueTask DisposeAsync() => _site?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Names_are_stored_listed_and_fetched_in_gbk()
    {
        await using FtpWire wire = await _site.LoginAsync();
        byte[] bytes = FtpSite.RandomBytes(300_000, 1);
        (await AskAsync(wire, "MKD 目录")).Expect(257);
        (await AskAsync(wire, "CWD 目录")).Expect(250);
        Assert.Contains("/目录", Gbk.GetString((await wire.AskAsync("PWD")).Lines[0]), StringComparison.Ordinal);
        await StoreAsync(wire, "STOR 报告 第一.doc", bytes);
        // The second byte of these is a backslash or a bar in ASCII.
        await StoreAsync(wire, "STOR 沑_儀.txt", bytes);

        Assert.Equal(["报告 第一.doc", "沑_儀.txt"], Directory.GetFiles(_site.Stored("目录")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string command in (string[])["LIST", "NLST", "MLSD"])
        {
            string listed = Gbk.GetString((await wire.DownloadAsync(command)).Bytes);
            Assert.Contains("报告 第一.doc\r\n", listed, StringComparison.Ordinal);
            Assert.Contains("沑_儀.txt\r\n", listed, StringComparison.Ordinal);
        }

        Assert.Equal(bytes.Length, (await AskAsync(wire, "SIZE 报告 第一.doc")).Expect(213).Number);
        await using (FtpData data = await OpenAsync(wire, "RETR 报告 第一.doc"))
        {
            Assert.Equal(FtpSite.Digest(bytes), FtpSite.Digest(await data.ReadAllAsync()));
        }

        (await wire.ReadAsync()).Expect(226);
        (await AskAsync(wire, "RNFR 报告 第一.doc")).Expect(350);
        (await AskAsync(wire, "RNTO 改名.doc")).Expect(250);
        Assert.True(File.Exists(_site.Stored("目录/改名.doc")));
    }

    [Fact]
    public async Task Opts_utf8_changes_over_and_back()
    {
        await _site.PlaceAsync("名字", [1]);
        await using FtpWire wire = await _site.LoginAsync();
        Assert.Contains("名字", Gbk.GetString((await wire.DownloadAsync("NLST")).Bytes), StringComparison.Ordinal);
        (await wire.AskAsync("OPTS UTF8 ON")).Expect(200);
        Assert.Contains("名字", await wire.ListAsync("NLST"), StringComparison.Ordinal);
        Assert.Equal(1, (await wire.AskAsync("SIZE 名字")).Expect(213).Number);
        (await wire.AskAsync("OPTS UTF8 OFF")).Expect(200);
        Assert.Contains("名字", Gbk.GetString((await wire.DownloadAsync("NLST")).Bytes), StringComparison.Ordinal);
        Assert.Equal(1, (await AskAsync(wire, "SIZE 名字")).Expect(213).Number);
    }

    [Fact]
    public async Task A_client_that_asks_for_utf8_before_its_login_keeps_it()
    {
        await _site.PlaceAsync("名字", [1]);
        await using FtpWire wire = await FtpWire.ConnectAsync(_site.At);
        (await wire.AskAsync("OPTS UTF8 ON")).Expect(200);
        await wire.LoginAsync(FtpSite.User, FtpSite.Password);
        Assert.Contains("名字", await wire.ListAsync("NLST"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_encoding_lacks_breaks_no_line_and_bytes_that_are_no_text_are_refused()
    {
        await _site.PlaceAsync("emoji 🙂 name", [1]);
        await _site.PlaceAsync("plain", [1]);
        await using FtpWire wire = await _site.LoginAsync();
        string[] lines = Gbk.GetString((await wire.DownloadAsync("NLST")).Bytes).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("plain", lines);
        await wire.SendAsync((byte[])[.. "MKD "u8, 0x81, .. "\r\n"u8]);
        Assert.InRange((await wire.ReadAsync()).Code, 500, 599);
        (await wire.AskAsync("NOOP")).Expect(200);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(_site.Home).Count());
    }

    private static async Task<FtpReply> AskAsync(FtpWire wire, string command)
    {
        await wire.SendAsync(Gbk.GetBytes(command + "\r\n"));
        return await wire.ReadAsync();
    }

    private static async Task<FtpData> OpenAsync(FtpWire wire, string command)
    {
        System.Net.Sockets.Socket socket = await wire.DialDataAsync();
        (await AskAsync(wire, command)).Expect(150);
        return await wire.WrapAsync(socket);
    }

    private static async Task StoreAsync(FtpWire wire, string command, byte[] bytes)
    {
        await using (FtpData data = await OpenAsync(wire, command))
        {
            await data.WriteAsync(bytes);
            await data.FinishAsync();
        }

        (await wire.ReadAsync()).Expect(226);
    }
}
