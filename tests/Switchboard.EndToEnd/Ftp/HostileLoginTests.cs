using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Switchboard.EndToEnd.Campaigns;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>Those who do not get in, and what they cost those who do.</summary>
[Collection(OneAtATime.Name)]
public sealed class HostileLoginTests
{
    [Fact]
    public async Task Five_hundred_half_open_logins_are_ended_and_an_honest_session_works_meanwhile()
    {
        await using FtpSite site = await FtpSite.StartWithAsync("login-timeout = 4s\n");
        await using FtpWire honest = await site.LoginAsync();
        byte[] bytes = FtpSite.RandomBytes(4 << 20, 1);
        int sockets = site.OpenSockets;
        Task<bool>[] hostile = [.. Enumerable.Range(0, 500).Select(i => HalfAsync(site, i))];
        for (int round = 0; round < 5; round++)
        {
            (await honest.UploadAsync("STOR f", bytes)).Expect(226);
            Assert.Equal(FtpSite.Digest(bytes), FtpSite.Digest((await honest.DownloadAsync("RETR f")).Bytes));
            await using FtpWire newcomer = await site.LoginAsync(tls: round % 2 == 0);
        }

        Assert.Equal(500, (await Task.WhenAll(hostile)).Count(ended => ended));
        await FtpSite.UntilAsync(() => site.OpenSockets <= sockets, () => $"{site.OpenSockets} sockets instead of {sockets}");
        (await honest.AskAsync("NOOP")).Expect(200);
    }

    [Fact]
    public async Task Thousands_of_wrong_passwords_open_nothing_and_an_honest_session_keeps_working()
    {
        await using FtpSite site = await FtpSite.StartAsync("--log-level", "debug");
        await using FtpWire honest = await site.LoginAsync();
        int each = Soak.Rounds(25, 1250);
        Task<int>[] guessing = [.. Enumerable.Range(0, 8).Select(i => GuessAsync(site, i, each))];
        Task<int[]> all = Task.WhenAll(guessing);
        int worked = 0;
        byte[] bytes = FtpSite.RandomBytes(100_000, 1);
        do
        {
            (await honest.UploadAsync("STOR f", bytes)).Expect(226);
            // The owner comes from another address than those who guess her password.
            await using FtpWire again = await site.LoginAsync();
            worked++;
        }
        while (!all.IsCompleted);

        Assert.Equal(8 * each, (await all).Sum());
        Assert.True(worked > 3, $"the honest session worked {worked} times");
        await site.Server.StopAsync();
        string written = string.Concat(Directory.GetFiles(site.Server.Data, "switchboard.db*").Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file)))) + site.Server.Log;
        Assert.Contains("login-failed", written, StringComparison.Ordinal);
        Assert.DoesNotContain("guess-", written, StringComparison.Ordinal);
        Assert.DoesNotContain(FtpSite.Password, written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_fifth_wrong_password_ends_the_connection_and_the_right_one_then_waits_its_turn()
    {
        await using FtpSite site = await FtpSite.StartAsync();
        await using FtpWire wire = await FtpWire.ConnectAsync(site.At);
        int refused = 0;
        Stopwatch watch = Stopwatch.StartNew();
        while (await TryAsync(wire, FtpSite.User, "wrong") is { } reply)
        {
            Assert.Equal(530, reply.Code);
            refused++;
            Assert.InRange(refused, 1, 5);
        }

        Assert.Equal(5, refused);
        Assert.True(watch.Elapsed < FtpWire.Patience);
        await using FtpWire late = await FtpWire.ConnectAsync(site.At);
        FtpReply held = (await TryAsync(late, FtpSite.User, FtpSite.Password))!;
        Assert.Equal(530, held.Code);
    }

    [Fact]
    public async Task A_device_token_logs_in_and_a_revoked_one_does_not()
    {
        await using FtpSite site = await FtpSite.StartAsync();
        string token = await site.Server.AddTokenAsync(FtpSite.User);
        await using FtpWire wire = await FtpWire.ConnectAsync(site.At);
        await wire.LoginAsync(FtpSite.User, token);
        (await wire.UploadAsync("STOR f", "abc"u8.ToArray())).Expect(226);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_of_an_address_are_told_and_others_come_in()
    {
        await using FtpSite site = await FtpSite.StartWithAsync("max-connections-per-address = 4\nconnection-wait = 1s\n");
        List<FtpWire> held = [];
        for (int i = 0; i < 4; i++)
        {
            held.Add(await FtpWire.ConnectAsync(site.At, IPAddress.Parse("127.0.0.9")));
        }

        await using (FtpWire fifth = await FtpWire.DialAsync(site.At, IPAddress.Parse("127.0.0.9")))
        {
            (await fifth.ReadAsync()).Expect(421);
            Assert.Null(await fifth.TryReadAsync());
        }

        await using FtpWire other = await site.LoginAsync();
        await held[0].DisposeAsync();
        await using FtpWire place = await FtpWire.ConnectAsync(site.At, IPAddress.Parse("127.0.0.9"));
        foreach (FtpWire wire in held)
        {
            await wire.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_idle_session_is_told_and_ended_and_one_with_noop_is_not()
    {
        await using FtpSite site = await FtpSite.StartWithAsync("idle-timeout = 3s\n");
        await using FtpWire idle = await site.LoginAsync(), busy = await site.LoginAsync();
        Task<FtpReply?> told = idle.TryReadAsync();
        using PeriodicTimer tick = new(TimeSpan.FromMilliseconds(200));
        while (!told.IsCompleted)
        {
            (await busy.AskAsync("NOOP")).Expect(200);
            await tick.WaitForNextTickAsync();
        }

        (await told)!.Expect(421);
        Assert.Null(await idle.TryReadAsync());
        (await busy.AskAsync("NOOP")).Expect(200);
    }

    /// <summary>A login that never comes to its end; true when the server ended it.</summary>
    private static async Task<bool> HalfAsync(FtpSite site, int number)
    {
        // Addresses of their own: the limit of connections per address would end most of them at once.
        IPAddress from = new([127, 0, 3, (byte)(1 + (number % 10))]);
        await using FtpWire wire = await FtpWire.DialAsync(site.At, from);
        try
        {
            await wire.SendAsync((number % 5) switch
            {
                0 => "",
                1 => "USER ann\r\n",
                2 => "USER ann\r\nPASS",
                3 => "AUTH TLS\r\n\u0016\u0003\u0001",
                _ => "NOOP\r\nNOOP\r\nFEAT\r\nUSER ann\r\n",
            });
            while (await wire.TryReadAsync() is not null)
            {
                continue;
            }

            return true;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Guesses on and on, with a new connection wherever the old one was ended; returns how many were refused.</summary>
    private static async Task<int> GuessAsync(FtpSite site, int number, int count)
    {
        IPAddress from = new([127, 0, 4, (byte)(1 + number)]);
        int refused = 0;
        while (refused < count)
        {
            await using FtpWire wire = await FtpWire.ConnectAsync(site.At, from);
            while (refused < count && await TryAsync(wire, number % 2 == 0 ? FtpSite.User : "nobody" + refused, string.Create(CultureInfo.InvariantCulture, $"guess-{refused}")) is { } reply)
            {
                Assert.Equal(530, reply.Code);
                refused++;
            }
        }

        return refused;
    }

    private static async Task<FtpReply?> TryAsync(FtpWire wire, string user, string password)
    {
        try
        {
            await wire.SendAsync($"USER {user}\r\n");
            if (await wire.TryReadAsync() is not { Code: 331 })
            {
                return null;
            }

            await wire.SendAsync($"PASS {password}\r\n");
            return await wire.TryReadAsync();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
