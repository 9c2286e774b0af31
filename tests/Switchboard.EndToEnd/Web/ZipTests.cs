using System.Text.Json;
using Switchboard.EndToEnd.Campaigns;
using Switchboard.EndToEnd.Ftp;

namespace Switchboard.EndToEnd.Web;

/// <summary>Folders as zips, read by Python's <c>zipfile</c>.</summary>
public sealed class ZipTests(WebSite site) : IClassFixture<WebSite>
{
    /// <summary>Checks every member and tells name and size of each.</summary>
    private const string Reader = """
        import json, sys, zipfile
        with zipfile.ZipFile(sys.argv[1]) as z:
            assert z.testzip() is None
            print(json.dumps({i.filename: i.file_size for i in z.infolist()}))
            if len(sys.argv) > 2: z.extractall(sys.argv[2])
        """;

    [Fact]
    public async Task A_folder_comes_as_a_zip_that_Python_reads()
    {
        using WebClient program = await site.ProgramAsync();
        await program.PutAsync("/files/zipped/" + WebClient.Encode("中文 100%/a#b.txt") + "?parents", "content"u8.ToArray());
        await program.PutAsync("/files/zipped/empty", []);
        await program.PutAsync("/files/zipped/large", FtpSite.RandomBytes(2_000_000, 4));
        (await program.PostAsync("/entries/zipped/nothing%20in%20it")).Expect(201);
        WebAnswer answer = (await program.GetAsync("/zip/zipped")).Expect(200);
        Assert.Contains("zipped.zip", answer.Header("Content-Disposition"), StringComparison.Ordinal);
        Dictionary<string, long> members = await ReadAsync(answer.Body, site.Local.At("unzipped"));
        Assert.Equal(["empty", "large", "nothing in it/", "中文 100%/", "中文 100%/a#b.txt"], members.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("content", await File.ReadAllTextAsync(site.Local.At("unzipped/中文 100%/a#b.txt")));
        Assert.Equal(FtpSite.Digest(FtpSite.RandomBytes(2_000_000, 4)), FtpSite.DigestOf(site.Local.At("unzipped/large")));
    }

    [Fact]
    public async Task Some_of_a_folder_comes_without_the_rest()
    {
        using WebClient program = await site.ProgramAsync();
        foreach (string name in (string[])["a.txt", "b.txt", "c.txt", "d/e.txt"])
        {
            await program.PutAsync($"/files/chosen/{name}?parents", "x"u8.ToArray());
        }

        Dictionary<string, long> members = await ReadAsync((await program.GetAsync("/zip/chosen?name=a.txt&name=d")).Expect(200).Body);
        Assert.Equal(["a.txt", "d/e.txt"], members.Keys.Where(name => !name.EndsWith('/')).Order(StringComparer.Ordinal));
        (await program.GetAsync("/zip/chosen?name=z.txt")).Refused(404, "not_found");
        (await program.GetAsync("/zip/none")).Refused(404, "not_found");
    }

    [Fact]
    public async Task What_cannot_be_read_is_named_and_the_rest_is_whole()
    {
        using WebClient program = await site.ProgramAsync();
        await program.PutAsync("/files/partly/readable?parents", "x"u8.ToArray());
        await program.PutAsync("/files/partly/locked", "y"u8.ToArray());
        File.SetUnixFileMode(site.Stored("partly/locked"), UnixFileMode.None);
        Dictionary<string, long> members = await ReadAsync((await program.GetAsync("/zip/partly")).Expect(200).Body, site.Local.At("partly"));
        Assert.SkipWhen(members.ContainsKey("locked"), "skipped: the server reads everything here");
        Assert.Equal(["UNREADABLE.txt", "readable"], members.Keys.Order(StringComparer.Ordinal));
        Assert.StartsWith("locked: ", await File.ReadAllTextAsync(site.Local.At("partly/UNREADABLE.txt")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_never_lead_out_of_the_folder_they_are_unpacked_in()
    {
        using WebClient program = await site.ProgramAsync();
        await program.PutAsync("/files/climbing/" + Uri.EscapeDataString("..\\..\\evil") + "?parents", "x"u8.ToArray());
        await program.PutAsync("/files/climbing/" + Uri.EscapeDataString("C:\\evil"), "x"u8.ToArray());
        Dictionary<string, long> members = await ReadAsync((await program.GetAsync("/zip/climbing")).Expect(200).Body);
        Assert.DoesNotContain(members.Keys, name => name.StartsWith('/') || name.Split('/').Contains(".."));
    }

    [Fact]
    public async Task A_file_beyond_four_gibibytes_is_in_it_whole()
    {
        Assert.SkipUnless(Soak.On, "skipped: five gigabytes through TLS only in ./test soak");
        using WebClient program = await site.ProgramAsync();
        (await program.PostAsync("/entries/huge")).Expect(201);
        await using (FileStream sparse = File.Create(site.Stored("huge/file")))
        {
            sparse.SetLength((4L << 30) + 12_345);
        }

        string token = await site.TokenAsync(WebSite.User), target = site.Local.At("huge.zip");
        (await site.CurlAsync($"oauth2-bearer = \"{token}\"\n", "-K", "-", "--fail", "-o", target, $"https://{site.Server.Address}/api/v1/zip/huge")).Expect(0);
        using Command python = Command.Start(["-c", Reader, target], program: ClientPrograms.Find("python3"));
        Assert.Contains($"\"file\": {(4L << 30) + 12_345}", (await python.WaitAsync()).Expect(0).Text, StringComparison.Ordinal);
    }

    private async Task<Dictionary<string, long>> ReadAsync(byte[] zip, string? into = null)
    {
        string file = site.Local.At($"{Guid.NewGuid():N}.zip");
        await File.WriteAllBytesAsync(file, zip);
        string[] arguments = into is null ? ["-c", Reader, file] : ["-c", Reader, file, into];
        return JsonSerializer.Deserialize<Dictionary<string, long>>((await ClientPrograms.RunAsync("python3", "", arguments)).Expect(0).Text)!;
    }
}
