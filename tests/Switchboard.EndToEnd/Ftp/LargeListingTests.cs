using System.Text;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>A folder of any size is listed as it is read, never gathered first.</summary>
public sealed class LargeListingTests
{
    private const int Entries = 100_000;

    // 20 MB of lines: several times what both kernels buffer for a connection.
    private static readonly string Padding = new('x', 150);

    [Theory]
    [InlineData("MLSD many", false)]
    [InlineData("LIST many", true)]
    public async Task A_hundred_thousand_entries_stream(string command, bool tls)
    {
        await using FtpSite site = await FtpSite.StartAsync();
        await using FtpWire wire = await site.LoginAsync(tls);
        string folder = Fill(site.Stored("many"));
        await site.GiveHomeBackAsync();
        Assert.Equal(Entries, Count(await wire.ListAsync(command)));

        await using FtpData data = await wire.OpenAsync(command);
        byte[] first = new byte[1];
        await data.Stream.ReadExactlyAsync(first, TestContext.Current.CancellationToken);
        Directory.Delete(folder, recursive: true);
        byte[] rest = await data.ReadAllAsync();
        (await wire.ReadAsync()).Expect(226);

        // Gathered first, all would still be told; streamed, what the client was too slow for is gone.
        Assert.InRange(Count(Encoding.UTF8.GetString([.. first, .. rest])), 1, Entries - 1);
    }

    private static string Fill(string folder)
    {
        Directory.CreateDirectory(folder);
        for (int i = 0; i < Entries; i++)
        {
            File.Create(Path.Combine(folder, $"{Padding}{i}")).Dispose();
        }

        return folder;
    }

    private static int Count(string listing)
    {
        string[] lines = listing.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Contains(Padding, line, StringComparison.Ordinal));
        return lines.Distinct().Count();
    }
}
