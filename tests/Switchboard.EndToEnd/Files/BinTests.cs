using Switchboard.Client;
using Switchboard.EndToEnd.Ftp;
using Switchboard.Protocol;

namespace Switchboard.EndToEnd.Files;

/// <summary>What one door removes another finds in the bin, and nobody is short of room because of it.</summary>
public sealed class BinTests : IAsyncLifetime
{
    private FtpSite _site = null!;

    public async ValueTask InitializeAsync() => _site = await FtpSite.StartAsync();

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task What_is_removed_outlives_a_killed_server_and_is_put_back()
    {
        await using (var client = await ClientAsync())
        {
            await client.MakeFolderAsync("/a/b", parents: true);
            await PutAsync("a/b/f", 5000);
            await PutAsync("g", 300);
            await client.RemoveAsync("/a", recursive: true);
            await client.RemoveAsync("/g");
            Assert.Equal((5300L, 5300L), ((await client.SpaceAsync()).Used, (await client.SpaceAsync()).Bin));
            Assert.Equal(5300, client.Login.Used - client.Login.Bin + (await client.SpaceAsync()).Bin);
        }

        await _site.Server.Kill9Async();
        await _site.Server.StartAgainAsync();

        await using var again = await ClientAsync();
        Assert.Equal(5300, again.Login.Bin);
        var bin = await again.BinAsync().ToListAsync();
        Assert.Equal([("/g", "file", 300L), ("/a", "folder", 5000L)], bin.Select(entry => (entry.Path, entry.Type, entry.Size)));
        await again.MakeFolderAsync("/a");
        Assert.Equal("/a (1)", await again.RestoreAsync(bin[1].Id));
        Assert.Equal(5000, (await again.StatAsync("/a (1)/b/f")).Size);
        await again.DropFromBinAsync(bin[0].Id);
        Assert.Empty(await again.BinAsync().ToListAsync());
        Assert.Equal(RefusalCode.NotFound, (await Assert.ThrowsAsync<RefusedException>(() => again.RestoreAsync(bin[0].Id))).Code);
        Assert.Equal((5000L, 0L), ((await again.SpaceAsync()).Used, (await again.SpaceAsync()).Bin));

        await again.RemoveAsync("/a (1)", recursive: true, forever: true);
        Assert.Equal(0, (await again.SpaceAsync()).Used);
    }

    [Fact]
    public async Task An_ftp_client_that_removes_to_make_room_has_it_and_the_account_keeps_the_rest()
    {
        await _site.Server.SetAccountAsync(FtpSite.User, "--quota", "1000000");
        await using FtpWire wire = await _site.LoginAsync();
        foreach (string name in (string[])["one", "two"])
        {
            (await wire.UploadAsync($"STOR {name}", new byte[500_000])).Expect(226);
            (await wire.AskAsync($"DELE {name}")).Expect(250);
        }

        Assert.Equal("1000000", (await wire.AskAsync("AVBL")).Expect(213).Text.Split(' ')[^1].Trim());
        (await wire.AskAsync("ALLO 500000")).Expect(200);
        (await wire.UploadAsync("STOR three", new byte[500_000])).Expect(226);

        await using var client = await ClientAsync();
        Assert.Equal("/two", Assert.Single(await client.BinAsync().ToListAsync()).Path);
        Assert.Equal((1_000_000L, 500_000L), ((await client.SpaceAsync()).Used, (await client.SpaceAsync()).Bin));
        (await _site.Server.ClientAsync(FtpSite.User, FtpSite.Password, "df")).Expect(0);
    }

    [Fact]
    public async Task An_account_that_is_removed_takes_its_bin_with_it()
    {
        await using (var client = await ClientAsync())
        {
            await PutAsync("f", 100);
            await client.RemoveAsync("/f");
        }

        await using var door = await SwitchboardClient.ConnectAsync(new() { Address = ServerAddress.Unix(_site.Server.UnixPath) });
        Assert.Equal(RefusalCode.NotEmpty, (await Assert.ThrowsAsync<RefusedException>(() => door.RemoveAccountAsync(FtpSite.User))).Code);
        await door.RemoveAccountAsync(FtpSite.User, purge: true);
        Assert.False(Directory.Exists(Path.Combine(_site.Server.Data, "partials", FtpSite.User)));
    }

    private Task<SwitchboardClient> ClientAsync() => SwitchboardClient.ConnectAsync(new()
    {
        Address = ServerAddress.Tcp("127.0.0.1", _site.Server.Port),
        User = FtpSite.User,
        Password = FtpSite.Password,
        Fingerprint = _site.Server.Fingerprint,
        Device = "end-to-end",
    });

    private async Task PutAsync(string path, int size)
    {
        string local = _site.Local.At("content");
        await File.WriteAllBytesAsync(local, new byte[size]);
        (await _site.Server.ClientAsync(FtpSite.User, FtpSite.Password, "put", local, "/" + path)).Expect(0);
    }
}
