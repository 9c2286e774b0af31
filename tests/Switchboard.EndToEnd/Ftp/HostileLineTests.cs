using System.Net.Sockets;
using System.Text;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>What comes over the control connection from those who mean no good: lines, telnet, pipelines, logins.</summary>
public sealed class HostileLineTests
{
    /// <summary>Lines that some server has taken for two, or answered with two.</summary>
    private static readonly string[] Split =
    [
        "NOOP\nDELE keep\r\n",
        "NOOP\0DELE keep\r\n",
        "NOOP\r\0DELE keep\r\n",
        "NOOP\rDELE keep\r\n",
        "MKD a\nDELE keep\r\n",
        "CWD a\n226 forged\r\n",
        "MKD a\r226 forged\r\n",
        "SITE HELP\nDELE keep\n\r\n",
        "\nDELE keep\n\r\n",
    ];

    [Fact]
    public async Task A_bare_line_feed_or_a_nul_is_no_second_command_and_gets_one_reply()
    {
        await using FtpSite site = await FtpSite.StartAsync();
        await using FtpWire wire = await site.LoginAsync();
        (await wire.UploadAsync("STOR keep", "kept"u8.ToArray())).Expect(226);
        foreach (string line in Split)
        {
            await wire.SendAsync(line + "PWD\r\n");
            FtpReply reply = await wire.ReadAsync();
            Assert.DoesNotContain("226 forged", reply.Text.Split('\n'));
            (await wire.ReadAsync()).Expect(257);
            (await wire.AskAsync("NOOP")).Expect(200);
            Assert.True(File.Exists(site.Stored("keep")), line);
        }
    }

    [Fact]
    public async Task Telnet_before_and_within_a_command_is_taken_out()
    {
        await using FtpSite site = await FtpSite.StartAsync();
        await using FtpWire wire = await site.LoginAsync();
        // WILL, DONT, a subnegotiation, interrupt process, data mark, and an escaped 255 that makes a name no text.
        await wire.SendAsync((byte[])[255, 251, 1, 255, 254, 24, 255, 250, 24, 1, (byte)'x', 255, 240, 255, 244, 255, 242, .. "PWD\r\n"u8]);
        (await wire.ReadAsync()).Expect(257);
        await wire.SendAsync((byte[])[(byte)'N', 255, 241, .. "OOP\r\n"u8]);
        (await wire.ReadAsync()).Expect(200);
        await wire.SendAsync((byte[])[.. "MKD a"u8, 255, 255, .. "b\r\n"u8]);
        Assert.InRange((await wire.ReadAsync()).Code, 500, 599);
        Assert.Empty(Directory.EnumerateFileSystemEntries(site.Home));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Abor_with_urgent_telnet_signals_ends_the_transfer(bool urgent)
    {
        await using FtpSite site = await FtpSite.StartAsync();
        await site.PlaceAsync("big", new byte[64 << 20]);
        await using FtpWire wire = await site.LoginAsync();
        await using FtpData data = await wire.OpenAsync("RETR big");
        await data.Stream.ReadExactlyAsync(new byte[1000]);

        // IAC IP, then IAC DM with the mark as urgent data (RFC 959, 4.1.3; RFC 854).
        if (urgent)
        {
            await wire.SendAsync((byte[])[255, 244]);
            await wire.Socket.SendAsync((byte[])[255, 242], SocketFlags.OutOfBand);
            await wire.SendAsync("ABOR\r\n");
        }
        else
        {
            await wire.SendAsync((byte[])[255, 244, 255, 242, .. "ABOR\r\n"u8]);
        }

        (await wire.ReadAsync()).Expect(426);
        (await wire.ReadAsync()).Expect(226);
        (await wire.AskAsync("NOOP")).Expect(200);
    }

    [Fact]
    public async Task A_line_of_64_KiB_is_refused_and_one_without_end_closes_the_connection_in_constant_memory()
    {
        await using FtpSite site = await FtpSite.StartAsync();
        await using FtpWire wire = await site.LoginAsync();
        await wire.SendAsync("MKD " + new string('a', (64 << 10) - 6) + "\r\nPWD\r\n");
        (await wire.ReadAsync()).Expect(500);
        (await wire.ReadAsync()).Expect(257);

        long before = site.Resident;
        for (int i = 0; i < 8; i++)
        {
            await EndlessAsync(site);
        }

        // Eight times ten megabytes were sent; what a line may hold is some KiB.
        Assert.InRange(site.Resident - before, long.MinValue, 40 << 20);
        (await wire.AskAsync("NOOP")).Expect(200);
    }

    [Fact]
    public async Task Commands_of_every_kind_sent_at_once_are_answered_in_order_and_one_by_one()
    {
        await using FtpSite site = await FtpSite.StartAsync();
        await site.PlaceAsync("f", FtpSite.RandomBytes(100_000, 1));
        string[] commands =
        [
            "NOOP", "PWD", "SYST", "FEAT", "HELP", "HELP RETR", "STAT", "STAT f", "TYPE I", "MODE S", "MODE B", "STRU F", "STRU R", "SIZE f", "MDTM f", "MLST f", "MLST nothing",
            "REST 5", "ALLO 10", "AVBL", "SITE HELP", "SITE QUOTA", "SITE WHOIS", "SITE CHMOD 600 f", "SITE UTIME 20200101000000 f", "SITE NOTHING", "MFMT 20200102030405 f",
            "HASH f", "RANG 1 4", "HASH f", "RANG 1 0", "XMD5 f", "XCRC f", "XSHA1 f", "XSHA256 f", "XSHA512 f", "OPTS UTF8 ON", "OPTS MLST type;size;", "OPTS HASH SHA-256", "LANG EN", "LANG XX",
            "CLNT test", "HOST name", "ACCT x", "MKD d", "CWD d", "CDUP", "XPWD", "RNFR d", "RNTO e", "RMD e", "DELE nothing", "RNTO nowhere", "ABOR", "CCC", "PBSZ 0", "PROT P", "AUTH NOTHING", "RETR f",
            "STOR g", "APPE g", "STOU", "LIST", "NLST", "MLSD", "EPSV", "EPSV 2", "PASV", "PORT 1,2,3", "EPRT |9|x|1|", "EPSV ALL", "PASV", "SMNT x", "USER other", "PASS x", "", " ", "NOSUCH", "nOoP", "NOOP with words",
        ];
        List<int> apart = [], together = [];
        await using (FtpWire wire = await site.LoginAsync())
        {
            foreach (string command in commands)
            {
                apart.Add((await wire.AskAsync(command)).Code);
            }
        }

        await using (FtpWire wire = await site.LoginAsync())
        {
            await wire.SendAsync(string.Concat(commands.Select(command => command + "\r\n")));
            foreach (string _ in commands)
            {
                together.Add((await wire.ReadAsync()).Code);
            }

            (await wire.AskAsync("PWD")).Expect(257);
        }

        Assert.Equal(commands.Zip(apart), commands.Zip(together));
    }

    [Fact]
    public async Task What_is_sent_behind_a_transfer_waits_for_its_end()
    {
        await using FtpSite site = await FtpSite.StartAsync();
        byte[] bytes = FtpSite.RandomBytes(20_000_000, 1);
        await site.PlaceAsync("f", bytes);
        await using FtpWire wire = await site.LoginAsync();
        await using FtpData data = await wire.WrapAsync(await wire.DialDataAsync());
        await wire.SendAsync("RETR f\r\nSIZE f\r\nMKD d\r\nNOOP\r\n");
        (await wire.ReadAsync()).Expect(150);
        Assert.Equal(FtpSite.Digest(bytes), FtpSite.Digest(await data.ReadAllAsync()));
        (await wire.ReadAsync()).Expect(226);
        (await wire.ReadAsync()).Expect(213);
        (await wire.ReadAsync()).Expect(257);
        (await wire.ReadAsync()).Expect(200);
    }

    [Fact]
    public async Task What_was_sent_in_the_plain_behind_auth_tls_is_never_carried_out()
    {
        await using FtpSite site = await FtpSite.StartAsync();
        await using FtpWire wire = await FtpWire.ConnectAsync(site.At);
        await wire.SendAsync($"AUTH TLS\r\nUSER {FtpSite.User}\r\nPASS {FtpSite.Password}\r\nMKD injected\r\n");
        (await wire.ReadAsync()).Expect(234);
        await wire.HandshakeAsync();
        (await wire.AskAsync("NOOP")).Expect(200);
        (await wire.AskAsync("PWD")).Expect(530);
        await wire.LoginAsync(FtpSite.User, FtpSite.Password);
        Assert.False(Directory.Exists(site.Stored("injected")));
    }

    [Fact]
    public async Task A_user_name_given_in_the_plain_is_forgotten_when_tls_begins()
    {
        await using FtpSite site = await FtpSite.StartAsync();
        await using FtpWire wire = await FtpWire.ConnectAsync(site.At);
        (await wire.AskAsync("USER " + FtpSite.User)).Expect(331);
        (await wire.AskAsync("AUTH TLS")).Expect(234);
        await wire.HandshakeAsync();
        (await wire.AskAsync("PASS " + FtpSite.Password)).Expect(503);
    }

    [Fact]
    public async Task Where_plain_is_never_allowed_neither_passwords_nor_files_nor_names_go_in_the_plain()
    {
        await using FtpSite site = await FtpSite.StartAsync("--ftp-plain", "never");
        await site.PlaceAsync("secret name", [1]);
        await using (FtpWire plain = await FtpWire.ConnectAsync(site.At))
        {
            Assert.InRange((await plain.AskAsync("USER " + FtpSite.User)).Code, 500, 599);
            Assert.InRange((await plain.AskAsync("PASS " + FtpSite.Password)).Code, 500, 599);
        }

        await using FtpWire wire = await FtpWire.ConnectAsync(site.At);
        (await wire.AskAsync("AUTH TLS")).Expect(234);
        await wire.HandshakeAsync();
        await wire.LoginAsync(FtpSite.User, FtpSite.Password);
        foreach (string command in (string[])["RETR secret name", "STOR x", "LIST", "NLST", "MLSD"])
        {
            await using FtpData data = new(await wire.DialDataAsync(), Stream.Null);
            Assert.InRange((await wire.AskAsync(command)).Code, 500, 599);
        }

        (await wire.AskAsync("PBSZ 0")).Expect(200);
        Assert.InRange((await wire.AskAsync("PROT C")).Code, 500, 599);
    }

    private static async Task EndlessAsync(FtpSite site)
    {
        await using FtpWire wire = await FtpWire.ConnectAsync(site.At);
        byte[] piece = Encoding.ASCII.GetBytes(new string('a', 64 << 10));
        try
        {
            for (int sent = 0; sent < 10 << 20; sent += piece.Length)
            {
                await wire.SendAsync(piece);
            }
        }
        catch (IOException)
        {
            // The server had enough before everything was sent.
            return;
        }

        // The 500 may be lost with the reset that unread bytes cause; the end may not.
        if (await wire.TryReadAsync() is { } reply)
        {
            reply.Expect(500);
            Assert.Null(await wire.TryReadAsync());
        }
    }
}
