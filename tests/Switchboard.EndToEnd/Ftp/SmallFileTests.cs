using System.Diagnostics;
using System.Globalization;
using Switchboard.EndToEnd.Campaigns;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>Nagle's algorithm against delayed acknowledgements costs 40 ms where it strikes: no small file may wait for it.</summary>
[Collection(OneAtATime.Name)]
public sealed class SmallFileTests
{
    private const int Files = 200;

    /// <summary>Half of what one stall costs, for a whole file with its EPSV, its handshake under TLS, and everything else.</summary>
    private static readonly TimeSpan Each = TimeSpan.FromMilliseconds(20);

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Two_hundred_small_files_go_up_and_down_without_a_stall(bool tls, bool passive)
    {
        // What the disk costs is another matter.
        await using FtpSite site = await FtpSite.StartWithAsync("durable = no\n");
        await using FtpWire wire = await site.LoginAsync(tls);
        byte[] bytes = FtpSite.RandomBytes(4096, 1);
        await UpAsync(wire, bytes, passive, 0);

        Stopwatch up = Stopwatch.StartNew();
        for (int i = 1; i <= Files; i++)
        {
            await UpAsync(wire, bytes, passive, i);
        }

        Assert.InRange(up.Elapsed, TimeSpan.Zero, Files * Each);
        Stopwatch down = Stopwatch.StartNew();
        for (int i = 1; i <= Files; i++)
        {
            (byte[] came, FtpReply _) = await wire.DownloadAsync(Name("RETR", i));
            Assert.Equal(bytes, came);
        }

        Assert.InRange(down.Elapsed, TimeSpan.Zero, Files * Each);
    }

    private static async Task UpAsync(FtpWire wire, byte[] bytes, bool passive, int number)
    {
        if (passive)
        {
            (await wire.UploadAsync(Name("STOR", number), bytes)).Expect(226);
            return;
        }

        using System.Net.Sockets.Socket listener = await wire.ListenHereAsync(extended: number % 2 == 0);
        await wire.SendAsync(Name("STOR", number) + "\r\n");
        await using (FtpData data = await wire.WrapAsync(await listener.AcceptAsync()))
        {
            (await wire.ReadAsync()).Expect(150);
            await data.WriteAsync(bytes);
            await data.FinishAsync();
        }

        (await wire.ReadAsync()).Expect(226);
    }

    private static string Name(string verb, int number) => string.Create(CultureInfo.InvariantCulture, $"{verb} file{number}");
}
